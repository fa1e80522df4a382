/** Mean and variance of a value itself, and exponential moments of the statistics: closed forms where the declaration gives one. */
import {
  add,
  constant,
  delta,
  exp,
  log,
  multiply,
  read,
  square,
  subtract,
  zero,
} from '../../calculus/build.ts';
import { simplest } from '../../calculus/collect.ts';
import { apartAtDeltas } from '../../calculus/difference.ts';
import { expand } from '../../calculus/expand.ts';
import type { Expression, Index } from '../../calculus/expression.ts';
import { unfoldLogGamma } from '../../calculus/gamma.ts';
import { freshIndex, renameIndices } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { isAffine, splitAffine, type Affine } from './affine.ts';
import {
  atNaturals,
  eventIndices,
  fisherInformation,
  logPartition,
  meanParameters,
  naturalReads,
  twinIndices,
  valueIndices,
} from './family.ts';

/**
 * log E[exp(c · T)] = A(η + c) − A(η), for natural parameters with η + c in their domain (the moment is infinite otherwise).
 * Each c is over the event axes of its statistic, and possibly further indices.
 */
export const logMoment = (family: Family, c: readonly Expression[]): Expression => {
  const partition = logPartition(family);
  const moved = naturalReads(family).map((eta, i) => add(eta, c[i]!));
  const at = apartAtDeltas(atNaturals(partition, family, moved, {}));
  return simplest(expand(subtract(unfoldLogGamma(at), unfoldLogGamma(partition))));
};

/** The value, over its event axes. */
const valueOf = (family: Family): Expression => read('x', valueIndices(family));

/** Number of the statistic that is the value itself, or null. */
const valueStatistic = (family: Family): number | null => {
  const i = family.statistic.findIndex(({ value }) => value === valueOf(family));
  return i < 0 ? null : i;
};

/** E[x], elementwise over the event axes, in natural parameters; null where no closed form follows from the declaration. */
export const meanOfValue = (family: Family): Expression | null => {
  if (family.logPartition === null) return null;
  const i = valueStatistic(family);
  if (i !== null) return meanParameters(family)[i]!;
  const affine = scalarAffine(family, valueOf(family));
  if (affine === null) return powerMoment(family, 1);
  const means = meanParameters(family);
  return add(affine.constant, ...means.map((mean, j) => multiply(affine.coefficients[j]!, mean)));
};

/** Var[x], elementwise over the event axes; null where no closed form follows. */
export const varianceOfValue = (family: Family): Expression | null => {
  if (family.logPartition === null) return null;
  const i = valueStatistic(family);
  if (i !== null) return diagonal(family, i);
  const affine = scalarAffine(family, valueOf(family));
  if (affine === null) {
    const [first, second] = [powerMoment(family, 1), powerMoment(family, 2)];
    return first === null || second === null ? null : simplest(subtract(second, square(first)));
  }
  const { coefficients } = affine;
  const parts = fisherInformation(family).flatMap((row, k) =>
    row.map((entry, l) => multiply(coefficients[k]!, entry, coefficients[l]!)),
  );
  return simplest(add(...parts));
};

/** What E[x^n] adds to each natural parameter, where it is found as an exponential moment of the statistics; else null. */
export const shiftOfPower = (family: Family, n: number): readonly Expression[] | null => {
  const x = valueOf(family);
  if (valueStatistic(family) !== null || scalarAffine(family, x) !== null) return null;
  const shift = scalarAffine(family, log(x));
  return shift === null ? null : shift.coefficients.map((c) => multiply(constant(n), c));
};

/**
 * The natural parameters that have E[x^n]: a power is an exponential of the statistics, and is finite for η + c in the domain. Only
 * bounds that are narrower than the domain are given.
 */
export const domainOfPower = (
  family: Family,
  n: number,
): readonly { readonly name: string; readonly low: number; readonly high: number }[] => {
  const shift = shiftOfPower(family, n);
  if (shift === null) return [];
  return family.natural.flatMap(({ name, domain }, i) => {
    const c = shift[i]!;
    if (c.kind !== 'constant') return [];
    const low = c.value < 0 ? domain.low - c.value : -Infinity;
    const high = c.value > 0 ? domain.high - c.value : Infinity;
    return low === -Infinity && high === Infinity ? [] : [{ name, low, high }];
  });
};

/** An expression as a combination of statistics without event axes. */
const scalarAffine = (family: Family, node: Expression): Affine | null => {
  const { natural } = family;
  if (node.indices.length > 0 || natural.some((_, i) => eventIndices(family, i).length > 0)) return null;
  const split = splitAffine(family, node);
  return isAffine(split) ? split : null;
};

/** The variance of the entries of one statistic: the diagonal of its block of the Fisher information. */
const diagonal = (family: Family, i: number): Expression => {
  const own = eventIndices(family, i);
  const renames = new Map(twinIndices(family, i).map((twin, n) => [twin, own[n]!]));
  return simplest(renameIndices(fisherInformation(family)[i]![i]!, renames));
};

/** E[x^n] where log x is affine in the statistics: exp(n c₀ + A(η + n c) − A(η)). */
const powerMoment = (family: Family, n: number): Expression | null => {
  const logarithm = log(valueOf(family));
  const scalar = scalarAffine(family, logarithm);
  if (scalar !== null) {
    const c = scalar.coefficients.map((part) => multiply(constant(n), part));
    return simplest(exp(add(multiply(constant(n), scalar.constant), logMoment(family, c))));
  }
  // log x[k] = T[k]: c is n in the k-th entry.
  const i = family.statistic.findIndex(({ value }) => value === logarithm);
  if (i < 0) return null;
  const own = eventIndices(family, i);
  const apart = own.map((index): readonly [Index, Index] => [index, freshIndex(index)]);
  const entry = multiply(constant(n), ...apart.map(([index, fresh]) => delta(index, fresh)));
  const c = family.natural.map((_, j) => (j === i ? entry : zero));
  const moment = renameIndices(logMoment(family, c), new Map(apart.map(([index, fresh]) => [fresh, index])));
  return simplest(exp(moment));
};
