/**
 * Equilibrium propagation of the library: the contrast of two settled phases against central differences of the cost at the fixed
 * point (Scellier and Bengio 2017, theorem 1). The oracle settles the network in plain loops; both run in float64 until nothing moves.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { uniforms } from '../calculus/support.ts';
import { checked, matrix, vector } from '../derive/support.ts';
import { caseOf, withGradients } from '../optimize/support.ts';

const text = readFileSync(
  new URL('../../stdlib/models/equilibrium_propagation.nsm', import.meta.url),
  'utf8',
);
const [pixels, hidden, classes, examples] = [3, 5, 2, 4];
const steps = 400;

type Matrix = readonly (readonly number[])[];
interface Parameters {
  readonly W1: Matrix;
  readonly W2: Matrix;
  readonly b1: readonly number[];
  readonly b2: readonly number[];
}

const next = uniforms(7);
const between = (low: number, high: number): number => low + (high - low) * next();
const table = (rows: number, columns: number, low: number, high: number): Matrix =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => between(low, high)));
const start: Parameters = {
  W1: table(pixels, hidden, -0.6, 0.9),
  W2: table(hidden, classes, -0.5, 0.6),
  b1: [0.2, 0.3, 0.1, -0.9, 0.2],
  b2: [0.1, 0.2],
};
const xs = table(examples, pixels, 0, 1);
const labels: Matrix = Array.from({ length: examples }, (_, n) => (n % 2 === 0 ? [1, 0] : [0, 1]));

const clip = (value: number): number => Math.min(Math.max(value, 0), 1);
/** The fixed point of one example. */
const settle = ({ W1, W2, b1, b2 }: Parameters, x: readonly number[]) => {
  let s = b1.map(() => 0);
  let y = b2.map(() => 0);
  for (let step = 0; step < steps; step += 1) {
    const [before, above] = [s, y];
    s = b1.map((bias, j) => {
      const drive = x.reduce((total, value, i) => total + value * W1[i]![j]!, bias);
      const total = above.reduce((sum, value, k) => sum + value * W2[j]![k]!, drive);
      return clip(before[j]! + 0.5 * (total - before[j]!));
    });
    y = b2.map((bias, k) => {
      const total = before.reduce((sum, value, j) => sum + value * W2[j]![k]!, bias);
      return clip(above[k]! + 0.5 * (total - above[k]!));
    });
  }
  return { s, y };
};
const cost = (parameters: Parameters): number =>
  xs.reduce((total, x, n) => {
    const { y } = settle(parameters, x);
    return total + y.reduce((sum, value, k) => sum + (value - labels[n]![k]!) ** 2 / 2, 0);
  }, 0) / examples;

const flat = ({ W1, W2, b1, b2 }: Parameters): readonly number[] => [
  ...W1.flat(),
  ...b1,
  ...W2.flat(),
  ...b2,
];
const unflat = (values: readonly number[]): Parameters => {
  const rows = (from: number, count: number, width: number): Matrix =>
    Array.from({ length: count }, (_, row) => values.slice(from + row * width, from + (row + 1) * width));
  const [atB1, atW2] = [pixels * hidden, pixels * hidden + hidden];
  const atB2 = atW2 + hidden * classes;
  return {
    W1: rows(0, pixels, hidden),
    b1: values.slice(atB1, atW2),
    W2: rows(atW2, hidden, classes),
    b2: values.slice(atB2),
  };
};
const differences = flat(start).map((value, at) => {
  const moved = (by: number): number =>
    cost(unflat(flat(start).map((old, i) => (i === at ? value + by : old))));
  return (moved(1e-5) - moved(-1e-5)) / 2e-5;
});

const rows = (axis: string, values: Matrix): NamedArray => matrix(['example', axis], values);
const contrast = (learning: string, beta: number): readonly number[] => {
  const one = caseOf(checked(text), learning, { pixels, hidden, classes });
  const sizes = { ...one.sizes, example: examples };
  const empty = (...shape: readonly (readonly [string, number])[]): NamedArray => ({
    indices: ['example', ...shape.map(([axis]) => axis)],
    shape: [examples, ...shape.map(([, size]) => size)],
    values: new Float64Array(shape.reduce((total, [, size]) => total * size, examples)),
  });
  const found = interpret(
    optimize(withGradients(one.learning), { sizes, scalars: one.scalars }),
    {
      x: rows('pixels', xs),
      label: rows('classes', labels),
      W1: matrix(['pixels', 'hidden'], start.W1),
      W2: matrix(['hidden', 'classes'], start.W2),
      b1: vector('hidden', start.b1),
      b2: vector('classes', start.b2),
      beta,
      rate: 0.1,
      free_steps: steps,
      nudged_steps: steps,
      'free begun': empty(),
      's in free': empty(['hidden', hidden]),
      'y in free': empty(['classes', classes]),
    },
    { seed: 1, firstExample: 0, sizes },
  );
  return ['W1', 'b1', 'W2', 'b2'].flatMap((name) => [...found[`${name}_gradient`]!.values]);
};

const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((total, value, i) => total + value * right[i]!, 0);
const norm = (values: readonly number[]): number => Math.sqrt(dot(values, values));
const cosine = (found: readonly number[]): number =>
  dot(found, differences) / (norm(found) * norm(differences));
const distance = (found: readonly number[]): number =>
  norm(found.map((value, i) => value - differences[i]!)) / norm(differences);

describe('the contrast of a nudged and a free fixed point', () => {
  it('is tried where some units are silent and some follow their input', () => {
    const states = xs.flatMap((x) => settle(start, x).s);
    expect(states.filter((value) => value === 0).length).toBeGreaterThan(2);
    expect(states.filter((value) => value > 0 && value < 1).length).toBeGreaterThan(6);
    expect(norm(differences)).toBeGreaterThan(0.1);
  });

  for (const beta of [0.05, -0.05, 0.01, -0.01])
    it(`points along the gradient of the cost, nudged by ${beta}`, () => {
      const found = contrast('Nudging', beta);
      expect(cosine(found)).toBeGreaterThanOrEqual(0.99);
      // Its error is of first order in the nudge.
      expect(distance(found)).toBeLessThan(2 * Math.abs(beta));
    });

  for (const beta of [0.05, 0.01])
    it(`is exact to second order where both sides are compared, nudged by ${beta} and ${-beta}`, () => {
      const found = contrast('Symmetric', beta);
      expect(cosine(found)).toBeGreaterThanOrEqual(0.99);
      expect(distance(found)).toBeLessThan(2 * beta ** 2);
      expect(distance(found)).toBeLessThan(distance(contrast('Nudging', beta)) / 5);
    });
});
