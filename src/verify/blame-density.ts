/** Which line is to blame for a density that does not add up to 1: the one with a slip that explains all members at once. */
import { print } from '../calculus/print.ts';
import type { Family, Support } from '../check/typed.ts';
import { samplerOf } from '../derive/family/sampler.ts';
import type { Code } from '../diagnostics/codes.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { constantStatistic } from './blame-constant.ts';
import { factorVerdict, mayBeFactor, shiftOf } from './blame-factor.ts';
import { consequences, worstOf, type Evidence, type Verdict } from './evidence.ts';
import {
  baseHypotheses,
  misreadHypotheses,
  naturalHypotheses,
  orderHypotheses,
  partitionHypotheses,
  statisticHypotheses,
} from './hypotheses.ts';
import { supportHypotheses } from './hypotheses-support.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { Identity, Subject } from './identity.ts';
import type { TestMember } from './members.ts';
import { notSettled } from './moments.ts';
import { pathAgrees } from './path-law.ts';
import { problemWords } from './problem-words.ts';
import { believable, explainsDraws, firstFitting, firstFittingPartition, gapAt, trials } from './refit.ts';
import { hintOf, type Tell } from './tell.ts';

export const densityVerdict = (evidence: Evidence, names: readonly Identity[]): Verdict => {
  const { groups, subjects, outcomes } = evidence;
  const { family } = subjects;
  const density = outcomes.find(({ identity }) => identity === 'density')!;
  const tell = (
    code: Code,
    span: Span,
    message: string,
    hint: string,
    secondary: Diagnostic['secondary'] = [],
  ): Verdict => ({
    identity: 'density',
    diagnostic: error(code, span, message, { hint: hint + consequences('density', names), secondary }),
  });
  const worst = worstOf(density);
  const symptom = `normalisation: ${worst.detail} at ${worst.member}`;
  const members = groups.flat();
  const gaps = members.map(({ member }) => gapAt(family, member.parameters, member.sizes));
  const narrower = narrowerParameter(family, members, gaps);
  if (narrower !== null)
    return tell(
      'NSM8001',
      narrower.span,
      symptom,
      `It holds wherever ${narrower.where}: declare \`${narrower.instead}\`.`,
    );
  if (family.logPartition === null) {
    const base = firstFitting(baseHypotheses(family), trials(groups));
    return tell(
      'NSM8001',
      base?.span ?? family.supportSpan,
      symptom,
      base === null
        ? 'The unnormalised density needs a finite integral: look at the support and at what log_base does far out.'
        : `With \`${base.instead}\` the density has an integral.`,
      [
        base === null
          ? { span: family.logBaseSpan, label: 'or the base measure' }
          : { span: family.supportSpan, label: 'or the support' },
      ],
    );
  }
  const constant = constantStatistic(evidence);
  if (constant !== null)
    return tell('NSM8001', constant.span, `${symptom}: ${constant.words}`, constant.hint, [
      { span: family.logPartitionSpan, label: 'not linear in its natural parameter' },
    ]);
  const draws = pathwiseAgrees(evidence);
  const tried = trials(groups);
  const fitting = (hypotheses: readonly Hypothesis[]): Hypothesis | null =>
    firstFitting(believable(family, hypotheses), tried);
  // Draws that follow the shape of the density acquit everything but its normaliser.
  const order = draws === true ? null : fitting(orderHypotheses(family));
  const support = draws === true ? null : fitting(supportHypotheses(family));
  const natural = gaps.some(Number.isNaN) ? fitting(naturalHypotheses(family)) : null;
  const shift = shiftOf(groups, gaps, family);
  const base = draws === true && shift === null ? null : fitting(baseHypotheses(family));
  const partition = firstFittingPartition(believable(family, partitionHypotheses(family)), tried);
  const form = order ?? support;
  if (shift !== null && (form === null || mayBeFactor(family, form)))
    return factorVerdict(tell, family, shift, partition, base, form, symptom);
  const found = [order, support, natural, partition, base].filter((repair) => repair !== null);
  const last =
    found.length > 0
      ? null
      : (firstFittingPartition(believable(family, misreadHypotheses(family)), tried) ??
        (draws === true ? null : fitting(statisticHypotheses(family))));
  const repairs = ranked(evidence, last === null ? found : [last]);
  const [repair, ...others] = repairs;
  if (repair === undefined) return unexplained(tell, evidence, symptom);
  const words = [...new Set(repairs.map((each) => each.words))].join(', or ');
  const isLone = draws === false && !explainsDraws(repair.family, witnesses(evidence), evidence.drawn);
  return tell(
    'NSM8001',
    repair.span,
    `${symptom}: ${words}`,
    hintOf(repair) +
      (isLone
        ? ' The draws of the `pathwise` line do not follow it even then: more than one line is wrong.'
        : ''),
    [
      ...(repair === order ? [{ span: family.natural[0]!.span, label: 'or the order here' }] : []),
      ...others.map(({ span, instead }) => ({ span, label: `or here: ${instead}` })),
      ...(isLone ? [{ span: family.pathwiseSpan!, label: 'what is drawn' }] : []),
    ],
  );
};

/**
 * Repairs in the order in which they are to be believed: those that the draws follow alone, where there are any. Draws that
 * contradict the shape of the density acquit its normaliser in this way.
 */
const ranked = (evidence: Evidence, repairs: readonly Hypothesis[]): readonly Hypothesis[] => {
  if (repairs.length < 2 || pathwiseAgrees(evidence) !== false) return repairs;
  const followed = repairs.filter(({ family }) => explainsDraws(family, witnesses(evidence), evidence.drawn));
  return followed.length > 0 ? followed : repairs;
};

/** A member of every group: what its draws follow is compared. */
const witnesses = ({ subjects }: Evidence): readonly Subject[] => subjects.groups.map(([first]) => first!);

/**
 * Whether draws by the family's own `pathwise` line have the shape of the declared density, whatever its normaliser: a second
 * opinion on everything but the log-partition. Null where there is none.
 */
const pathwiseAgrees = ({ subjects, outcomes }: Evidence): boolean | null => {
  if (samplerOf(subjects.family).kind !== 'pathwise') return null;
  const outcome = outcomes.find(({ identity }) => identity === 'draws');
  if (outcome === undefined || outcome.checks.length === 0) return null;
  return (
    outcome.checks.every(({ ok }) => ok) &&
    // A line whose noise has quadrature is a sharper witness than its draws.
    subjects.groups.flat().every((subject) => pathAgrees(subject) !== false)
  );
};

/** A parameter whose type is too wide: all is well exactly where it takes values of a narrower one. */
const narrowerParameter = (
  family: Family,
  members: readonly TestMember[],
  gaps: readonly number[],
): { readonly span: Span; readonly where: string; readonly instead: string } | null => {
  const types: readonly {
    readonly of: readonly Support['kind'][];
    readonly name: string;
    readonly words: string;
    readonly holds: (value: number) => boolean;
  }[] = [
    { of: ['real'], name: 'positive', words: 'is above 0', holds: (value) => value > 0 },
    {
      of: ['real', 'positive'],
      name: 'unit',
      words: 'is between 0 and 1',
      holds: (value) => value > 0 && value < 1,
    },
  ];
  for (const { name, span, support, over } of family.parameters)
    for (const type of types) {
      if (!type.of.includes(support.kind) || over.length > 0) continue;
      const inside = members.map(({ member }) => type.holds(member.parameters[name]!.values[0]!));
      const sound = gaps.map((gap) => Math.abs(gap) < 1e-7);
      const isSplit = inside.every((held, n) => held === sound[n]);
      if (isSplit && inside.includes(true) && inside.includes(false))
        return { span, where: `\`${name}\` ${type.words}`, instead: `${name}: ${type.name}` };
    }
  return null;
};

/** No single slip explains it: draws of a `pathwise` line say which side the error is on. */
const unexplained = (tell: Tell, evidence: Evidence, symptom: string): Verdict => {
  const { subjects, unfit, outcomes } = evidence;
  const { family } = subjects;
  if (unfit.length > 0) {
    const { problem, tested } = unfit[0]!;
    const isSupport = problem.kind === 'undefined' || problem.kind === 'infinite';
    return tell(
      'NSM8001',
      isSupport ? family.supportSpan : family.natural[0]!.span,
      `normalisation: ${problemWords(problem)} at ${tested.label}`,
      isSupport
        ? 'Every value of the support needs a density: narrow the support, or look for what has no value there.'
        : 'Natural parameters have to stay where the density has an integral: look at their signs, and at the types of the parameters.',
      [{ span: family.supportSpan, label: 'the support' }],
    );
  }
  if (symptom.includes(notSettled))
    return tell(
      'NSM8001',
      family.supportSpan,
      symptom,
      'The density has narrow modes, kinks or tails that quadrature here does not resolve: nothing is known about it.',
    );
  const draws = outcomes.find(({ identity }) => identity === 'draws');
  const isWitness = samplerOf(family).kind === 'pathwise' && draws !== undefined && draws.checks.length > 0;
  if (isWitness && draws.checks.some(({ ok }) => !ok))
    return tell(
      'NSM8001',
      family.logBaseSpan,
      symptom,
      'The draws of the `pathwise` line do not follow exp(eta . T(x)) h(x) either, so log_base or a statistic is wrong.',
      [
        { span: family.statistic[0]!.span, label: 'or here' },
        { span: family.logPartitionSpan, label: `not normalised by ${print(family.logPartition!)}` },
      ],
    );
  return tell(
    'NSM8001',
    family.logPartitionSpan,
    `${symptom}: the log-partition is not that of the density`,
    isWitness
      ? 'The draws of the `pathwise` line follow exp(eta . T(x)) h(x): the log-partition alone is wrong.'
      : 'No slip in one line explains it. The log-partition has to be the logarithm of the sum or integral of exp(eta . T(x)) h(x), with T of `statistic` and h of `log_base`.',
    isWitness ? [] : [{ span: family.logBaseSpan, label: 'or the base measure' }],
  );
};
