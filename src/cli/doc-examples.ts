/**
 * Runs the examples of `///` text while their page is built: the blocks of a file one after the other, in a folder that sees the
 * documented files, so that a block goes on with what those before it have written.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Example, ExampleRuns } from '../document/example.ts';
import type { DocumentedFile } from '../document/file.ts';
import { examplesOf } from '../document/site.ts';
import { writeInto } from './files.ts';
import { fault } from './problem.ts';
import { version } from './version.ts';

/** What a run left, with the contents of its pictures and pages by their addresses in the site. */
interface RunExample {
  readonly example: Example;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** The runs of all examples, by page and commands, and the contents of their pictures and pages by addresses in the site. */
export interface Examples {
  readonly runs: ExampleRuns;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

const recordName = 'runs.json';
/** Changes when what is kept of a run does. */
const form = 4;

/** Runs what has changed since the folder `cache` was written, and keeps the rest as it is there. */
export function openExamples(
  files: readonly DocumentedFile[],
  root: string,
  cache: string,
  say: (line: string) => void,
): Examples {
  const recordPath = join(cache, recordName);
  const known = existsSync(recordPath)
    ? (JSON.parse(readFileSync(recordPath, 'utf8')) as Readonly<Record<string, Example>>)
    : {};
  const record: Record<string, Example> = {};
  const runs = new Map<string, ReadonlyMap<string, Example>>();
  const contents = new Map<string, Uint8Array>();
  for (const file of files) {
    const blocks = examplesOf(file);
    if (blocks.length === 0) continue;
    const keys = keysOf(blocks, textsNear(file, files, blocks));
    const kept = keys.flatMap((key) => keptRun(known[key], cache));
    const areKept = kept.length === blocks.length;
    if (!areKept) say(`running the examples of ${file.page}`);
    const made = areKept ? kept : runBlocks(blocks, keys, root, file.path);
    runs.set(file.page, new Map(blocks.map((commands, i) => [commands, made[i]!.example])));
    made.forEach((run, i) => {
      record[keys[i]!] = run.example;
      for (const [address, content] of run.contents) {
        contents.set(address, content);
        if (!areKept) writeInto(cache, address, content);
      }
    });
  }
  if (runs.size > 0) writeInto(cache, recordName, JSON.stringify(record));
  return { runs, contents };
}

/** None where the record or a file of it is gone. */
const keptRun = (example: Example | undefined, cache: string): readonly RunExample[] => {
  if (example === undefined || !addressesOf(example).every((address) => existsSync(join(cache, address))))
    return [];
  const contents = new Map(
    addressesOf(example).map((address) => [address, readFileSync(join(cache, address))]),
  );
  return [{ example, contents }];
};

const addressesOf = ({ pictures, pages }: Example): readonly string[] =>
  [...pictures, ...pages].map(({ address }) => address);
/** The file, what it imports, and what the commands name. */
const textsNear = (
  file: DocumentedFile,
  files: readonly DocumentedFile[],
  blocks: readonly string[],
): readonly string[] => {
  const imported = [...file.imported.values()].flat();
  const isNear = ({ path, page }: DocumentedFile): boolean =>
    imported.includes(path) || blocks.some((commands) => commands.includes(page));
  return [file, ...files.filter((other) => other !== file && isNear(other))].map(({ text }) => text);
};

/** They change when the commands up to there, the text of the files or nsm do. */
const keysOf = (blocks: readonly string[], texts: readonly string[]): readonly string[] =>
  blocks.map((_, i) =>
    createHash('sha256')
      .update(JSON.stringify([form, version(), blocks.slice(0, i + 1), ...texts]))
      .digest('hex')
      .slice(0, 16),
  );

const main = fileURLToPath(new URL(`main${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

/** `where` names the file of the blocks, for errors; `root` is the folder whose entries the commands see. */
function runBlocks(
  blocks: readonly string[],
  keys: readonly string[],
  root: string,
  where: string,
): readonly RunExample[] {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-example-'));
  try {
    const documented = new Set(readdirSync(root));
    for (const entry of documented) symlinkSync(join(root, entry), join(folder, entry));
    const before = new Map<string, number>();
    return blocks.map((commands, i) => {
      const output = linesOf(commands).map((line) => runLine(line, folder, where));
      const written = filesIn(folder, documented).filter((path) => {
        const time = statSync(join(folder, path)).mtimeMs;
        const isNew = before.get(path) !== time;
        before.set(path, time);
        return isNew;
      });
      return whatWas(written, output.join(''), folder, keys[i]!);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const whatWas = (written: readonly string[], output: string, folder: string, key: string): RunExample => {
  const named = written.map((path) => {
    const name = path.split(sep).join('/');
    return { name, address: `examples/${key}-${name.replaceAll('/', '-')}` };
  });
  const reports = named.filter(({ name }) => name.endsWith('report.html'));
  return {
    example: {
      output: timeless(output).trimEnd(),
      charts: reports.flatMap(({ name }, i) =>
        chartsIn(readFileSync(join(folder, name), 'utf8'), `${key}-${i}-`),
      ),
      pictures: named.filter(({ name }) => !name.endsWith('.html')),
      pages: named.filter(({ name }) => name.endsWith('.html')),
    },
    contents: new Map(named.map(({ name, address }) => [address, readFileSync(join(folder, name))])),
  };
};

/** Without how long it took, which is another number each time. */
const timeless = (output: string): string =>
  output.replaceAll(/ in (?:\d+ (?:h|min|s) ?)+(?=$|[\n:.,])/gm, '');

/**
 * The curves of a report: those of training and of inference that have more than a point. Numbers of charts begin anew in each
 * report, and get a prefix.
 */
const chartsIn = (report: string, prefix: string): Example['charts'] =>
  [...report.matchAll(/<section>\n<h2>(?:Training|Inference)<\/h2>[^]*?<\/section>/g)].flatMap(([part]) =>
    [...part.matchAll(/<figure>(<svg[^]*?<\/svg>)<figcaption>([^]*?)<\/figcaption>/g)]
      .filter(([, svg = '']) => /mark-line[^>]*><path d="M[^"]*L/.test(svg))
      .map(([, svg = '', caption = '']) => ({
        svg: svg.replaceAll(/(id="|url\(#)(?=chart)/g, `$1${prefix}`),
        caption: unescaped(caption),
      })),
  );
const unescaped = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** Lines that go on after a `\` are joined, comments dropped. */
const linesOf = (commands: string): readonly string[] =>
  commands
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');

/** Words between quotes are one. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));

function runLine(line: string, folder: string, where: string): string {
  const [command, ...words] = wordsOf(line);
  if (command !== 'nsm')
    throw fault(
      'NSM6030',
      `\`${line}\` is no nsm command`,
      'a block of `sh` in `///` text holds nsm commands alone: write other blocks as `text`',
      where,
    );
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (status === 0) return stdout;
  const said = (stderr || stdout).trim().split('\n').slice(0, 12).join('\n');
  throw fault('NSM6030', `the example \`${line}\` failed`, said, where);
}

/** Pictures and pages, by their paths in the folder. */
const filesIn = (folder: string, skipped: ReadonlySet<string>): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !skipped.has(name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesIn(join(folder, entry.name), new Set()).map((path) => join(entry.name, path))
        : /\.(?:png|svg|html)$/.test(entry.name)
          ? [entry.name]
          : [],
    )
    .sort();
