/** Special functions against values of 60 digits, and the identities that hold between them. */
import { describe, expect, it } from 'vitest';
import { scalarFunctions } from '../../src/calculus/scalar.ts';
import {
  log1mExp,
  logBessel,
  logBesselI,
  logExprel,
  logGamma,
  logMills,
  normalLogCdf,
  polygamma,
  sigmoid,
  trigamma,
} from '../../src/runtime/special.ts';
import { relativeError, specialBlocks } from './special-reference.ts';

/** A few roundings. */
const usual = 2e-15;
/** Next to a zero rounding errors of the parts stay while the value shrinks. */
const nearZeros: Readonly<Record<string, number>> = {
  'digamma ': 5e-15,
  // Zero at 0.3026, and the table has 0.29 and 0.31.
  'log_mills 0': 2e-14,
  // Zero at -1.002, and the table has -1.
  'log_mills 4': 3e-13,
  // Sums of three terms that cancel to a third.
  'log_mills 3': 5e-15,
  // Zero at 2.744, and the table has 2.9, 3 and 3.1.
  'log_exprel 4': 2e-14,
  // log I is 0 once for each order; x^order / Gamma(order + 1) is a difference of large logarithms.
  'log_bessel_i ': 4e-14,
};

describe('special functions agree with values of 60 digits', () => {
  it.each(specialBlocks.map((block) => [`${block.operator} ${block.count ?? ''}`, block] as const))(
    '%s',
    (name, { operator, count, points }) => {
      const constants = count === null ? [] : [count];
      for (const point of points) {
        const value = scalarFunctions[operator](...constants, ...point.arguments);
        expect(
          relativeError(value, point.exact),
          `${operator}(${point.arguments.join()}) is ${value}`,
        ).toBeLessThan(nearZeros[name] ?? usual);
      }
    },
  );

  it('the table has both tails, removable points and the seams between methods', () => {
    const arguments_ = (operator: string): readonly number[] =>
      specialBlocks
        .find((block) => block.operator === operator)!
        .points.map((point) => point.arguments.at(-1)!);
    expect(arguments_('log_mills')).toEqual(expect.arrayContaining([-1e4, 0, 2, 5, 1e10]));
    expect(arguments_('log_bessel')).toEqual(expect.arrayContaining([0, 1e-300, 25, 1e5]));
    expect(arguments_('log_exprel')).toEqual(expect.arrayContaining([-1e4, -3, 0, 1e-300, 3, 1e4]));
    expect(specialBlocks.flatMap(({ points }) => points).length).toBeGreaterThan(1000);
  });
});

const line = [-30, -6.2, -3.1, -1, -0.26, -0.24, 0, 0.3, 1.9, 2.1, 3.3, 4.9, 5.1, 11, 60];

describe('Bessel functions', () => {
  it('obey the recurrence I_(v-1) - I_(v+1) = 2 v / x I_v, across the methods', () => {
    for (const order of [1, 1.5, 3, 12.25, 28.9, 29.5, 30.5, 77])
      for (const x of [0.01, 0.6, 4, 29, 31, 90, 800]) {
        const middle = logBesselI(order, x);
        const sum = Math.exp(logBesselI(order + 1, x) - middle) + (2 * order) / x;
        // Logarithms of size |middle| are subtracted, each rounded.
        expect(relativeError(Math.exp(logBesselI(order - 1, x) - middle), sum)).toBeLessThan(
          1e-14 * (1 + Math.abs(middle) + x),
        );
      }
  });

  it('of half an order are elementary: I_(1/2)(x) = sqrt(2 / (pi x)) sinh x', () => {
    for (const x of [1e-6, 0.3, 2, 20, 29.99, 30.01, 400])
      expect(logBesselI(0.5, x)).toBeCloseTo(
        0.5 * Math.log(2 / (Math.PI * x)) + x - Math.LN2 + log1mExp(-2 * x),
        12,
      );
  });

  it('log I₀ is the same from both functions, and even', () => {
    for (const x of [0, 1e-5, 0.4, 6, 24.99, 25.01, 29, 31, 5000]) {
      expect(relativeError(logBesselI(0, x), logBessel(0, x))).toBeLessThan(2e-15);
      for (const n of [0, 1, 2, 3, 4]) expect(logBessel(n, -x)).toBe(logBessel(n, x));
    }
  });

  it('have limits at 0 and infinity and are not defined for negative arguments', () => {
    expect([logBesselI(0, 0), logBesselI(2, 0), logBesselI(2, Infinity)]).toEqual([0, -Infinity, Infinity]);
    expect([logBessel(0, Infinity), logBessel(1, Infinity), logBessel(2, -Infinity)]).toEqual([
      Infinity,
      0,
      0,
    ]);
    expect([logBesselI(-1, 2), logBesselI(1, -2), logBesselI(NaN, 1), logBessel(0, NaN)]).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
  });

  it('the ratio I₁ / I₀ rises from 0 to 1 as papers.md 4.3 says: k/2 - k³/16, then 1 - 1/(2k)', () => {
    for (const k of [1e-3, 1e-2]) expect(k * logBessel(1, k)).toBeCloseTo(k / 2 - k ** 3 / 16, 11);
    for (const k of [1e4, 1e6]) expect(k * logBessel(1, k)).toBeCloseTo(1 - 1 / (2 * k), 8);
  });
});

describe('the normal tail', () => {
  it('both sides of Phi add up to 1', () => {
    for (const x of line) expect(Math.exp(normalLogCdf(x)) + Math.exp(normalLogCdf(-x))).toBeCloseTo(1, 15);
  });

  it("derivatives of Mills' ratio keep the sign that cumulants of its density have", () => {
    // -t has density exp(-xt - t²/2): mean below 0, variance above, skewness below.
    for (const x of [-8, -1, ...line, 1e3, 1e8]) {
      expect(logMills(1, x)).toBeLessThan(0);
      expect(logMills(2, x)).toBeGreaterThan(0);
      expect(logMills(3, x)).toBeLessThanOrEqual(0);
    }
  });

  it('far out on the right they are those of -log x', () => {
    for (const x of [1e6, 1e12, 1e150]) {
      expect(relativeError(logMills(1, x), -1 / x)).toBeLessThan(1e-11);
      expect(relativeError(x * logMills(2, x), 1 / x)).toBeLessThan(1e-11);
    }
  });

  it('have limits at both infinities', () => {
    expect([0, 1, 2, 3, 4].map((n) => logMills(n, Infinity) + 0)).toEqual([-Infinity, 0, 0, 0, 0]);
    expect([0, 1, 2, 3, 4].map((n) => logMills(n, -Infinity) + 0)).toEqual([Infinity, -Infinity, 1, 0, 0]);
    expect([normalLogCdf(-Infinity), normalLogCdf(Infinity) + 0, normalLogCdf(NaN)]).toEqual([
      -Infinity,
      0,
      NaN,
    ]);
  });
});

describe('differences of exponentials', () => {
  it('log((exp(x) - 1) / x) reflects: the value at -x is x less', () => {
    for (const x of [0, 1e-9, 0.2, 2.9, 3.1, 17, 900]) {
      expect(logExprel(0, -x)).toBeCloseTo(logExprel(0, x) - x, 11);
      expect(logExprel(1, -x) + logExprel(1, x)).toBeCloseTo(1, 14);
      for (const n of [2, 3, 4])
        expect(logExprel(n, -x) + 0).toBe((n % 2 === 0 ? 1 : -1) * logExprel(n, x) + 0);
    }
  });

  it('its series at 0 is the one of papers.md 4.3', () => {
    for (const x of [-0.02, 1e-3, 0.03]) {
      expect(logExprel(0, x)).toBeCloseTo(x / 2 + x ** 2 / 24 - x ** 4 / 2880, 12);
      expect(logExprel(1, x)).toBeCloseTo(1 / 2 + x / 12 - x ** 3 / 720, 11);
      expect(logExprel(2, x)).toBeCloseTo(1 / 12 - x ** 2 / 240, 8);
    }
  });

  it('have limits at both infinities', () => {
    expect([0, 1, 2, 3].map((n) => logExprel(n, Infinity) + 0)).toEqual([Infinity, 1, 0, 0]);
    expect([0, 1, 2, 3].map((n) => logExprel(n, -Infinity) + 0)).toEqual([-Infinity, 0, 0, 0]);
    expect([log1mExp(0), log1mExp(-Infinity) + 0, log1mExp(1), log1mExp(NaN)]).toEqual([
      -Infinity,
      0,
      NaN,
      NaN,
    ]);
  });

  it('log(1 - exp(x)) is its own inverse, and the log of a sigmoid at logits', () => {
    for (const x of [-20, -3, -0.7, -0.69, -0.01]) {
      expect(log1mExp(log1mExp(x))).toBeCloseTo(x, 7);
      const logit = x - log1mExp(x);
      expect(relativeError(Math.log(sigmoid(logit)), x)).toBeLessThan(1e-11);
    }
  });
});

describe('polygamma', () => {
  it('obeys recurrence and reflection for every count', () => {
    for (const n of [2, 3, 4, 7, 12])
      for (const x of [0.02, 0.7, 3.1, 18, 90]) {
        const factorial = Math.exp(logGamma(n + 1));
        const step = (n % 2 === 0 ? factorial : -factorial) * x ** -(n + 1);
        expect(relativeError(polygamma(n, x) + step, polygamma(n, x + 1))).toBeLessThan(
          // The step is exact to the rounding of the factorial, and larger than what is left.
          1e-13 * Math.abs(step / polygamma(n, x + 1)) + 1e-13,
        );
      }
    expect(polygamma(2, 0.5)).toBeCloseTo(-14 * 1.2020569031595942, 12);
    expect(polygamma(2, 0.3) - polygamma(2, 0.7)).toBeCloseTo(
      // pi cot(pi x), twice differentiated, with its sign.
      -2 * Math.PI ** 3 * (Math.cos(0.3 * Math.PI) / Math.sin(0.3 * Math.PI) ** 3),
      10,
    );
  });

  it('has poles at 0, -1, -2, ...', () => {
    expect([polygamma(2, 0), polygamma(3, -4), polygamma(4, -1)]).toEqual([NaN, Infinity, NaN]);
    expect(polygamma(1, 2.5)).toBe(trigamma(2.5));
  });
});
