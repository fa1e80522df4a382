/**
 * Two random numbers from the two words of a block, after `src/runtime/noise.ts`. Uniform numbers are the same; the others
 * differ in their last bits from those that JavaScript computes in float64 and rounds, and are the same in every engine.
 */
import { exponentOf, logOfParts, split } from '../math/logarithm.ts';
import type { Float, Lanes, Whole, Width } from '../math/lanes.ts';
import { sineAndCosine } from '../math/trigonometric.ts';
import type { Pair } from './threefry.ts';

const oneBits = 0x3f80_0000;

export const noiseNames = [
  'words',
  'standard_uniform',
  'standard_normal',
  'standard_exponential',
  'standard_logistic',
] as const;
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
    case 'standard_logistic':
      return [logistic(lanes, first), logistic(lanes, second)];
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

/** Minus the logarithm of a uniform number. */
export const exponential = <W extends Width>(lanes: Lanes<W>, word: Whole<W>): Float<W> =>
  lanes.subtract(lanes.number(0), logOfUniform(lanes, word));

/** The logarithm of a uniform number u = 2^e (1 + f), which keeps its digits where u is near 1. */
const logOfUniform = <W extends Width>(lanes: Lanes<W>, word: Whole<W>): Float<W> => {
  const { number, add, subtract, multiply } = lanes;
  const isHigh = lanes.shiftRight(word, 31);
  const whereHigh = (value: Float<W>): Float<W> => lanes.ofBits(lanes.and(lanes.bitsOf(value), isHigh));
  // A signed number is the distance to the nearer end of (0, 1): u, or u - 1 where the word is high.
  const distance = multiply(add(lanes.toFloat(word), number(0.5)), number(2 ** -32));
  const exponent = exponentOf(lanes, add(distance, whereHigh(number(1))));
  // f = 2^-e u - 1, where 2^-e u is 2^-e (u - 1) + 2^-e if the word is high. There, e is 0 or -1.
  const scale = lanes.ofBits(lanes.subtractWhole(lanes.whole(oneBits), lanes.shiftLeft(exponent, 23)));
  const fraction = add(multiply(distance, scale), subtract(whereHigh(scale), number(1)));
  return logOfParts(lanes, lanes.toFloat(exponent), fraction);
};

/**
 * log(u / (1 - u)) for a uniform number u. With v the smaller one of u and 1 - u, it is log(v / (1 - v)) in size; f comes from
 * 2v - 1 where that quotient is near 1, and keeps its digits.
 */
const logistic = <W extends Width>(lanes: Lanes<W>, word: Whole<W>): Float<W> => {
  const { number, add, subtract, multiply, divide, absolute } = lanes;
  const size = (of: Whole<W>, unit: number): Float<W> =>
    absolute(multiply(add(lanes.toFloat(of), number(0.5)), number(unit)));
  const v = size(word, 2 ** -32);
  const fromMiddle = size(lanes.xor(word, lanes.whole(0x8000_0000)), 2 ** -31);
  const rest = subtract(number(1), v);
  const { exponent, significand } = split(lanes, divide(v, rest));
  const isNear = lanes.isEqualWhole(exponent, lanes.whole(0));
  const near = subtract(number(0), divide(fromMiddle, rest));
  const fraction = lanes.choose(isNear, near, subtract(significand, number(1)));
  const value = logOfParts(lanes, lanes.toFloat(exponent), fraction);
  // The word is high where u is above ½.
  return lanes.ofBits(lanes.xor(lanes.bitsOf(value), lanes.and(word, lanes.whole(0x8000_0000))));
};

/** Box and Muller (1958): the first word is the radius, the second the angle, read as a signed number. */
const normals = <W extends Width>(
  lanes: Lanes<W>,
  first: Whole<W>,
  second: Whole<W>,
): readonly [Float<W>, Float<W>] => {
  const radius = lanes.squareRoot(lanes.multiply(logOfUniform(lanes, first), lanes.number(-2)));
  // What is left of the second word without its nearest quarter of a turn, and half a step, in quarters of a step.
  const rest = lanes.toFloat(lanes.or(lanes.shiftLeft(second, 2), lanes.whole(2)));
  const [sine, cosine] = sineAndCosine(lanes, {
    rest: lanes.multiply(rest, lanes.number(Math.PI * 2 ** -33)),
    turn: lanes.addWhole(second, lanes.whole(2 ** 29)),
  });
  return [lanes.multiply(radius, cosine), lanes.multiply(radius, sine)];
};
