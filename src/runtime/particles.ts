/** States that the phases of a learning keep from one iteration to the next: of each chain of the batch, or of each row of the data. */
import { takeRows } from './examples.ts';
import { runError } from './failure.ts';
import type { LearningPlan } from './plan.ts';
import { shapeOf, sizeOf, type ModelState, type NumberArray, type NumberArrays } from './state.ts';

type Particles = LearningPlan['particles'];

export const ofChains = ({ particles }: LearningPlan): Particles =>
  particles.filter(({ persist }) => persist === 'chain');
export const ofExamples = ({ particles }: LearningPlan): Particles =>
  particles.filter(({ persist }) => persist === 'example');

/** What a learning keeps, 0 at first. Throws a `RunError` when the state keeps them for another batch or other data. */
export function particlesOf(
  learning: LearningPlan,
  state: ModelState,
  batch: number,
  rows: number,
): NumberArrays {
  return Object.fromEntries(
    learning.particles.map(({ name, axes, persist }) => {
      const count = persist === 'chain' ? batch : rows;
      const shape = [count, ...shapeOf(axes, state.sizes)];
      const kept = state.learning === learning.name ? state.particles[name] : undefined;
      if (kept === undefined) return [name, { shape, values: new Float32Array(sizeOf(shape)) }];
      if (kept.shape[0] === count) return [name, kept];
      throw runError(
        persist === 'chain'
          ? `${learning.name} keeps ${kept.shape[0]} chains, and a batch of ${count} has one for each example`
          : `${learning.name} keeps states of ${kept.shape[0]} examples, but the data have ${count}`,
        persist === 'chain'
          ? `continue with batches of ${kept.shape[0]}`
          : 'continue with the data that training began with',
      );
    }),
  );
}

/** The particles of some rows, `[rows, ...]`. */
export const rowsOf = ({ shape, values }: NumberArray, rows: Uint32Array): NumberArray => {
  const [, ...rest] = shape;
  return { shape: [rows.length, ...rest], values: takeRows(values, sizeOf(rest), rows) };
};

/** Writes the particles of some rows back into their array. */
export function putRows({ shape, values }: NumberArray, rows: Uint32Array, next: Float32Array): void {
  const columns = sizeOf(shape.slice(1));
  rows.forEach((row, position) => {
    values.set(next.subarray(position * columns, (position + 1) * columns), row * columns);
  });
}

export const copyOf = (arrays: NumberArrays): NumberArrays =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]),
  );
