/** Logarithms of modified Bessel functions of the first kind in float64. */
import { logGamma } from './special-gamma.ts';
import { besselNodes } from './special-tables.ts';

const logTwoPi = 1.8378770664093453;

/** From here on the asymptotic series reaches float64, and up to here the quadrature does. */
const besselAsymptoticFrom = 25;

/**
 * (1/x d/dx)^n log I_0(x), n >= 0: log I_0 itself, I_1 / (x I_0), ... With s = x² it is 2^n (d/ds)^n, and
 * I_1 / (x I_0) = sum of weight / (1 + s node) with positive weights: no derivative of it cancels.
 */
export function logBessel(n: number, x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  if (size >= besselAsymptoticFrom) return logBesselAsymptotic(n, size);
  const square = size * size;
  let sum = 0;
  if (n === 0) {
    for (const [node, weight] of besselNodes) sum += (weight / node) * Math.log1p(square * node);
    return sum / 2;
  }
  for (const [node, weight] of besselNodes) {
    const value = 1 / (1 + square * node);
    let term = weight * value;
    for (let k = 1; k < n; k++) term *= -2 * k * node * value;
    sum += term;
  }
  return sum;
}

/** I_1(x) / I_0(x) = 1 - sum of p_k x^-k; all p_k are positive. From the Riccati equation R' = 1 - R² - R / x. */
const ratioCoefficients = [0, 0.5];
for (let m = 2; m < 31; m++) {
  let sum = (m - 2) * ratioCoefficients[m - 1]!;
  for (let i = 1; i < m; i++) sum += ratioCoefficients[i]! * ratioCoefficients[m - i]!;
  ratioCoefficients.push(sum / 2);
}

/** log I_0(x) = x - log(2 pi x) / 2 + sum of p_(k+1) / k x^-k, term by term: (1/x d/dx) x^-k = -k x^(-k-2). */
const logBesselAsymptotic = (n: number, x: number): number => {
  if (x === Infinity) return n === 0 ? Infinity : 0;
  let series = 0;
  for (let k = ratioCoefficients.length - 2; k >= 1; k--) {
    let coefficient = ratioCoefficients[k + 1]! / k;
    for (let j = 0; j < n; j++) coefficient *= -(k + 2 * j);
    series = (series + coefficient) / x;
  }
  if (n === 0) return x - 0.5 * (logTwoPi + Math.log(x)) + series;
  let [ofLine, ofLog] = [1, -0.5];
  for (let j = 1; j < n; j++) {
    ofLine *= 1 - 2 * j;
    ofLog *= -2 * j;
  }
  return (ofLine + (ofLog + series) / x) * x ** (1 - 2 * n);
};

/** From this order on the uniform expansion reaches float64, for every x. */
const uniformFrom = 30;
/** Up to here smaller orders are summed as a power series. */
const besselSeriesTo = 30;

/** log I_order(x) for real order >= 0 and x >= 0; relative precision away from its zero, absolute near it. */
export function logBesselI(order: number, x: number): number {
  if (!(order >= 0 && x >= 0)) return NaN;
  if (x === 0) return order === 0 ? 0 : -Infinity;
  if (x === Infinity) return Infinity;
  if (order >= uniformFrom) return logBesselUniform(order, x);
  return x <= besselSeriesTo ? logBesselSeries(order, x) : logBesselDownward(order, x);
}

/** (x/2)^order / Gamma(order + 1) · sum of (x²/4)^k / (k! (order + 1) ... (order + k)). */
const logBesselSeries = (order: number, x: number): number => {
  const square = 0.25 * x * x;
  let term = 1;
  let sum = 0;
  for (let k = 1; term > 1e-18 * sum; k++) {
    term *= square / (k * (order + k));
    sum += term;
  }
  const leading = order === 0 ? 0 : order * Math.log(x / 2) - logGamma(order + 1);
  return leading + Math.log1p(sum);
};

/** I_(order-1) = I_(order+1) + 2 order / x I_order from two large orders down: all terms are positive. */
const logBesselDownward = (order: number, x: number): number => {
  const steps = Math.ceil(uniformFrom - order);
  const top = logBesselUniform(order + steps, x);
  let above = Math.exp(logBesselUniform(order + steps + 1, x) - top);
  let value = 1;
  for (let step = steps; step >= 1; step--) {
    const below = above + ((2 * (order + step)) / x) * value;
    above = value;
    value = below;
  }
  return top + Math.log(value);
};

/** Debye's expansion, uniform in x (Abramowitz and Stegun 9.7.7). */
const logBesselUniform = (order: number, x: number): number => {
  const ratio = x / order;
  const root = Math.hypot(1, ratio);
  const angle = ratio < 1 ? Math.log(ratio) - Math.log1p(root) : -Math.asinh(1 / ratio);
  const p = 1 / root;
  const square = p * p;
  let series = 0;
  for (let k = debyePolynomials.length - 1; k >= 1; k--) {
    const polynomial = debyePolynomials[k]!.reduceRight((sum, coefficient) => sum * square + coefficient, 0);
    series = ((series + polynomial) * p) / order;
  }
  const exponent = order * (root + angle);
  return exponent - 0.5 * (logTwoPi + Math.log(order) + Math.log(root)) + Math.log1p(series);
};

/** u_k(p) / p^k as polynomials in p²: u_(k+1) = p² (1 - p²) u_k' / 2 + (1/8) integral from 0 of (1 - 5 p²) u_k. */
const debyePolynomials: number[][] = [[1]];
for (let k = 0; k < 12; k++) {
  const next = new Array<number>(k + 2).fill(0);
  debyePolynomials[k]!.forEach((coefficient, i) => {
    const power = k + 2 * i;
    next[i]! += coefficient * (power / 2 + 1 / (8 * (power + 1)));
    next[i + 1]! -= coefficient * (power / 2 + 5 / (8 * (power + 3)));
  });
  debyePolynomials.push(next);
}
