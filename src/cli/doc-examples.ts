/** Runs the examples of `///` text while their page is built, each block in a folder of its own that sees the documented files. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Example } from '../document/example.ts';
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

/** The runs of all examples of files, and the pictures and pages of these by their addresses in the site. */
export interface Examples {
  readonly runs: ReadonlyMap<string, Example>;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

const recordName = 'runs.json';

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
  const runs = new Map<string, Example>();
  const contents = new Map<string, Uint8Array>();
  for (const file of files)
    for (const commands of examplesOf(file)) {
      const key = exampleKey(commands, textsNear(file, files));
      const kept = known[key];
      const isKept =
        kept !== undefined && addressesOf(kept).every((address) => existsSync(join(cache, address)));
      if (!isKept) say(`running the example of ${file.page}`);
      const run = isKept
        ? {
            example: kept,
            contents: new Map(
              addressesOf(kept).map((address) => [address, readFileSync(join(cache, address))]),
            ),
          }
        : runExample(commands, key, root, file.path);
      runs.set(commands, run.example);
      record[key] = run.example;
      for (const [address, content] of run.contents) {
        contents.set(address, content);
        if (!isKept) writeInto(cache, address, content);
      }
    }
  if (runs.size > 0) writeInto(cache, recordName, JSON.stringify(record));
  return { runs, contents };
}

const addressesOf = ({ pictures, pages }: Example): readonly string[] =>
  [...pictures, ...pages].map(({ address }) => address);
const textsNear = (file: DocumentedFile, files: readonly DocumentedFile[]): readonly string[] => {
  const imported = [...file.imported.values()].flat();
  return [file, ...files.filter(({ path }) => imported.includes(path))].map(({ text }) => text);
};

/** Changes when the commands, the text of the files or nsm do. */
const exampleKey = (commands: string, texts: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([version(), commands, ...texts]))
    .digest('hex')
    .slice(0, 16);

const main = fileURLToPath(new URL(`main${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

/** `where` names the file of the block, for errors; `root` is the folder whose entries the commands see. */
function runExample(commands: string, key: string, root: string, where: string): RunExample {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-example-'));
  try {
    for (const entry of readdirSync(root)) symlinkSync(join(root, entry), join(folder, entry));
    const output = linesOf(commands).map((line) => runLine(line, folder, where));
    const found = filesIn(folder, new Set(readdirSync(root)));
    const named = found.map((path) => {
      const name = path.split(sep).join('/');
      return { name, address: `examples/${key}-${name.replaceAll('/', '-')}` };
    });
    const contents = new Map(named.map(({ name, address }) => [address, readFileSync(join(folder, name))]));
    return {
      example: {
        output: output.join('').trimEnd(),
        charts: named
          .filter(({ name }) => name.endsWith('report.html'))
          .flatMap(({ name }, i) => chartsIn(readFileSync(join(folder, name), 'utf8'), `${key}-${i}-`)),
        pictures: named.filter(({ name }) => !name.endsWith('.html')),
        pages: named.filter(({ name }) => name.endsWith('.html')),
      },
      contents,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The curves of a report: those of training and of inference. Numbers of charts begin anew in each, and get a prefix. */
const chartsIn = (report: string, prefix: string): Example['charts'] =>
  [...report.matchAll(/<section>\n<h2>(?:Training|Inference)<\/h2>[^]*?<\/section>/g)].flatMap(([part]) =>
    [...part.matchAll(/<figure>(<svg[^]*?<\/svg>)<figcaption>([^]*?)<\/figcaption>/g)].map(
      ([, svg = '', caption = '']) => ({
        svg: svg.replaceAll(/(id="|url\(#)(?=chart)/g, `$1${prefix}`),
        caption: unescaped(caption),
      }),
    ),
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

function runLine(line: string, folder: string, where: string): string {
  const [command, ...words] = line.split(/\s+/);
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
