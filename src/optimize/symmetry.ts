/**
 * Arrays that equal their transpose, like ΦᵀwΦ: read one way around, they make equal products equal expressions, and only half of their
 * entries need to be computed.
 */
import { axisOf, type Expression, type Index, type Sum } from '../calculus/expression.ts';
import { read } from '../calculus/build.ts';
import { readsAny, renameIndices, replaceReads } from '../calculus/substitute.ts';
import type { Assign, Program, Register, Repeat, Statement } from '../schedule/program.ts';

/** Names of symmetric registers. */
export type Symmetric = Set<string>;

/** The symmetric registers of a program, as far as their own values show it. */
export const symmetricRegisters = (program: Program): Symmetric => symmetricIn(program, (value) => value);

/**
 * All symmetric arrays of a program, for its cost and for targets, which may compute half of each. Here ΦᵀA is symmetric where A is
 * defined as w Φ.
 */
export const symmetricArrays = (program: Program): Symmetric => symmetricIn(program, opener(program));

/** Whether contractions of a program make symmetric arrays. */
export const symmetryIn = (program: Program): ((node: Sum) => boolean) => {
  const open = opener(program);
  const found = symmetricIn(program, open);
  return (node) => isSquare(node.indices) && isSymmetric(open(node), node.indices, found);
};

const symmetricIn = (program: Program, open: (value: Expression) => Expression): Symmetric => {
  const found: Symmetric = new Set();
  program.body.forEach((statement) => see(statement, found, open));
  return found;
};

const see = (statement: Statement, found: Symmetric, open: (value: Expression) => Expression): void => {
  if (statement.kind === 'repeat') seeLoop(statement, found, open);
  if (statement.kind !== 'assign') return;
  const { target, value } = statement;
  if (isSquare(target.indices) && isSymmetric(open(value), target.indices, found)) found.add(target.name);
};

/** Carried arrays begin and stay symmetric: as many as can be together. */
const seeLoop = (loop: Repeat, found: Symmetric, open: (value: Expression) => Expression): void => {
  const isKept = (value: Expression, { indices }: Register, known: Symmetric): boolean =>
    isSquare(indices) && isSymmetric(open(value), indices, known);
  let candidates = loop.carried.filter(({ initial, register }) => isKept(initial, register, found));
  for (;;) {
    const inside: Symmetric = new Set([...found, ...candidates.map(({ register }) => register.name)]);
    loop.body.forEach((statement) => see(statement, inside, open));
    const kept = candidates.filter(({ next, register }) => isKept(next, register, inside));
    if (kept.length === candidates.length) {
      inside.forEach((name) => found.add(name));
      kept.forEach(({ result }) => found.add(result.name));
      return;
    }
    candidates = kept;
  }
};

/** Replaces reads of products by the products: what they are made of shows their symmetry. */
const opener = (program: Program): ((value: Expression) => Expression) => {
  const products = new Map<string, Assign>();
  const visit = (statement: Statement): void => {
    if (statement.kind === 'repeat') statement.body.forEach(visit);
    if (statement.kind === 'assign' && statement.value.kind === 'multiply')
      products.set(statement.target.name, statement);
  };
  program.body.forEach(visit);
  const open = (value: Expression): Expression =>
    !readsAny(value, (name) => products.has(name))
      ? value
      : replaceReads(value, ({ name, subscripts }) => {
          const product = products.get(name);
          if (product === undefined) return null;
          const { indices } = product.target;
          return renameIndices(
            open(product.value),
            new Map(indices.map((index, i) => [index, subscripts[i]!])),
          );
        });
  return open;
};

const isSquare = ([first, second, ...more]: readonly Index[]): boolean =>
  second !== undefined && more.length === 0 && axisOf(first!) === axisOf(second);

/** Whether a value is the same when two of its indices, over one axis, change places; `symmetric` are arrays known to be. */
export const isSymmetric = (
  value: Expression,
  indices: readonly Index[],
  symmetric: Symmetric = new Set(),
): boolean =>
  isSquare(indices) &&
  orderSymmetric(transposed(value, indices), symmetric) === orderSymmetric(value, symmetric);

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
  readsAny(value, (name) => symmetric.has(name))
    ? replaceReads(value, ({ name, subscripts }) =>
        symmetric.has(name) && subscripts[0]! > subscripts[1]! ? read(name, [...subscripts].reverse()) : null,
      )
    : value;
