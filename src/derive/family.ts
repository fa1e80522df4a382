/**
 * What follows from a family declaration alone (papers.md 4.1, identities I1 to I5). Every quantity is an index
 * expression; `x` stands for the value and the natural parameters stand under their own names.
 */
import { add, multiply, negate, read, subtract, sum, zero } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import { completeSquares, simplest } from '../calculus/collect.ts';
import type { Distribution, Family } from '../check/typed.ts';

/** Indices of one natural parameter: none, or the family's event axes. */
export const eventIndices = (family: Family, i: number): readonly Index[] => family.natural[i]!.value.indices;

/** Sum over the event axes of a product of the i-th natural parameter (given) and something of its shape. */
const pair = (family: Family, i: number, left: Expression, right: Expression): Expression =>
  sum(eventIndices(family, i), multiply(left, right));

/** The natural parameters, read by name. */
export const naturalReads = (family: Family): readonly Expression[] =>
  family.natural.map(({ name }, i) => read(name, eventIndices(family, i)));

/** log p(x | η) = η · T(x) − A(η) + log h(x). */
export const logDensity = (family: Family): Expression => {
  const natural = naturalReads(family);
  const inner = family.statistic.map(({ value }, i) => pair(family, i, natural[i]!, value));
  return add(...inner, negate(logPartition(family)), family.logBase);
};

/** A(η). Callers must have asked `hasLogPartition` first. */
export const logPartition = (family: Family): Expression => {
  if (family.logPartition === null) throw new Error(`the log-partition of ${family.name} is intractable`);
  return family.logPartition;
};

/** μ_i = ∂A/∂η_i, the expectation of the i-th statistic (I1). */
export const meanParameters = (family: Family): readonly Expression[] =>
  family.natural.map(({ name }, i) => derivative(logPartition(family), name, eventIndices(family, i)));

/** G_ij = ∂²A/∂η_i∂η_j, the covariance of the statistics (I2); scalar statistics. */
export const fisherInformation = (family: Family): readonly (readonly Expression[])[] =>
  meanParameters(family).map((mean) =>
    family.natural.map(({ name }, j) =>
      simplest(
        derivative(
          mean,
          name,
          eventIndices(family, j).map((index) => `${index}'`),
        ),
      ),
    ),
  );

/** T_i(x) − μ_i: the score in the i-th natural parameter (I3). */
export const score = (family: Family): readonly Expression[] =>
  meanParameters(family).map((mean, i) => subtract(family.statistic[i]!.value, mean));

/** Natural parameters of a member, as expressions over the member's arguments. */
export const naturals = ({ family, arguments: given }: Distribution): readonly Expression[] =>
  family.natural.map(({ value }) => replaceNames(value, given));

/** Puts natural parameters (and fixed arguments) into an expression over their names. */
export const atNaturals = (
  node: Expression,
  family: Family,
  values: readonly Expression[],
  fixed: Readonly<Record<string, Expression>>,
): Expression =>
  replaceNames(node, {
    ...fixed,
    ...Object.fromEntries(family.natural.map(({ name }, i) => [name, values[i]!])),
  });

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
  const moved = meanParameters(family).map((mean, i) =>
    pair(family, i, subtract(posterior[i]!, prior[i]!), at(mean, posterior)),
  );
  const partition = logPartition(family);
  return simplest(add(...moved, negate(at(partition, posterior)), at(partition, prior)));
};

/**
 * Entropy A(η) − η · μ − E[log h] (I5). The last expectation is exact when log h is constant or affine in the statistics;
 * otherwise `open` holds the part whose expectation has no closed form.
 */
export const entropy = (family: Family): { readonly closed: Expression; readonly open: Expression } => {
  const natural = naturalReads(family);
  const means = meanParameters(family);
  const closed = add(
    logPartition(family),
    ...means.map((mean, i) => negate(pair(family, i, natural[i]!, mean))),
  );
  const terms = family.logBase.kind === 'add' ? family.logBase.terms : [family.logBase];
  const constantPart = terms.filter((term) => !readNames(term).has('x'));
  const open = terms.filter((term) => readNames(term).has('x'));
  return {
    closed: simplest(add(closed, ...constantPart.map(negate))),
    open: open.length === 0 ? zero : add(...open),
  };
};

/** E[x] for a value that is itself a statistic, in natural parameters; null when x is not one of them. */
export const meanOfValue = (family: Family): Expression | null => {
  const i = family.statistic.findIndex(({ value }) => value.kind === 'read' && value.name === 'x');
  return i < 0 ? null : meanParameters(family)[i]!;
};

/** Whether draws are made by inversion of the mass: counts and on-off units. */
export const isDiscrete = ({ support }: Family): boolean =>
  support.kind === 'count' || support.kind === 'binary';

/** Whether a draw can be made at all: by inversion, or along a path. */
export const canDraw = (family: Family): boolean =>
  (isDiscrete(family) && family.logPartition !== null) || family.pathwise !== null;
