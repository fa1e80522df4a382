/**
 * Contrastive divergence and persistent chains of a small restricted Boltzmann machine: the update that the program makes, on many
 * independent chains in float64, against the expected one by enumeration of all states. An entry of a gradient is a mean of
 * independent numbers, of which the standard error follows from the enumeration too: 4.5 of them on either side have a false-alarm
 * rate of 7e-6 an entry, under 2e-3 for all entries of this file; the seeds are fixed.
 */
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { checked, matrix, vector } from '../derive/support.ts';
import { caseOf, withGradients } from '../optimize/support.ts';

const chains = 15_000;
const standardErrors = 4.5;

const program = (withMean: boolean): string => `
import { SGD } from "std/dynamics"
model RBM(visible: dim = 3, hidden: dim = 2) {
  param W: real[visible, hidden] = 0
  param a: real[visible] = 0
  param b: real[hidden] = 0
  observed v: binary[visible]
  state h: binary[hidden]
  energy coupling = -(v @ W @ h)
  energy biases = -sum(a * v) - sum(b * h)
}
learning Chains of RBM(k: int = 1) {
  phase data  { clamp v; sample h }
  phase model { from data; repeat k { sample v; sample h } }
  descend energy in data - energy in model ${withMean ? 'with mean h' : ''} over W, a, b by SGD(rate = 0.01)
}
learning Persistent of RBM(k: int = 1) {
  phase data  { clamp v; sample h }
  phase model { from data; persist per chain; repeat k { sample v; sample h } }
  descend energy in data - energy in model ${withMean ? 'with mean h' : ''} over W, a, b by SGD(rate = 0.01)
}
`;

interface Parameters {
  readonly W: readonly (readonly number[])[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}
/** Weights with which chains forget quickly, and with which they are slow to leave one of two modes, so that every step is seen. */
const fast: Parameters = {
  W: [
    [1.3, -0.7],
    [-1.1, 0.9],
    [0.4, 1.6],
  ],
  a: [0.3, -0.5, 0.2],
  b: [-0.4, 0.1],
};
const slow: Parameters = {
  W: [
    [2.5, 3],
    [2.75, 2],
    [2.25, 2.5],
  ],
  a: [-3.25, -2.9, -2.9],
  b: [-3.75, -3.75],
};
const data = [
  [1, 1, 1],
  [1, 1, 0],
  [1, 0, 1],
  [0, 1, 1],
];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const bits = (units: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** units }, (_, code) =>
    Array.from({ length: units }, (_, unit) => (code >> unit) & 1),
  );
const [visibles, hiddens] = [bits(3), bits(2)];
const hiddenMeans = ({ W, b }: Parameters, v: readonly number[]): readonly number[] =>
  b.map((bias, j) => sigmoid(bias + v.reduce((total, value, i) => total + value * W[i]![j]!, 0)));
const visibleMeans = ({ W, a }: Parameters, h: readonly number[]): readonly number[] =>
  a.map((bias, i) => sigmoid(bias + h.reduce((total, value, j) => total + value * W[i]![j]!, 0)));
const probability = (means: readonly number[], values: readonly number[]): number =>
  means.reduce((total, mean, i) => total * (values[i] === 1 ? mean : 1 - mean), 1);

/** A distribution over the states (v, h), as one weight for each. */
type Law = readonly {
  readonly v: readonly number[];
  readonly h: readonly number[];
  readonly weight: number;
}[];

const hiddenGiven = (
  at: Parameters,
  visible: readonly { readonly v: readonly number[]; readonly weight: number }[],
): Law =>
  visible.flatMap(({ v, weight }) =>
    hiddens.map((h) => ({ v, h, weight: weight * probability(hiddenMeans(at, v), h) })),
  );
/** v given h, then h given v. */
const turned = (at: Parameters, law: Law): Law =>
  hiddenGiven(
    at,
    visibles.map((v) => ({
      v,
      weight: law.reduce((total, { h, weight }) => total + weight * probability(visibleMeans(at, h), v), 0),
    })),
  );
const afterTurns = (at: Parameters, law: Law, turns: number): Law =>
  turns === 0 ? law : afterTurns(at, turned(at, law), turns - 1);

interface Moments {
  readonly mean: number;
  readonly variance: number;
}
/** −∂E/∂parameter of one state, entry by entry in the order W, a, b; with hidden units at their means given parameters. */
const statistics = (v: readonly number[], h: readonly number[], at: Parameters | null) => {
  const hidden = at === null ? h : hiddenMeans(at, v);
  return [...v.flatMap((value) => hidden.map((other) => value * other)), ...v, ...hidden];
};
const momentsOf = (law: Law, at: Parameters | null): readonly Moments[] => {
  const total = law.reduce((sum, { weight }) => sum + weight, 0);
  const rows = law.map(({ v, h, weight }) => ({ values: statistics(v, h, at), weight: weight / total }));
  return rows[0]!.values.map((_, entry) => {
    const mean = rows.reduce((sum, { values, weight }) => sum + weight * values[entry]!, 0);
    const square = rows.reduce((sum, { values, weight }) => sum + weight * values[entry]! ** 2, 0);
    return { mean, variance: square - mean ** 2 };
  });
};

/** Where the data phase ends. */
const dataLaw = (at: Parameters): Law =>
  hiddenGiven(
    at,
    data.map((v) => ({ v, weight: 1 / data.length })),
  );
/** The data, as often as there are chains. */
const dataRows: NamedArray = {
  indices: ['example', 'visible'],
  shape: [chains, 3],
  values: Float64Array.from({ length: chains * 3 }, (_, n) => data[Math.floor(n / 3) % data.length]![n % 3]!),
};

const run = (
  learning: string,
  { W, a, b }: Parameters,
  options: { readonly withMean: boolean; readonly turns: number; readonly seed: number },
  more: Readonly<Record<string, NamedArray>> = {},
): Readonly<Record<string, NamedArray>> => {
  const one = caseOf(checked(program(options.withMean)), learning, {});
  const sizes = { ...one.sizes, example: chains };
  return interpret(
    optimize(withGradients(one.learning), { sizes, scalars: one.scalars }),
    {
      iteration: 1,
      k: options.turns,
      v: dataRows,
      W: matrix(['visible', 'hidden'], W),
      a: vector('visible', a),
      b: vector('hidden', b),
      ...more,
    },
    { seed: options.seed, firstExample: 0, sizes },
  );
};

/** The gradient of energy in data − energy in model, entry by entry, in standard errors from what is expected. */
const deviations = (
  found: Readonly<Record<string, NamedArray>>,
  positive: readonly Moments[],
  negative: readonly Moments[],
): readonly number[] =>
  ['W', 'a', 'b']
    .flatMap((name) => [...found[`${name}_gradient`]!.values])
    .map((value, entry) => {
      const [p, n] = [positive[entry]!, negative[entry]!];
      // Both statistics vary; that they are correlated can only make their difference less wide than this doubled bound.
      const error = Math.sqrt((2 * (p.variance + n.variance)) / chains);
      return (value - (n.mean - p.mean)) / error;
    });
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

for (const withMean of [true, false])
  describe(`the update of contrastive divergence, ${withMean ? 'hidden units at their means' : 'hidden units as drawn'}`, () => {
    for (const turns of [1, 2, 3])
      it(`is the expected one after ${turns} ${turns === 1 ? 'step' : 'steps'}`, () => {
        const found = run('Chains', slow, { withMean, turns, seed: 10 + turns });
        const moments = (law: Law): readonly Moments[] => momentsOf(law, withMean ? slow : null);
        const start = dataLaw(slow);
        const far = (steps: number): number =>
          largest(deviations(found, moments(start), moments(afterTurns(slow, start, steps))));
        expect(far(turns)).toBeLessThan(standardErrors);
        // One step less would be seen.
        expect(far(turns - 1)).toBeGreaterThan(2 * standardErrors);
      });
  });

describe('chains that persist', () => {
  /** Particles spread over some states, each as often as the others. */
  const held = [
    { v: [0, 0, 1], h: [1, 0] },
    { v: [1, 1, 1], h: [0, 0] },
  ];
  const heldRows = (name: 'v' | 'h', axis: string): NamedArray => {
    const { length } = held[0]![name];
    return {
      indices: ['example', axis],
      shape: [chains, length],
      values: Float64Array.from(
        { length: chains * length },
        (_, n) => held[Math.floor(n / length) % held.length]![name][n % length]!,
      ),
    };
  };
  const particles = (begun: number): Readonly<Record<string, NamedArray>> => ({
    'model begun': { indices: ['example'], shape: [chains], values: new Float64Array(chains).fill(begun) },
    'v in model': heldRows('v', 'visible'),
    'h in model': heldRows('h', 'hidden'),
  });
  const heldLaw: Law = held.map((state) => ({ ...state, weight: 1 / held.length }));
  const positive = momentsOf(dataLaw(fast), fast);
  const farFrom = (found: Readonly<Record<string, NamedArray>>, law: Law): number =>
    largest(deviations(found, positive, momentsOf(law, fast)));

  it('begin where the data phase ends', () => {
    const found = run('Persistent', fast, { withMean: true, turns: 1, seed: 21 }, particles(0));
    expect(farFrom(found, turned(fast, dataLaw(fast)))).toBeLessThan(standardErrors);
  });

  it('go on from what was kept', () => {
    const found = run('Persistent', fast, { withMean: true, turns: 1, seed: 22 }, particles(1));
    expect(farFrom(found, turned(fast, heldLaw))).toBeLessThan(standardErrors);
    expect(farFrom(found, turned(fast, dataLaw(fast)))).toBeGreaterThan(2 * standardErrors);
  });

  it('keep the states at the end of the phase', () => {
    const found = run('Persistent', fast, { withMean: true, turns: 1, seed: 23 }, particles(1));
    expect(new Set(found['model begun']!.values)).toEqual(new Set([1]));
    const expected = momentsOf(turned(fast, heldLaw), null);
    const [v, h] = [found['v in model']!.values, found['h in model']!.values];
    const sums = new Float64Array(expected.length);
    for (let chain = 0; chain < chains; chain += 1)
      statistics(
        [...v.subarray(3 * chain, 3 * chain + 3)],
        [...h.subarray(2 * chain, 2 * chain + 2)],
        null,
      ).forEach((value, entry) => (sums[entry] = sums[entry]! + value));
    const far = expected.map(
      ({ mean, variance }, entry) => (sums[entry]! / chains - mean) / Math.sqrt(variance / chains),
    );
    expect(largest(far)).toBeLessThan(standardErrors);
  });

  it('reach the model itself after many updates', () => {
    const { W, a, b } = slow;
    const law: Law = visibles.flatMap((v) =>
      hiddens.map((h) => {
        const coupling = v.map((value, i) => value * (a[i]! + h[0]! * W[i]![0]! + h[1]! * W[i]![1]!));
        const exponent = coupling.reduce((total, value) => total + value, b[0]! * h[0]! + b[1]! * h[1]!);
        return { v, h, weight: Math.exp(exponent) };
      }),
    );
    let kept = particles(0);
    let found: Readonly<Record<string, NamedArray>> = {};
    for (let update = 1; update <= 6; update += 1) {
      found = run('Persistent', slow, { withMean: true, turns: 6, seed: 30 + update }, kept);
      kept = Object.fromEntries(Object.keys(kept).map((name) => [name, found[name]!]));
    }
    const start = dataLaw(slow);
    const far = (reached: Law): number =>
      largest(deviations(found, momentsOf(start, slow), momentsOf(reached, slow)));
    expect(far(law)).toBeLessThan(standardErrors);
    // Chains that begin anew with every update do not get there.
    expect(far(afterTurns(slow, start, 6))).toBeGreaterThan(2 * standardErrors);
  });
});
