/**
 * Can interneurons replace a known normaliser (Dong and Wu 2023; docs/time-scales.md)? A teacher of two layers of Quartic units makes
 * data; students of the same kind learn them with ∇A from interneurons, with ∇A by quadrature, and, without normalisers of their
 * own, by contrastive divergence. All see the same batches, as often, with the same rates.
 *
 *     npm run teacher [-- --seeds 1,2,3 --iterations 1000 --json]      about ten minutes a seed
 *
 * Log-likelihoods are of held-out examples, in nats each, with the hidden units summed out on a grid in float64: an independent
 * reference, for which nothing of the compiler is used. `again` is the same with other noise: how far apart two runs of one kind are.
 */
import { readOptions } from './options.ts';
import { fillNoise } from '../src/runtime/noise.ts';
import type { Model } from '../src/runtime/model.ts';
import { keyOf, type Key } from '../src/runtime/random.ts';
import type { NumberArray, NumberArrays } from '../src/runtime/state.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { withParameters } from './feedforward-nets.ts';
import { openModel } from './open.ts';
import { logLikelihoods } from './quartic-likelihood.ts';

const { values: given } = readOptions({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    iterations: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const iterations = Number(given.iterations);
const [pixels, hidden] = [10, 3];
const [seen, kept] = [5000, 2000];
const print = (line: string): void => void (given.json ? null : process.stdout.write(`${line}\n`));

const { tf } = await loadBackend();
const open = (name: string): Model => openModel(tf, 'bench/teacher.nsm', { pixels, hidden }, { model: name });
const [sampled, exact, undirected] = [open('Sampled'), open('Exact'), open('Undirected')];

const array = (shape: readonly number[], sd: number, key: Key): NumberArray => {
  const values = new Float32Array(shape.reduce((size, side) => size * side, 1));
  fillNoise('standard_normal', key, values, 0);
  return { shape, values: values.map((value) => sd * value) };
};
const teacherOf = (seed: number): NumberArrays => ({
  W: array([pixels, hidden], 1.5, keyOf(seed, 1)),
  b0: array([pixels], 0.5, keyOf(seed, 2)),
  b1: array([hidden], 0.5, keyOf(seed, 3)),
});

interface Student {
  readonly name: string;
  readonly model: Model;
  readonly learning: string;
  readonly isDirected: boolean;
  /** Added to the seed of the noise, while the first weights stay. */
  readonly other?: number;
}
const students: readonly Student[] = [
  { name: 'interneurons', model: sampled, learning: 'Online', isDirected: true },
  { name: 'interneurons, again', model: sampled, learning: 'Online', isDirected: true, other: 100 },
  { name: 'quadrature', model: exact, learning: 'ExactOnline', isDirected: true },
  { name: 'quadrature, again', model: exact, learning: 'ExactOnline', isDirected: true, other: 100 },
  { name: 'CD-1', model: undirected, learning: 'ContrastiveDivergence', isDirected: false },
];

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** Standard error of a mean. */
const errorOf = (values: Float64Array): number => {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / values.length;
};
const figure = (value: number, digits = 3): string => value.toFixed(digits).padStart(8);

print('seed  who                 log-likelihood  less than the teacher (standard error)');
for (const seed of given.seeds.split(',').map(Number)) {
  const teacher = teacherOf(seed);
  const drawn = await exact.sample(withParameters(exact.create({ seed }), teacher), {
    count: seen + kept,
    seed,
  });
  const data = Float32Array.from(drawn['x0']!.values);
  const [training, test] = [data.subarray(0, seen * pixels), data.subarray(seen * pixels)];
  const best = logLikelihoods(teacher, test, true);
  const tell = (name: string, values: Float64Array): void => {
    const less = best.map((value, n) => value - values[n]!);
    print(
      `${String(seed).padStart(4)}  ${name.padEnd(19)} ${figure(meanOf(values)).padStart(14)}  ${figure(meanOf(less))} (${errorOf(less).toFixed(3)})`,
    );
    if (given.json)
      process.stdout.write(
        `${JSON.stringify({ seed, name, log_likelihood: meanOf(values), less: meanOf(less), error: errorOf(less) })}\n`,
      );
  };
  tell('teacher', best);
  for (const { name, model, learning, isDirected, other = 0 } of students) {
    const first = { ...model.create({ seed }), seed: seed + other };
    const { parameters } = await model.train(first, training, { learning, iterations, batch: 400 });
    tell(name, logLikelihoods(parameters, test, isDirected));
  }
}
