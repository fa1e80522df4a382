/**
 * Two random numbers from the two words of a block, after `src/runtime/noise.ts`. Uniform numbers are the same; the others
 * differ in their last bits from those that JavaScript computes in float64 and rounds, and are the same in every engine.
 */
import { logOfParts, split } from '../math/logarithm.ts';
import type { Float, Lanes, Whole, Width } from '../math/lanes.ts';
import { sineAndCosine } from '../math/trigonometric.ts';
import type { Pair } from './threefry.ts';

export const noiseNames = ['words', 'standard_uniform', 'standard_normal', 'standard_exponential'] as const;
/** `words` are the bits themselves. */
export type NoiseName = (typeof noiseNames)[number];

export const noise = <W extends Width>(
  lanes: Lanes<W>,
  name: NoiseName,
  [first, second]: Pair<W>,
): readonly [Float<W>, Float<W>] => {
  switch (name) {
    case 'words':
      return [lanes.ofBits(first), lanes.ofBits(second)];
    case 'standard_uniform':
      return [uniform(lanes, first), uniform(lanes, second)];
    case 'standard_normal':
      return normals(lanes, first, second);
    case 'standard_exponential':
      return [exponential(lanes, first), exponential(lanes, second)];
    default:
      return name satisfies never;
  }
};

/**
 * The float nearest to (word + ½) / 2^32 that is below 1. Only signed whole numbers are converted, of which this has too
 * many bits: small words keep the half, large ones a last bit that is rounded in the same direction.
 */
export const uniform = <W extends Width>(lanes: Lanes<W>, word: Whole<W>): Float<W> => {
  const one = lanes.whole(1);
  const isSmall = lanes.isEqualWhole(lanes.shiftRightUnsigned(word, 26), lanes.whole(0));
  const scaled = lanes.chooseWhole(isSmall, lanes.shiftLeft(word, 1), lanes.shiftRightUnsigned(word, 1));
  const unit = lanes.choose(isSmall, lanes.number(2 ** -33), lanes.number(2 ** -31));
  const value = lanes.multiply(lanes.toFloat(lanes.or(scaled, one)), unit);
  return lanes.smaller(value, lanes.number(1 - 2 ** -24));
};

/** Minus the logarithm of a uniform number u = 2^e (1 + f), which keeps its digits where u is near 1. */
export const exponential = <W extends Width>(lanes: Lanes<W>, word: Whole<W>): Float<W> => {
  const { number, add, subtract, choose } = lanes;
  const one = number(1);
  const isHigh = lanes.isBelowWhole(word, lanes.whole(0));
  // The distance to the nearer end of (0, 1): u or 1 - u.
  const folded = lanes.xor(word, lanes.shiftRight(word, 31));
  const distance = lanes.multiply(add(lanes.toFloat(folded), number(0.5)), number(2 ** -32));
  const { exponent, significand } = split(lanes, choose(isHigh, subtract(one, distance), distance));
  // Where u is rounded, f comes from 1 - u: e is 0 or -1 there.
  const isNear = lanes.isEqualWhole(exponent, lanes.whole(0));
  const fromEnd = choose(isNear, subtract(number(0), distance), subtract(one, add(distance, distance)));
  const fraction = choose(isHigh, fromEnd, subtract(significand, one));
  return subtract(number(0), logOfParts(lanes, lanes.toFloat(exponent), fraction));
};

/** Box and Muller (1958): the first word is the radius, the second the angle, read as a signed number. */
const normals = <W extends Width>(
  lanes: Lanes<W>,
  first: Whole<W>,
  second: Whole<W>,
): readonly [Float<W>, Float<W>] => {
  const half = exponential(lanes, first);
  const radius = lanes.squareRoot(lanes.add(half, half));
  const quarters = lanes.shiftRight(lanes.addWhole(second, lanes.whole(2 ** 29)), 30);
  const steps = lanes.subtractWhole(second, lanes.shiftLeft(quarters, 30));
  const odd = lanes.or(lanes.shiftLeft(steps, 1), lanes.whole(1));
  const rest = lanes.multiply(lanes.toFloat(odd), lanes.number(Math.PI * 2 ** -32));
  const [sine, cosine] = sineAndCosine(lanes, { rest, quarters });
  return [lanes.multiply(radius, cosine), lanes.multiply(radius, sine)];
};
