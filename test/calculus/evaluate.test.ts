/** The oracle against sums written out by hand, and scalar text against the oracle. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  delta,
  divide,
  exp,
  log,
  maximum,
  multiply,
  negate,
  power,
  read,
  size,
  square,
  subtract,
  sum,
} from '../../src/calculus/build.ts';
import { evaluate, reorder, type NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { identifier, scalarFunction } from '../../src/calculus/javascript.ts';
import * as special from '../../src/runtime/special.ts';

const sizes = { i: 2, j: 3, k: 2, u: 2 };
const array = (indices: readonly string[], shape: readonly number[], ...values: number[]): NamedArray => ({
  indices,
  shape,
  values: Float64Array.from(values),
});
const stored: Readonly<Record<string, NamedArray | number>> = {
  A: array(['i', 'j'], [2, 3], 1, 2, 3, 4, 5, 6),
  B: array(['j', 'k'], [3, 2], 1, -1, 2, 0.5, 0, 3),
  v: array(['j'], [3], 10, 20, 30),
  W: array(['u', "u'"], [2, 2], 1, 2, 3, 4),
  c: 2,
};
const of = (expression: Expression): NamedArray => evaluate(expression, (name) => stored[name]!, sizes);
const values = (expression: Expression): readonly number[] => [...of(expression).values];
const A = read('A', ['i', 'j']);
const B = read('B', ['j', 'k']);
const v = read('v', ['j']);

describe('evaluate', () => {
  it('aligns operands by the names of their indices', () => {
    const found = reorder(of(add(A, v)), ['i', 'j']);
    expect([...found.values]).toEqual([11, 22, 33, 14, 25, 36]);
    expect(found.shape).toEqual([2, 3]);
  });
  it('puts indices in another order', () => {
    expect([...reorder(of(A), ['j', 'i']).values]).toEqual([1, 4, 2, 5, 3, 6]);
  });
  it('multiplies matrices', () => {
    const found = reorder(of(sum(['j'], multiply(A, B))), ['i', 'k']);
    expect([...found.values]).toEqual([1 + 4, -1 + 1 + 9, 4 + 10, -4 + 2.5 + 18]);
  });
  it('sums over one or all indices', () => {
    expect(values(sum(['i'], A))).toEqual([5, 7, 9]);
    expect(values(sum(['i', 'j'], A))).toEqual([21]);
    expect(values(sum(['i', 'j'], square(A)))).toEqual([91]);
  });
  it('sums products of three factors', () => {
    expect(values(sum(['i', 'j'], multiply(A, v, read('w', ['i'])))).length).toBe(1);
  });
  it('counts what a sum does not depend on', () => {
    expect(values(sum(['i'], v))).toEqual([20, 40, 60]);
    expect(values(multiply(size('j'), read('c')))).toEqual([6]);
  });
  it('takes the largest entry', () => {
    expect(values(maximum(['j'], A))).toEqual([3, 6]);
    expect(values(maximum(['j'], negate(A)))).toEqual([-1, -4]);
  });
  it('reads by position: transposes and diagonals', () => {
    expect(values(sum(["u'"], multiply(read('W', ["u'", 'u']), constant(1))))).toEqual([4, 6]);
    expect(values(read('W', ['u', 'u']))).toEqual([1, 4]);
    expect(values(sum(['u'], read('W', ['u', 'u'])))).toEqual([5]);
  });
  it('has deltas', () => {
    expect(values(delta('u', "u'"))).toEqual([1, 0, 0, 1]);
    expect([...reorder(of(subtract(read('W', ['u', "u'"]), delta('u', "u'"))), ['u', "u'"]).values]).toEqual([
      0, 2, 3, 3,
    ]);
  });
  it('has elementwise functions and powers', () => {
    expect(values(apply('where', apply('less', v, constant(20)), constant(1), read('c')))).toEqual([1, 2, 2]);
    expect(values(apply('step', subtract(v, constant(20))))).toEqual([0, 0, 1]);
    expect(values(power(v, -1))).toEqual([0.1, 0.05, 1 / 30]);
    expect(values(power(read('c'), v))).toEqual([2 ** 10, 2 ** 20, 2 ** 30]);
  });
  it('says which axis has no size and which array has another shape', () => {
    expect(() => of(read('A', ['i', 'nowhere']))).toThrow('the axis "nowhere" has no size');
    expect(() => of(read('A', ['j', 'i']))).toThrow(
      'A[j, i] reads an array of shape [3, 2], but the one given has shape [2, 3]',
    );
    expect(() => of(read('c', ['i']))).toThrow('but the one given has shape []');
  });
});
Object.assign(stored, { w: array(['i'], [2], 1, -1) });

describe('scalar functions as JavaScript', () => {
  const x = read('x');
  const rate = read('rate');
  const cases: readonly Expression[] = [
    subtract(multiply(x, log(rate)), add(rate, apply('log_gamma', add(x, constant(1))))),
    divide(rate, x),
    divide(multiply(constant(-1), rate), multiply(x, add(x, rate))),
    negate(power(add(x, rate), 2)),
    power(subtract(constant(1), x), 3),
    power(x, 0.5),
    power(x, rate),
    multiply(exp(negate(x)), add(exp(negate(x)), constant(1))),
    subtract(constant(3), subtract(x, rate)),
    negate(subtract(x, rate)),
    apply('where', apply('less', x, rate), add(x, constant(1)), negate(rate)),
    add(constant(-2), multiply(constant(-0.5), apply('step', subtract(x, rate)))),
    multiply(apply('less_equal', x, rate), apply('equal', x, constant(3))),
    apply('min', apply('max', x, rate), constant(2.5)),
    apply('softplus', multiply(constant(800), subtract(x, rate))),
    apply('sigmoid', multiply(constant(-800), x)),
    add(apply('digamma', x), apply('trigamma', rate)),
    apply('floor', apply('detach', divide(x, rate))),
    constant(-Infinity),
  ];
  it.each(cases.map((expression) => [scalarFunction(expression, ['x', 'rate']), expression] as const))(
    '%s',
    (text, expression) => {
      const f = new Function('nsm', `return ${text};`)(special) as (x: number, rate: number) => number;
      for (const [at, by] of [
        [1, 2.5],
        [3, 0.5],
        [0.25, 0.25],
      ] as const) {
        const wanted = evaluate(expression, (name) => (name === 'x' ? at : by), {}).values[0]!;
        const found = f(at, by);
        if (wanted === found) continue;
        expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-14 * Math.abs(wanted));
      }
    },
  );
  it('computes what occurs twice once', () => {
    expect(scalarFunction(multiply(exp(x), add(exp(x), constant(1))), ['x'])).toBe(
      '(x) => { const shared = Math.exp(x); return shared * (1 + shared); }',
    );
  });
  it('gives parameters names that JavaScript has', () => {
    expect(scalarFunction(add(read("λ'"), read('class')), ["λ'", 'class'])).toBe(
      '(λ_prime, class_2) => class_2 + λ_prime',
    );
  });
  it('says what else is read, and what is no number', () => {
    expect(() => scalarFunction(add(x, rate), ['x'])).toThrow('a function of x reads "rate"');
    expect(() => scalarFunction(size('j'), ['x'])).toThrow('needs the size of "j"');
    expect(() => scalarFunction(v, ['v'])).toThrow('v has indices, where a number is needed');
    expect(() => scalarFunction(sum(['j'], v), [])).toThrow('a sum over');
  });
});

describe('identifier', () => {
  it('keeps Unicode letters, replaces the rest, and never repeats itself', () => {
    const taken = new Set<string>();
    expect(
      ['Φ', "u'", '2x', 'a b', 'a_b', 'return', 'u°1', ''].map((text) => identifier(text, taken)),
    ).toEqual(['Φ', 'u_prime', '_2x', 'a_b', 'a_b_2', 'return_2', 'u_1', '_']);
  });
});
