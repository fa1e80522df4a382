/**
 * How the time of a run grows with batch, neurons, pixels, steps and activity, and what the cost model says of it: inference and training
 * of the iterative Poisson VAE, one thread.
 *
 *     node bench/growth.ts [AXIS ...] [--json]
 *
 * Settings of an axis are timed round by round, A B C A B C. Predictions are the work that the optimiser compares programs by, at the
 * sizes and the activity of each point, at one price, which is fitted once to all points. Writes `docs/images/growth-AXIS.svg`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from './options.ts';
import { drawCharts } from '../src/report/charts.ts';
import { setWorkers } from '../src/runtime/index.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { growthChart, type Grown } from './growth-chart.ts';
import { priceOf } from './growth-fit.ts';
import {
  axisNames,
  kinds,
  settingsOf,
  workOf,
  workloadOf,
  type AxisName,
  type Setting,
} from './growth-settings.ts';
import { growthTable } from './growth-table.ts';
import { spreadOf } from './harness/statistics.ts';
import type { Variant } from './harness/workload.ts';

const { values: given, positionals } = readOptions({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !axisNames.some((axis) => axis === name));
if (unknown.length > 0) {
  process.stderr.write(`no axis ${unknown.join(', ')}: there are ${axisNames.join(', ')}\n`);
  process.exit(1);
}
const axes = axisNames.filter((axis) => positionals.length === 0 || positionals.includes(axis));
const { tf } = await loadBackend();
setWorkers(1);

const rounds = 9;
const warmMs = 200;
/** A timed sample lasts about so long: the clock of a thread may go in steps of 4 ms. */
const sampleMs = 120;

/** Milliseconds of this thread's own in one run: those that other programs take from it do not count. */
const timeOf = (variant: Variant, runs: number): number => {
  const before = process.threadCpuUsage();
  for (let run = 0; run < runs; run++) variant.run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / runs;
};

const prepared = async (setting: Setting) => {
  const workload = workloadOf(setting);
  const variant = workload.nsm(tf, await workload.inputs(tf, null));
  const spikes = variant.compare(null).draws[workload.spikes!]!.values;
  const activity = spikes.reduce((count, value) => count + (value > 0 ? 1 : 0), 0) / spikes.length;
  const ms = timeOf(variant, Math.ceil(warmMs / Math.max(1, timeOf(variant, 1))));
  return { variant, activity, runs: Math.max(1, Math.round(sampleMs / ms)) };
};

type Measured = Omit<Grown, 'predicted'> & { readonly work: number };

const measuredAlong = async (axis: AxisName): Promise<readonly Measured[]> => {
  const settings = settingsOf(axis);
  const ready: Awaited<ReturnType<typeof prepared>>[] = [];
  for (const setting of settings) ready.push(await prepared(setting));
  const times = settings.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [place, { variant, runs }] of ready.entries()) times[place]!.push(timeOf(variant, runs));
  return settings.map((setting, place) => {
    const { activity } = ready[place]!;
    return {
      axis,
      kind: setting.kind,
      size: axis === 'activity' ? 100 * activity : setting.sizes[axis],
      measured: spreadOf(times[place]!),
      activity,
      work: workOf(setting, activity),
    };
  });
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const measured: Measured[] = [];
for (const [place, axis] of axes.entries()) {
  const start = performance.now();
  measured.push(...(await measuredAlong(axis)));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  process.stderr.write(`${axis}: ${place + 1} of ${axes.length}, ${seconds} s\n`);
}
const priceIn = (points: readonly Measured[]): number =>
  priceOf(points.map(({ measured: { median }, work }) => ({ ms: median, work })));
const price = priceIn(measured);
const grown = measured.map((one) => ({ ...one, predicted: price * one.work }));

if (given.json) for (const one of grown) print(JSON.stringify(one));
else {
  print(`predicted: ${(1e9 * price).toFixed(1)} ps for one unit of work`);
  for (const kind of kinds) {
    const own = measured.filter((one) => one.kind === kind);
    if (own.length > 0) print(`${kind} takes ${(priceIn(own) / price).toFixed(2)} times what is predicted`);
  }
  for (const axis of axes)
    for (const kind of kinds) {
      const own = grown.filter((one) => one.axis === axis && one.kind === kind);
      if (own.length > 0) growthTable(own).forEach(print);
    }
}
for (const axis of axes) {
  const [svg] = await drawCharts([growthChart(axis, grown)]);
  writeFileSync(join('docs/images', `growth-${axis}.svg`), svg!);
}
