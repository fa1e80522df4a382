/** What `measure` tells of a network's states: the force that is left, the disagreement of branches, and the pixels as they are told. */
import { expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { define } from '../../src/schedule/define.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { arrayOf, uniformArray, uniforms } from '../calculus/support.ts';
import { checkedFile } from '../derive/support.ts';

const sizes = { pixels: 6, hidden1: 5, hidden2: 4 };
const definition = define(checkedFile('stdlib/models/deep_attractor.nsm'), { set: sizes }).definition!;
const [relaxation] = definition.inferences;
const context = { seed: 1, firstExample: 0, sizes: { ...definition.sizes, example: 3 } };
const next = uniforms(23);
const parameters: Record<string, NamedArray> = Object.fromEntries(
  definition.parameters.map(({ name, axes }) => [name, uniformArray(next, axes, context.sizes, -0.6, 0.6)]),
);
const x = uniformArray(next, ['example', 'pixels'], context.sizes, 0, 1);
const given = {
  ...parameters,
  x,
  iteration: 1,
  progress: 1,
  first_step: 0,
  step_count: 400,
  tolerance: 1e-14,
};
const start = interpret(relaxation!.start, given, context);
const end = interpret(relaxation!.advance, { ...given, ...start }, context);
const measured = (states: Readonly<Record<string, NamedArray>>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(interpret(relaxation!.measure, { ...given, ...states }, context)).map(
      ([name, { values }]) => [name, values[0]!],
    ),
  );

const at = (name: string, row: number, column: number): number =>
  parameters[name]!.values[row * parameters[name]!.shape[1]! + column]!;
const of = (array: NamedArray, example: number, unit: number): number =>
  array.values[example * array.shape[1]! + unit]!;
const sum = (n: number, each: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += each(i);
  return total;
};
const lower = (n: number, j: number): number =>
  sum(6, (i) => of(x, n, i) * at('W1', i, j)) + parameters['b1']!.values[j]!;
const upper = (s2: NamedArray, n: number, j: number): number =>
  sum(4, (k) => at('W2', j, k) * of(s2, n, k)) + parameters['a1']!.values[j]!;

it('no force is left at a fixed point, although units rest against their bounds', () => {
  const stopped = [...end['s1']!.values, ...end['s2']!.values].filter((value) => value === 0 || value === 1);
  expect(stopped.length).toBeGreaterThan(3);
  expect(stopped.length).toBeLessThan(24);
  expect(measured(end)['squared_force']).toBeLessThan(1e-20);
});

it('the force at the feed-forward start is what the lower and the upper branch differ by', () => {
  const { s1, s2 } = start as { readonly s1: NamedArray; readonly s2: NamedArray };
  // s1 answers its lower branch alone, so a unit inside its bounds feels upper − lower; s2 is at rest (papers.md 2.3).
  const squares = sum(3, (n) =>
    sum(5, (j) => {
      const force = lower(n, j) + upper(s2, n, j) - 2 * of(s1, n, j);
      const value = of(s1, n, j);
      if (value > 0 && value < 1) expect(force).toBeCloseTo(upper(s2, n, j) - lower(n, j), 12);
      const isStopped = (value === 0 && force < 0) || (value === 1 && force > 0);
      return isStopped ? 0 : force ** 2;
    }),
  );
  expect(measured(start)['squared_force']).toBeCloseTo(squares / 9, 12);
});

it('the disagreement is what branches differ from their shares by, unit by unit', () => {
  const { s2 } = end as { readonly s2: NamedArray };
  const squares = sum(3, (n) => sum(5, (j) => 2 * ((upper(s2, n, j) - lower(n, j)) / 2) ** 2));
  expect(measured(end)['squared_disagreement']).toBeCloseTo(squares / (2 * 5), 12);
  // With an upper branch that says what the lower one says, nothing differs and nothing moves.
  const first = arrayOf(['example', 'hidden2'], context.sizes, () => 0);
  const silent = { ...given, W2: { ...parameters['W2']!, values: new Float64Array(20) } };
  const told = interpret(relaxation!.measure, { ...start, ...silent, x: { ...x, values: new Float64Array(18) }, a1: parameters['b1']!, s2: first }, context); // prettier-ignore
  expect(told['squared_disagreement']!.values[0]).toBeLessThan(1e-28);
});

it('the pixels are told by the branch that reads the hidden units, inside their bounds', () => {
  const { s1 } = end as { readonly s1: NamedArray };
  const told = interpret(relaxation!.measure, { ...given, ...end }, context)['reconstruction']!;
  let [error, total] = [0, 0];
  for (let n = 0; n < 3; n++) {
    const mean = sum(6, (i) => of(x, n, i)) / 6;
    for (let i = 0; i < 6; i++) {
      const free = sum(5, (j) => at('W1', i, j) * of(s1, n, j)) + parameters['a0']!.values[i]!;
      const inside = Math.min(1, Math.max(0, free));
      expect(of(told, n, i)).toBeCloseTo(inside, 12);
      error += (of(x, n, i) - inside) ** 2;
      total += (of(x, n, i) - mean) ** 2;
    }
  }
  expect(measured(end)['squared_error']).toBeCloseTo(error, 12);
  expect(measured(end)['squared_total']).toBeCloseTo(total, 12);
});

it('a feed-forward start alone is measured as the start of a relaxation is', () => {
  const made = define(checkedFile('stdlib/models/attractor.nsm')).definition!;
  const measures = (name: string): readonly string[] =>
    made.inferences.find((one) => one.name === name)!.metrics.map(({ label }) => label);
  expect(measures('Sweep')).toEqual(['energy', 'R²', 'zeros', 'residual force', 'branch disagreement']);
  expect(measures('Relaxation')).toEqual([...measures('Sweep'), 'converged', 'turns']);
});
