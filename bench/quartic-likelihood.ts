/** Log-likelihood of two layers of Quartic units by summing the hidden ones out on a grid, in float64. */
import type { NumberArrays } from '../src/runtime/state.ts';

/** Trapezoidal sums of these smooth functions converge faster than any power of the step; beyond 3.6 nothing is left. */
const step = 0.2;
const line = Array.from({ length: 37 }, (_, i) => -3.6 + step * i);
const finer = Array.from({ length: 161 }, (_, i) => -4 + 0.05 * i);

/** A(η) = log ∫ exp(η x − x⁴/4) dx. */
const logPartition = (eta: number): number => {
  let total = 0;
  for (const x of finer) total += Math.exp(eta * x - x ** 4 / 4);
  return Math.log(0.05 * total);
};

const logSumExp = (values: Float64Array): number => {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  let total = 0;
  for (const value of values) if (value > most - 40) total += Math.exp(value - most);
  return most + Math.log(total);
};

/**
 * log p(x) of each example, where E = −x·(W h + b0) − b1·h + ¼ Σ (x⁴ + h⁴), and, if `isDirected`, + A(W h + b0): each layer has its own
 * normaliser. Without it the sum over x of the model is found by the same grid.
 *
 * @param examples rows of as many values as W has rows
 */
export const logLikelihoods = (
  { W, b0, b1 }: NumberArrays,
  examples: ArrayLike<number>,
  isDirected: boolean,
): Float64Array => {
  const [pixels, hidden] = W!.shape as [number, number];
  const points = line.length ** hidden;
  const drives = new Float64Array(points * pixels);
  const weights = new Float64Array(points);
  const totals = new Float64Array(points);
  for (let point = 0; point < points; point++) {
    const h = Array.from(
      { length: hidden },
      (_, j) => line[Math.floor(point / line.length ** j) % line.length]!,
    );
    weights[point] = h.reduce((sum, value, j) => sum + b1!.values[j]! * value - value ** 4 / 4, 0);
    let partition = 0;
    for (let i = 0; i < pixels; i++) {
      const drive = h.reduce((sum, value, j) => sum + W!.values[i * hidden + j]! * value, b0!.values[i]!);
      drives[point * pixels + i] = drive;
      partition += logPartition(drive);
    }
    if (isDirected) weights[point]! -= partition;
    totals[point] = weights[point]! + partition;
  }
  const normaliser = logSumExp(totals);
  const terms = new Float64Array(points);
  return Float64Array.from({ length: examples.length / pixels }, (_, row) => {
    let base = 0;
    for (let i = 0; i < pixels; i++) base -= examples[row * pixels + i]! ** 4 / 4;
    for (let point = 0; point < points; point++) {
      let sum = weights[point]!;
      for (let i = 0; i < pixels; i++) sum += drives[point * pixels + i]! * examples[row * pixels + i]!;
      terms[point] = sum;
    }
    return logSumExp(terms) + base - normaliser;
  });
};
