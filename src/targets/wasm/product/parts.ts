/** What all kinds of products are made of. */
import { operate, shuffleWords } from '../assembler/build.ts';
import type { Value } from '../assembler/code.ts';

export const floatBytes = 4;
export const vectorBytes = 16;

/**
 * The lanes of an operand are rows of the left one, columns of the right one. The lanes of one place of the inner index lie
 * beside each other in memory, or a stride apart, each lane's places being neighbours.
 */
export type LaneOrder = 'beside' | 'apart';

/** The only multiplication that is added to a sum. It is rounded twice, unless `fuse` is asked for: its bits depend on the processor. */
export const plusProduct = (
  sum: Value<'v128'>,
  factor: Value<'v128'>,
  vector: Value<'v128'>,
): Value<'v128'> => operate('f32x4.add', sum, operate('f32x4.mul', factor, vector));

export const plus = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> =>
  operate('i32.add', left, right);
export const minus = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> =>
  operate('i32.sub', left, right);
export const times = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> =>
  operate('i32.mul', left, right);
export const smaller = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> =>
  operate('i32.select', left, right, operate('i32.lt_s', left, right));

/** `count` addresses, a stride apart. */
export const addresses = (
  first: Value<'i32'>,
  stride: Value<'i32'>,
  count: number,
): readonly Value<'i32'>[] => {
  const all = [first];
  while (all.length < count) all.push(plus(all.at(-1)!, stride));
  return all;
};

/** Four places of four lanes, from four lanes of four places. */
export const transpose = (rows: readonly Value<'v128'>[]): readonly Value<'v128'>[] => {
  const [a, b, c, d] = [rows[0]!, rows[1]!, rows[2]!, rows[3]!];
  const [lowA, highA] = [shuffleWords([0, 4, 1, 5], a, b), shuffleWords([2, 6, 3, 7], a, b)];
  const [lowC, highC] = [shuffleWords([0, 4, 1, 5], c, d), shuffleWords([2, 6, 3, 7], c, d)];
  return [
    shuffleWords([0, 1, 4, 5], lowA, lowC),
    shuffleWords([2, 3, 6, 7], lowA, lowC),
    shuffleWords([0, 1, 4, 5], highA, highC),
    shuffleWords([2, 3, 6, 7], highA, highC),
  ];
};
