/**
 * Every command in the documentation, run in a scratch directory that sees the library and the examples. `sh norun`
 * marks what takes long or installs something: its nsm commands are only asked for their help. A block `text output`
 * shows what the commands above it print; a line `...` stands for any number of lines.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allBlocks, type CodeBlock, root } from './blocks.ts';

const run = promisify(execFile);
const place = (path: string): string => fileURLToPath(new URL(path, root));

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'nsm-docs-'));
  for (const name of ['stdlib', 'examples']) symlinkSync(place(name), join(scratch, name));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The commands of a block: lines that go on after a `\` are joined, comments and prompts dropped. */
const commandsOf = ({ code }: CodeBlock): readonly string[] =>
  code
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');

/** The words after `nsm` of each nsm command in a line; `npm ci && npx nsm check x` has one. */
const nsmCommands = (line: string): readonly (readonly string[])[] =>
  line
    .split('&&')
    .map((part) => part.trim().split(/\s+/))
    .map((words) => (words[0] === 'npx' ? words.slice(1) : words))
    .filter((words) => words[0] === 'nsm')
    .map((words) => words.slice(1));

const nsm = async (words: readonly string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, [place('src/cli/main.ts'), ...words], { cwd: scratch });
  return stdout;
};

const shells = allBlocks.filter(({ language }) => language === 'sh');
const outputs = new Map<CodeBlock, string>();

describe('a command in the documentation', () => {
  it.each(shells.filter(({ words }) => words.length === 0))('runs: $place', async (block) => {
    let output = '';
    for (const line of commandsOf(block)) {
      const commands = nsmCommands(line);
      expect(commands.length, `\`${line}\` is no nsm command: mark the block \`sh norun\``).toBeGreaterThan(
        0,
      );
      for (const words of commands) output += await nsm(words);
    }
    outputs.set(block, output);
  });

  it.each(shells.filter(({ words }) => words[0] === 'norun'))(
    'names options that exist: $place',
    async (block) => {
      for (const words of commandsOf(block).flatMap(nsmCommands)) {
        const [command = '', ...rest] = words;
        const help = await nsm([command, '--help']);
        const options = rest.filter((word) => word.startsWith('--'));
        expect(options.filter((option) => !help.includes(option))).toEqual([]);
      }
    },
  );

  it.each(allBlocks.filter(({ words }) => words.join() === 'output'))(
    'prints what is shown: $place',
    ({ code, before }) => {
      const printed = outputs.get(before!) ?? '';
      let at = 0;
      for (const part of code.split(/^ *\.\.\.\n/m).filter((text) => text !== '')) {
        const found = printed.indexOf(part, at);
        expect(found, `not printed, or not in this order:\n${part}\nbut:\n${printed}`).toBeGreaterThanOrEqual(
          at,
        );
        at = found + part.length;
      }
    },
  );

  it('is of a known kind', () => {
    expect(
      shells.map(({ words }) => words.join(' ')).filter((kind) => kind !== '' && kind !== 'norun'),
    ).toEqual([]);
  });

  it('starts only scripts that package.json has', async () => {
    const { default: manifest } = (await import('../../package.json', { with: { type: 'json' } })) as {
      default: { scripts: Readonly<Record<string, string>> };
    };
    const lines = shells.flatMap(commandsOf).flatMap((line) => line.split('&&').map((part) => part.trim()));
    const asked = lines.flatMap((line) => /^npm run ([\w:-]+)/.exec(line)?.[1] ?? []);
    expect(asked.filter((script) => !Object.hasOwn(manifest.scripts, script))).toEqual([]);
  });
});
