/**
 * The tail of the normal distribution in float64, through Mills' ratio m(x) = (1 - Phi(x)) / phi(x) and the hazard
 * 1 / m(x). The derivatives of log m are cumulants of a density, up to sign, that shrink like powers of x where
 * the terms they are usually written in do not: each range of x has a form without that cancellation.
 */
import { interpolated } from './interpolated.ts';
import { hazardNodes, logMillsAtOne, logMillsAtThreeAndHalf } from './special-tables.ts';

const halfLogTwoPi = 0.9189385332046728;
const inverseRootTwoPi = 0.3989422804014327;

/** The n-th derivative of log((1 - Phi(x)) / phi(x)), n >= 0. */
export function logMills(n: number, x: number): number {
  return n < tabulated.length ? tabulated[n]!(x) : logMillsDirectly(n, x);
}

const logMillsDirectly = (n: number, x: number): number => {
  if (Number.isNaN(x)) return NaN;
  if (x < -0.25) return logMillsLeft(n, x);
  if (x < 2) return taylor(logMillsAtOne, n, x - 1);
  if (x < 5) return taylor(logMillsAtThreeAndHalf, n, x - 3.5);
  return n === 0 ? -Math.log(x + excess(0, x)) : -excess(n - 1, x);
};

/**
 * Every draw and gradient of a rectified layer asks for these, millions of times. The nearest zero of 1 - Phi lies 2.7 from
 * the real line, 43 half widths of a piece.
 */
const tabulated = [0, 1, 2, 3, 4].map((n) => interpolated((x) => logMillsDirectly(n, x), -6, 18, 8));

/** log Phi(x), with full relative precision in both tails. */
export function normalLogCdf(x: number): number {
  if (x === -Infinity) return -Infinity;
  return x < 0 ? -0.5 * x * x - halfLogTwoPi + logMills(0, -x) : Math.log1p(-upperTail(x));
}

/** 1 - Phi(x) for x >= 0. */
const upperTail = (x: number): number => (x > 40 ? 0 : density(x) * Math.exp(logMillsDirectly(0, x)));

/** phi(x). The square is split into an exact part and a small one, or rounding it would cost digits. */
const density = (x: number): number => {
  if (Math.abs(x) > 40) return 0;
  const coarse = Math.round(x * 16) / 16;
  return inverseRootTwoPi * Math.exp(-0.5 * coarse * coarse) * Math.exp(-0.5 * (x - coarse) * (x + coarse));
};

/** For x < 0, away from 0, where 1 - Phi(x) is near 1 and the hazard h small; h' = h (h - x), and further ones by Leibniz. */
const logMillsLeft = (n: number, x: number): number => {
  const tail = upperTail(-x);
  if (n === 0) return 0.5 * x * x + halfLogTwoPi + Math.log1p(-tail);
  const hazard = [density(x) / (1 - tail)];
  if (hazard[0] === 0) return n === 1 ? x : n === 2 ? 1 : 0;
  for (let order = 1; order < n; order++) {
    let next = 0;
    for (let k = 0, binomial = 1; k < order; k++) {
      const line = k === order - 1 ? x : k === order - 2 ? 1 : 0;
      next += binomial * hazard[k]! * (hazard[order - 1 - k]! - line);
      binomial *= (order - 1 - k) / (k + 1);
    }
    hazard.push(next);
  }
  return (n === 1 ? x : n === 2 ? 1 : 0) - hazard[n - 1]!;
};

/** The n-th derivative of h(x) - x = 1 / (x + 2 / (x + 3 / (x + ...))), for large x, by quadrature. */
const excess = (n: number, x: number): number => {
  let sum = 0;
  for (const [node, weight] of hazardNodes) {
    const slope = node / x;
    const real = 1 / (x + node * slope);
    const imaginary = -slope * real;
    let [re, im] = [real, imaginary];
    for (let k = 1; k <= n; k++)
      [re, im] = [-k * (re * real - im * imaginary), -k * (re * imaginary + im * real)];
    sum += weight * re;
  }
  return sum;
};

/** The n-th derivative of a Taylor series. */
const taylor = (coefficients: readonly number[], n: number, step: number): number => {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= n; k--) {
    let factor = 1;
    for (let j = 0; j < n; j++) factor *= k - j;
    sum = sum * step + factor * coefficients[k]!;
  }
  return sum;
};
