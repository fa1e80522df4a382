/**
 * What follows from a family declaration alone (papers.md 4.1, identities I1 to I5). Every quantity is an index
 * expression; `x` stands for the value and the natural parameters stand under their own names.
 */
import { add, half, multiply, negate, read, subtract, sum } from '../../calculus/build.ts';
import { derivative } from '../../calculus/differentiate.ts';
import { axisOf, type Expression, type Index } from '../../calculus/expression.ts';
import { inverse } from '../../calculus/matrix.ts';
import { mapChildren, renameIndices, replaceReads } from '../../calculus/substitute.ts';
import { completeSquares, simplest } from '../../calculus/collect.ts';
import type { Distribution, Family } from '../../check/typed.ts';
import { isAffine, splitAffine, splitProducts } from './affine.ts';

/** Indices of one natural parameter: none, or the family's event axes. */
export const eventIndices = (family: Family, i: number): readonly Index[] => family.natural[i]!.value.indices;

/** Sum over the event axes of a product of the i-th natural parameter (given) and something of its shape. */
const pair = (family: Family, i: number, left: Expression, right: Expression): Expression =>
  sum(eventIndices(family, i), multiply(left, right));

/** The natural parameters, read by name. */
export const naturalReads = (family: Family): readonly Expression[] =>
  family.natural.map(({ name }, i) => read(name, eventIndices(family, i)));

/** η · T(x) + log h(x): the log density up to the log-partition, which may be intractable. */
export const unnormalisedLogDensity = (family: Family): Expression => {
  const natural = naturalReads(family);
  const inner = family.statistic.map(({ value }, i) => pair(family, i, natural[i]!, value));
  return add(...inner, family.logBase);
};

/** log p(x | η) = η · T(x) − A(η) + log h(x). */
export const logDensity = (family: Family): Expression =>
  add(unnormalisedLogDensity(family), negate(logPartition(family)));

/** A(η). Callers must have asked `hasLogPartition` first. */
export const logPartition = (family: Family): Expression => {
  if (family.logPartition === null) throw new Error(`the log-partition of ${family.name} is intractable`);
  return family.logPartition;
};

/** μ_i = ∂A/∂η_i, the expectation of the i-th statistic (I1). */
export const meanParameters = (family: Family): readonly Expression[] =>
  slopesOfPartition(family).map((mean) => withSymmetry(family, mean));

/** ∂A/∂η_i with matrices as they stand, so that they meet their inverses. */
const slopesOfPartition = (family: Family): readonly Expression[] =>
  family.natural.map(({ name }, i) => derivative(logPartition(family), name, eventIndices(family, i)));

/**
 * Names for a second entry of the j-th natural parameter: its event axes, with more primes than any event axis of the
 * family has. `classes'` beside `classes`; two and three primes beside `dims` and `dims'`.
 */
export const twinIndices = (family: Family, j: number): readonly Index[] => {
  const all = family.natural.flatMap((_, i) => eventIndices(family, i));
  const own = eventIndices(family, j);
  const primes = own.map((index) =>
    Math.max(...all.filter((other) => axisOf(other) === axisOf(index)).map(primesOf)),
  );
  return own.map((index, n) => {
    const before = own.slice(0, n).filter((other) => axisOf(other) === axisOf(index)).length;
    return axisOf(index) + "'".repeat(primes[n]! + 1 + before);
  });
};
const primesOf = (index: Index): number => index.length - axisOf(index).length;

/**
 * G_ij = ∂²A/∂η_i∂η_j, the covariance of the statistics (I2): a block over the event axes of the i-th natural parameter
 * and the twins of the j-th one's.
 */
export const fisherInformation = (family: Family): readonly (readonly Expression[])[] =>
  meanParameters(family).map((mean) =>
    family.natural.map(({ name }, j) => {
      const twins = twinIndices(family, j);
      const slope = derivative(mean, name, twins);
      if (!isSymmetric(family, j)) return simplest(withSymmetry(family, slope));
      // Entries (k, l) and (l, k) of a symmetric natural parameter are one: each has half of the slope in both.
      const [row, column] = twins as readonly [Index, Index];
      const both = add(slope, renameIndices(slope, swap(row, column)));
      return simplest(multiply(half, withSymmetry(family, both)));
    }),
  );
const swap = (row: Index, column: Index): ReadonlyMap<Index, Index> =>
  new Map([
    [row, column],
    [column, row],
  ]);

/** Whether the i-th statistic is a symmetric matrix, like x xᵀ: its natural parameter is then symmetric too. */
export const isSymmetric = (family: Family, i: number): boolean => {
  const { value } = family.statistic[i]!;
  const [row, column, ...more] = eventIndices(family, i);
  if (row === undefined || column === undefined || more.length > 0) return false;
  return axisOf(row) === axisOf(column) && renameIndices(value, swap(row, column)) === value;
};

/** The same value with the entries of symmetric natural parameters, and of their inverses, written in one order. */
const withSymmetry = (family: Family, node: Expression): Expression => {
  const symmetric = new Set(family.natural.flatMap(({ name }, i) => (isSymmetric(family, i) ? [name] : [])));
  if (symmetric.size === 0) return node;
  const visit = (current: Expression): Expression => {
    if (current.kind === 'read' && symmetric.has(current.name))
      return read(current.name, [...current.subscripts].sort());
    if (current.kind === 'inverse' && current.body.kind === 'read' && symmetric.has(current.body.name)) {
      const [row, column] = [current.row, current.column].sort() as [Index, Index];
      return inverse(row, column, current.over, current.body);
    }
    return mapChildren(current, visit);
  };
  return visit(node);
};

/** T_i(x) − μ_i: the score in the i-th natural parameter (I3). */
export const score = (family: Family): readonly Expression[] =>
  meanParameters(family).map((mean, i) => subtract(family.statistic[i]!.value, mean));

/** Natural parameters of a member, as expressions over the member's arguments. */
export const naturals = ({ family, arguments: given, natural }: Distribution): readonly Expression[] =>
  natural ?? family.natural.map(({ value }) => put(value, family, given));

/** Puts natural parameters (and fixed arguments) into an expression over their names. */
export const atNaturals = (
  node: Expression,
  family: Family,
  values: readonly Expression[],
  fixed: Readonly<Record<string, Expression>>,
): Expression =>
  put(node, family, {
    ...fixed,
    ...Object.fromEntries(family.natural.map(({ name }, i) => [name, values[i]!])),
  });

/** Puts values in the place of what the family names. Entries along event axes are taken where the expression reads them. */
const put = (node: Expression, family: Family, values: Readonly<Record<string, Expression>>): Expression =>
  replaceReads(node, ({ name, subscripts }) => {
    if (!Object.hasOwn(values, name)) return null;
    if (subscripts.length === 0) return values[name]!;
    const own = eventAxesOf(family, name);
    return renameIndices(values[name]!, new Map(own.map((index, n) => [index, subscripts[n]!])));
  });

/** Event axes of the value, of a natural parameter or of a parameter. */
const eventAxesOf = (family: Family, name: string): readonly Index[] => {
  const i = family.natural.findIndex((natural) => natural.name === name);
  if (i >= 0) return eventIndices(family, i);
  if (name === 'x') return valueIndices(family);
  return family.parameters.find((parameter) => parameter.name === name)?.over ?? [];
};

/** Event axes of one value of the family. */
export const valueIndices = ({ support }: Family): readonly Index[] =>
  'over' in support ? support.over : [];

/** The fixed arguments of a member. */
export const fixedArguments = ({
  family,
  arguments: given,
}: Distribution): Readonly<Record<string, Expression>> =>
  Object.fromEntries(
    family.parameters.flatMap(({ name, fixed }) =>
      fixed && given[name] !== undefined ? [[name, given[name]]] : [],
    ),
  );

/** log p(value | arguments), elementwise over the member's units. */
export const logDensityAt = (member: Distribution, value: Expression): Expression => {
  const { family } = member;
  // All at once: an argument may read a variable of the model that is named `x` itself.
  const values = { ...fixedArguments(member), x: value };
  return completeSquares(atNaturals(logDensity(family), family, naturals(member), values));
};

/**
 * KL(q ‖ p) = (η_q − η_p) · μ_q − A(η_q) + A(η_p), per unit: the Bregman divergence of A (I4). Both members are
 * given by natural parameters; they share the family and its fixed arguments.
 */
export const divergence = (
  family: Family,
  posterior: readonly Expression[],
  prior: readonly Expression[],
  fixed: Readonly<Record<string, Expression>>,
): Expression => {
  const at = (node: Expression, values: readonly Expression[]) => atNaturals(node, family, values, fixed);
  const moved = slopesOfPartition(family).map((mean, i) =>
    pair(family, i, subtract(posterior[i]!, prior[i]!), at(mean, posterior)),
  );
  const partition = logPartition(family);
  return simplest(add(...moved, negate(at(partition, posterior)), at(partition, prior)));
};

/**
 * Entropy A(η) − η · μ − E[log h] (I5). What is affine in the statistics has the expectation Σ c · μ, and a product of two of them
 * G_ij + μ_i μ_j; `open` holds the rest of log h, whose expectation has no closed form.
 */
export const entropy = (family: Family): { readonly closed: Expression; readonly open: Expression } => {
  const natural = naturalReads(family);
  const means = slopesOfPartition(family);
  const affine = splitAffine(family, family.logBase);
  const { products, rest } = splitProducts(family, affine.rest);
  const fisher = products.length === 0 ? [] : fisherInformation(family);
  const inner = means.map((mean, i) => pair(family, i, add(natural[i]!, affine.coefficients[i]!), mean));
  const squares = products.map(({ i, j, coefficient }) =>
    multiply(coefficient, add(fisher[i]![j]!, multiply(means[i]!, means[j]!))),
  );
  return {
    closed: simplest(
      add(logPartition(family), negate(affine.constant), ...[...inner, ...squares].map(negate)),
    ),
    open: rest,
  };
};

/** Σ c · μ + constant: the expectation of an expression that is affine in the statistics, else null. */
export const expectationOfAffine = (family: Family, node: Expression): Expression | null => {
  const split = splitAffine(family, node);
  if (!isAffine(split)) return null;
  const means = meanParameters(family);
  return add(split.constant, ...split.coefficients.map((c, i) => pair(family, i, c, means[i]!)));
};
