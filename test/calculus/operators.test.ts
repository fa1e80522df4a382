/** The derivative of every operator against central differences, and the conventions at kinks. */
import { describe, expect, it } from 'vitest';
import { apply, constant, multiply, power, read } from '../../src/calculus/build.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import { operators, type Expression, type Operator } from '../../src/calculus/expression.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import { slopeOf } from './support.ts';

const x = read('x');
const [a, b] = [read('a'), read('b')];

/** Points inside each operator's domain and away from its kinks. */
const domain: Readonly<Partial<Record<Operator, readonly number[]>>> = {
  log: [0.3, 0.7, 3],
  log1p: [-0.5, 0.2, 4],
  log_gamma: [0.3, 1, 2.5, 9],
  digamma: [0.3, 1, 2.5, 9],
  trigamma: [0.6, 1, 2.5, 9],
  polygamma: [0.9, 1.7, 4, 20],
  log1m_exp: [-4, -0.8, -0.6, -0.2],
  normal_log_cdf: [-9, -2, -0.3, 0, 0.4, 3],
  log_bessel: [-3, -0.2, 0, 0.7, 4, 24.9999, 25.0001, 60],
  log_bessel_i: [0.4, 2, 30, 45],
  log_mills: [-6, -0.25, -0.1, 0, 0.7, 2, 5, 5.0002, 12],
  log_exprel: [-40, -3.0001, -0.5, 0, 1e-3, 2.9999, 7, 50],
};
const anywhere = [-1.7, -0.4, 0.3, 0.9, 2.2];
/** Operators that count their derivatives in a constant first argument, and the counts that are tried. */
const counted: Readonly<Partial<Record<Operator, readonly number[]>>> = {
  polygamma: [2, 3, 4],
  log_bessel: [0, 1, 2, 3],
  log_mills: [0, 1, 2, 3],
  log_exprel: [0, 1, 2, 3],
};
const others = { a: 0.55, b: -0.8 };

const agrees = (node: Expression, points: readonly number[]): void => {
  const slope = derivative(node, 'x', []);
  for (const at of points) {
    const wanted = slopeOf((moved) => scalarValue(node, { ...others, x: moved }), at, 1e-3);
    expect(Math.abs(scalarValue(slope, { ...others, x: at }) - wanted), `at ${at}`).toBeLessThan(
      1e-8 * (1 + Math.abs(wanted)),
    );
  }
};

describe('the derivative of each operator', () => {
  for (const operator of Object.keys(operators) as Operator[]) {
    // Its derivative is 0 by definition, not by differences.
    if (operator === 'detach') continue;
    it(`${operator} agrees with central differences in each argument`, () => {
      const points = domain[operator] ?? anywhere;
      if (operators[operator] === 1) agrees(apply(operator, x), points);
      if (operator === 'cumulant') {
        const pairs = [-1, 0.2, 0.5, -0.3, 2, -1].map(constant);
        [0, 1, 2, 3, 4].forEach((count) => agrees(apply(operator, constant(count), x, ...pairs), points));
      }
      const counts = counted[operator];
      if (counts !== undefined)
        counts.forEach((count) => agrees(apply(operator, constant(count), x), points));
      else if (operator === 'log_bessel_i')
        [0, 0.5, 3, 29, 40].forEach((order) => agrees(apply(operator, constant(order), x), points));
      else if (operators[operator] === 2)
        [apply(operator, x, a), apply(operator, a, x)].forEach((node) => agrees(node, points));
      if (operator === 'where') {
        // The condition is a comparison: a jump where its sides meet, flat elsewhere.
        [
          apply('where', apply('less', x, constant(0)), power(x, 2), multiply(x, a)),
          apply('where', b, x, a),
          apply('where', constant(0), a, x),
        ].forEach((node) => agrees(node, points));
      }
    });
  }

  it('powers agree in the base and in the exponent', () => {
    agrees(power(x, a), [0.2, 1.3, 4]);
    agrees(power(a, x), anywhere);
    agrees(power(x, -2), anywhere);
  });

  it('the inside of a guard has its boundary: max(x, low) moves at x = low', () => {
    const slope = (node: Expression, at: number): number => scalarValue(derivative(node, 'x', []), { x: at });
    expect(slope(apply('max', x, constant(-8)), -8)).toBe(1);
    expect(slope(apply('max', constant(-8), x), -8)).toBe(0);
    expect(slope(apply('min', x, constant(2)), 2)).toBe(1);
    expect(slope(apply('min', apply('max', x, constant(0)), constant(1)), 0)).toBe(1);
    expect(slope(apply('min', apply('max', x, constant(0)), constant(1)), -0.1)).toBe(0);
  });

  it('detach hides its argument, and the order of a Bessel function moves by whole steps', () => {
    expect(derivative(multiply(x, apply('detach', x)), 'x', [])).toBe(apply('detach', x));
    expect(derivative(apply('log_bessel_i', apply('floor', x), a), 'x', [])).toBe(constant(0));
  });

  it('counted derivatives meet the functions that have names', () => {
    expect(apply('polygamma', constant(0), x)).toBe(apply('digamma', x));
    expect(apply('polygamma', constant(1), x)).toBe(apply('trigamma', x));
    expect(apply('log_bessel_i', constant(0), x)).toBe(apply('log_bessel', constant(0), x));
    expect(derivative(apply('trigamma', x), 'x', [])).toBe(apply('polygamma', constant(2), x));
  });

  it('log I₀ and its derivatives do not see the sign of their argument', () => {
    const plain = apply('log_bessel', constant(2), x);
    expect(apply('log_bessel', constant(2), multiply(constant(-1), x))).toBe(plain);
    expect(apply('log_bessel', constant(2), apply('abs', x))).toBe(plain);
  });
});
