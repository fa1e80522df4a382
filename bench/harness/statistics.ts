/** Summaries of times, and how the results of two variants are held against each other. */
import type { Law } from './workload.ts';

export interface Spread {
  readonly median: number;
  /** Quartiles. */
  readonly low: number;
  readonly high: number;
}

/** The value below which a share `q` of the values lies, linear in between (type 7 of Hyndman and Fan 1996). */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const [low = NaN, high = low] = sorted.slice(below, below + 2);
  return low + (place - below) * (high - low);
};

export const spreadOf = (values: readonly number[]): Spread => ({
  median: quantile(values, 0.5),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
});

/** Root mean square of the differences over that of the values that were expected. Infinite where lengths differ. */
export const relativeDifference = (values: Float32Array, expected: Float32Array): number => {
  if (values.length !== expected.length) return Infinity;
  let [differences, squares] = [0, 0];
  for (const [place, value] of expected.entries()) {
    differences += (values[place]! - value) ** 2;
    squares += value ** 2;
  }
  return differences === 0 ? 0 : Math.sqrt(differences / squares);
};

/** Share of entries that differ. */
export const shareOfOthers = (values: Float32Array, expected: Float32Array): number =>
  values.length === expected.length
    ? expected.reduce((count, value, place) => count + (values[place] === value ? 0 : 1), 0) / expected.length
    : 1;

/** Standard deviations beyond which draws do not have their law: by chance once in 1.7 million figures. */
export const farthest = 5;

/** How many standard deviations the mean and the variance of draws are from those of their law. */
export const deviations = (draws: Float32Array, law: Law): readonly [mean: number, variance: number] => {
  let [sum, squares, varianceOfSum, varianceOfSquares] = [0, 0, 0, 0];
  const count = law.kind === 'normal' ? draws.length : law.logRates.length;
  for (let place = 0; place < count; place++) {
    const rate = law.kind === 'normal' ? 0 : Math.exp(law.logRates[place]!);
    const variance = law.kind === 'normal' ? 1 : rate;
    const difference = draws[place]! - rate;
    sum += difference;
    squares += difference ** 2 - variance;
    varianceOfSum += variance;
    // The fourth central moment is 3 of a normal variable and r + 3 r² of a Poisson one.
    varianceOfSquares += law.kind === 'normal' ? 2 : rate + 2 * rate ** 2;
  }
  return [sum / Math.sqrt(varianceOfSum), squares / Math.sqrt(varianceOfSquares)];
};
