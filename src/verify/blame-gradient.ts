/** Whose fault it is when a gradient is biased although nothing is seen of it in the draws. */
import { estimatorOf } from '../derive/family/estimator.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { drawRepair } from './blame-draws.ts';
import type { Evidence } from './evidence.ts';
import type { Check } from './identity.ts';
import { pathAgrees, pathMoments } from './path-law.ts';

export const blameGradient = (
  { subjects: { family, groups } }: Evidence,
  worst: Check,
  message: string,
): Diagnostic => {
  const { kind } = estimatorOf(family);
  if (kind !== 'pathwise' || family.pathwiseSpan === null)
    return error('NSM8006', family.pathwiseSpan ?? family.logPartitionSpan, message, {
      hint: `The estimator is derived, not declared (${kind.replaceAll('_', ' ')}): please report this family as a bug of nsm.`,
    });
  const subject = groups.flat().find(({ label }) => label === worst.member);
  if (subject === undefined || pathAgrees(subject) !== false)
    return error('NSM8006', family.pathwiseSpan, message, {
      hint: 'A `pathwise` line has to move continuously with every parameter, with the noise held fixed.',
    });
  const repair = drawRepair(
    family,
    groups.flat().filter((each) => pathAgrees(each) === false),
  );
  const instead = repair === null ? '' : ` With \`${repair.instead}\` the draws follow the density.`;
  return error('NSM8006', family.pathwiseSpan, message, {
    hint: `The \`pathwise\` line has another law than the density, by less than its draws show: ${pathMoments(subject)}.${instead}`,
  });
};
