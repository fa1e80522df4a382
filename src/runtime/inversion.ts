/**
 * Exact draws from a discrete family by inversion that starts at the mode (Kemp 1986, "A modal method for
 * generating binomial variables"): one uniform of 53 bits per draw, chopped down by the masses of the mode and
 * then of its neighbours, alternately above and below. Time O(standard deviation) per draw.
 */
import { exp } from './exponential.ts';
import { fillBlocks, uniform53, type Key } from './random.ts';

/** The whole numbers from `low` to `high`, both included; either may be infinite. */
export interface CountingSupport {
  readonly low: number;
  readonly high: number;
}

/**
 * A family's own inversion, made by `inversion-source.ts`: fills `counts[from]` to `counts[to - 1]`, each from one of
 * the uniform numbers and from its entry in each column of parameters.
 */
export type InversionSampler = (
  uniforms: Float64Array,
  counts: Float32Array | Float64Array,
  from: number,
  to: number,
  columns: readonly ArrayLike<number>[],
) => void;

type OfParameters = (...parameters: number[]) => number;
type SupportOf = (...parameters: number[]) => CountingSupport;
type OfValue = (x: number, ...parameters: number[]) => number;

const chunkBlocks = 1024;
const words = new Int32Array(2 * chunkBlocks);
const uniforms = new Float64Array(chunkBlocks);

/** A draw that would look at more values than this (a mean that has run away) is NaN, so that no step hangs. */
const mostValuesSearched = 2 ** 20;

/** Above this mean the log mass of a float64 is lost in cancellation. */
const farthestStart = 2 ** 31;

/** More probability than rounding can lose (1e-15 at small means, 1e-5 at means of 10^9). */
const largestLoss = 1e-4;

/**
 * Fills `target` with independent draws, one for each element of the parameter arrays. A draw is NaN when a
 * parameter is not finite, when the mean is NaN or above 2^31, when the masses are not those of a distribution, or
 * after 2^20 values.
 *
 * The mass must fall away on both sides of the mean, as it does for every log-concave family.
 *
 * @param offset number of elements of the whole array before `target`, in flattened order
 * @param parameters arrays as long as `target`, in the order in which the functions take them
 * @param support the values, of all draws or as a function of the parameters
 * @param mean the mean; any value near the mode is as exact, only slower
 * @param logMass log probability of `x`
 * @param ratio p(x) / p(x - 1) for `x` above `low`
 * @throws Error when an array of parameters is not as long as `target`
 */
export function drawInversion(
  key: Key,
  target: Float32Array | Float64Array,
  offset: number,
  support: CountingSupport | SupportOf,
  parameters: readonly ArrayLike<number>[],
  mean: OfParameters,
  logMass: OfValue,
  ratio: OfValue,
): void {
  requireColumns(parameters, target.length);
  for (let from = 0; from < target.length; from += chunkBlocks) {
    const to = Math.min(target.length, from + chunkBlocks);
    fillBlocks(key, offset + from, to - from, words);
    if (typeof support === 'function') {
      drawMany(target, from, to, support, parameters, mean, logMass, ratio);
      continue;
    }
    switch (parameters.length) {
      case 1:
        drawOne(target, from, to, support, parameters[0]!, mean, logMass, ratio);
        break;
      case 2:
        drawTwo(target, from, to, support, parameters[0]!, parameters[1]!, mean, logMass, ratio);
        break;
      default:
        drawMany(target, from, to, () => support, parameters, mean, logMass, ratio);
    }
  }
}

function requireColumns(columns: readonly ArrayLike<number>[], draws: number): void {
  columns.forEach((values, number) => {
    if (values.length === draws) return;
    throw new Error(
      `parameter ${number + 1} of a discrete draw has ${values.length} elements, but ${draws} draws ` +
        `were asked for: give one element per draw`,
    );
  });
}

/** Fills `target` as {@link drawInversion} does, by a family's own sampler. */
export function drawBySampler(
  key: Key,
  target: Float32Array | Float64Array,
  offset: number,
  columns: readonly ArrayLike<number>[],
  sampler: InversionSampler,
): void {
  requireColumns(columns, target.length);
  for (let from = 0; from < target.length; from += chunkBlocks) {
    const to = Math.min(target.length, from + chunkBlocks);
    drawChunk(key, target, offset, columns, sampler, from, to);
  }
}

function drawChunk(
  key: Key,
  target: Float32Array | Float64Array,
  offset: number,
  columns: readonly ArrayLike<number>[],
  sampler: InversionSampler,
  from: number,
  to: number,
): void {
  fillBlocks(key, offset + from, to - from, words);
  for (let block = 0; block < to - from; block++) uniforms[block] = uniformAt(block);
  sampler(uniforms, target, from, to, columns);
}

/** Draws those elements of `drawBySampler` from the first to before the second that are NaN. */
export function drawMissing(
  key: Key,
  target: Float32Array | Float64Array,
  offset: number,
  columns: readonly ArrayLike<number>[],
  sampler: InversionSampler,
  [first, end]: readonly [number, number],
): void {
  for (let from = first; from < end; from++) {
    if (!Number.isNaN(target[from]!)) continue;
    let to = from + 1;
    while (to < end && to - from < chunkBlocks && Number.isNaN(target[to]!)) to++;
    drawChunk(key, target, offset, columns, sampler, from, to);
    from = to;
  }
}

/** Families of one parameter: no arrays of arguments. */
function drawOne(
  target: Float32Array | Float64Array,
  from: number,
  to: number,
  support: CountingSupport,
  first: ArrayLike<number>,
  mean: OfParameters,
  logMass: OfValue,
  ratio: OfValue,
): void {
  const { low, high } = support;
  for (let position = from; position < to; position++) {
    const a = first[position]!;
    const uniform = uniformAt(position - from);
    const start = startOf(mean(a), low, high);
    const mass = exp(logMass(start, a));
    target[position] = search(uniform, start, mass, low, high, ratio, a, 0);
  }
}

function drawTwo(
  target: Float32Array | Float64Array,
  from: number,
  to: number,
  support: CountingSupport,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  mean: OfParameters,
  logMass: OfValue,
  ratio: OfValue,
): void {
  const { low, high } = support;
  for (let position = from; position < to; position++) {
    const a = first[position]!;
    const b = second[position]!;
    const uniform = uniformAt(position - from);
    const start = startOf(mean(a, b), low, high);
    const mass = exp(logMass(start, a, b));
    target[position] = search(uniform, start, mass, low, high, ratio, a, b);
  }
}

function drawMany(
  target: Float32Array | Float64Array,
  from: number,
  to: number,
  support: SupportOf,
  parameters: readonly ArrayLike<number>[],
  mean: OfParameters,
  logMass: OfValue,
  ratio: OfValue,
): void {
  for (let position = from; position < to; position++) {
    const row = parameters.map((values) => values[position]!);
    const { low, high } = support(...row);
    const start = row.every(Number.isFinite) ? startOf(mean(...row), low, high) : NaN;
    const mass = exp(logMass(start, ...row));
    target[position] = search(
      uniformAt(position - from),
      start,
      mass,
      low,
      high,
      (x) => ratio(x, ...row),
      0,
      0,
    );
  }
}

function uniformAt(block: number): number {
  return uniform53(words[2 * block]!, words[2 * block + 1]!);
}

/** The whole number in the support nearest below the mean; NaN when the mean is NaN or too large. */
function startOf(mean: number, low: number, high: number): number {
  const floor = Math.floor(mean);
  if (floor < low) return low;
  return Math.abs(floor) < farthestStart ? Math.min(floor, high) : NaN;
}

/**
 * The value at which the masses, added up from `start` outward, first exceed `uniform`. A ratio of one parameter
 * ignores the second.
 */
function search(
  uniform: number,
  start: number,
  mass: number,
  low: number,
  high: number,
  ratio: OfValue,
  a: number,
  b: number,
): number {
  // Not true of NaN anywhere.
  if (!(mass > 0 && mass < 1 + largestLoss && Number.isFinite(a) && Number.isFinite(b))) return NaN;
  if (uniform < mass) return start;
  let remaining = uniform - mass;
  let above = start;
  let below = start;
  let massAbove = mass;
  let massBelow = mass;
  for (let searched = 1; searched < mostValuesSearched; searched += 2) {
    if (above < high) {
      above++;
      massAbove *= ratio(above, a, b);
      if (remaining < massAbove) return above;
    } else {
      massAbove = 0;
    }
    if (below > low) {
      massBelow /= ratio(below, a, b);
      below--;
      // Both sides are subtracted together below; here the one above has not been.
      if (remaining - massAbove < massBelow) return below;
    } else {
      massBelow = 0;
    }
    const next = remaining - massAbove - massBelow;
    // Nothing is left to chop with: what remains is the rounding of the masses, unless the masses were wrong.
    if (!(next < remaining)) return remaining < largestLoss ? start : NaN;
    remaining = next;
  }
  return NaN;
}
