/** Statistics that say the same thing, and parameters that no data tell apart. */
import type { NamedArray } from '../../calculus/evaluate.ts';
import type { Family, FamilyParameter } from '../../check/typed.ts';
import { error, warning } from '../../diagnostics/construct.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { insertion } from '../../diagnostics/fixes.ts';
import { eventIndices } from './family.ts';
import { memberOf, naturalVector, statisticsOf, type Member } from './member.ts';
import { sampleValues } from './sample-members.ts';

/** Statistics are affinely dependent when one of 1, T₁, T₂, ... is a combination of those before it. */
export const dependenceProblem = (family: Family, members: readonly Member[]): Diagnostic | null => {
  // Entries along an event axis may sum to a constant: the pseudo-inverse of the Fisher information is for that.
  if (family.natural.some((_, i) => eventIndices(family, i).length > 0)) return null;
  const [first, ...others] = members.slice(0, 4).map((member) => dependentStatistic(family, member));
  if (first === undefined || first === null || others.some((other) => other === null)) return null;
  const { span } = family.statistic[first]!;
  const [member] = members;
  const values = new Set(sampleValues(member!).map((x) => statisticsOf(member!, x)[first]));
  const before = values.size === 1 ? [] : family.statistic.slice(0, first);
  return warning(
    'NSM9007',
    span,
    before.length === 0
      ? 'this statistic is the same number for all values'
      : `this statistic is an affine function of ${before.length === 1 ? 'the one before it' : 'those before it'} on the support`,
    {
      secondary: before.map((other) => ({ span: other.span, label: 'before it' })),
      hint: 'Its natural parameter cannot be told from data: leave the pair out.',
    },
  );
};

const dependentStatistic = (family: Family, member: Member): number | null => {
  const values = sampleValues(member).map((x) => statisticsOf(member, x));
  const columns = family.statistic.map((_, i) => Float64Array.from(values, (statistics) => statistics[i]!));
  const at = dependence([Float64Array.from(values, () => 1), ...columns], 1e-9).indexOf(true);
  return at < 0 ? null : at - 1;
};

// ---- parameters --------------------------------------------------------------------------------------------------

/** Kinds of parameters whose entries can each be moved a little. */
const smooth: readonly FamilyParameter['support']['kind'][] = ['real', 'vector', 'positive', 'unit', 'angle'];

/**
 * A parameter all of whose entries move the natural parameters only in ways in which the others do, at every member tried.
 * Entries of one array may depend on each other: logits count from any level.
 */
export const tiedProblem = (family: Family, members: readonly Member[]): Diagnostic | null => {
  // A `standard` line chooses among parameters that name one member.
  if (family.standard !== null) return null;
  const free = family.parameters.filter(({ fixed }) => !fixed);
  if (free.some(({ support }) => !smooth.includes(support.kind))) return null;
  // In the middle of every domain, more stands still than elsewhere.
  const slopes = members.slice(1, 7).map((member) => free.map(({ name }) => slopesAlong(member, name)));
  if (slopes.length === 0) return null;
  const isTied = (place: number): boolean =>
    slopes.every((at) => rank(at.flat()) === rank(at.filter((_, other) => other !== place).flat()));
  const tied = free.findLastIndex((_, place) => isTied(place));
  if (tied < 0) return null;
  const isStill = (place: number): boolean => slopes.every((at) => rank(at[place]!) === 0);
  const { name, span } = free[tied]!;
  const others = free.filter((_, place) => place !== tied && !isStill(place));
  const names = others.map((other) => `\`${other.name}\``).join(', ');
  const secondary = family.natural.map((line) => ({ span: line.span, label: 'a natural parameter' }));
  return isStill(tied)
    ? error('NSM4019', span, `the natural parameters stay the same when \`${name}\` moves`, {
        secondary,
        hint: `All values of \`${name}\` give one member, so no data tell them apart: leave it out.`,
      })
    : error('NSM4019', span, `the natural parameters move with \`${name}\` only as they do with ${names}`, {
        secondary,
        hint: `Several values of ${names} and \`${name}\` give one member, so no data tell them apart: leave \`${name}\` out or declare it \`fixed\`.`,
        fixes: [insertion(span, 'fixed ')],
      });
};

/** ∂η/∂θ for each entry of a parameter, by central differences. */
const slopesAlong = (member: Member, name: string): readonly Float64Array[] => {
  const before = member.parameters[name]!;
  return Array.from(before.values, (entry, n) => {
    const step = 1e-4 * Math.min(Math.abs(entry) || 1, 1);
    const at = (by: number): Float64Array => {
      const values = before.values.map((value, place) => (place === n ? value + by : value));
      const moved: NamedArray = { ...before, values };
      return naturalVector(memberOf(member.family, { ...member.parameters, [name]: moved }, member.sizes));
    };
    const below = at(-step);
    return at(step).map((value, i) => (value - below[i]!) / (2 * step));
  });
};

/** The differences are good to about 1e-8. */
const rank = (columns: readonly Float64Array[]): number =>
  dependence(columns, 1e-6).filter((isDependent) => !isDependent).length;

/** Whether each column is a combination of those before it, to a part of its length. */
const dependence = (columns: readonly Float64Array[], tolerance: number): readonly boolean[] => {
  const basis: Float64Array[] = [];
  return columns.map((given) => {
    let column = given;
    // Gram and Schmidt, twice for the digits.
    for (const direction of [...basis, ...basis]) {
      const along = column.reduce((total, value, n) => total + value * direction[n]!, 0);
      column = column.map((value, n) => value - along * direction[n]!);
    }
    const rest = Math.hypot(...column);
    if (rest <= tolerance * Math.hypot(...given)) return true;
    basis.push(column.map((value) => value / rest));
    return false;
  });
};
