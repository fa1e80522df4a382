/**
 * Cumulants of a measure on finitely many points, tilted by exp(x t): the derivatives of log Σ exp(x t + l). With the points of a
 * quadrature they are a log-partition, its mean, its variance and so on.
 */
import { interpolated } from './interpolated.ts';

/** The n-th derivative in x, n >= 0; `pairs` holds t and l of each point in turn. */
export function cumulantOf(n: number, x: number, pairs: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let k = 0; k < pairs.length; k += 2) largest = Math.max(largest, x * pairs[k]! + pairs[k + 1]!);
  let [total, first] = [0, 0];
  for (let k = 0; k < pairs.length; k += 2) {
    const weight = Math.exp(x * pairs[k]! + pairs[k + 1]! - largest);
    total += weight;
    first += weight * pairs[k]!;
  }
  if (n === 0) return largest + Math.log(total);
  const mean = first / total;
  if (n === 1) return mean;
  const central = new Float64Array(n + 1);
  central[0] = 1;
  for (let k = 0; k < pairs.length; k += 2) {
    const weight = Math.exp(x * pairs[k]! + pairs[k + 1]! - largest) / total;
    const away = pairs[k]! - mean;
    for (let order = 2, power = away; order <= n; order++) central[order]! += weight * (power *= away);
  }
  // Cumulants from moments: κ_n = m_n − Σ C(n−1, j−1) κ_j m_{n−j}. About the mean, m_1 and κ_1 are 0.
  const cumulants = new Float64Array(n + 1);
  for (let order = 2; order <= n; order++) {
    let value = central[order]!;
    for (let j = 2, binomial = order - 1; j < order; j++) {
      value -= binomial * cumulants[j]! * central[order - j]!;
      binomial *= (order - j) / j;
    }
    cumulants[order] = value;
  }
  return cumulants[n]!;
}

/** How far tables reach, and the width of their pieces, in units of 1 / (the largest standard deviation of t). */
const reach = 40;
const piecesPerUnit = 4;

type Tables = (n: number) => (x: number) => number;
const known = new Map<string, Tables>();

/** The same by a table, for a measure that is written as numbers with spaces between them. */
export function cumulant(n: number, x: number, measure: string): number {
  let tables = known.get(measure);
  if (tables === undefined) {
    tables = tablesOf(Float64Array.from(measure.split(' '), Number));
    known.set(measure, tables);
  }
  return tables(n)(x);
}

/**
 * The nearest zero of Σ exp(x t + l) lies √2 standard deviations' inverses from the line at least, since |E exp(i s t) − 1| is at most
 * s² Var(t) / 2 about the mean: 11 half widths of a piece.
 */
const tablesOf = (pairs: Float64Array): Tables => {
  const made: ((x: number) => number)[] = [];
  let widest = 0;
  const scale = Math.sqrt(cumulantOf(2, 0, pairs)) || 1;
  for (let x = -reach; x <= reach; x += 0.5) widest = Math.max(widest, cumulantOf(2, x / scale, pairs));
  const perUnit = Math.ceil(piecesPerUnit * Math.sqrt(widest));
  const end = Math.ceil((reach / scale) * perUnit) / perUnit;
  return (n) => (made[n] ??= interpolated((x) => cumulantOf(n, x, pairs), -end, end, perUnit));
};
