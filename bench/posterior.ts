/**
 * Does adaptation speed up inference in a trained hierarchical energy model (Dong and Wu 2023; docs/dynamics.md)? Trains the library's
 * HEE, then walks in the posterior of test images by Langevin and by Adaptation, each at several step sizes.
 *
 *     npm run posterior [-- --seeds 1,2,3 --data dead-leaves:?size=10 --iterations 300 --json]      about seven minutes a seed
 *
 * `error` is the root mean square distance of the posterior means from those of a reference (Adaptation at half its step, with twice as
 * many interneuron steps), in posterior standard deviations. `steps per sample` is the integrated autocorrelation time of the units, the
 * median and the slowest. The two are compared each at the step size that is fastest among those whose error is at most 0.15.
 */
import { readOptions } from './options.ts';
import { loadData } from '../src/data/load.ts';
import { takeRows } from '../src/runtime/examples.ts';
import { upload, type ModelState } from '../src/runtime/state.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { autocorrelationTime } from './autocorrelation.ts';
import { openModel } from './open.ts';

const { values: given } = readOptions({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    data: { type: 'string', default: 'dead-leaves:?size=10' },
    iterations: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});
const images = 20;
const chainsEach = 10;
const chains = images * chainsEach;
const tolerance = 0.15;
const print = (line: string): void => void (given.json ? null : process.stdout.write(`${line}\n`));

const { tf } = await loadBackend();
const { values: data, shape } = await loadData(given.data);
const pixels = shape.reduce((size, side) => size * side, 1);
const training = data.subarray(0, data.length - pixels * images);
const layers = { x1: 64, x2: 16 };
const units = layers.x1 + layers.x2;
const set = { pixels, v1: layers.x1, v2: layers.x2 };
const [trainer, walker] = [
  openModel(tf, 'stdlib/models/hee.nsm', set),
  openModel(tf, 'bench/posterior.nsm', set),
];
/** Every image as many times as it has chains. */
const shown = Float32Array.from({ length: chains * pixels }, (_, place) => {
  const image = Math.floor(place / (pixels * chainsEach));
  return data[training.length + image * pixels + (place % pixels)]!;
});

interface Walk {
  readonly name: 'Plain' | 'Adapted';
  readonly dt: number;
  readonly burn: number;
  readonly thin: number;
  readonly fastSteps?: number;
}
const looks = 400;

/** Values of all units of all chains at `looks` times: by unit, then by time. */
const walk = (state: ModelState, { name, dt, burn, thin, fastSteps = 10 }: Walk): Float32Array[][] => {
  const { plan } = walker;
  const inference = plan.inferences.find((one) => one.name === name)!;
  const parameters = upload(plan, state.parameters);
  const context = { seed: state.seed, firstExample: 0, sizes: { ...state.sizes, example: chains } };
  const x0 = tf.tensor(takeRows(shown, pixels, { from: 0, count: chains }), [chains, pixels]);
  const host = {
    ...{ ...parameters, ...state.settings, ...inference.settings, x0 },
    ...{ dt, fast_steps: fastSteps, progress: 1, iteration: 0 },
  };
  let states = tf.tidy(() => inference.start(host, context));
  let step = 0;
  const advance = (many: number): void => {
    const next = tf.tidy(() =>
      inference.advance({ ...host, ...states, first_step: step, step_count: many }, context),
    );
    tf.dispose(states);
    states = next;
    step += many;
  };
  advance(burn);
  const seen: Float32Array[][] = Array.from({ length: units }, () => []);
  for (let look = 0; look < looks; look++) {
    advance(thin);
    let first = 0;
    for (const [layer, size] of Object.entries(layers)) {
      const values = states[layer]!.dataSync<'float32'>();
      for (let unit = 0; unit < size; unit++)
        seen[first + unit]!.push(
          Float32Array.from({ length: chains }, (_, chain) => values[chain * size + unit]!),
        );
      first += size;
    }
  }
  tf.dispose([states, parameters, x0]);
  return seen;
};

/** Mean of a unit for each image. */
const meansOf = (rows: readonly Float32Array[]): Float64Array => {
  const means = new Float64Array(images);
  for (const row of rows)
    row.forEach((value, chain) => {
      means[Math.floor(chain / chainsEach)]! += value / (looks * chainsEach);
    });
  return means;
};
/** Less its mean. */
const centred = (rows: readonly Float32Array[], means: Float64Array): Float32Array[] =>
  rows.map((row) => row.map((value, chain) => value - means[Math.floor(chain / chainsEach)]!));
const variance = (rows: readonly Float32Array[]): number =>
  rows.reduce((total, row) => total + row.reduce((sum, value) => sum + value * value, 0), 0) /
  (looks * chains);

interface Looked {
  readonly means: readonly Float64Array[];
  readonly variances: readonly number[];
  readonly times: readonly number[];
}
const look = (state: ModelState, how: Walk): Looked => {
  const found = walk(state, how).map((rows) => {
    const means = meansOf(rows);
    const rest = centred(rows, means);
    return { means, variance: variance(rest), time: how.thin * autocorrelationTime(rest) };
  });
  return {
    means: found.map(({ means }) => means),
    variances: found.map((one) => one.variance),
    times: found.map(({ time }) => time).sort((a, b) => a - b),
  };
};

interface Row {
  readonly name: Walk['name'];
  readonly dt: number;
  readonly error: number;
  readonly median: number;
  readonly slowest: number;
}
const compared = (how: Walk, { means, times }: Looked, reference: Looked): Row => {
  const squares = means.flatMap((unit, at) =>
    Array.from(unit, (mean, image) => (mean - reference.means[at]![image]!) ** 2 / reference.variances[at]!),
  );
  const error = Math.sqrt(squares.reduce((total, square) => total + square, 0) / squares.length);
  return { name: how.name, dt: how.dt, error, median: times[units / 2]!, slowest: times.at(-1)! };
};

const walks: readonly Walk[] = [
  { name: 'Plain', dt: 0.005, burn: 2400, thin: 24 },
  { name: 'Plain', dt: 0.01, burn: 1200, thin: 12 },
  { name: 'Plain', dt: 0.02, burn: 600, thin: 8 },
  { name: 'Plain', dt: 0.03, burn: 400, thin: 6 },
  { name: 'Adapted', dt: 0.05, burn: 800, thin: 6 },
  { name: 'Adapted', dt: 0.1, burn: 400, thin: 3 },
  { name: 'Adapted', dt: 0.15, burn: 300, thin: 2 },
];
print('seed  dynamics    dt     error  steps per sample: median  slowest');
const fewest: number[] = [];
for (const seed of given.seeds.split(',').map(Number)) {
  const state = await trainer.train(trainer.create({ seed }), training, {
    learning: 'Online',
    iterations: Number(given.iterations),
    batch: 64,
  });
  const reference = look(state, { name: 'Adapted', dt: 0.1, burn: 400, thin: 4, fastSteps: 20 });
  const rows = walks.map((how) => {
    const row = compared(how, look(state, how), reference);
    const figures = [
      row.error.toFixed(3).padStart(7),
      row.median.toFixed(0).padStart(24),
      row.slowest.toFixed(0).padStart(8),
    ];
    const text = [
      String(seed).padStart(4),
      (row.name === 'Plain' ? 'Langevin' : 'Adaptation').padEnd(10),
      row.dt.toFixed(3),
      ...(Number.isFinite(row.error) ? figures : ['runs away']),
    ];
    print(text.join('  '));
    return row;
  });
  const best = (name: Walk['name']): Row =>
    rows
      .filter((row) => row.name === name && row.error <= tolerance)
      .reduce((least, row) => (row.slowest < least.slowest ? row : least));
  const [plain, adapted] = [best('Plain'), best('Adapted')];
  const ratio = plain.slowest / adapted.slowest;
  fewest.push(ratio);
  print(
    `${String(seed).padStart(4)}  ${ratio.toFixed(1)} times fewer (${(plain.median / adapted.median).toFixed(1)} for the median unit)\n`,
  );
  if (given.json) process.stdout.write(`${JSON.stringify({ seed, rows, ratio })}\n`);
}
process.exitCode = fewest.every((ratio) => ratio >= 2) ? 0 : 1;
