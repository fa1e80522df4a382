/** Whether a family with one line changed is sound at the members that the family itself is not. */
import type { Family } from '../check/typed.ts';
import type { NamedArray } from '../calculus/evaluate.ts';
import { readNames } from '../calculus/substitute.ts';
import { logPartitionOf, memberOf, naturalVector, valueAt, type Member } from '../derive/family/member.ts';
import type { Drawn } from './draws.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { Subject } from './identity.ts';
import type { TestMember } from './members.ts';
import { pathFollows } from './path-law.ts';
import { covarianceOf, isQuadrature, meanStatistics, probabilitiesAt, quadratureAt } from './quadrature.ts';

/** A(η) − log ∫ exp(η · T) h at a member: 0 when the density is normalised, NaN when one of the two is no number. */
export const gapAt = (
  family: Family,
  parameters: Readonly<Record<string, NamedArray>>,
  sizes: Readonly<Record<string, number>>,
): number => {
  try {
    const member = memberOf(family, parameters, sizes);
    if (!member.naturals.every(({ values }) => values.every(Number.isFinite))) return NaN;
    const quadrature = quadratureAt(member);
    if (!isQuadrature(quadrature) || quadrature.change > 1e-6) return NaN;
    return logPartitionOf(member) - quadrature.logTotal;
  } catch {
    // A changed line may read what it cannot: such a change explains nothing.
    return NaN;
  }
};

const closes = (gap: number): boolean => Math.abs(gap) < 1e-7;

/** Members that a hypothesis is tried at: some of every choice of fixed arguments. */
export const trials = (groups: readonly (readonly TestMember[])[]): readonly TestMember[] =>
  groups.flatMap((group) => group.slice(0, groups.length === 1 ? 4 : 2));

/** Whether every parameter that some line reads is still read by one: a line that forgets one is no repair. */
const keepsParameters = (family: Family, changed: Family): boolean => {
  const now = namesIn(changed);
  return [...namesIn(family)].every((name) => now.has(name));
};

const namesIn = (family: Family): ReadonlySet<string> => {
  const { range, atom, statistic, natural, logPartition, logBase, draws, pathwise } = family;
  const formulas = [
    range.low,
    range.high,
    atom,
    logPartition,
    logBase,
    pathwise,
    ...[...statistic, ...natural].map(({ value }) => value),
    ...draws.flatMap(({ distribution }) => Object.values(distribution.arguments)),
  ];
  const names = formulas.flatMap((formula) => (formula === null ? [] : [...readNames(formula)]));
  return new Set(names.filter((name) => family.parameters.some((parameter) => parameter.name === name)));
};

/** Hypotheses that may be believed before anything is computed. */
export const believable = (family: Family, hypotheses: readonly Hypothesis[]): readonly Hypothesis[] =>
  hypotheses.filter((hypothesis) => keepsParameters(family, hypothesis.family));

/** A member with what quadrature says about it, or null where it has no density. */
export const subjectAt = (member: Member): Subject | null => {
  const quadrature = quadratureAt(member);
  if (!isQuadrature(quadrature)) return null;
  const weights = probabilitiesAt(quadrature, naturalVector(member));
  return {
    member,
    label: '',
    quadrature,
    weights,
    mean: meanStatistics(quadrature, weights),
    covariance: covarianceOf(quadrature, weights),
  };
};

/** Whether the draws that were made at members follow a family with another density. */
export const explainsDraws = (family: Family, subjects: readonly Subject[], drawn: Drawn): boolean =>
  subjects.every((subject) => {
    const { parameters, sizes } = subject.member;
    try {
      const changed = subjectAt(memberOf(family, parameters, sizes));
      return changed !== null && pathFollows(changed, () => drawn(subject));
    } catch {
      return false;
    }
  });

/** Whether a family is normalised at all members. */
export const normalises = (family: Family, members: readonly TestMember[]): boolean =>
  members.every(({ member }) => closes(gapAt(family, member.parameters, member.sizes)));

/** The first hypothesis with which every member is normalised, or null. */
export const firstFitting = (
  hypotheses: readonly Hypothesis[],
  members: readonly TestMember[],
): Hypothesis | null => hypotheses.find(({ family }) => normalises(family, members)) ?? null;

/** The same for changes of the log-partition alone, where the integrals are known already. */
export const firstFittingPartition = (
  hypotheses: readonly Hypothesis[],
  members: readonly TestMember[],
): Hypothesis | null =>
  hypotheses.find(({ family }) =>
    members.every(({ member }) => {
      const quadrature = quadratureAt(member);
      if (!isQuadrature(quadrature)) return false;
      try {
        return closes(valueAt(member, family.logPartition!)[0]! - quadrature.logTotal);
      } catch {
        return false;
      }
    }),
  ) ?? null;
