/**
 * Whose fault it is when draws do not follow the density. Draws that follow another member of the family say that the formula
 * of a natural parameter and the `pathwise` line disagree; the fewer natural parameters would have to be wrong, the likelier they are.
 */
import type { Family } from '../check/typed.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { fisherOf, memberAt, naturalVector, type Member } from '../derive/family/member.ts';
import { naturalFromMean } from '../derive/family/newton.ts';
import { samplerOf } from '../derive/family/sampler.ts';
import { solveSymmetric } from '../derive/family/symmetric.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import type { Evidence } from './evidence.ts';
import { fitsDensity } from './draws.ts';
import { shown, type Outcome, type Subject } from './identity.ts';
import { covarianceOf, isQuadrature, meanStatistics, probabilitiesAt, quadratureAt } from './quadrature.ts';
import { entryNames, statisticEntries } from './value-function.ts';

export const blameDraws = (evidence: Evidence, outcome: Outcome, message: string): Diagnostic => {
  const { family, groups } = evidence.subjects;
  const sampler = samplerOf(family);
  if (sampler.kind !== 'pathwise' || family.pathwiseSpan === null)
    return error('NSM8005', family.span, message, {
      hint:
        sampler.kind === 'langevin'
          ? 'The sampler is a Langevin chain of a fixed length, which does not reach all of this density. Give the family a `pathwise` line.'
          : `The sampler is derived, not declared (${sampler.kind}): please report this family as a bug of nsm.`,
    });
  const bad = new Set(outcome.checks.filter(({ ok }) => !ok).map(({ member }) => member));
  const failing = groups.flat().filter(({ label }) => bad.has(label));
  const others = failing.map((subject) => otherMember(subject, evidence.drawn(subject)));
  const isLaw = others.every((other) => other !== null);
  const differing = new Set(others.flatMap((other) => other?.differing ?? []));
  const blamesNatural =
    isLaw && differing.size > 0 && differing.size < family.natural.length && family.standard === null;
  if (!isLaw)
    return error('NSM8005', family.pathwiseSpan, message, {
      hint: 'No member of the family has the law of these draws: the shape of the `pathwise` line is wrong, not only its scale.',
    });
  const example = others[0]!;
  const lines = family.natural.filter((_, i) => differing.has(i));
  const hint = `They follow the member with ${naturalsText(family, example.member)}, and \`natural\` gives ${naturalsText(family, example.own)}.`;
  if (blamesNatural)
    return error('NSM8005', lines[0]!.span, message, {
      hint,
      secondary: [{ span: family.pathwiseSpan, label: 'what is drawn' }],
    });
  return error('NSM8005', family.pathwiseSpan, message, {
    hint,
    secondary: lines.map(({ span }) => ({ span, label: 'or this formula' })),
  });
};

const naturalsText = (family: Family, { naturals }: Member): string =>
  family.natural
    .map(({ name }, i) => {
      const numbers = Array.from(naturals[i]!.values, shown);
      return `${name} = ${numbers.length === 1 ? numbers[0]! : `[${numbers.join(', ')}]`}`;
    })
    .join(', ');

interface Other {
  readonly member: Member;
  readonly own: Member;
  /** Numbers of the natural parameters that differ by more than chance. */
  readonly differing: readonly number[];
}

/** The member that draws follow in place of their own, or null when they follow none. */
const otherMember = (subject: Subject, draws: readonly Float64Array[]): Other | null => {
  const { member } = subject;
  const names = entryNames(member);
  const statistics = statisticEntries(member).map((entry) => compileScalar(entry, names));
  const mean = Float64Array.from(
    statistics,
    (T) => draws.reduce((sum, x) => sum + T(...x), 0) / draws.length,
  );
  try {
    const found = naturalFromMean(member.family, mean, member.parameters, member.sizes);
    const other = subjectAt(found);
    if (other === null || !fitsDensity(other, draws)) return null;
    const information = fisherOf(found);
    const [naturals, own] = [naturalVector(found), naturalVector(member)];
    // Variances of natural parameters that are fitted to one draw; the pseudo-inverse, where statistics depend on each other.
    const spread = Array.from(
      own,
      (_, i) =>
        solveSymmetric(
          information,
          own.map((__, j) => (i === j ? 1 : 0)),
        )[i]!,
    );
    const owner = found.naturals.flatMap(({ values }, i) => Array.from(values, () => i));
    const moved = owner.filter(
      (_, n) => Math.abs(naturals[n]! - own[n]!) > 6 * Math.sqrt(spread[n]! / draws.length),
    );
    return { member: found, own: member, differing: [...new Set(moved)] };
  } catch {
    // Means that no member has.
    return null;
  }
};

const subjectAt = (member: Member): Subject | null => {
  const fixed = Object.fromEntries(Object.entries(member.parameters));
  const own = memberAt(member.family, member.naturals, fixed, member.sizes);
  const quadrature = quadratureAt(own);
  if (!isQuadrature(quadrature)) return null;
  const weights = probabilitiesAt(quadrature, naturalVector(own));
  return {
    member: own,
    label: '',
    quadrature,
    weights,
    mean: meanStatistics(quadrature, weights),
    covariance: covarianceOf(quadrature, weights),
  };
};
