/** A statistic that cannot be one. */
import { eventIndices } from '../derive/family/family.ts';
import { fisherOf } from '../derive/family/member.ts';
import type { Span } from '../syntax/span.ts';
import type { Evidence } from './evidence.ts';
import { statisticHypotheses } from './hypotheses.ts';
import { shown } from './identity.ts';
import { firstFitting, trials } from './refit.ts';
import { hintOf } from './tell.ts';

/**
 * A statistic that is the same number for all values, with a log-partition that says otherwise: whatever the base measure and
 * the support are, its variance is 0.
 */
export const constantStatistic = ({
  subjects: { family, groups },
}: Evidence): { readonly span: Span; readonly words: string; readonly hint: string } | null => {
  if (family.natural.some((_, i) => eventIndices(family, i).length > 0)) return null;
  const subjects = groups.flat();
  const at = family.statistic.findIndex(
    (_, i) =>
      subjects.length > 0 &&
      subjects.every(({ mean, covariance }) => covariance[i]![i]! <= 1e-20 * (1 + mean[i]! ** 2)),
  );
  if (at < 0) return null;
  const told = subjects.find(({ member }) => Math.abs(fisherOf(member)[at]![at]!) > 1e-9);
  if (told === undefined) return null;
  const { span } = family.statistic[at]!;
  const repair = firstFitting(
    statisticHypotheses(family).filter((hypothesis) => hypothesis.span === span),
    trials(groups),
  );
  return {
    span,
    words: `statistic ${at + 1} is the same number for all values, and by the log-partition its variance is ${shown(fisherOf(told.member)[at]![at]!)} at ${told.label}`,
    hint: repair === null ? 'A statistic has to be a function of x.' : hintOf(repair),
  };
};
