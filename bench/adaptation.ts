/**
 * Does adaptation speed up sampling (papers on noisy adaptation in neural circuits: Dong et al. 2022)? Steps for each independent sample
 * of the slow one of two Gaussian coordinates, by Langevin and by Adaptation, at condition numbers 10, 100 and 1000; then how that
 * depends on the friction, at 100.
 *
 *     npm run adaptation                      about ten minutes; --seeds 1 for one of the three seeds, --json for numbers
 *
 * Steps per sample are the integrated autocorrelation time, 1 + 2 Σ ρ_k, of the value or of its square, whichever is longer: friction
 * that is too weak leaves a coordinate swinging, so that its values cancel and their squares remember. Chains begin with draws of the
 * slow coordinate's own law.
 */
import { readOptions } from './options.ts';
import { check } from '../src/check/check.ts';
import { fileSources } from '../src/check/sources.ts';
import { define } from '../src/schedule/define.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { loadProgram } from '../src/targets/tfjs/load.ts';
import { autocorrelationTime } from './autocorrelation.ts';

const { values: given } = readOptions({
  options: { seeds: { type: 'string', default: '1,2,3' }, json: { type: 'boolean', default: false } },
});
const seeds = given.seeds.split(',').map(Number);
const { tf } = await loadBackend();
const print = (line: string): void => void (given.json ? null : process.stdout.write(`${line}\n`));

const source = `
  import { Langevin, Adaptation } from "std/dynamics"
  model Valley(units: dim = 2) {
    param stiffness: positive[units] = 1
    state s: real[units]
    energy valley = sum(stiffness * s^2) / 2
  }
  inference Plain of Valley(dt: positive = 0.1, friction: positive = 1) {
    start s = normal(0, 1)
    repeat 1 { descend energy over s by Langevin(dt = dt) }
  }
  inference Adapted of Valley(dt: positive = 0.1, friction: positive = 1) {
    start s = normal(0, 1)
    repeat 1 { descend energy over s by Adaptation(dt = dt, friction = friction) }
  }`;
const { checked } = check('valley.nsm', fileSources(new Map([['valley.nsm', source]])));
const definition = define(checked).definition!;
const programs = new Map(
  definition.inferences.map(({ name, start, advance }) => [
    name,
    { start: loadProgram(start, tf), advance: loadProgram(advance, tf) },
  ]),
);

interface Run {
  readonly inference: 'Plain' | 'Adapted';
  readonly condition: number;
  readonly dt: number;
  readonly friction: number;
  readonly seed: number;
  readonly chains: number;
  /** Roughly the steps per sample: how finely and how long is looked. */
  readonly expected: number;
  readonly samples: number;
}

/** Steps per sample of the slow coordinate's value and square. */
const measure = (run: Run): { readonly value: number; readonly square: number } => {
  const { inference, condition, dt, friction, seed, chains } = run;
  const { start, advance } = programs.get(inference)!;
  const context = { seed, firstExample: 0, sizes: { ...definition.sizes, example: chains } };
  // Parameters are stored as logarithms.
  const stiffness = tf.tensor1d([0, Math.log(condition)]);
  const host = { dt, friction, progress: 1, iteration: 0, stiffness };
  const thin = Math.max(1, Math.round(run.expected / 20));
  const count = Math.ceil((run.samples * run.expected) / thin);
  let states = start(host, context);
  const rows: Float32Array[] = [];
  for (let n = 0; n < count; n++) {
    const next = advance({ ...host, ...states, first_step: n * thin, step_count: thin }, context);
    tf.dispose(states);
    states = next;
    const all = states['s']!.dataSync<'float32'>();
    rows.push(Float32Array.from({ length: chains }, (_, chain) => all[2 * chain]!));
  }
  tf.dispose([states, stiffness]);
  const squares = rows.map((row) => row.map((value) => value * value - 1));
  const square = autocorrelationTime(squares);
  return { value: thin * autocorrelationTime(rows, square), square: thin * square };
};

const steps = (run: Run): number => {
  const { value, square } = measure(run);
  return Math.max(value, square);
};
const shown = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

// Steps sizes of both are in one proportion to what stability allows: 0.2 of 2 / κ, and of 2 / √κ.
const cases = [
  { condition: 10, wanted: 3, chains: 4000, samples: 60 },
  { condition: 100, wanted: 8, chains: 2000, samples: 30 },
  { condition: 1000, wanted: 20, chains: 1000, samples: 20 },
] as const;
print('condition  seed  Langevin  Adaptation  times fewer  wanted');
const table = cases.flatMap(({ condition, wanted, chains, samples }) =>
  seeds.map((seed) => {
    const common = { condition, seed, chains, samples };
    const plain = steps({
      ...common,
      inference: 'Plain',
      dt: 0.2 / condition,
      friction: 1,
      expected: 10 * condition,
    });
    const adapted = steps({
      ...common,
      inference: 'Adapted',
      dt: 0.4 / Math.sqrt(condition),
      friction: 2,
      expected: 10 * Math.sqrt(condition),
    });
    const ratio = plain / adapted;
    print(
      `${String(condition).padStart(9)}  ${String(seed).padStart(4)}  ${shown(plain).padStart(8)}  ${shown(adapted).padStart(10)}  ${ratio.toFixed(1).padStart(11)}  ${String(wanted).padStart(6)}`,
    );
    return { condition, seed, langevin: plain, adaptation: adapted, ratio, wanted };
  }),
);

const frictions = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16];
print('\nfriction  of values  of squares  steps per sample   (Adaptation, condition 100)');
const scan = frictions.map((friction) => {
  const found = measure({
    inference: 'Adapted',
    condition: 100,
    dt: 0.04,
    friction,
    seed: seeds[0]!,
    chains: 2000,
    samples: 30,
    expected: 50 * Math.max(friction, 1 / friction),
  });
  const most = Math.max(found.value, found.square);
  print(
    `${String(friction).padStart(8)}  ${shown(found.value).padStart(9)}  ${shown(found.square).padStart(10)}  ${shown(most).padStart(16)}`,
  );
  return { friction, value: found.value, square: found.square, steps: most };
});
const best = scan.reduce((least, one) => (one.steps < least.steps ? one : least));
const between = best !== scan[0] && best !== scan.at(-1);
print(`\nfewest at friction ${best.friction}${between ? ', in between' : ''}`);
const holds = between && table.every(({ ratio, wanted }) => ratio >= wanted);
if (given.json) process.stdout.write(`${JSON.stringify({ table, scan, best: best.friction, holds })}\n`);
process.exitCode = holds ? 0 : 1;
