/** Arrays that equal their transpose, like ΦᵀwΦ: read one way around, they make equal products equal expressions. */
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { read } from '../calculus/build.ts';
import { renameIndices, replaceReads } from '../calculus/substitute.ts';

/** Names of symmetric registers of a program, found while it is lowered. */
export type Symmetric = Set<string>;

/** Whether a value is the same when two of its indices, over one axis, change places. */
export const isSymmetric = (value: Expression, indices: readonly Index[]): boolean => {
  const [first, second] = indices;
  if (indices.length !== 2 || axisOf(first!) !== axisOf(second!)) return false;
  return transposed(value, indices) === value;
};

export const transposed = (value: Expression, indices: readonly Index[]): Expression => {
  const [first, second] = indices as readonly [Index, Index];
  return renameIndices(
    value,
    new Map([
      [first, second],
      [second, first],
    ]),
  );
};

/** The value with the subscripts of symmetric registers in order. */
export const orderSymmetric = (value: Expression, symmetric: Symmetric): Expression =>
  symmetric.size === 0
    ? value
    : replaceReads(value, ({ name, subscripts }) =>
        symmetric.has(name) && subscripts[0]! > subscripts[1]! ? read(name, [...subscripts].reverse()) : null,
      );
