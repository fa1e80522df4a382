/** The mean of sampled updates against the exact natural gradient. */
import { expect } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { advanceProgram } from '../../src/schedule/programs.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { arrayOf } from '../calculus/support.ts';
import { exactSlope, type Example, type Layer } from './models.ts';

const draws = 20_000;
/** The models' inferences move by 0.1 of the natural gradient, with KL weight 1 and the model's own prior. */
const rate = 0.1;

/** Central limit: fails a right estimator in one comparison of 1.7 million. */
export const expectSampledStep = (example: Example, layer: Layer): void => {
  const { model, inference } = example;
  const sizes = { ...example.sizes, example: draws };
  const program = optimize(
    advanceProgram({ model, inference, estimator: null, learned: new Set<string>() }),
    {
      sizes: example.sizes,
      scalars: { step_count: 1 },
    },
  );
  const batch = (axis: string, values: readonly number[]): NamedArray =>
    arrayOf(['example', axis], { ...sizes, [axis]: values.length }, (i) => values[i % values.length]!);
  const observed = Object.fromEntries(
    model.variables
      .filter(({ role }) => role === 'observed')
      .map(({ name, indices }) => [name, batch(indices[0]!, [...example.values[name]!.values])]),
  );
  const states = Object.fromEntries(
    example.layers.flatMap(({ axis, coordinates }) =>
      Object.entries(coordinates).map(([name, values]) => [name, batch(axis, values)]),
    ),
  );
  const stored = { ...example.values, ...observed, ...states };
  const inputs = Object.fromEntries(
    program.inputs.map(({ name }) => [
      name,
      { first_step: 0, step_count: 1, progress: 1, iteration: 0 }[name] ??
        stored[name as keyof typeof stored]!,
    ]),
  );
  const after = interpret(program, inputs, { seed: 12, firstExample: 0, sizes });
  for (const [i, [coordinate, values]] of Object.entries(layer.coordinates).entries()) {
    const slope = exactSlope(example, layer, coordinate, 1, 'model');
    values.forEach((before, unit) => {
      const fisher = layer.law.fisher(Object.values(layer.coordinates).map((own) => own[unit]!))[i]!;
      const wanted = slope[unit]! / fisher;
      const samples = Float64Array.from(
        { length: draws },
        (_, n) => (before - after[coordinate]!.values[n * values.length + unit]!) / rate,
      );
      const mean = samples.reduce((total, value) => total + value, 0) / draws;
      const variance = samples.reduce((total, value) => total + (value - mean) ** 2, 0) / (draws - 1);
      const error = Math.sqrt(variance / draws);
      // The second part is for rules that no draw changes, like that of a Gaussian's spread under a quadratic.
      const bound = 5 * error + 1e-7 * Math.abs(wanted);
      expect(Math.abs(mean - wanted), `${coordinate}[${unit}]: ${mean} against ${wanted}`).toBeLessThan(
        bound,
      );
    });
  }
};
