/**
 * Logarithms. x = 2^e (1 + f) with 1 + f from √½ to √2, where log(1 + f) is a polynomial (Moshier, Cephes, 1992).
 */
import { preciseExpOfMinusSize, log2High, log2Low } from './exponential.ts';
import { polynomial, withSign, type Float, type Lanes, type Whole, type Width } from './lanes.ts';

/** log(1 + f) = f - f²/2 + f³ times this polynomial. */
const coefficients = [
  3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1, -1.242014084e-1,
  1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
];
const rootHalfBits = 0x3f35_04f3;
const leastNormal = 2 ** -126;

/** The e of a positive normal number x = 2^e (1 + f). */
export const exponentOf = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Whole<W> =>
  lanes.shiftRight(lanes.subtractWhole(lanes.bitsOf(x), lanes.whole(rootHalfBits)), 23);

/** Of a positive normal number x = 2^e (1 + f): e as a whole number, and 1 + f. */
export const split = <W extends Width>(
  lanes: Lanes<W>,
  x: Float<W>,
): { readonly exponent: Whole<W>; readonly significand: Float<W> } => {
  const exponent = exponentOf(lanes, x);
  const bits = lanes.subtractWhole(lanes.bitsOf(x), lanes.shiftLeft(exponent, 23));
  return { exponent, significand: lanes.ofBits(bits) };
};

/** log(2^e (1 + f)) + low, for -0.293 < f < 0.415 and a small correction. */
export const logOfParts = <W extends Width>(
  lanes: Lanes<W>,
  exponent: Float<W>,
  fraction: Float<W>,
  low: Float<W> | null = null,
): Float<W> => {
  const { number, add, subtract, multiply } = lanes;
  const square = multiply(fraction, fraction);
  const cubic = multiply(multiply(fraction, square), polynomial(lanes, fraction, square, coefficients));
  const rest = add(multiply(exponent, number(log2Low)), low === null ? cubic : add(cubic, low));
  const corrected = subtract(rest, multiply(number(0.5), square));
  return add(add(fraction, corrected), multiply(exponent, number(log2High)));
};

/** Subnormal arguments are read like all others. */
export const log = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const { number, choose } = lanes;
  const isTiny = lanes.isBelow(x, number(leastNormal));
  const { exponent, significand } = split(lanes, choose(isTiny, lanes.multiply(x, number(2 ** 23)), x));
  const whole = lanes.subtract(lanes.toFloat(exponent), choose(isTiny, number(23), number(0)));
  const value = logOfParts(lanes, whole, lanes.subtract(significand, number(1)));
  return orLimit(lanes, value, x);
};

/** `value`, the log of `x`, where that is positive and finite; its limits elsewhere. */
const orLimit = <W extends Width>(lanes: Lanes<W>, value: Float<W>, x: Float<W>): Float<W> => {
  const { number, choose } = lanes;
  const infinite = number(Infinity);
  return choose(
    lanes.isBelow(number(0), x),
    choose(lanes.isEqual(x, infinite), infinite, value),
    choose(lanes.isEqual(x, number(0)), number(-Infinity), number(NaN)),
  );
};

/** log(1 + x), with all digits for small x. */
export const log1p = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const { number, add, subtract, choose } = lanes;
  const one = number(1);
  const sum = add(one, x);
  const { exponent, significand } = split(lanes, sum);
  const isNear = lanes.isEqualWhole(exponent, lanes.whole(0));
  // What the sum lost to rounding, relative to it. Nothing is lost where the sum is not needed.
  const lost = choose(
    lanes.isBelow(one, x),
    subtract(one, subtract(sum, x)),
    subtract(x, subtract(sum, one)),
  );
  const low = choose(isNear, number(0), lanes.divide(lost, sum));
  const fraction = choose(isNear, x, subtract(significand, one));
  const value = logOfParts(lanes, lanes.toFloat(exponent), fraction, low);
  return withSign(lanes, orLimit(lanes, value, sum), x);
};

/**
 * log(1 + e) = e + e² (c + e times this polynomial) for e from 0 to 1, with relative errors below 2^-27: coefficients of least greatest
 * error, by Lawson's algorithm (1961), fitted anew after each was rounded.
 */
const shareSquared = -4.9999931455e-1;
const shareCoefficients = [
  3.3330476284e-1, -2.4958248436e-1, 1.9693760574e-1, -1.5350909531e-1, 1.0673291236e-1, -5.7595446706e-2,
  2.0169047639e-2, -3.3108105417e-3,
];

/** log(1 + exp(x)), without overflow. */
export const softplus = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const { number, add, multiply } = lanes;
  const share = preciseExpOfMinusSize(lanes, x);
  const square = multiply(share, share);
  const cubic = multiply(share, polynomial(lanes, share, square, shareCoefficients));
  const rest = multiply(square, add(cubic, number(shareSquared)));
  // In this order least is lost.
  return add(share, add(lanes.larger(x, number(0)), rest));
};
