/**
 * Arithmetic in one lane or in four: a function written in it once is the same for both, to the last bit. No lane depends
 * on another, and nothing is fused, so that every engine computes the same.
 */
import { operate, f32, f32x4, f64, f64x2, i32, i32x4, shuffleWords } from '../assembler/build.ts';
import type { Value } from '../assembler/code.ts';

/** What values are of, for each width: a float32, a whole number of 32 bits, and a float64 (half as many to a vector). */
export interface Types {
  readonly f32: { readonly float: 'f32'; readonly whole: 'i32'; readonly double: 'f64' };
  readonly f32x4: { readonly float: 'v128'; readonly whole: 'v128'; readonly double: 'v128' };
}
export type Width = keyof Types;
export type Float<W extends Width> = Value<Types[W]['float']>;
export type Whole<W extends Width> = Value<Types[W]['whole']>;
export type Double<W extends Width> = Value<Types[W]['double']>;
/** The answer to a comparison. */
export type Mask<W extends Width> = Whole<W>;

type Binary<Operand, Result = Operand> = (left: Operand, right: Operand) => Result;
type Shift<Operand> = (of: Operand, bits: number) => Operand;

export interface Lanes<W extends Width> {
  readonly number: (value: number) => Float<W>;
  readonly add: Binary<Float<W>>;
  readonly subtract: Binary<Float<W>>;
  readonly multiply: Binary<Float<W>>;
  readonly divide: Binary<Float<W>>;
  readonly squareRoot: (of: Float<W>) => Float<W>;
  readonly absolute: (of: Float<W>) => Float<W>;
  /** The left one, unless the right one is smaller: the left one where it is NaN. */
  readonly smaller: Binary<Float<W>>;
  /** The left one, unless the right one is larger: the left one where it is NaN. */
  readonly larger: Binary<Float<W>>;
  readonly isBelow: Binary<Float<W>, Mask<W>>;
  readonly isEqual: Binary<Float<W>, Mask<W>>;
  readonly choose: (when: Mask<W>, then: Float<W>, otherwise: Float<W>) => Float<W>;

  readonly whole: (value: number) => Whole<W>;
  readonly addWhole: Binary<Whole<W>>;
  readonly subtractWhole: Binary<Whole<W>>;
  readonly and: Binary<Whole<W>>;
  readonly or: Binary<Whole<W>>;
  readonly xor: Binary<Whole<W>>;
  readonly shiftLeft: Shift<Whole<W>>;
  /** Keeps the sign. */
  readonly shiftRight: Shift<Whole<W>>;
  readonly shiftRightUnsigned: Shift<Whole<W>>;
  readonly rotateLeft: Shift<Whole<W>>;
  readonly isBelowWhole: Binary<Whole<W>, Mask<W>>;
  readonly isEqualWhole: Binary<Whole<W>, Mask<W>>;
  readonly chooseWhole: (when: Mask<W>, then: Whole<W>, otherwise: Whole<W>) => Whole<W>;

  readonly bitsOf: (of: Float<W>) => Whole<W>;
  readonly ofBits: (bits: Whole<W>) => Float<W>;
  /** The nearest float of a signed whole number. */
  readonly toFloat: (of: Whole<W>) => Float<W>;

  readonly double: (value: number) => Double<W>;
  readonly addDouble: Binary<Double<W>>;
  readonly subtractDouble: Binary<Double<W>>;
  readonly multiplyDouble: Binary<Double<W>>;
  /** As float64, in one part or in two. */
  readonly toDoubles: (of: Float<W>) => readonly Double<W>[];
  readonly fromDoubles: (parts: readonly Double<W>[]) => Float<W>;
  /** The lower words of float64 numbers. */
  readonly lowWords: (parts: readonly Double<W>[]) => Whole<W>;
}

export const oneLane: Lanes<'f32'> = {
  number: f32,
  add: (left, right) => operate('f32.add', left, right),
  subtract: (left, right) => operate('f32.sub', left, right),
  multiply: (left, right) => operate('f32.mul', left, right),
  divide: (left, right) => operate('f32.div', left, right),
  squareRoot: (of) => operate('f32.sqrt', of),
  absolute: (of) => operate('f32.abs', of),
  smaller: (left, right) => operate('f32.select', right, left, operate('f32.lt', right, left)),
  larger: (left, right) => operate('f32.select', right, left, operate('f32.lt', left, right)),
  isBelow: (left, right) => operate('f32.lt', left, right),
  isEqual: (left, right) => operate('f32.eq', left, right),
  choose: (when, then, otherwise) => operate('f32.select', then, otherwise, when),

  whole: i32,
  addWhole: (left, right) => operate('i32.add', left, right),
  subtractWhole: (left, right) => operate('i32.sub', left, right),
  and: (left, right) => operate('i32.and', left, right),
  or: (left, right) => operate('i32.or', left, right),
  xor: (left, right) => operate('i32.xor', left, right),
  shiftLeft: (of, bits) => operate('i32.shl', of, i32(bits)),
  shiftRight: (of, bits) => operate('i32.shr_s', of, i32(bits)),
  shiftRightUnsigned: (of, bits) => operate('i32.shr_u', of, i32(bits)),
  rotateLeft: (of, bits) => operate('i32.rotl', of, i32(bits)),
  isBelowWhole: (left, right) => operate('i32.lt_s', left, right),
  isEqualWhole: (left, right) => operate('i32.eq', left, right),
  chooseWhole: (when, then, otherwise) => operate('i32.select', then, otherwise, when),

  bitsOf: (of) => operate('i32.reinterpret_f32', of),
  ofBits: (bits) => operate('f32.reinterpret_i32', bits),
  toFloat: (of) => operate('f32.convert_i32_s', of),

  double: f64,
  addDouble: (left, right) => operate('f64.add', left, right),
  subtractDouble: (left, right) => operate('f64.sub', left, right),
  multiplyDouble: (left, right) => operate('f64.mul', left, right),
  toDoubles: (of) => [operate('f64.promote_f32', of)],
  fromDoubles: ([part]) => operate('f32.demote_f64', part!),
  lowWords: ([part]) => operate('i32.wrap_i64', operate('i64.reinterpret_f64', part!)),
};

export const fourLanes: Lanes<'f32x4'> = {
  number: f32x4,
  add: (left, right) => operate('f32x4.add', left, right),
  subtract: (left, right) => operate('f32x4.sub', left, right),
  multiply: (left, right) => operate('f32x4.mul', left, right),
  divide: (left, right) => operate('f32x4.div', left, right),
  squareRoot: (of) => operate('f32x4.sqrt', of),
  absolute: (of) => operate('f32x4.abs', of),
  smaller: (left, right) => operate('f32x4.pmin', left, right),
  larger: (left, right) => operate('f32x4.pmax', left, right),
  isBelow: (left, right) => operate('f32x4.lt', left, right),
  isEqual: (left, right) => operate('f32x4.eq', left, right),
  choose: (when, then, otherwise) => operate('v128.bitselect', then, otherwise, when),

  whole: i32x4,
  addWhole: (left, right) => operate('i32x4.add', left, right),
  subtractWhole: (left, right) => operate('i32x4.sub', left, right),
  and: (left, right) => operate('v128.and', left, right),
  or: (left, right) => operate('v128.or', left, right),
  xor: (left, right) => operate('v128.xor', left, right),
  shiftLeft: (of, bits) => operate('i32x4.shl', of, i32(bits)),
  shiftRight: (of, bits) => operate('i32x4.shr_s', of, i32(bits)),
  shiftRightUnsigned: (of, bits) => operate('i32x4.shr_u', of, i32(bits)),
  rotateLeft: (of, bits) =>
    operate('v128.or', operate('i32x4.shl', of, i32(bits)), operate('i32x4.shr_u', of, i32(32 - bits))),
  isBelowWhole: (left, right) => operate('i32x4.lt_s', left, right),
  isEqualWhole: (left, right) => operate('i32x4.eq', left, right),
  chooseWhole: (when, then, otherwise) => operate('v128.bitselect', then, otherwise, when),

  bitsOf: (of) => of,
  ofBits: (bits) => bits,
  toFloat: (of) => operate('f32x4.convert_i32x4_s', of),

  double: f64x2,
  addDouble: (left, right) => operate('f64x2.add', left, right),
  subtractDouble: (left, right) => operate('f64x2.sub', left, right),
  multiplyDouble: (left, right) => operate('f64x2.mul', left, right),
  toDoubles: (of) => [
    operate('f64x2.promote_low_f32x4', of),
    operate('f64x2.promote_low_f32x4', shuffleWords([2, 3, 2, 3], of, of)),
  ],
  fromDoubles: ([low, high]) =>
    shuffleWords(
      [0, 1, 4, 5],
      operate('f32x4.demote_f64x2_zero', low!),
      operate('f32x4.demote_f64x2_zero', high!),
    ),
  lowWords: ([low, high]) => shuffleWords([0, 2, 4, 6], low!, high!),
};

/** c0 + c1 x + x² (c2 + c3 x + x² ...): as many operations as by Horner's rule, and fewer that wait for each other. */
export const polynomial = <W extends Width>(
  lanes: Lanes<W>,
  x: Float<W>,
  square: Float<W>,
  [constant, slope, ...rest]: readonly number[],
): Float<W> => {
  const { number, add, multiply } = lanes;
  if (slope === undefined) return number(constant!);
  const line = add(multiply(x, number(slope)), number(constant!));
  return rest.length === 0 ? line : add(multiply(square, polynomial(lanes, x, square, rest)), line);
};

/** The first number with the sign bit of the second in addition to its own. */
export const withSign = <W extends Width>(lanes: Lanes<W>, x: Float<W>, sign: Float<W>): Float<W> =>
  lanes.ofBits(lanes.or(lanes.bitsOf(x), lanes.and(lanes.bitsOf(sign), lanes.whole(0x8000_0000))));
