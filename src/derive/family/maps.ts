/** Maps between the ways to name one member of a family: parameters, natural parameters, means, unbounded coordinates. */
import {
  add,
  apply,
  constant,
  log,
  multiply,
  negate,
  one,
  read,
  subtract,
  zero,
} from '../../calculus/build.ts';
import type { Expression } from '../../calculus/expression.ts';
import { mapChildren } from '../../calculus/substitute.ts';
import type { Family, Support } from '../../check/typed.ts';
import { atNaturals, eventIndices, meanParameters } from './family.ts';
import { logit, softplusInverse, solve, type Unknown } from './solve.ts';

/** The open interval in which every entry of a natural parameter lies. */
export interface NaturalDomain {
  readonly low: number;
  readonly high: number;
}

/** A smooth map of the whole line onto the domain of a natural parameter, and back. */
export interface NaturalChart {
  readonly value: (u: Expression) => Expression;
  readonly inverse: (eta: Expression) => Expression;
}

/**
 * The natural parameter itself where its domain is the line; else η = high − softplus(−u), low + softplus(u), or
 * low + (high − low) sigmoid(u). All rise with u, and all but the last keep its pace far inside the domain.
 */
export const naturalChart = ({ low, high }: NaturalDomain): NaturalChart => {
  if (low === -Infinity && high === Infinity) return { value: (u) => u, inverse: (eta) => eta };
  if (low === -Infinity)
    return {
      value: (u) => subtract(constant(high), apply('softplus', negate(u))),
      inverse: (eta) => negate(softplusInverse(subtract(constant(high), eta))),
    };
  if (high === Infinity)
    return {
      value: (u) => add(constant(low), apply('softplus', u)),
      inverse: (eta) => softplusInverse(subtract(eta, constant(low))),
    };
  return {
    value: (u) => add(constant(low), multiply(constant(high - low), apply('sigmoid', u))),
    inverse: (eta) => logit(multiply(constant(1 / (high - low)), subtract(eta, constant(low)))),
  };
};

/**
 * Parameters in terms of the natural parameters' names (and fixed arguments): as the family states them, or as its
 * formulas can be solved. Those that cannot be found are left out.
 */
export const standardFromNatural = (family: Family): Readonly<Record<string, Expression>> => {
  if (family.standard !== null)
    return Object.fromEntries(family.standard.map(({ name, value }) => [name, value]));
  const equations = family.natural.map(({ name, value }) => ({
    left: value,
    right: read(name, value.indices),
  }));
  const unknowns = family.parameters
    .filter(({ fixed }) => !fixed)
    .map(({ name, over, support }): Unknown => ({ name, indices: over, ...rangeOf(support) }));
  const found = solve(equations, unknowns);
  return Object.fromEntries(
    unknowns.flatMap(({ name }) => (found[name] === undefined ? [] : [[name, found[name]]])),
  );
};

const rangeOf = (support: Support): NaturalDomain => {
  switch (support.kind) {
    case 'positive':
    case 'count':
      return { low: 0, high: Infinity };
    case 'unit':
    case 'binary':
    case 'simplex':
    case 'one_hot':
      return { low: 0, high: 1 };
    case 'real':
    case 'angle':
    case 'integer':
    case 'spin':
    case 'vector':
    case 'positive_definite':
      return { low: -Infinity, high: Infinity };
  }
};

/** The name under which the i-th mean parameter is read. */
export const meanName = (i: number): string => `μ${subscript(i)}`;
const subscript = (i: number): string =>
  [...String(i + 1)].map((digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]).join('');

/**
 * log μ, for means that are exp(η) over their sum, a softmax: of the natural parameters that differ by one number, and have the same
 * means, those whose exponentials add up to one.
 */
const naturalFromShares = (family: Family, means: readonly Expression[]): Expression | null => {
  const { support } = family;
  if (support.kind !== 'one_hot' || means.length !== 1) return null;
  const mean = read(meanName(0), support.over);
  const found = log(mean);
  const isOne = (node: Expression): boolean =>
    node.kind === 'sum' && node.body.kind === 'read' && node.body.name === mean.name;
  const withSum = (node: Expression): Expression => (isOne(node) ? one : mapChildren(node, withSum));
  return withSum(unshifted(atNaturals(means[0]!, family, [found], {}))) === mean ? found : null;
};

/** Without the largest entry that a softmax takes off: its value makes no difference. */
const unshifted = (node: Expression): Expression =>
  node.kind === 'maximum' ? zero : mapChildren(node, unshifted);

/**
 * Natural parameters in terms of the means (`meanName`) and fixed arguments: ∇A inverted (I7), where it can be solved in closed
 * form; else null. Where means leave them open, one choice of them.
 */
export const naturalFromMeans = (family: Family): readonly Expression[] | null => {
  if (family.logPartition === null) return null;
  const means = meanParameters(family);
  const shares = naturalFromShares(family, means);
  if (shares !== null) return [shares];
  const equations = means.map((mean, i) => ({
    left: mean,
    right: read(meanName(i), eventIndices(family, i)),
  }));
  const unknowns = family.natural.map(({ name, value, domain }): Unknown => ({
    name,
    indices: value.indices,
    ...domain,
  }));
  const found = solve(equations, unknowns);
  const all = family.natural.map(({ name }) => found[name] ?? null);
  return all.every((value) => value !== null) ? all : null;
};
