/** `nsm doc`: the documentation of model files as a static site. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileSources, standardLibrary } from '../check/sources.ts';
import { documentFile, type DocumentedFile } from '../document/file.ts';
import type { Example } from '../document/page.ts';
import { examplesOf, siteOf } from '../document/site.ts';
import { exampleKey, runExample } from './doc-examples.ts';
import { ended, type Output } from './execute.ts';
import { cannotWrite, writeAtomic } from './files.ts';
import { diagnosed, fault } from './problem.ts';
import { counted } from './words.ts';

export interface DocRequest {
  readonly out: string;
  readonly title?: string;
}

/** Beside the pages: which files are the site's, and the runs of examples by their keys, so that building anew is fast. */
interface Record_ {
  readonly files: readonly string[];
  readonly examples: Readonly<Record<string, Example>>;
}
const recordName = 'site.json';

export async function doc(paths: readonly string[], request: DocRequest, output: Output): Promise<number> {
  const { out } = request;
  const before = openSite(out);
  const { root, files } = loadFiles(paths);
  const { examples, contents, kept } = runExamples(files, root, before, out, output);
  const pages = await siteOf(request.title ?? 'Models', files, examples);
  const written = new Map<string, string | Uint8Array>([
    ...pages.map(({ path, content }) => [path, content] as const),
    ...contents,
  ]);
  for (const [path, content] of written) writeInto(out, path, content);
  const own = [...written.keys(), ...kept.flatMap(addressesOf)];
  for (const old of before.files) if (!own.includes(old)) rmSync(join(out, old), { force: true });
  const record: Record_ = { files: own, examples: Object.fromEntries(examplesByKey(files, examples)) };
  writeInto(out, recordName, `${JSON.stringify(record)}\n`);
  output.event({ out, pages: files.map(({ page }) => `${page}.html`), examples: examples.size });
  output.say(
    `${join(out, 'index.html')}: ${counted(files.length, 'page')}, ${counted(examples.size, 'example')}`,
  );
  return ended.well;
}

/** The files that the paths name, checked, with the folder that they are below. */
export function loadFiles(paths: readonly string[]): {
  readonly root: string;
  readonly files: readonly DocumentedFile[];
} {
  const named = paths.map((path) => ({ path: placeOf(path), given: path }));
  const found = [...new Set(named.flatMap(({ path, given }) => modelFilesIn(path, given)))];
  const root = commonFolder(named.map(({ path }) => (statSync(path).isDirectory() ? path : dirname(path))));
  const sources = fileSources();
  const files = found.map((path) => {
    const page = relative(root, path)
      .split(sep)
      .join('/')
      .replace(/\.nsm$/, '');
    const documented = documentFile(page, path, sources);
    if ('errors' in documented) throw diagnosed(documented.errors, (file) => sources.read(file) ?? undefined);
    return documented;
  });
  return { root, files };
}

/** `std` and `std/models` are the library's folders, unless they are on disk. */
function placeOf(path: string): string {
  const library = standardLibrary();
  const isStandard = library !== null && /^std(?:\/|$)/.test(path) && !existsSync(path);
  const place = isStandard ? join(library, path.slice(4)) : resolve(path);
  for (const candidate of [place, `${place}.nsm`]) if (existsSync(candidate)) return candidate;
  throw fault('NSM6001', `there is no file ${path}`, 'name .nsm files, or directories of them', path);
}

function modelFilesIn(path: string, given: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.nsm') && !name.split(sep).includes('node_modules'))
    .sort()
    .map((name) => join(path, name));
  if (found.length === 0)
    throw fault(
      'NSM6001',
      `there is no .nsm file in ${given}`,
      'name .nsm files, or directories of them',
      given,
    );
  return found;
}

const commonFolder = (folders: readonly string[]): string =>
  folders.reduce((common, folder) => {
    let shared = common;
    while (!`${folder}${sep}`.startsWith(shared === sep ? sep : `${shared}${sep}`)) shared = dirname(shared);
    return shared;
  });

/** The record of the site that is there; an empty one for a new directory. Throws for a directory with anything else. */
function openSite(out: string): Record_ {
  const path = join(out, recordName);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Record_;
  if (!existsSync(out) || readdirSync(out).length === 0) return { files: [], examples: {} };
  throw fault(
    'NSM6007',
    `${out} is not empty, and holds no site that nsm wrote`,
    'give a new or empty directory with --out',
    out,
  );
}

const keyOf = (commands: string, file: DocumentedFile, files: readonly DocumentedFile[]): string => {
  const near = files.filter((other) => [...file.imported.values()].flat().includes(other.path));
  return exampleKey(
    commands,
    [file, ...near].map(({ text }) => text),
  );
};
const addressesOf = ({ pictures, pages }: Example): readonly string[] =>
  [...pictures, ...pages].map(({ address }) => address);

const examplesByKey = (
  files: readonly DocumentedFile[],
  examples: ReadonlyMap<string, Example>,
): readonly (readonly [string, Example])[] =>
  files.flatMap((file) =>
    examplesOf(file).map((commands) => [keyOf(commands, file, files), examples.get(commands)!] as const),
  );

/** Runs what has changed since the record was written; the rest is kept as it is. */
export function runExamples(
  files: readonly DocumentedFile[],
  root: string,
  before: Pick<Record_, 'examples'>,
  out: string,
  output: Pick<Output, 'note'>,
) {
  const examples = new Map<string, Example>();
  const contents = new Map<string, Uint8Array>();
  const kept: Example[] = [];
  for (const file of files)
    for (const commands of examplesOf(file)) {
      const key = keyOf(commands, file, files);
      const known = before.examples[key];
      if (known !== undefined && addressesOf(known).every((address) => existsSync(join(out, address)))) {
        examples.set(commands, known);
        kept.push(known);
        continue;
      }
      output.note(`running the example of ${file.page}`);
      const run = runExample(commands, key, root, file.path);
      examples.set(commands, run.example);
      for (const [address, content] of run.contents) contents.set(address, content);
    }
  return { examples, contents, kept };
}

function writeInto(out: string, path: string, content: string | Uint8Array): void {
  const place = join(out, path);
  try {
    mkdirSync(dirname(place), { recursive: true });
  } catch (error) {
    throw cannotWrite(place, error);
  }
  writeAtomic(place, content);
}
