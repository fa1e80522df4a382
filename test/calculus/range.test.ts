/** Interval arithmetic holds every value, and knows what is positive. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  multiply,
  power,
  read,
  sqrt,
  subtract,
  one,
} from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import {
  closedRange,
  isPositiveRange,
  openRange,
  positiveRange,
  rangeOf,
  wholeLine,
  type Range,
} from '../../src/calculus/range.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import { uniforms } from './support.ts';

const [p, q, r, u] = ['p', 'q', 'r', 'u'].map((name) => read(name)) as [
  Expression,
  Expression,
  Expression,
  Expression,
];
const given: Readonly<Record<string, Range>> = {
  p: positiveRange,
  q: openRange(-2, -0.5),
  r: wholeLine,
  u: openRange(0, 1),
};
const range = (node: Expression): Range => rangeOf(node, (name) => given[name]!);
const of = (operator: Parameters<typeof apply>[0], ...operands: Expression[]): Expression =>
  apply(operator, ...operands);

const next = uniforms(3);
/** A value of each read. */
const values = (): Readonly<Record<string, number>> => ({
  p: Math.exp(8 * next() - 4),
  q: -2 + 1.5 * next(),
  r: 20 * next() - 10,
  u: next(),
});

const nodes: readonly (readonly [string, Expression])[] = [
  ['a sum', add(p, multiply(constant(-3), q), u)],
  ['a product', multiply(p, q, u)],
  ['a product of both signs', multiply(q, r)],
  ['a square', power(r, 2)],
  ['a cube', power(q, 3)],
  ['a root', sqrt(add(p, one))],
  ['an inverse', power(q, -1)],
  ['an inverse square', power(q, -2)],
  ['a power with a power', power(p, u)],
  ['an exponential', of('exp', q)],
  ['a logarithm', of('log', u)],
  ['a softplus', of('softplus', r)],
  ['a size', of('abs', q)],
  ['a size across 0', of('abs', subtract(u, constant(0.3)))],
  ['the larger', of('max', q, subtract(u, constant(1)))],
  ['the smaller', of('min', p, u)],
  ['a choice', of('where', of('less', r, p), q, u)],
  ['a whole number', of('floor', multiply(constant(3), u))],
  ['a sign', of('sign', q)],
  ['a step', of('step', subtract(u, constant(0.5)))],
  ['an angle', of('atan2', q, r)],
  ['a wave', of('cos', r)],
];

describe('the range of an expression', () => {
  it.each(nodes)('holds all values of %s', (_, node) => {
    const { low, high } = range(node);
    for (let n = 0; n < 500; n++) {
      const value = scalarValue(node, values());
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
    }
  });

  it('is as narrow as its parts tell', () => {
    expect(range(power(q, 2))).toEqual(openRange(0.25, 4));
    expect(range(power(q, -1))).toEqual(openRange(-2, -0.5));
    expect(range(of('exp', r))).toEqual(positiveRange);
    expect(range(of('max', r, constant(1)))).toEqual({ ...openRange(1, Infinity), reachesLow: true });
    expect(range(of('min', of('max', r, constant(-3)), constant(2)))).toEqual(closedRange(-3, 2));
    expect(range(of('sign', p))).toEqual(closedRange(1, 1));
  });

  it.each([
    ['1 − u', subtract(one, u), true],
    ['1 − tanh²', subtract(one, power(of('tanh', r), 2)), true],
    ['1 + r²', add(one, power(r, 2)), true],
    ['p²', power(p, 2), true],
    ['p / (1 + p)', multiply(p, power(add(one, p), -1)), true],
    ['r²', power(r, 2), false],
    ['max(r, 0)', of('max', r, constant(0)), false],
    ['p − 1', subtract(p, one), false],
    ['|r|', of('abs', r), false],
  ])('tells of %s whether it is positive', (_, node, wanted) => {
    expect(isPositiveRange(range(node))).toBe(wanted);
  });
});
