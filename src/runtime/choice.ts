/** Draws of one-hot vectors by their log weights: one uniform number for each vector. */
import { exp } from './exponential.ts';
import { fillBlocks, uniform53, type Key } from './random.ts';

const chunkBlocks = 1024;
const words = new Int32Array(2 * chunkBlocks);

/**
 * Fills `target`, rows of `classes` numbers, with one-hot vectors; class k of a row is 1 with probability proportional to
 * exp(logits[row, k]). A row is NaN when a logit is NaN or plus infinity, or all are minus infinity.
 *
 * @param offset number of elements of the whole array before `target`, in flattened order: a multiple of `classes`
 * @throws Error when `logits` is not as long as `target`, or rows are broken
 */
export function drawOneHot(
  key: Key,
  target: Float32Array | Float64Array,
  offset: number,
  classes: number,
  logits: ArrayLike<number>,
): void {
  if (logits.length !== target.length)
    throw new Error(
      `${logits.length} log weights were given for one-hot vectors of ${target.length} elements`,
    );
  if (target.length % classes !== 0 || offset % classes !== 0)
    throw new Error(`one-hot vectors are drawn in whole rows of ${classes} elements`);
  const rows = target.length / classes;
  target.fill(0);
  for (let from = 0; from < rows; from += chunkBlocks) {
    const to = Math.min(rows, from + chunkBlocks);
    fillBlocks(key, offset / classes + from, to - from, words);
    for (let row = from; row < to; row++) {
      const block = 2 * (row - from);
      const chosen = choose(uniform53(words[block]!, words[block + 1]!), logits, row * classes, classes);
      if (chosen < 0) target.fill(NaN, row * classes, (row + 1) * classes);
      else target[row * classes + chosen] = 1;
    }
  }
}

/** The class at which the weights, added up, first exceed their part `uniform` of the total; −1 when there is no total. */
function choose(uniform: number, logits: ArrayLike<number>, start: number, classes: number): number {
  let largest = -Infinity;
  for (let k = start; k < start + classes; k++) {
    const logit = logits[k]!;
    if (!(logit < Infinity)) return -1;
    if (logit > largest) largest = logit;
  }
  if (largest === -Infinity) return -1;
  let total = 0;
  for (let k = start; k < start + classes; k++) total += exp(logits[k]! - largest);
  let remaining = uniform * total;
  let last = -1;
  for (let k = 0; k < classes; k++) {
    const weight = exp(logits[start + k]! - largest);
    if (weight === 0) continue;
    if (remaining < weight) return k;
    remaining -= weight;
    last = k;
  }
  // Rounding left a crumb of the total.
  return last;
}
