/**
 * How fast is nsm? Each workload in nsm, in tfjs by hand and in PyTorch eager (Debian's python3-torch), in turn in one go:
 *
 *     npm run bench [-- WORKLOAD ...] [-- --fast] [-- --json] [-- --data idx:train-images-idx3-ubyte.gz]
 *
 * Every variant is a process of its own. First all are held against nsm, on the draws that nsm made, and their own draws against the
 * laws that they should have; then they are timed round by round, A B C A B C. Times are medians with quartiles, ratios those of the
 * medians, memory is the peak of the process in its first runs, before draws are kept for the check; numbers of threads that are hopeless
 * in the warm-up are left out. No time is asserted: the exit code is 1 where results disagree. `--fast` times nsm in its fast mode
 * besides, `--data` names images for the auto-encoders of `relax`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from './options.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { readArrays, writeInputs } from './harness/arrays.ts';
import { judge, type Verdict } from './harness/judge.ts';
import { rounds } from './harness/rounds.ts';
import { jsonOf, textOf, type Measured } from './harness/tables.ts';
import { findTorch, nameOf, startVariants, type Started } from './harness/variants.ts';
import type { Inputs, Workload } from './harness/workload.ts';
import { workloads } from './workloads/index.ts';

const { values: given, positionals } = readOptions({
  options: {
    json: { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
    data: { type: 'string' },
  },
  allowPositionals: true,
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Whether all variants of a workload compute the same. */
const bench = async (workload: Workload, python: string | null): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-bench-'));
  let started: readonly Started[] = [];
  try {
    const inputs = await workload.inputs((await loadBackend()).tf, given.data ?? null);
    writeInputs(join(folder, 'inputs'), inputs);
    started = await startVariants(workload, folder, python, given.fast);
    const memory = new Map<Started, Measured['memory']>();
    for (const one of started) {
      await one.child.ask({ do: 'run', times: 2 });
      memory.set(one, await one.child.ask({ do: 'memory' }));
    }
    const verdicts = await compareAll(workload, inputs, folder, started);
    const measured: Measured[] = [];
    for (const { variant, times } of await rounds(started)) {
      const { kind, threads } = variant;
      measured.push({ kind, threads, times, memory: memory.get(variant)! });
    }
    if (given.json) print(jsonOf(workload, measured, verdicts));
    else textOf(workload, measured, verdicts, activityOf(workload, folder)).forEach(print);
    return verdicts.every(({ agrees }) => agrees);
  } finally {
    for (const { child } of started) child.end();
    rmSync(folder, { recursive: true });
  }
};

/** Everyone's own draws are held to their laws, and outputs on the draws of nsm to its own. */
const compareAll = async (
  workload: Workload,
  inputs: Inputs,
  folder: string,
  started: readonly Started[],
): Promise<readonly Verdict[]> => {
  const verdicts: Verdict[] = [];
  const tape = join(folder, 'nsm-draws');
  const expected = join(folder, 'nsm-outputs');
  for (const one of started) {
    const isFirst = one.kind === 'nsm';
    const outputs = isFirst ? expected : join(folder, 'outputs');
    const draws = isFirst ? tape : join(folder, 'draws');
    await one.child.ask({ do: 'own', draws, ...(isFirst && { outputs }) });
    if (!isFirst) await one.child.ask({ do: 'compare', draws: tape, outputs });
    const found = { outputs: readArrays(outputs), draws: readArrays(draws) };
    verdicts.push(judge(workload, inputs, nameOf(one), found, readArrays(expected)));
  }
  return verdicts;
};

/** Share of entries above 0 among the spikes of the run that is compared. */
const activityOf = ({ spikes }: Workload, folder: string): number | null => {
  if (spikes === null) return null;
  const { values } = readArrays(join(folder, 'nsm-draws'))[spikes]!;
  return values.reduce((count, value) => count + (value > 0 ? 1 : 0), 0) / values.length;
};

process.once('SIGINT', () => process.exit(130));

const unknown = positionals.filter((name) => !workloads.some((workload) => workload.name === name));
if (unknown.length > 0) {
  const names = workloads.map(({ name }) => name).join(', ');
  process.stderr.write(`no workload ${unknown.join(', ')}: there are ${names}\n`);
  process.exit(1);
}
const python = findTorch();
if (python === null)
  process.stderr.write('no python3 has torch: PyTorch is not measured (apt install python3-torch)\n');
for (const workload of workloads)
  if (positionals.length === 0 || positionals.includes(workload.name))
    if (!(await bench(workload, python))) process.exitCode = 1;
