/** Quadrature against integrals and sums that are known. */
import { describe, expect, it } from 'vitest';
import { logGamma } from '../../src/runtime/special.ts';
import type { End } from '../../src/calculus/near.ts';
import { integrateLine, isRule, valueOf, type LineRule } from '../../src/verify/line.ts';
import { sumPoints } from '../../src/verify/points.ts';

const rule = (
  low: number,
  high: number,
  log: (x: number) => number,
  kinks: readonly number[] = [],
): LineRule => {
  const found = integrateLine(
    low,
    high,
    kinks,
    ({ origin, direction }) =>
      (y) =>
        log(origin + direction * y),
  );
  if (!isRule(found)) throw new Error(found.kind);
  return found;
};
const integral = (...given: Parameters<typeof rule>): number =>
  rule(...given).points.reduce(
    (total, point) => total + Math.exp(given[2](valueOf(point)) + point.logWeight),
    0,
  );
const relative = (found: number, expected: number): number => Math.abs(found / expected - 1);

describe('an integral over the line', () => {
  it.each([
    [
      'of a narrow Gaussian far out',
      -Infinity,
      Infinity,
      (x: number) => -(((x - 1e4) / 1e-2) ** 2) / 2,
      1e-2 * Math.sqrt(2 * Math.PI),
    ],
    [
      'of a wide Gaussian',
      -Infinity,
      Infinity,
      (x: number) => -((x / 1e6) ** 2) / 2,
      1e6 * Math.sqrt(2 * Math.PI),
    ],
    [
      'of two Gaussians far apart',
      -Infinity,
      Infinity,
      (x: number) => Math.log(Math.exp(-((x - 50) ** 2) / 2) + Math.exp(-((x + 50) ** 2) / 2)),
      2 * Math.sqrt(2 * Math.PI),
    ],
    ['with a singular end', 0, Infinity, (x: number) => -0.9 * Math.log(x) - x, Math.exp(logGamma(0.1))],
    ['with a heavy tail', 1, Infinity, (x: number) => -1.2 * Math.log(x), 5],
    ['of Cauchy tails', -Infinity, Infinity, (x: number) => -Math.log1p(x ** 2), Math.PI],
  ] as const)('is exact to ten digits %s', (_, low, high, log, expected) => {
    expect(relative(integral(low, high, log), expected)).toBeLessThan(1e-10);
  });

  it('is exact between two singular ends, each seen from itself', () => {
    const log = (fromZero: number, fromOne: number): number =>
      -0.5 * Math.log(fromZero) - 0.8 * Math.log(fromOne);
    const found = integrateLine(
      0,
      1,
      [],
      ({ direction }) =>
        (y) =>
          direction > 0 ? log(y, 1 - y) : log(1 - y, y),
    );
    if (!isRule(found)) throw new Error(found.kind);
    const sum = found.points.reduce(
      (total, { frame, y, logWeight }) =>
        total + Math.exp((frame.direction > 0 ? log(y, 1 - y) : log(1 - y, y)) + logWeight),
      0,
    );
    expect(relative(sum, Math.exp(logGamma(0.5) + logGamma(0.2) - logGamma(0.7)))).toBeLessThan(1e-10);
  });

  it('is exact around a narrow peak next to an end', () => {
    // A logit-normal law with its mean at 30 and a standard deviation of 0.03: all of it is within 1e-12 of 1.
    const log = (fromZero: number, fromOne: number): number =>
      -(((Math.log(fromZero) - Math.log(fromOne) - 30) / 0.03) ** 2) / 2 -
      Math.log(fromZero) -
      Math.log(fromOne);
    const at = (frame: End, y: number): number => {
      const x = frame.origin + frame.direction * y;
      return frame.origin === 1 ? log(x, -frame.direction * y) : log(x, 1 - x);
    };
    const found = integrateLine(0, 1, [], (frame) => (y) => at(frame, y));
    if (!isRule(found)) throw new Error(found.kind);
    const sum = found.points.reduce(
      (total, { frame, y, logWeight }) => total + Math.exp(at(frame, y) + logWeight),
      0,
    );
    expect(relative(sum, 0.03 * Math.sqrt(2 * Math.PI))).toBeLessThan(1e-10);
  });

  it('tells a mass that lies nearer to an end than numbers do from one that is infinite', () => {
    const kind = (exponent: number): string => {
      const found = integrateLine(
        0,
        1,
        [],
        ({ origin, direction }) =>
          (y) =>
            exponent * Math.log(origin + direction * y),
      );
      return isRule(found) ? 'rule' : found.kind;
    };
    expect(kind(-0.95)).toBe('rule');
    expect(kind(-0.99)).toBe('beyond');
    expect(kind(-1)).toBe('diverges');
    expect(kind(-1.01)).toBe('diverges');
  });

  it('is exact next to a kink that it is told of', () => {
    expect(
      relative(
        integral(-Infinity, Infinity, (x) => -Math.abs(x - 0.3), [0.3]),
        2,
      ),
    ).toBeLessThan(1e-12);
  });

  it('is refused where it diverges, at an end or in a tail', () => {
    const kind = (low: number, high: number, log: (x: number) => number): string => {
      const found = integrateLine(
        low,
        high,
        [],
        ({ origin, direction }) =>
          (y) =>
            log(origin + direction * y),
      );
      return isRule(found) ? 'rule' : found.kind;
    };
    expect(kind(0, Infinity, (x) => -1.1 * Math.log(x) - x)).toBe('diverges');
    expect(kind(1, Infinity, (x) => -0.9 * Math.log(x))).toBe('diverges');
    expect(kind(-Infinity, Infinity, (x) => x ** 4)).toBe('diverges');
    expect(kind(-Infinity, Infinity, () => NaN)).toBe('empty');
    expect(kind(-1, 1, (x) => (Math.abs(x) < 0.1 ? NaN : 0))).toBe('undefined');
  });
});

describe('a sum over whole numbers', () => {
  const total = (low: number, high: number, log: (x: number) => number): number => {
    const points = sumPoints(low, high, log);
    if ('kind' in points) throw new Error(points.kind);
    return points.reduce((sum, { x, logWeight }) => sum + Math.exp(log(x) + logWeight), 0);
  };

  it('is exact for masses far from 0, and on both sides of it', () => {
    expect(
      relative(
        total(0, Infinity, (x) => x * Math.log(5000) - 5000 - logGamma(x + 1)),
        1,
      ),
    ).toBeLessThan(1e-9);
    expect(
      relative(
        total(-Infinity, Infinity, (x) => -Math.abs(x)),
        1 / Math.tanh(0.5),
      ),
    ).toBeLessThan(1e-12);
  });

  it('takes in a tail that falls like a power', () => {
    expect(
      relative(
        total(1, Infinity, (x) => -2 * Math.log(x)),
        Math.PI ** 2 / 6,
      ),
    ).toBeLessThan(1e-12);
    expect(
      relative(
        total(1, Infinity, (x) => -1.5 * Math.log(x)),
        2.612375348685488,
      ),
    ).toBeLessThan(1e-10);
  });

  it('is refused where it diverges', () => {
    expect(sumPoints(0, Infinity, () => 0)).toMatchObject({ kind: 'diverges' });
  });
});
