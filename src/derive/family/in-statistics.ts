/** Functions of the values of some units, written in their statistics instead: log(z) of a Gamma unit is its first statistic. */
import { add, constant, exp, log, multiply, power, read } from '../../calculus/build.ts';
import { dependsOn } from '../../calculus/differentiate.ts';
import type { Expression, Read } from '../../calculus/expression.ts';
import { mapChildren, renameIndices, replaceNames, replaceReads, walk } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { isAffine, splitAffine } from './affine.ts';

/** What the rewriting knows of the units. */
export interface Values {
  readonly name: string;
  readonly family: Family;
  readonly fixed: Readonly<Record<string, Expression>>;
}

/** The name under which the i-th statistic of the units is read, with the subscripts of the value. */
export const statisticName = (i: number): string => `@statistic${i}`;
export const isStatistic = (node: Read): boolean => node.name.startsWith('@statistic');
export const holdsStatistic = (node: Expression): boolean => {
  let found = false;
  walk(node, (part) => {
    if (part.kind === 'read' && isStatistic(part)) found = true;
  });
  return found;
};

/**
 * The function with statistics in the place of the values, as far as it can be written so. Outside of exponents, whole powers of
 * a value that is a statistic stay powers of it up to `powersUpTo`; with 0, x² is the statistic x² where there is one.
 */
export const inStatistics = (
  node: Expression,
  { name, family, fixed }: Values,
  { powersUpTo }: { readonly powersUpTo: number },
): Expression => {
  const x = read('x');
  const own = family.statistic.findIndex(({ value }) => value.kind === 'read' && value.name === 'x');
  const logarithm = splitAffine(family, log(x));
  const given = (part: Expression): Expression => replaceNames(part, fixed);
  /** The statistic of one unit that the node is, other than the value itself. */
  const whole = (current: Expression): Expression | null => {
    const places = new Set<Read>();
    walk(current, (part) => {
      if (part.kind === 'read' && part.name === name) places.add(part);
    });
    const [place] = places;
    if (place === undefined || places.size > 1 || current === place) return null;
    const i = family.statistic.findIndex(({ value }) => statisticAt(value, place, given) === current);
    return i < 0 ? null : read(statisticName(i), place.subscripts);
  };
  /** z^p where z is no statistic but its logarithm is affine in them. */
  const asExponential = (value: Read, p: number): Expression => {
    if (!isAffine(logarithm)) return power(value, p);
    const parts = logarithm.coefficients.map((c, i) =>
      multiply(given(c), read(statisticName(i), value.subscripts)),
    );
    return exp(multiply(constant(p), add(given(logarithm.constant), ...parts)));
  };
  const visit = (current: Expression, inExponent: boolean): Expression => {
    if (!dependsOn(current, name)) return current;
    if (current.kind === 'read')
      return own >= 0 ? read(statisticName(own), current.subscripts) : asExponential(current, 1);
    if (current.kind === 'power' && current.base.kind === 'read' && current.exponent.kind === 'constant') {
      const p = current.exponent.value;
      const isWhole = own >= 0 && Number.isInteger(p) && p > 0;
      if (isWhole && p <= powersUpTo && !inExponent)
        return mapChildren(current, (child) => visit(child, inExponent));
      const statistic = whole(current);
      if (statistic !== null) return statistic;
      if (isAffine(logarithm) && !inExponent) return asExponential(current.base, p);
      return isWhole ? mapChildren(current, (child) => visit(child, inExponent)) : current;
    }
    const statistic = whole(current);
    if (statistic !== null) return statistic;
    const below = inExponent || (current.kind === 'apply' && current.operator === 'exp');
    return mapChildren(current, (child) => visit(child, below));
  };
  return visit(node, false);
};

/** T(x) at one read of the values; null for the value itself. */
const statisticAt = (
  statistic: Expression,
  place: Read,
  given: (part: Expression) => Expression,
): Expression | null => {
  if (statistic.kind === 'read') return null;
  // Event axes are the last subscripts of a value, under the names that the read gives them.
  const own = statistic.indices;
  const at = place.subscripts.slice(place.subscripts.length - own.length);
  const renamed = renameIndices(statistic, new Map(own.map((index, n) => [index, at[n]!])));
  return given(replaceReads(renamed, (found) => (found.name === 'x' ? place : null)));
};

/** The other way, for messages. */
export const withValues = (node: Expression, { name, family, fixed }: Values): Expression =>
  replaceReads(node, (found) => {
    if (!isStatistic(found)) return null;
    const { value } = family.statistic[Number(found.name.slice(statisticName(0).length - 1))]!;
    const place = read(name, found.subscripts);
    if (value.kind === 'read') return place;
    return statisticAt(value, place, (part) => replaceNames(part, fixed));
  });
