/** Logarithms of sums, differences and quotients of exponentials, in float64. */
import { zetaMinusOne } from './special-gamma.ts';

/** log(1 + exp(x)), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + exp(-x)), with full relative precision in both tails. */
export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

/** log(1 - exp(x)) for x < 0 (Mächler 2012): each form where it keeps its digits. */
export const log1mExp = (x: number): number =>
  x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));

/** Up to here the series in x², which converges for |x| < 2 pi, reaches float64 in 40 terms. */
const exprelSeriesTo = 3;

/** (-1)^(k+1) zeta(2k) / (k (2 pi)^(2k)) for k = 1, 2, ...: log(sinh(x/2) / (x/2)) as a series in x². */
const exprelCoefficients = Array.from({ length: 40 }, (_, index) => {
  const k = index + 1;
  const zeta = 1 + (zetaMinusOne[2 * k - 2] ?? 2 ** (-2 * k));
  return ((k % 2 === 1 ? 1 : -1) * zeta) / (k * (2 * Math.PI) ** (2 * k));
});

/** The n-th derivative of log((exp(x) - 1) / x) = x/2 + log(sinh(x/2) / (x/2)), n >= 0. */
export function logExprel(n: number, x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  const linear = n === 0 ? x / 2 : n === 1 ? 0.5 : 0;
  if (size <= exprelSeriesTo) return linear + exprelSeries(n, x);
  if (n === 0) {
    if (size === Infinity) return x;
    return (x > 0 ? x : 0) - Math.log(size) + Math.log1p(-Math.exp(-size));
  }
  // With b = 1 / (exp|x| - 1): the first derivative at |x| is 1 + b - 1/|x|, and b' = -b (1 + b).
  const b = 1 / Math.expm1(size);
  let factorial = 1;
  for (let k = 2; k < n; k++) factorial *= k;
  const pole = (n % 2 === 1 ? -factorial : factorial) / size ** n;
  const even = pole + derivativeOfBose(n - 1, b);
  if (n === 1) return x > 0 ? 1 + even : -even;
  return x < 0 && n % 2 === 1 ? -even : even;
}

/** The n-th derivative of the even part, for small x. */
const exprelSeries = (n: number, x: number): number => {
  const square = x * x;
  let sum = 0;
  const first = Math.max(1, Math.ceil(n / 2));
  for (let k = exprelCoefficients.length; k >= first; k--) {
    let coefficient = exprelCoefficients[k - 1]!;
    for (let j = 0; j < n; j++) coefficient *= 2 * k - j;
    sum = sum * square + coefficient;
  }
  return sum * x ** (2 * first - n);
};

/** The n-th derivative of b = 1 / (exp(x) - 1), as a polynomial in b: p' goes over into -b (1 + b) dp/db. */
const derivativeOfBose = (n: number, b: number): number => {
  let polynomial = bosePolynomials[n];
  for (let m = bosePolynomials.length; polynomial === undefined; m++) {
    const last = bosePolynomials[m - 1]!;
    const next = new Array<number>(last.length + 1).fill(0);
    last.forEach((coefficient, power) => {
      next[power]! -= power * coefficient;
      next[power + 1]! -= power * coefficient;
    });
    bosePolynomials.push(next);
    polynomial = bosePolynomials[n];
  }
  return polynomial.reduceRight((sum, coefficient) => sum * b + coefficient, 0);
};
const bosePolynomials: number[][] = [[0, 1]];
