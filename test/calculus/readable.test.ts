/** Textbook words for stored forms: each line reads as written here and has the value of what it stands for. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  divide,
  exp,
  log,
  maximum,
  multiply,
  negate,
  read,
  square,
  subtract,
  sum,
  one,
} from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { print } from '../../src/calculus/print.ts';
import { readable } from '../../src/calculus/readable.ts';
import { scalarFunctions } from '../../src/calculus/scalar.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';

const [a, b, s] = [read('a'), read('b'), read('s')];
const mills = (n: number, t: Expression): Expression => apply('log_mills', constant(n), t);
const values = { a: -0.7, b: 1.3, s: 0.4 };
const m = Math.exp(scalarFunctions.log_mills(0, values.a));
/** What the names in the results stand for. */
const names = {
  'log(2π)': Math.log(2 * Math.PI),
  'log(2)': Math.LN2,
  'log(π)': Math.log(Math.PI),
  'log(π/2)': Math.log(Math.PI / 2),
  '√2': Math.SQRT2,
  'm(a)': m,
  'tanh(a)': Math.tanh(values.a),
  'log(2 · cosh(a))': Math.log(2 * Math.cosh(values.a)),
  '(1 − exp(a))': 1 - Math.exp(values.a),
  'sinh(½ · a)': Math.sinh(values.a / 2),
};

const cases: readonly [string, Expression][] = [
  ['a + ½ · log(2π)', add(a, constant(Math.log(2 * Math.PI) / 2))],
  ['½ + ½ · log(2π)', constant((1 + Math.log(2 * Math.PI)) / 2)],
  ['1 + a + log(2)', add(a, constant(1 + Math.LN2))],
  ['a − ½ · log(π/2)', add(a, constant(Math.log(2 / Math.PI) / 2))],
  ['a · √2', multiply(a, constant(Math.SQRT2))],
  ['½ · a · (1 + log(π))', multiply(a, constant((1 + Math.log(Math.PI)) / 2))],
  ['1.3 · a', multiply(a, constant(1.3))],
  ['tanh(a)', subtract(multiply(constant(2), apply('sigmoid', multiply(constant(2), a))), one)],
  ['b − log(2 · cosh(a))', add(b, a, negate(apply('softplus', multiply(constant(2), a))))],
  ['exp(a) / (1 − exp(a))', negate(divide(exp(a), apply('expm1', a)))],
  ['exp(2 · a) / (1 − exp(a))²', square(divide(exp(a), apply('expm1', a)))],
  [
    'b · exp(a) / (1 − exp(a))²',
    subtract(
      multiply(b, square(divide(exp(a), apply('expm1', a)))),
      multiply(b, divide(exp(a), apply('expm1', a))),
    ),
  ],
  ['1 / a² − ¼ / sinh(½ · a)²', apply('log_exprel', constant(2), a)],
  ['log(m(a))', mills(0, a)],
  ['a − 1 / m(a)', mills(1, a)],
  ['1 + a / m(a) − 1 / m(a)²', mills(2, a)],
  ['log(1 + m(a) · s)', apply('softplus', add(log(s), mills(0, a)))],
  ['m(a) · s / (1 + m(a) · s)', apply('sigmoid', add(log(s), mills(0, a)))],
];

describe('of single numbers', () => {
  it.each(cases)('%s', (text, node) => {
    const found = readable(node);
    expect(print(found)).toBe(text);
    expect(scalarValue(found, { ...values, ...names })).toBeCloseTo(scalarValue(node, values), 12);
  });
});

describe('over axes', () => {
  const eta = read('eta', ['classes']);
  const shifted = (v: Expression, over: readonly string[]): Expression =>
    exp(subtract(v, apply('detach', maximum(over, v))));
  const total = sum(['classes'], shifted(eta, ['classes']));
  const logSumExp = add(apply('detach', maximum(['classes'], eta)), log(total));
  const text = (node: Expression): string => print(readable(node));

  it('a stable log Σ exp has its name, with any factor and beside other terms', () => {
    expect(text(logSumExp)).toBe('log_sum_exp(eta over classes)');
    expect(text(subtract(a, logSumExp))).toBe('a − log_sum_exp(eta over classes)');
    expect(text(add(a, multiply(constant(3), logSumExp)))).toBe('a + 3 · log_sum_exp(eta over classes)');
  });

  it('softmax has its name, inside sums and beside sums', () => {
    const softmax = divide(shifted(eta, ['classes']), total);
    expect(text(softmax)).toBe('softmax(eta over classes)');
    expect(text(sum(['classes'], multiply(eta, softmax)))).toBe(
      'sum(eta · softmax(eta over classes) over classes)',
    );
    const apart = divide(sum(['classes'], multiply(eta, shifted(eta, ['classes']))), total);
    expect(text(apart)).toBe('sum(eta · softmax(eta over classes) over classes)');
  });

  it('what is no softmax stays', () => {
    expect(text(divide(exp(eta), sum(['classes'], exp(eta))))).toBe('exp(eta) / sum(exp(eta) over classes)');
  });
});
