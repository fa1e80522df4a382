/** Forms for reading and for cancelling keep their value. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  divide,
  log,
  multiply,
  negate,
  power,
  read,
  subtract,
  one,
} from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { asFractions, overCommonDenominator, withDenominators } from '../../src/calculus/fractions.ts';
import { unfoldLogGamma } from '../../src/calculus/gamma.ts';
import { print } from '../../src/calculus/print.ts';
import { compileScalar } from '../../src/calculus/scalar-function.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';

const [a, b] = [read('a'), read('b')];
const values = { a: 0.7, b: 2.3 };
/** Denominators become names of themselves. */
const digits = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [String(n), n]));

const cases: readonly (readonly [string, Expression])[] = [
  ['a² / (4 · b)', multiply(constant(0.25), power(a, 2), power(b, -1))],
  ['−1 / (2 · b)', multiply(constant(-0.5), power(b, -1))],
  ['3 · a / (8 · b)', multiply(constant(3 / 8), a, power(b, -1))],
  ['a / 8', multiply(constant(1 / 8), a)],
  ['½ · a', multiply(constant(0.5), a)],
  ['a · b / (1 + a)', multiply(constant(-1), a, b, power(subtract(constant(-1), a), -1))],
  [
    'a / (b − a²)',
    multiply(
      constant(-2),
      a,
      power(subtract(multiply(constant(2), power(a, 2)), multiply(constant(2), b)), -1),
    ),
  ],
  [
    '(1 + a) / (1 − a)',
    divide(multiply(constant(0.5), add(one, a)), subtract(constant(0.5), multiply(constant(0.5), a))),
  ],
  ['0.37 · a / b', multiply(constant(0.37), a, power(b, -1))],
];

describe('quotients for reading', () => {
  it.each(cases)('are written %s', (text, node) => {
    const written = withDenominators(asFractions(node));
    expect(print(written)).toBe(text);
    expect(scalarValue(written, { ...digits, ...values })).toBeCloseTo(scalarValue(node, values), 13);
  });
});

describe('sums of quotients', () => {
  it('have one denominator', () => {
    const node = add(one, divide(a, subtract(one, a)));
    expect(print(overCommonDenominator(node))).toBe('1 / (1 − a)');
    const other = add(divide(a, b), divide(one, power(b, 2)), a);
    expect(scalarValue(overCommonDenominator(other), values)).toBeCloseTo(scalarValue(other, values), 13);
  });
});

describe('gamma functions of shifted arguments', () => {
  it.each([3, 1, -1, -4])('are one of them and logarithms: shift %i', (shift) => {
    const node = apply('log_gamma', add(multiply(constant(3), b), constant(shift)));
    const unfolded = unfoldLogGamma(node);
    expect(unfolded).not.toBe(node);
    expect(scalarValue(unfolded, values)).toBeCloseTo(scalarValue(node, values), 12);
  });

  it('cancel in a ratio of factorials', () => {
    const ratio = subtract(apply('log_gamma', add(a, one)), apply('log_gamma', a));
    expect(unfoldLogGamma(ratio)).toBe(log(a));
  });

  it('stay as they are for other shifts', () => {
    for (const shift of [0.5, 9]) {
      const node = apply('log_gamma', add(a, constant(shift)));
      expect(unfoldLogGamma(node)).toBe(node);
    }
  });
});

describe('compiled scalar functions', () => {
  it('compute what the expression says, special functions included', () => {
    const node = add(
      apply('log_gamma', a),
      multiply(b, apply('digamma', add(a, b))),
      negate(apply('log1m_exp', negate(a))),
      apply('log_mills', constant(1), b),
      apply('log_bessel', constant(2), a),
      apply('log_exprel', constant(0), b),
      apply('normal_log_cdf', negate(b)),
      apply('polygamma', constant(3), b),
      apply('atan2', a, b),
      apply('softplus', a),
    );
    expect(compileScalar(node, ['b', 'a'])(values.b, values.a)).toBeCloseTo(scalarValue(node, values), 12);
  });

  it('are made once', () => {
    expect(compileScalar(a, ['a', 'b'])).toBe(compileScalar(a, ['a', 'b']));
    expect(compileScalar(a, ['b', 'a'])(1, 2)).toBe(2);
  });

  it('refuse what they are not given', () => {
    expect(() => compileScalar(a, ['b'])).toThrow('a function of b reads "a"');
  });
});
