/**
 * Goodness-of-fit tests. Each returns a p-value: the probability, were the sampler right, of a deviation at least
 * this large. A test suite with fixed seeds either always passes or always fails; `falseAlarm` is the chance that a
 * right sampler had of failing when its seed was written down. N checks raise it to at most N * falseAlarm.
 */
import { logGamma } from '../../src/runtime/special.ts';

/** Chance of rejecting a right sampler, for one check. */
export const falseAlarm = 1e-4;

/** Fewest expected draws in a cell of a chi-square test; smaller neighbours are pooled. */
const smallestCell = 10;

/**
 * Pearson's chi-square test of counts against expected counts with the same sum. Neighbouring cells are pooled
 * until each expects at least 10.
 *
 * @param estimated number of parameters fitted to the same counts
 */
export function chiSquareTest(
  observed: ArrayLike<number>,
  expected: ArrayLike<number>,
  estimated = 0,
): number {
  if (observed.length !== expected.length) throw new Error('chi-square: as many expected as observed counts');
  const cells: { observed: number; expected: number }[] = [];
  let pool = { observed: 0, expected: 0 };
  for (let cell = 0; cell < observed.length; cell++) {
    pool = { observed: pool.observed + observed[cell]!, expected: pool.expected + expected[cell]! };
    if (pool.expected < smallestCell) continue;
    cells.push(pool);
    pool = { observed: 0, expected: 0 };
  }
  const last = cells.at(-1);
  if (last === undefined) throw new Error('chi-square: too few expected counts for one cell');
  last.observed += pool.observed;
  last.expected += pool.expected;
  const statistic = cells.reduce(
    (sum, cell) => sum + (cell.observed - cell.expected) ** 2 / cell.expected,
    0,
  );
  const freedom = cells.length - 1 - estimated;
  if (freedom < 1) throw new Error('chi-square: fewer than two cells are left after pooling');
  return chiSquareTail(statistic, freedom);
}

/**
 * Chi-square test of draws of whole numbers against a distribution. A draw outside the support, a fraction or a
 * NaN gives 0.
 *
 * @param high may be Infinity; the rest of the mass is one last cell
 */
export function discreteTest(
  draws: ArrayLike<number>,
  logMass: (x: number) => number,
  low: number,
  high = Infinity,
): number {
  let largest = low;
  for (let draw = 0; draw < draws.length; draw++) {
    const value = draws[draw]!;
    if (!Number.isInteger(value) || value < low || value > high) return 0;
    largest = Math.max(largest, value);
  }
  const cells = Math.min(largest, high) - low + 1;
  const observed = new Float64Array(cells + 1);
  for (let draw = 0; draw < draws.length; draw++) observed[draws[draw]! - low]!++;
  const expected = new Float64Array(cells + 1);
  let rest = 1;
  for (let cell = 0; cell < cells; cell++) {
    const mass = Math.exp(logMass(low + cell));
    expected[cell] = mass * draws.length;
    rest -= mass;
  }
  expected[cells] = Math.max(rest, 0) * draws.length;
  return chiSquareTest(observed, expected);
}

/** Kolmogorov and Smirnov's test of draws against a continuous distribution function. NaN draws give 0. */
export function kolmogorovSmirnovTest(draws: ArrayLike<number>, cumulative: (x: number) => number): number {
  const sorted = Float64Array.from(draws).sort();
  const n = sorted.length;
  let distance = 0;
  for (let rank = 0; rank < n; rank++) {
    const probability = cumulative(sorted[rank]!);
    if (Number.isNaN(probability)) return 0;
    distance = Math.max(distance, (rank + 1) / n - probability, probability - rank / n);
  }
  // Stephens (1970): close to exact from n = 8 on.
  const scaled = distance * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n));
  return kolmogorovTail(scaled);
}

/** Two-sided test of the mean of draws whose true mean and variance are known. */
export function meanTest(draws: ArrayLike<number>, mean: number, variance: number): number {
  let sum = 0;
  for (let draw = 0; draw < draws.length; draw++) sum += draws[draw]! - mean;
  return normalTail(sum / Math.sqrt(draws.length * variance));
}

/** Two-sided test that two arrays of draws, each independent and identically distributed, are uncorrelated. */
export function correlationTest(first: ArrayLike<number>, second: ArrayLike<number>): number {
  return normalTail(correlation(first, second) * Math.sqrt(first.length));
}

export function correlation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const n = Math.min(first.length, second.length);
  let [sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0];
  for (let draw = 0; draw < n; draw++) {
    const x = first[draw]!;
    const y = second[draw]!;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumYY += y * y;
    sumXY += x * y;
  }
  const covariance = sumXY / n - (sumX / n) * (sumY / n);
  return covariance / Math.sqrt((sumXX / n - (sumX / n) ** 2) * (sumYY / n - (sumY / n) ** 2));
}

/** P(|Z| > |z|) for a standard normal Z; 0 for NaN. */
export function normalTail(z: number): number {
  return Number.isNaN(z) ? 0 : chiSquareTail(z * z, 1);
}

/** P(Z <= z) for a standard normal Z. */
export function normalCumulative(z: number): number {
  const tail = normalTail(z) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** P(X > statistic) for a chi-square X: the upper regularised incomplete gamma function Q(freedom/2, statistic/2). */
export function chiSquareTail(statistic: number, freedom: number): number {
  const a = freedom / 2;
  const x = statistic / 2;
  if (!(x > 0 && x < Infinity)) return x <= 0 ? 1 : 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * 1e-16; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - scale * sum;
  }
  // Legendre's continued fraction, by the modified method of Lentz.
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 100_000; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return scale * fraction;
}

/** P(K > scaled) for Kolmogorov's K, the limit of sqrt(n) times the distance. */
export function kolmogorovTail(scaled: number): number {
  if (scaled < 0.2) return 1;
  if (scaled < 1) {
    // Jacobi's other form of the theta function, which converges for small arguments.
    let sum = 0;
    for (let k = 1; k <= 20; k++) sum += Math.exp(-(((2 * k - 1) * Math.PI) ** 2) / (8 * scaled * scaled));
    return 1 - (Math.sqrt(2 * Math.PI) / scaled) * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * scaled * scaled);
  return sum;
}
