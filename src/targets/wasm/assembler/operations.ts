/**
 * The instructions that are used, under the names of the specification, with their codes and types. Whatever may trap on a
 * number (a quotient of whole numbers, a conversion that does not saturate) is left out, except for division by a nonzero
 * size.
 */
import type { ValueType } from './code.ts';

export interface Instruction<
  Parameters extends readonly ValueType[] = readonly ValueType[],
  Result extends ValueType | null = ValueType | null,
> {
  readonly prefix: number | null;
  readonly code: number;
  readonly parameters: Parameters;
  readonly result: Result;
}

type Codes<Name extends string> = Readonly<Record<Name, number>>;

const instructions =
  (prefix: number | null) =>
  <const P extends readonly ValueType[], const R extends ValueType | null, Name extends string>(
    parameters: P,
    result: R,
    codes: Codes<Name>,
  ): Readonly<Record<Name, Instruction<P, R>>> =>
    Object.fromEntries(
      Object.entries<number>(codes).map(([name, code]) => [name, { prefix, code, parameters, result }]),
    ) as Record<Name, Instruction<P, R>>;

const plain = instructions(null);
const extended = instructions(0xfc);
const simd = instructions(0xfd);
const atomic = instructions(0xfe);

/** What all engines compute to the same bits (but for the bits of a NaN). */
// prettier-ignore
export const operations = {
  ...plain(['i32'], 'i32', { 'i32.eqz': 0x45, 'i32.clz': 0x67, 'i32.ctz': 0x68, 'i32.popcnt': 0x69 }),
  ...plain(['i32', 'i32'], 'i32', {
    'i32.eq': 0x46, 'i32.ne': 0x47, 'i32.lt_s': 0x48, 'i32.lt_u': 0x49, 'i32.gt_s': 0x4a, 'i32.gt_u': 0x4b,
    'i32.le_s': 0x4c, 'i32.le_u': 0x4d, 'i32.ge_s': 0x4e, 'i32.ge_u': 0x4f,
    'i32.add': 0x6a, 'i32.sub': 0x6b, 'i32.mul': 0x6c, 'i32.div_s': 0x6d, 'i32.div_u': 0x6e, 'i32.rem_s': 0x6f,
    'i32.rem_u': 0x70, 'i32.and': 0x71, 'i32.or': 0x72, 'i32.xor': 0x73, 'i32.shl': 0x74, 'i32.shr_s': 0x75,
    'i32.shr_u': 0x76, 'i32.rotl': 0x77, 'i32.rotr': 0x78,
  }),
  ...plain(['i64'], 'i32', { 'i64.eqz': 0x50, 'i32.wrap_i64': 0xa7 }),
  ...plain(['i64'], 'i64', { 'i64.clz': 0x79, 'i64.ctz': 0x7a, 'i64.popcnt': 0x7b }),
  ...plain(['i64', 'i64'], 'i32', {
    'i64.eq': 0x51, 'i64.ne': 0x52, 'i64.lt_s': 0x53, 'i64.lt_u': 0x54, 'i64.gt_s': 0x55, 'i64.gt_u': 0x56,
    'i64.le_s': 0x57, 'i64.le_u': 0x58, 'i64.ge_s': 0x59, 'i64.ge_u': 0x5a,
  }),
  ...plain(['i64', 'i64'], 'i64', {
    'i64.add': 0x7c, 'i64.sub': 0x7d, 'i64.mul': 0x7e, 'i64.div_s': 0x7f, 'i64.div_u': 0x80, 'i64.rem_s': 0x81,
    'i64.rem_u': 0x82, 'i64.and': 0x83, 'i64.or': 0x84, 'i64.xor': 0x85, 'i64.shl': 0x86, 'i64.shr_s': 0x87,
    'i64.shr_u': 0x88, 'i64.rotl': 0x89, 'i64.rotr': 0x8a,
  }),
  ...plain(['f32', 'f32'], 'i32', {
    'f32.eq': 0x5b, 'f32.ne': 0x5c, 'f32.lt': 0x5d, 'f32.gt': 0x5e, 'f32.le': 0x5f, 'f32.ge': 0x60,
  }),
  ...plain(['f64', 'f64'], 'i32', {
    'f64.eq': 0x61, 'f64.ne': 0x62, 'f64.lt': 0x63, 'f64.gt': 0x64, 'f64.le': 0x65, 'f64.ge': 0x66,
  }),
  ...plain(['f32'], 'f32', {
    'f32.abs': 0x8b, 'f32.neg': 0x8c, 'f32.ceil': 0x8d, 'f32.floor': 0x8e, 'f32.trunc': 0x8f, 'f32.nearest': 0x90,
    'f32.sqrt': 0x91,
  }),
  ...plain(['f32', 'f32'], 'f32', {
    'f32.add': 0x92, 'f32.sub': 0x93, 'f32.mul': 0x94, 'f32.div': 0x95, 'f32.min': 0x96, 'f32.max': 0x97,
    'f32.copysign': 0x98,
  }),
  ...plain(['f64'], 'f64', {
    'f64.abs': 0x99, 'f64.neg': 0x9a, 'f64.ceil': 0x9b, 'f64.floor': 0x9c, 'f64.trunc': 0x9d, 'f64.nearest': 0x9e,
    'f64.sqrt': 0x9f,
  }),
  ...plain(['f64', 'f64'], 'f64', {
    'f64.add': 0xa0, 'f64.sub': 0xa1, 'f64.mul': 0xa2, 'f64.div': 0xa3, 'f64.min': 0xa4, 'f64.max': 0xa5,
    'f64.copysign': 0xa6,
  }),
  // The first where the condition, which comes last, is not 0.
  ...plain(['i32', 'i32', 'i32'], 'i32', { 'i32.select': 0x1b }),
  ...plain(['i64', 'i64', 'i32'], 'i64', { 'i64.select': 0x1b }),
  ...plain(['f32', 'f32', 'i32'], 'f32', { 'f32.select': 0x1b }),
  ...plain(['f64', 'f64', 'i32'], 'f64', { 'f64.select': 0x1b }),
  ...plain(['v128', 'v128', 'i32'], 'v128', { 'v128.select': 0x1b }),
  ...plain(['i32'], 'i64', { 'i64.extend_i32_s': 0xac, 'i64.extend_i32_u': 0xad }),
  ...plain(['i32'], 'f32', { 'f32.convert_i32_s': 0xb2, 'f32.convert_i32_u': 0xb3, 'f32.reinterpret_i32': 0xbe }),
  ...plain(['i64'], 'f32', { 'f32.convert_i64_s': 0xb4, 'f32.convert_i64_u': 0xb5 }),
  ...plain(['i32'], 'f64', { 'f64.convert_i32_s': 0xb7, 'f64.convert_i32_u': 0xb8 }),
  ...plain(['i64'], 'f64', { 'f64.convert_i64_s': 0xb9, 'f64.convert_i64_u': 0xba, 'f64.reinterpret_i64': 0xbf }),
  ...plain(['f64'], 'f32', { 'f32.demote_f64': 0xb6 }),
  ...plain(['f32'], 'f64', { 'f64.promote_f32': 0xbb }),
  ...plain(['f32'], 'i32', { 'i32.reinterpret_f32': 0xbc }),
  ...plain(['f64'], 'i64', { 'i64.reinterpret_f64': 0xbd }),
  ...extended(['f32'], 'i32', { 'i32.trunc_sat_f32_s': 0, 'i32.trunc_sat_f32_u': 1 }),
  ...extended(['f64'], 'i32', { 'i32.trunc_sat_f64_s': 2, 'i32.trunc_sat_f64_u': 3 }),
  ...extended(['f32'], 'i64', { 'i64.trunc_sat_f32_s': 4, 'i64.trunc_sat_f32_u': 5 }),
  ...extended(['f64'], 'i64', { 'i64.trunc_sat_f64_s': 6, 'i64.trunc_sat_f64_u': 7 }),

  ...simd(['i32'], 'v128', { 'i8x16.splat': 15, 'i16x8.splat': 16, 'i32x4.splat': 17 }),
  ...simd(['i64'], 'v128', { 'i64x2.splat': 18 }),
  ...simd(['f32'], 'v128', { 'f32x4.splat': 19 }),
  ...simd(['f64'], 'v128', { 'f64x2.splat': 20 }),
  ...simd(['v128'], 'v128', {
    'v128.not': 77,
    'i8x16.abs': 96, 'i8x16.neg': 97, 'i8x16.popcnt': 98, 'i32x4.abs': 160, 'i32x4.neg': 161, 'i64x2.abs': 192,
    'i64x2.neg': 193,
    'f32x4.ceil': 103, 'f32x4.floor': 104, 'f32x4.trunc': 105, 'f32x4.nearest': 106, 'f32x4.abs': 224,
    'f32x4.neg': 225, 'f32x4.sqrt': 227,
    'f64x2.ceil': 116, 'f64x2.floor': 117, 'f64x2.trunc': 122, 'f64x2.nearest': 148, 'f64x2.abs': 236,
    'f64x2.neg': 237, 'f64x2.sqrt': 239,
    'f32x4.demote_f64x2_zero': 94, 'f64x2.promote_low_f32x4': 95,
    'i32x4.trunc_sat_f32x4_s': 248, 'i32x4.trunc_sat_f32x4_u': 249, 'f32x4.convert_i32x4_s': 250,
    'f32x4.convert_i32x4_u': 251, 'i32x4.trunc_sat_f64x2_s_zero': 252, 'i32x4.trunc_sat_f64x2_u_zero': 253,
    'f64x2.convert_low_i32x4_s': 254, 'f64x2.convert_low_i32x4_u': 255,
    'i16x8.extend_low_i8x16_s': 135, 'i16x8.extend_high_i8x16_s': 136, 'i16x8.extend_low_i8x16_u': 137,
    'i16x8.extend_high_i8x16_u': 138,
    'i32x4.extend_low_i16x8_s': 167, 'i32x4.extend_high_i16x8_s': 168, 'i32x4.extend_low_i16x8_u': 169,
    'i32x4.extend_high_i16x8_u': 170,
    'i64x2.extend_low_i32x4_s': 199, 'i64x2.extend_high_i32x4_s': 200, 'i64x2.extend_low_i32x4_u': 201,
    'i64x2.extend_high_i32x4_u': 202,
  }),
  ...simd(['v128', 'v128'], 'v128', {
    'i8x16.swizzle': 14, 'v128.and': 78, 'v128.andnot': 79, 'v128.or': 80, 'v128.xor': 81,
    'i8x16.eq': 35, 'i8x16.ne': 36, 'i8x16.lt_s': 37, 'i8x16.lt_u': 38, 'i8x16.gt_s': 39, 'i8x16.gt_u': 40,
    'i8x16.le_s': 41, 'i8x16.le_u': 42, 'i8x16.ge_s': 43, 'i8x16.ge_u': 44,
    'i32x4.eq': 55, 'i32x4.ne': 56, 'i32x4.lt_s': 57, 'i32x4.lt_u': 58, 'i32x4.gt_s': 59, 'i32x4.gt_u': 60,
    'i32x4.le_s': 61, 'i32x4.le_u': 62, 'i32x4.ge_s': 63, 'i32x4.ge_u': 64,
    'f32x4.eq': 65, 'f32x4.ne': 66, 'f32x4.lt': 67, 'f32x4.gt': 68, 'f32x4.le': 69, 'f32x4.ge': 70,
    'f64x2.eq': 71, 'f64x2.ne': 72, 'f64x2.lt': 73, 'f64x2.gt': 74, 'f64x2.le': 75, 'f64x2.ge': 76,
    'i64x2.eq': 214, 'i64x2.ne': 215, 'i64x2.lt_s': 216, 'i64x2.gt_s': 217, 'i64x2.le_s': 218, 'i64x2.ge_s': 219,
    'i8x16.narrow_i16x8_s': 101, 'i8x16.narrow_i16x8_u': 102, 'i16x8.narrow_i32x4_s': 133,
    'i16x8.narrow_i32x4_u': 134,
    'i8x16.add': 110, 'i8x16.add_sat_s': 111, 'i8x16.add_sat_u': 112, 'i8x16.sub': 113, 'i8x16.sub_sat_s': 114,
    'i8x16.sub_sat_u': 115, 'i8x16.min_s': 118, 'i8x16.min_u': 119, 'i8x16.max_s': 120, 'i8x16.max_u': 121,
    'i32x4.add': 174, 'i32x4.sub': 177, 'i32x4.mul': 181, 'i32x4.min_s': 182, 'i32x4.min_u': 183,
    'i32x4.max_s': 184, 'i32x4.max_u': 185, 'i32x4.dot_i16x8_s': 186,
    'i64x2.add': 206, 'i64x2.sub': 209, 'i64x2.mul': 213,
    'i64x2.extmul_low_i32x4_s': 220, 'i64x2.extmul_high_i32x4_s': 221, 'i64x2.extmul_low_i32x4_u': 222,
    'i64x2.extmul_high_i32x4_u': 223,
    'f32x4.add': 228, 'f32x4.sub': 229, 'f32x4.mul': 230, 'f32x4.div': 231, 'f32x4.min': 232, 'f32x4.max': 233,
    'f32x4.pmin': 234, 'f32x4.pmax': 235,
    'f64x2.add': 240, 'f64x2.sub': 241, 'f64x2.mul': 242, 'f64x2.div': 243, 'f64x2.min': 244, 'f64x2.max': 245,
    'f64x2.pmin': 246, 'f64x2.pmax': 247,
  }),
  // The bits of the first where the last has ones, those of the second elsewhere.
  ...simd(['v128', 'v128', 'v128'], 'v128', { 'v128.bitselect': 82 }),
  ...simd(['v128', 'i32'], 'v128', {
    'i8x16.shl': 107, 'i8x16.shr_s': 108, 'i8x16.shr_u': 109, 'i32x4.shl': 171, 'i32x4.shr_s': 172,
    'i32x4.shr_u': 173, 'i64x2.shl': 203, 'i64x2.shr_s': 204, 'i64x2.shr_u': 205,
  }),
  ...simd(['v128'], 'i32', {
    'v128.any_true': 83, 'i8x16.all_true': 99, 'i8x16.bitmask': 100, 'i32x4.all_true': 163, 'i32x4.bitmask': 164,
    'i64x2.all_true': 195, 'i64x2.bitmask': 196,
  }),
} as const;

/** Operations of one lane, or of chosen ones: their lanes are part of the instruction. */
// prettier-ignore
export const laneOperations = {
  ...simd(['v128', 'v128'], 'v128', { 'i8x16.shuffle': 13 }),
  ...simd(['v128'], 'i32', { 'i8x16.extract_lane_s': 21, 'i8x16.extract_lane_u': 22, 'i32x4.extract_lane': 27 }),
  ...simd(['v128'], 'i64', { 'i64x2.extract_lane': 29 }),
  ...simd(['v128'], 'f32', { 'f32x4.extract_lane': 31 }),
  ...simd(['v128'], 'f64', { 'f64x2.extract_lane': 33 }),
  ...simd(['v128', 'i32'], 'v128', { 'i8x16.replace_lane': 23, 'i32x4.replace_lane': 28 }),
  ...simd(['v128', 'i64'], 'v128', { 'i64x2.replace_lane': 30 }),
  ...simd(['v128', 'f32'], 'v128', { 'f32x4.replace_lane': 32 }),
  ...simd(['v128', 'f64'], 'v128', { 'f64x2.replace_lane': 34 }),
} as const;

/** Faster where the processor fuses, with bits that depend on it: not for what has to be the same everywhere. */
export const relaxedOperations = simd(['v128', 'v128', 'v128'], 'v128', {
  'f32x4.relaxed_madd': 0x105,
  'f32x4.relaxed_nmadd': 0x106,
  'f64x2.relaxed_madd': 0x107,
  'f64x2.relaxed_nmadd': 0x108,
});

// prettier-ignore
export const loads = {
  ...plain(['i32'], 'i32', {
    'i32.load': 0x28, 'i32.load8_s': 0x2c, 'i32.load8_u': 0x2d, 'i32.load16_s': 0x2e, 'i32.load16_u': 0x2f,
  }),
  ...plain(['i32'], 'i64', { 'i64.load': 0x29 }),
  ...plain(['i32'], 'f32', { 'f32.load': 0x2a }),
  ...plain(['i32'], 'f64', { 'f64.load': 0x2b }),
  ...simd(['i32'], 'v128', {
    'v128.load': 0, 'v128.load8x8_s': 1, 'v128.load8x8_u': 2, 'v128.load16x4_s': 3, 'v128.load16x4_u': 4,
    'v128.load32x2_s': 5, 'v128.load32x2_u': 6, 'v128.load8_splat': 7, 'v128.load16_splat': 8, 'v128.load32_splat': 9,
    'v128.load64_splat': 10, 'v128.load32_zero': 92, 'v128.load64_zero': 93,
  }),
  ...simd(['i32', 'v128'], 'v128', {
    'v128.load8_lane': 84, 'v128.load16_lane': 85, 'v128.load32_lane': 86, 'v128.load64_lane': 87,
  }),
  ...atomic(['i32'], 'i32', { 'i32.atomic.load': 0x10 }),
  // Adds to memory, and is what was there before.
  ...atomic(['i32', 'i32'], 'i32', { 'i32.atomic.rmw.add': 0x1e }),
} as const;

// prettier-ignore
export const stores = {
  ...plain(['i32', 'i32'], null, { 'i32.store': 0x36, 'i32.store8': 0x3a, 'i32.store16': 0x3b }),
  ...plain(['i32', 'i64'], null, { 'i64.store': 0x37 }),
  ...plain(['i32', 'f32'], null, { 'f32.store': 0x38 }),
  ...plain(['i32', 'f64'], null, { 'f64.store': 0x39 }),
  ...simd(['i32', 'v128'], null, {
    'v128.store': 11, 'v128.store8_lane': 88, 'v128.store16_lane': 89, 'v128.store32_lane': 90,
    'v128.store64_lane': 91,
  }),
  ...atomic(['i32', 'i32'], null, { 'i32.atomic.store': 0x17 }),
} as const;

/** Of many bytes: the address that is written, then where they come from or what each becomes, then how many. */
export const bulk = extended(['i32', 'i32', 'i32'], null, { 'memory.copy': 10, 'memory.fill': 11 });

export type SimpleName = keyof typeof operations;
export type LaneName = keyof typeof laneOperations;
export type RelaxedName = keyof typeof relaxedOperations;
export type OperationName = SimpleName | LaneName;
export type LoadName = keyof typeof loads;
export type StoreName = keyof typeof stores;
export type BulkName = keyof typeof bulk;

/** Bytes that an instruction of memory reads or writes: its natural alignment. */
export const accessedBytes = (name: LoadName | StoreName): number => accessed.get(name)!;

const accessed: ReadonlyMap<string, number> = new Map(
  Object.keys({ ...loads, ...stores }).map((name) => {
    const [, ofType, ofPart, parts] = /^\w(\d+)\.\D*(\d*)x?(\d*)/.exec(name)!;
    return [name, ofPart === '' ? Number(ofType) / 8 : (Number(ofPart) * Number(parts || 1)) / 8];
  }),
);
