/** Linear dynamics: their stationary law without a random number. */
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { DrawTape } from '../../src/runtime/executable.ts';
import type { Definition, InferenceDefinition } from '../../src/schedule/definition.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { identity, inverse, product, sumOf, transpose } from './support.ts';

type Matrix = readonly (readonly number[])[];

/**
 * One step of a dynamics on a Gaussian target is x ← A x + B n + c. Its A, B and c are read off by running the compiled program once,
 * in float64, with one unit vector for each example; then C = A C Aᵀ + B Bᵀ and m = A m + c are solved.
 *
 * @returns mean and covariance of `s` where the chain stays; null where it does not
 */
export const stationary = (
  definition: Definition,
  inference: InferenceDefinition,
  given: Readonly<Record<string, NamedArray>>,
): { readonly mean: readonly number[]; readonly covariance: Matrix } | null => {
  const names = inference.states.map(({ name }) => name);
  const width = definition.sizes['units']!;
  const places = names.length * width;
  const host = {
    ...definition.settings,
    ...inference.settings,
    progress: 1,
    iteration: 0,
    first_step: 0,
    step_count: 1,
  };
  const run = (examples: number, states: (row: number) => readonly number[], draws: DrawTape) => {
    const array = (n: number): NamedArray => ({
      indices: ['example', 'units'],
      shape: [examples, width],
      values: Float64Array.from(
        { length: examples * width },
        (_, at) => states(Math.floor(at / width))[n * width + (at % width)]!,
      ),
    });
    const inputs = Object.fromEntries(names.map((name, n) => [name, array(n)]));
    const sizes = { ...definition.sizes, example: examples };
    const result = interpret(
      inference.advance,
      { ...host, ...given, ...inputs },
      { seed: 1, firstExample: 0, sizes, draws },
    );
    return (row: number): number[] =>
      names.flatMap((name) => [...result[name]!.values.slice(row * width, (row + 1) * width)]);
  };
  const tape: DrawTape['values'] = new Map();
  const nothing = Array.from({ length: places }, () => 0);
  run(1, () => nothing, { mode: 'record', values: tape });
  const sites = [...tape.keys()];
  const noises = sites.length * width;
  const examples = 1 + places + noises;
  const values = new Map(
    sites.map((site, n) => [
      site,
      Float64Array.from({ length: examples * width }, (_, at) =>
        Number(Math.floor(at / width) === 1 + places + n * width + (at % width)),
      ),
    ]),
  );
  const row = run(examples, (n) => nothing.map((_, i) => Number(n === 1 + i)), { mode: 'replay', values });
  const origin = row(0);
  const response = (n: number): number[] => row(n).map((value, i) => value - origin[i]!);
  const a = transpose(Array.from({ length: places }, (_, i) => response(1 + i)));
  const b = transpose(Array.from({ length: noises }, (_, i) => response(1 + places + i)));
  const spread = lyapunov(a, product(b, transpose(b)));
  if (spread === null) return null;
  const mean = product(inverse(sumOf(identity(places), a, -1)), transpose([origin])).map(([value]) => value!);
  return {
    mean: mean.slice(0, width),
    covariance: spread.slice(0, width).map((line) => line.slice(0, width)),
  };
};

/** C = Σ Aᵏ Q Aᵏᵀ by doubling; null where it does not converge. */
const lyapunov = (a: Matrix, q: Matrix): number[][] | null => {
  let [power, total] = [a, q];
  for (let n = 0; n < 40; n++) {
    const more = product(product(power, total), transpose(power));
    total = sumOf(total, more);
    power = product(power, power);
    const size = Math.max(...total.flat().map(Math.abs));
    if (!(size < 1e12)) return null;
    if (Math.max(...more.flat().map(Math.abs)) < 1e-15 * size) return total.map((line) => [...line]);
  }
  return null;
};
