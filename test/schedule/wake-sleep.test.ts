/**
 * Wake-sleep on a small sigmoid belief net: the updates of many independent examples in float64 against expected ones by
 * enumeration of all states, whose slopes are central differences of log p and log q written by hand. Gradients are means of
 * independent numbers with known variances; 4.5 standard errors have a false-alarm rate of 7e-6 an entry, under 1e-3 for all
 * entries of this file. Seeds are fixed.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import { define } from '../../src/schedule/define.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { checked, matrix, vector } from '../derive/support.ts';
import { caseOf, withGradients } from '../optimize/support.ts';

const text = readFileSync(new URL('../../stdlib/models/sigmoid_belief.nsm', import.meta.url), 'utf8');
const [pixels, hidden, top] = [3, 2, 2];
const examples = 12_000;
const standardErrors = 4.5;

type Parameters = Readonly<Record<string, readonly (readonly number[])[]>>;
/** Vectors are one row. */
const parameters: Parameters = {
  W1: [
    [1.2, -0.8],
    [-1.5, 0.6],
    [0.7, 1.4],
  ],
  W2: [
    [1.1, -1.3],
    [-0.6, 1.7],
  ],
  a: [[0.2, -0.3, 0.1]],
  b1: [[-0.2, 0.4]],
  b2: [[0.3, -0.5]],
  R1: [
    [0.9, -0.4],
    [-0.7, 0.8],
    [0.5, 1.1],
  ],
  R2: [
    [0.6, -0.9],
    [-0.5, 1.2],
  ],
  r1: [[0.1, -0.2]],
  r2: [[-0.3, 0.2]],
};
const axes: Readonly<Record<string, readonly string[]>> = {
  W1: ['pixels', 'hidden'],
  W2: ['hidden', 'top'],
  a: ['pixels'],
  b1: ['hidden'],
  b2: ['top'],
  R1: ['pixels', 'hidden'],
  R2: ['hidden', 'top'],
  r1: ['hidden'],
  r2: ['top'],
};
const data = [
  [1, 0, 1],
  [0, 1, 1],
  [0, 0, 1],
];

const bits = (units: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** units }, (_, code) =>
    Array.from({ length: units }, (_, unit) => (code >> unit) & 1),
  );
const logBernoulli = (logits: readonly number[], values: readonly number[]): number =>
  logits.reduce((total, logit, i) => total + values[i]! * logit - Math.log1p(Math.exp(logit)), 0);
/** Sums into each row's unit. */
const down = (weights: readonly (readonly number[])[], bias: readonly number[], above: readonly number[]) =>
  bias.map((own, i) => above.reduce((total, value, j) => total + value * weights[i]![j]!, own));
/** Sums into each column's unit. */
const up = (weights: readonly (readonly number[])[], bias: readonly number[], below: readonly number[]) =>
  bias.map((own, j) => below.reduce((total, value, i) => total + value * weights[i]![j]!, own));

interface State {
  readonly x: readonly number[];
  readonly h1: readonly number[];
  readonly h2: readonly number[];
}
const logP = (at: Parameters, { x, h1, h2 }: State): number =>
  logBernoulli(at['b2']![0]!, h2) +
  logBernoulli(down(at['W2']!, at['b1']![0]!, h2), h1) +
  logBernoulli(down(at['W1']!, at['a']![0]!, h1), x);
const logQ = (at: Parameters, { x, h1, h2 }: State): number =>
  logBernoulli(up(at['R1']!, at['r1']![0]!, x), h1) + logBernoulli(up(at['R2']!, at['r2']![0]!, h1), h2);

const states = (xs: readonly (readonly number[])[]): readonly State[] =>
  xs.flatMap((x) => bits(hidden).flatMap((h1) => bits(top).map((h2) => ({ x, h1, h2 }))));
type Law = readonly (State & { readonly weight: number })[];
const awake: Law = states(data).map((state) => ({
  ...state,
  weight: Math.exp(logQ(parameters, state)) / data.length,
}));
const asleep: Law = states(bits(pixels)).map((state) => ({
  ...state,
  weight: Math.exp(logP(parameters, state)),
}));

/** The slope of −f in each entry of a parameter, at one state. */
const slopes = (f: (at: Parameters, state: State) => number, name: string, state: State): readonly number[] =>
  parameters[name]!.flatMap((row, i) =>
    row.map((_, j) => {
      const moved = (by: number): number => {
        const changed = parameters[name]!.map((old, k) =>
          old.map((value, l) => (k === i && l === j ? value + by : value)),
        );
        return f({ ...parameters, [name]: changed }, state);
      };
      return -(moved(1e-5) - moved(-1e-5)) / 2e-5;
    }),
  );

/** How many standard errors the mean gradient is from what is expected, at most. */
const farthest = (
  found: readonly number[],
  law: Law,
  f: (at: Parameters, state: State) => number,
  name: string,
): number => {
  const rows = law.map((state) => ({ values: slopes(f, name, state), weight: state.weight }));
  return Math.max(
    ...found.map((value, entry) => {
      const mean = rows.reduce((total, { values, weight }) => total + weight * values[entry]!, 0);
      const square = rows.reduce((total, { values, weight }) => total + weight * values[entry]! ** 2, 0);
      return Math.abs(value - mean) / Math.sqrt((square - mean ** 2) / examples);
    }),
  );
};

const file = checked(text);
const inputs: Readonly<Record<string, NamedArray | number>> = {
  iteration: 1,
  rate: 0.1,
  x: {
    indices: ['example', 'pixels'],
    shape: [examples, pixels],
    values: Float64Array.from(
      { length: examples * pixels },
      (_, n) => data[Math.floor(n / pixels) % data.length]![n % pixels]!,
    ),
  },
  ...Object.fromEntries(
    Object.entries(parameters).map(([name, rows]) => [
      name,
      axes[name]!.length === 2
        ? matrix(axes[name] as [string, string], rows)
        : vector(axes[name]![0]!, rows[0]!),
    ]),
  ),
};
const set = { pixels, hidden, top };

describe('wake-sleep', () => {
  const one = caseOf(file, 'WakeSleep', set);
  const sizes = { ...one.sizes, example: examples };
  const found = interpret(optimize(withGradients(one.learning), { sizes, scalars: one.scalars }), inputs, {
    seed: 5,
    firstExample: 0,
    sizes,
  });
  const gradient = (name: string): readonly number[] => [...found[`${name}_gradient`]!.values];

  it.each(['W1', 'W2', 'a', 'b1', 'b2'])('moves %s as recognised data say, on average', (name) => {
    expect(farthest(gradient(name), awake, logP, name)).toBeLessThan(standardErrors);
    // Dreams of the model itself would say otherwise: their mean slope is 0.
    if (name !== 'b2')
      expect(farthest(gradient(name), asleep, logP, name)).toBeGreaterThan(2 * standardErrors);
  });

  it.each(['R1', 'R2', 'r1', 'r2'])('moves %s as dreams say, on average', (name) => {
    expect(farthest(gradient(name), asleep, logQ, name)).toBeLessThan(standardErrors);
    expect(farthest(gradient(name), awake, logQ, name)).toBeGreaterThan(2 * standardErrors);
  });
});

describe('the free energy of beliefs that read each other', () => {
  it('is the mean of log q − log p under the recognition net', () => {
    const { definition } = define(file, { set });
    const { measure } = definition!.inferences.find(({ name }) => name === 'Recognition')!;
    const sizes = { ...definition!.sizes, example: examples };
    const found = interpret(measure, inputs, { seed: 6, firstExample: 0, sizes });
    const cost = awake.map((state) => ({
      value: logQ(parameters, state) - logP(parameters, state),
      weight: state.weight,
    }));
    const mean = cost.reduce((total, { value, weight }) => total + weight * value, 0);
    const square = cost.reduce((total, { value, weight }) => total + weight * value ** 2, 0);
    // The divergence of h2 is exact given h1, which only makes the estimate narrower than this.
    const error = Math.sqrt((square - mean ** 2) / examples);
    expect(Math.abs(found['free_energy']!.values[0]! / examples - mean)).toBeLessThan(standardErrors * error);
  });
});
