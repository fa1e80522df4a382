/**
 * The exponential function and what is made of it. exp(x) = 2^n exp(r) with n the whole number nearest to x / log 2, so
 * that |r| <= (log 2) / 2, where a polynomial does (Moshier, Cephes, 1992).
 */
import { polynomial, withSign, type Float, type Lanes, type Whole, type Width } from './lanes.ts';

/** exp(r) = 1 + r + r² times this polynomial. */
const coefficients = [
  5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4,
];
/** log 2 in two parts; products of the first with whole numbers up to 2^15 are exact. */
export const log2High = 0.693359375;
export const log2Low = -2.1219444e-4;
/** Numbers up to 2^22 in size that are added to this are rounded to whole ones, which are its last bits. */
const rounder = 1.5 * 2 ** 23;
const rounderBits = 0x4b40_0000;
const oneBits = 0x3f80_0000;

interface Reduced<W extends Width> {
  /** exp(r) - 1 - r */
  readonly tail: Float<W>;
  readonly r: Float<W>;
  /** What r lost to rounding. */
  readonly lost: Float<W>;
  /** The bits of n, in the last places of those of {@link rounder}. */
  readonly n: Whole<W>;
}

const reduce = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Reduced<W> => {
  const { number, add, subtract, multiply } = lanes;
  const shifted = add(multiply(x, number(Math.LOG2E)), number(rounder));
  const n = subtract(shifted, number(rounder));
  const high = subtract(x, multiply(n, number(log2High)));
  const low = multiply(n, number(log2Low));
  const r = subtract(high, low);
  const square = multiply(r, r);
  const tail = multiply(square, polynomial(lanes, r, square, coefficients));
  return { tail, r, lost: subtract(subtract(high, r), low), n: lanes.bitsOf(shifted) };
};

/** exp(r) */
const power = <W extends Width>({ add, number }: Lanes<W>, { tail, r }: Reduced<W>): Float<W> =>
  add(add(tail, r), number(1));

/** exp(r), rounded hardly more than once. */
const precisePower = <W extends Width>(lanes: Lanes<W>, { tail, r, lost }: Reduced<W>): Float<W> => {
  const { number, add, subtract } = lanes;
  const sum = add(r, number(1));
  return add(add(add(tail, lost), subtract(r, subtract(sum, number(1)))), sum);
};

/** 2^n for -127 < n < 128. */
const powerOfTwo = <W extends Width>(lanes: Lanes<W>, n: Whole<W>): Float<W> =>
  lanes.ofBits(lanes.addWhole(lanes.shiftLeft(n, 23), lanes.whole(oneBits)));

/** Far beyond where exp is 0 or infinite; NaN stays NaN. */
const bounded = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> =>
  lanes.larger(lanes.smaller(x, lanes.number(89)), lanes.number(-104));

/** 2^n itself may be out of range: it is multiplied in halves, and only the last product is rounded. */
const scaled = <W extends Width>(lanes: Lanes<W>, value: Float<W>, n: Whole<W>): Float<W> => {
  const whole = lanes.subtractWhole(n, lanes.whole(rounderBits));
  const half = lanes.shiftRight(whole, 1);
  const rest = lanes.subtractWhole(whole, half);
  return lanes.multiply(lanes.multiply(value, powerOfTwo(lanes, half)), powerOfTwo(lanes, rest));
};

/** Subnormal results are rounded like all others; 0 from -104 on, infinite from 88.73 on. */
export const exp = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const reduced = reduce(lanes, bounded(lanes, x));
  return scaled(lanes, power(lanes, reduced), reduced.n);
};

/** exp(-|x|), rounded hardly more than once. Of 2^n, which may be too small, the exponent is raised for a while. */
export const preciseExpOfMinusSize = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const { number, multiply, larger, addWhole, whole } = lanes;
  const reduced = reduce(lanes, larger(minusSize(lanes, x), number(-104)));
  const raised = powerOfTwo(lanes, addWhole(reduced.n, whole(24)));
  return multiply(multiply(precisePower(lanes, reduced), raised), number(2 ** -24));
};

/** exp for -87 <= x <= 88, in fewer steps. */
export const moderateExp = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const reduced = reduce(lanes, x);
  return lanes.multiply(power(lanes, reduced), powerOfTwo(lanes, reduced.n));
};

/** exp(x) - 1, with all digits for small x. */
export const expm1 = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const { number, add, subtract, multiply } = lanes;
  const { tail, r, n } = reduce(lanes, lanes.larger(lanes.smaller(x, number(89)), number(-20)));
  // Half of the result, because 2^128 is out of range.
  const scale = powerOfTwo(lanes, lanes.subtractWhole(n, lanes.whole(1)));
  const half = add(multiply(add(tail, r), scale), subtract(scale, number(0.5)));
  return withSign(lanes, add(half, half), x);
};

/**
 * 1 / (1 + exp(-x)), with full relative precision in both tails. With s = exp(-|x|), the lower half is
 * s / (1 + s) = s - s² / (1 + s), where the quotient is the smaller part and its roundings hardly count.
 */
export const sigmoid = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const { number, choose } = lanes;
  const small = preciseExpOfMinusSize(lanes, x);
  const isLower = lanes.isBelow(x, number(0));
  const numerator = choose(isLower, lanes.multiply(small, small), number(1));
  const quotient = lanes.divide(numerator, lanes.add(number(1), small));
  return choose(isLower, lanes.subtract(small, quotient), quotient);
};

/** -|x| */
const minusSize = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> =>
  lanes.ofBits(lanes.or(lanes.bitsOf(x), lanes.whole(-(2 ** 31))));

/** tanh(x) = x + x³ times this polynomial of x², for |x| < 0.625. */
const tanhCoefficients = [
  -3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3,
];

export const tanh = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const { number, add, subtract, multiply } = lanes;
  const size = lanes.absolute(x);
  const square = multiply(size, size);
  const share = polynomial(lanes, square, multiply(square, square), tanhCoefficients);
  const near = add(multiply(multiply(size, square), share), size);
  // 1 from 9.02 on.
  const short = lanes.smaller(size, number(10));
  const doubled = moderateExp(lanes, add(short, short));
  const far = subtract(number(1), lanes.divide(number(2), add(doubled, number(1))));
  return withSign(lanes, lanes.choose(lanes.isBelow(size, number(0.625)), near, far), x);
};
