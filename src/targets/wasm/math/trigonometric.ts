/**
 * Sine and cosine. The nearest multiple of a quarter turn is taken off in float64; what is left is an angle of at most an
 * eighth of a turn, where polynomials do (Moshier, Cephes, 1992).
 */
import { polynomial, type Double, type Float, type Lanes, type Whole, type Width } from './lanes.ts';

/** sin(r) = r + r³ times this polynomial of r². */
const sineCoefficients = [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4];
/** cos(r) = 1 - r²/2 + r⁴ times this polynomial of r². */
const cosineCoefficients = [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5];

/** π/2 in two parts, the first of 25 bits: its products with whole numbers below 2^28 are exact. */
const quarterHigh = 1.5707963109016418;
const quarterLow = 1.5893254773528196e-8;
const doubleRounder = 1.5 * 2 ** 52;
/** Where angles end: neighbouring numbers are 16 apart there, more than two turns. */
export const largestAngle = 2 ** 28;

export interface Angle<W extends Width> {
  /** From -π/4 to π/4. */
  readonly rest: Float<W>;
  /** The first two bits are the number of quarter turns before it; the others do not count. */
  readonly turn: Whole<W>;
}

const reduce = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Angle<W> => {
  const { double, addDouble, subtractDouble, multiplyDouble } = lanes;
  const parts = lanes.toDoubles(x);
  const shifted = parts.map((part) =>
    addDouble(multiplyDouble(part, double(2 / Math.PI)), double(doubleRounder)),
  );
  const rest = parts.map((part, at): Double<W> => {
    const quarters = subtractDouble(shifted[at]!, double(doubleRounder));
    const above = subtractDouble(part, multiplyDouble(quarters, double(quarterHigh)));
    return subtractDouble(above, multiplyDouble(quarters, double(quarterLow)));
  });
  return { rest: lanes.fromDoubles(rest), turn: lanes.shiftLeft(lanes.lowWords(shifted), 30) };
};

/** Sine and cosine of a reduced angle; what they share is computed once. */
export const sineAndCosine = <W extends Width>(
  lanes: Lanes<W>,
  { rest, turn }: Angle<W>,
): readonly [sine: Float<W>, cosine: Float<W>] => {
  const { number, add, subtract, multiply } = lanes;
  const square = multiply(rest, rest);
  const fourth = multiply(square, square);
  const cubic = multiply(multiply(rest, square), polynomial(lanes, square, fourth, sineCoefficients));
  const sine = add(cubic, rest);
  const quartic = multiply(fourth, polynomial(lanes, square, fourth, cosineCoefficients));
  const cosine = add(subtract(number(1), multiply(number(0.5), square)), quartic);
  // Each quarter turn exchanges the two, and changes the sign of what becomes the cosine.
  const isOdd = lanes.shiftRight(lanes.shiftLeft(turn, 1), 31);
  const [sineBits, cosineBits] = [lanes.bitsOf(sine), lanes.bitsOf(cosine)];
  const exchange = lanes.and(lanes.xor(sineBits, cosineBits), isOdd);
  const turned = (bits: Whole<W>, by: Whole<W>): Float<W> =>
    lanes.ofBits(lanes.xor(lanes.xor(bits, exchange), lanes.and(by, lanes.whole(0x8000_0000))));
  return [turned(sineBits, turn), turned(cosineBits, lanes.addWhole(turn, lanes.whole(2 ** 30)))];
};

/** |x|, or NaN where no angle is known. */
const sizeOf = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const size = lanes.absolute(x);
  return lanes.choose(lanes.isBelow(size, lanes.number(largestAngle)), size, lanes.number(NaN));
};

/** NaN from 2^28 on. */
export const sin = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> => {
  const [sine] = sineAndCosine(lanes, reduce(lanes, sizeOf(lanes, x)));
  const sign = lanes.and(lanes.bitsOf(x), lanes.whole(0x8000_0000));
  return lanes.ofBits(lanes.xor(lanes.bitsOf(sine), sign));
};

/** NaN from 2^28 on. */
export const cos = <W extends Width>(lanes: Lanes<W>, x: Float<W>): Float<W> =>
  sineAndCosine(lanes, reduce(lanes, sizeOf(lanes, x)))[1];
