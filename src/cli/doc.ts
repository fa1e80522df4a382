/** `nsm doc`: the documentation of model files as a static site. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileSources, standardLibrary } from '../check/sources.ts';
import { documentFile, type DocumentedFile } from '../document/file.ts';
import { siteOf } from '../document/site.ts';
import { openExamples } from './doc-examples.ts';
import { ended, type Output } from './execute.ts';
import { writeInto } from './files.ts';
import { diagnosed, fault } from './problem.ts';
import { counted } from './words.ts';

export interface DocRequest {
  readonly out: string;
  readonly title?: string;
}

/** Beside the pages: which files are the site's, so that those of pages that are gone can go. */
interface SiteRecord {
  readonly files: readonly string[];
}
const recordName = 'site.json';

export async function doc(paths: readonly string[], request: DocRequest, output: Output): Promise<number> {
  const { out } = request;
  const before = openSite(out);
  const { root, files } = loadFiles(paths);
  const { runs, contents } = openExamples(files, root, out, output.note);
  const pages = await siteOf(request.title ?? 'Models', files, runs);
  for (const { path, content } of pages) writeInto(out, path, content);
  const own = [...pages.map(({ path }) => path), ...contents.keys()];
  for (const old of before.files) if (!own.includes(old)) rmSync(join(out, old), { force: true });
  const record: SiteRecord = { files: own };
  writeInto(out, recordName, `${JSON.stringify(record)}\n`);
  const examples = [...runs.values()].reduce((total, ofPage) => total + ofPage.size, 0);
  output.event({ out, pages: files.map(({ page }) => `${page}.html`), examples });
  output.say(`${join(out, 'index.html')}: ${counted(files.length, 'page')}, ${counted(examples, 'example')}`);
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
function openSite(out: string): SiteRecord {
  const path = join(out, recordName);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as SiteRecord;
  if (!existsSync(out) || readdirSync(out).length === 0) return { files: [] };
  throw fault(
    'NSM6007',
    `${out} is not empty, and holds no site that nsm wrote`,
    'give a new or empty directory with --out',
    out,
  );
}
