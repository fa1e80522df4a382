/**
 * Milliseconds of processor that compiling each model of the standard library takes, medians of three processes:
 *
 *     node bench/compile-time.ts [MODEL ...] [--json]
 *
 * `cold` is right after the start of a process, `warm` after at least half of the other models. `update` is all that a training waits for before its first
 * update: analysis, one program and its kernels.
 */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { readOptions } from './options.ts';
import type { Compiled, Part } from './compile-once.ts';
import { spreadOf } from './harness/statistics.ts';

const rounds = 3;

const { positionals: names, values: options } = readOptions({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const all = globSync('stdlib/models/*.nsm').sort();
const nameOf = (file: string): string => basename(file, '.nsm');
const chosen = all.filter((file) => names.length === 0 || names.includes(nameOf(file)));

const compiled = (which: 'all' | 'update', files: readonly string[]): readonly Compiled[] =>
  execFileSync(process.execPath, ['bench/compile-once.ts', which, ...files], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Compiled);

const parts: readonly Part[] = ['analyse', 'define', 'kernels'];
const totalOf = (one: Compiled): number => parts.reduce((total, part) => total + one[part], 0);
const medianOf = (runs: readonly Compiled[], time: (one: Compiled) => number): number =>
  Number(spreadOf(runs.map(time)).median.toFixed(1));
const figuresOf = (runs: readonly Compiled[]) => ({
  analyse: medianOf(runs, ({ analyse }) => analyse),
  define: medianOf(runs, ({ define }) => define),
  kernels: medianOf(runs, ({ kernels }) => kernels),
  total: medianOf(runs, totalOf),
});

const print = (cells: readonly (string | number)[]): void =>
  void process.stdout.write(`${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(24) : String(cell).padStart(8))).join(' ')}\n`); // prettier-ignore

const columns = ['analyse', 'define', 'kernels', 'total'];
if (!options.json) {
  print(['milliseconds', 'cold', '', '', '', 'update', 'warm']);
  print(['model', ...columns, 'total', ...columns]);
}
const half = Math.floor(all.length / 2);
/** Each model once, in the second half of a process. */
const warmRound = (): readonly Compiled[] =>
  [all, [...all.slice(half), ...all.slice(0, half)]].flatMap((order) => compiled('all', order).slice(half));
const warmRuns = Array.from({ length: rounds }, warmRound).flat();

for (const file of chosen) {
  const ofProcesses = (which: 'all' | 'update'): readonly Compiled[] =>
    Array.from({ length: rounds }, () => compiled(which, [file])[0]!);
  const cold = figuresOf(ofProcesses('all'));
  const update = medianOf(ofProcesses('update'), totalOf);
  const warm = figuresOf(warmRuns.filter((one) => one.file === file));
  if (options.json)
    process.stdout.write(`${JSON.stringify({ model: nameOf(file), cold, update_ms: update, warm })}\n`);
  else print([nameOf(file), ...Object.values(cold), update, ...Object.values(warm)]);
}
