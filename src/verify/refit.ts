/** Whether a family with one line changed is sound at the members that the family itself is not. */
import type { Family } from '../check/typed.ts';
import type { NamedArray } from '../calculus/evaluate.ts';
import { logPartitionOf, memberOf, valueAt } from '../derive/family/member.ts';
import type { Hypothesis } from './hypotheses.ts';
import type { TestMember } from './members.ts';
import { isQuadrature, quadratureAt } from './quadrature.ts';

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

/** The first hypothesis with which every member is normalised, or null. */
export const firstFitting = (
  hypotheses: readonly Hypothesis[],
  members: readonly TestMember[],
): Hypothesis | null =>
  hypotheses.find(({ family }) =>
    members.every(({ member }) => closes(gapAt(family, member.parameters, member.sizes))),
  ) ?? null;

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
