/** Arrays that equal their transpose, like ΦᵀwΦ: read one way around, they make equal products equal expressions. */
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { read } from '../calculus/build.ts';
import { renameIndices, replaceReads } from '../calculus/substitute.ts';
import type { Program, Statement } from '../schedule/program.ts';

/** Names of symmetric registers. */
export type Symmetric = Set<string>;

/** The symmetric registers of a program. */
export const symmetricRegisters = (program: Program): Symmetric => {
  const found: Symmetric = new Set();
  const visit = (statement: Statement): void => {
    if (statement.kind === 'repeat') statement.body.forEach(visit);
    if (statement.kind !== 'assign') return;
    const { target, value } = statement;
    if (isSymmetric(orderSymmetric(value, found), target.indices)) found.add(target.name);
  };
  program.body.forEach(visit);
  return found;
};

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
