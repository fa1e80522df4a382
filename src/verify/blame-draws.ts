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
import { throughProblem } from '../derive/family/through.ts';
import { solveSymmetric } from '../derive/family/symmetric.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import type { Span } from '../syntax/span.ts';
import type { Evidence } from './evidence.ts';
import { fitsDensity, type Drawn } from './draws.ts';
import { baseHypotheses, statisticHypotheses } from './hypotheses.ts';
import { drawHypotheses } from './hypotheses-draw.ts';
import { supportHypotheses } from './hypotheses-support.ts';
import type { Hypothesis } from './hypothesis.ts';
import { changedPathFollows } from './path-law.ts';
import { believable, explainsDraws, normalises, subjectAt, trials } from './refit.ts';
import { isCutOff, rounded } from './relaxed.ts';
import { naturalsText, type Outcome, type Subject } from './identity.ts';
import { entryNames, statisticEntries } from './value-function.ts';

export const blameDraws = (evidence: Evidence, outcome: Outcome, message: string): Diagnostic => {
  const { family, groups } = evidence.subjects;
  const sampler = samplerOf(family);
  if (sampler.kind !== 'pathwise' || family.pathwiseSpan === null)
    return error('NSM8005', family.span, message, {
      hint:
        sampler.kind === 'langevin'
          ? 'The sampler is a Langevin chain of a fixed length, which does not reach all of this density. Give the family a `pathwise` line.'
          : `The sampler is derived, not declared (${sampler.kind.replaceAll('_', ' ')}): please report this family as a bug of nsm.`,
    });
  return blameLaw(evidence, failingOf(groups, outcome), evidence.drawn, family.pathwiseSpan, message);
};

/** The same for the line that `relaxed` smooths, by members of which no draw is cut off. */
export const blameRelaxed = (evidence: Evidence, outcome: Outcome, message: string): Diagnostic => {
  const { family, groups } = evidence.subjects;
  const span = family.pathwiseSpan!;
  if (throughProblem('relaxed', family) !== null)
    return error('NSM8005', span, message, {
      hint: 'The line of a discrete family serves `relaxed` alone, which smooths `step`: write the draw with steps, or leave the line out.',
    });
  const drawn: Drawn = (subject) => evidence.relaxed(subject).map(rounded);
  const failing = failingOf(groups, outcome).filter((subject) => !isCutOff(subject, drawn(subject).length));
  if (failing.length === 0)
    return error('NSM8005', span, message, {
      hint: 'Compared up to the values that the line can give, which is all that is claimed of it.',
    });
  return blameLaw(evidence, failing, drawn, span, message);
};

const failingOf = (groups: Evidence['subjects']['groups'], outcome: Outcome): readonly Subject[] => {
  const bad = new Set(outcome.checks.filter(({ ok }) => !ok).map(({ member }) => member));
  return groups.flat().filter(({ label }) => bad.has(label));
};

/** By the members whose draws do not follow their density. */
const blameLaw = (
  { subjects: { family }, groups }: Evidence,
  failing: readonly Subject[],
  drawn: Drawn,
  pathwise: Span,
  message: string,
): Diagnostic => {
  const others = failing.map((subject) => otherMember(subject, drawn(subject)));
  const isLaw = others.every((other) => other !== null);
  const differing = new Set(others.flatMap((other) => other?.differing ?? []));
  const blamesNatural =
    isLaw && differing.size > 0 && differing.size < family.natural.length && family.standard === null;
  const example = others[0];
  const lines = family.natural.filter((_, i) => differing.has(i));
  const hint =
    isLaw && example
      ? `They follow the member with ${naturalsText(example.member)}, and \`natural\` gives ${naturalsText(example.own)}.`
      : 'No member of the family has the law of these draws: the shape of the `pathwise` line is wrong, not only its scale.';
  if (blamesNatural)
    return error('NSM8005', lines[0]!.span, message, {
      hint,
      secondary: [{ span: pathwise, label: 'what is drawn' }],
    });
  const drawing = drawRepair(family, failing);
  const density = isLaw ? null : densityRepair(family, groups, failing, drawn);
  const repair = drawing ?? density;
  const formulas = isLaw ? lines.map(({ span }) => ({ span, label: 'or this formula' })) : [];
  if (repair !== null)
    return error('NSM8005', repair.span, message, {
      hint: `${isLaw ? `${hint} ` : ''}With \`${repair.instead}\` the draws follow the density.`,
      secondary: [
        ...(repair.line === 'pathwise' ? [] : [{ span: pathwise, label: 'what is drawn' }]),
        ...(density === null || density === repair
          ? []
          : [{ span: density.span, label: `or here: ${density.instead}` }]),
        ...formulas,
      ],
    });
  return error('NSM8005', pathwise, message, {
    hint,
    secondary: [...family.draws.map(({ span }) => ({ span, label: 'or what it reads' })), ...formulas],
  });
};

/** A slip in a `draw` or `pathwise` line without which the draws would follow the density. */
export const drawRepair = (family: Family, failing: readonly Subject[]): Hypothesis | null =>
  believable(family, drawHypotheses(family)).find((hypothesis) =>
    failing.every((subject) =>
      changedPathFollows({ ...subject, member: { ...subject.member, family: hypothesis.family } }),
    ),
  ) ?? null;

/** A slip in the density without which it would be that of the draws, and still add up to 1. */
const densityRepair = (
  family: Family,
  groups: Evidence['groups'],
  failing: readonly Subject[],
  drawn: Drawn,
): Hypothesis | null =>
  believable(family, [
    ...supportHypotheses(family),
    ...statisticHypotheses(family),
    ...baseHypotheses(family),
  ]).find(
    (hypothesis) =>
      (family.logPartition === null || normalises(hypothesis.family, trials(groups))) &&
      explainsDraws(hypothesis.family, failing, drawn),
  ) ?? null;

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
    const other = subjectAt(memberAt(found.family, found.naturals, found.parameters, found.sizes));
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
