/** Which line is to blame for a density that does not add up to 1: the one with a slip that explains all members at once. */
import { print } from '../calculus/print.ts';
import type { Family, Support } from '../check/typed.ts';
import { samplerOf } from '../derive/family/sampler.ts';
import type { Code } from '../diagnostics/codes.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { consequences, worstOf, type Evidence, type Verdict } from './evidence.ts';
import {
  baseHypotheses,
  formHypotheses,
  naturalHypotheses,
  partitionHypotheses,
  statisticHypotheses,
  type Hypothesis,
} from './hypotheses.ts';
import { shown, type Identity } from './identity.ts';
import type { TestMember } from './members.ts';
import { notSettled } from './moments.ts';
import { problemWords } from './problem-words.ts';
import { firstFitting, firstFittingPartition, gapAt, trials } from './refit.ts';

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
  const draws = pathwiseAgrees(evidence);
  const form = draws === true ? null : firstFitting(formHypotheses(family), trials(groups));
  const shift = shiftOf(groups, gaps, family);
  if (form !== null && (shift === null || !mayBeFactor(family, form)))
    return tell('NSM8001', form.span, `${symptom}: ${form.words}`, hintOf(form));
  const natural = gaps.some(Number.isNaN) ? firstFitting(naturalHypotheses(family), trials(groups)) : null;
  if (natural !== null) return tell('NSM8001', natural.span, `${symptom}: ${natural.words}`, hintOf(natural));
  const base = firstFitting(baseHypotheses(family), trials(groups));
  // Draws that contradict the shape of the density acquit its normaliser.
  const partition =
    draws === false && base !== null
      ? null
      : firstFittingPartition(partitionHypotheses(family), trials(groups));
  if (shift !== null) return factorVerdict(tell, family, shift, partition, base, form, symptom);
  const repair = partition ?? base ?? firstFitting(statisticHypotheses(family), trials(groups));
  if (repair !== null) {
    const other = repair === partition ? base : null;
    return tell(
      'NSM8001',
      repair.span,
      `${symptom}: ${repair.words}`,
      hintOf(repair),
      other === null ? [] : [{ span: other.span, label: `or here: ${other.instead}` }],
    );
  }
  return unexplained(tell, evidence, symptom);
};

/**
 * Whether draws by the family's own `pathwise` line have the shape of the declared density, whatever its normaliser: a second
 * opinion on everything but the log-partition. Null where there is none.
 */
const pathwiseAgrees = ({ subjects: { family }, outcomes }: Evidence): boolean | null => {
  if (samplerOf(family).kind !== 'pathwise') return null;
  const outcome = outcomes.find(({ identity }) => identity === 'draws');
  return outcome === undefined || outcome.checks.length === 0 ? null : outcome.checks.every(({ ok }) => ok);
};

type Tell = (
  code: Code,
  span: Span,
  message: string,
  hint: string,
  secondary?: Diagnostic['secondary'],
) => Verdict;

const hintOf = ({ instead }: Hypothesis): string =>
  `With \`${instead}\` it adds up to 1 at every member tried.`;

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

interface Shift {
  /** The logarithm of the missing factor, where it is largest. */
  readonly size: number;
  /** Whether it is the same for all fixed arguments. */
  readonly isConstant: boolean;
}

/** The gap where it does not depend on the natural parameters: a factor of the density is missing, or there is one too many. */
const shiftOf = (
  groups: readonly (readonly TestMember[])[],
  gaps: readonly number[],
  family: Family,
): Shift | null => {
  let at = 0;
  const perGroup = groups.map((group) => gaps.slice(at, (at += group.length)));
  const isFlat = perGroup.every((own) => own.every((gap) => Math.abs(gap - own[0]!) < 1e-7));
  if (!isFlat || perGroup.every((own) => own.length < 2)) return null;
  const size = gaps.reduce((most, gap) => (Math.abs(gap) > Math.abs(most) ? gap : most));
  const isConstant = gaps.every((gap) => Math.abs(gap - size) < 1e-7);
  return isConstant || family.parameters.some(({ fixed }) => fixed) ? { size, isConstant } : null;
};

/** Half of a symmetric density has half of its mass: whether the support or a factor of 2 is wrong, draws would have to tell. */
const mayBeFactor = (family: Family, form: Hypothesis): boolean =>
  form.line === 'support' && family.pathwise === null;

const factorVerdict = (
  tell: Tell,
  family: Family,
  { size, isConstant }: Shift,
  partition: Hypothesis | null,
  base: Hypothesis | null,
  form: Hypothesis | null,
  symptom: string,
): Verdict => {
  const hasBase = family.logBaseSpan !== family.span;
  const lines = [
    { line: 'log_base', span: family.logBaseSpan, repair: base },
    { line: 'log_partition', span: family.logPartitionSpan, repair: partition },
  ] as const;
  const repaired = lines.filter(({ repair }) => repair !== null);
  const chosen = repaired.length === 1 ? repaired[0]! : hasBase ? lines[0] : lines[1];
  const other = chosen === lines[0] ? lines[1] : lines[0];
  const amount = nameOf(size);
  const factor = isConstant
    ? `a factor exp(${amount}), the same for all members, is missing`
    : 'a factor that depends on fixed arguments alone is missing';
  const hint =
    chosen.repair === null
      ? isConstant
        ? `Add ${amount} to log_base, or take it from log_partition.`
        : 'Look for a fixed argument that one of the two lines does not read.'
      : hintOf(chosen.repair);
  const secondary = [
    ...(other.line === 'log_base' && !hasBase
      ? []
      : [
          { span: other.span, label: other.repair === null ? 'or here' : `or here: ${other.repair.instead}` },
        ]),
    ...(form === null ? [] : [{ span: form.span, label: `or here: ${form.instead}` }]),
  ];
  return tell(
    'NSM8001',
    chosen.span,
    `${symptom}: ${factor}; ${chosen.line} or ${other.line}`,
    hint,
    secondary,
  );
};

/** `log(2 * pi) / 2` where the number is a constant that densities have. */
const nameOf = (size: number): string => {
  const known: readonly (readonly [string, number])[] = [
    ['log(2)', Math.log(2)],
    ['log(2) / 2', Math.log(2) / 2],
    ['log(pi)', Math.log(Math.PI)],
    ['log(pi) / 2', Math.log(Math.PI) / 2],
    ['log(2 * pi)', Math.log(2 * Math.PI)],
    ['log(2 * pi) / 2', Math.log(2 * Math.PI) / 2],
    ['log(pi / 2) / 2', Math.log(Math.PI / 2) / 2],
  ];
  const found = known.find(([, value]) => Math.abs(Math.abs(size) - value) < 1e-6);
  return found === undefined ? shown(size) : `${size < 0 ? '-' : ''}${found[0]}`;
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
      : 'It has to be the logarithm of the sum or integral of exp(eta . T(x)) h(x), with T of `statistic` and h of `log_base`.',
    [{ span: family.logBaseSpan, label: 'or the base measure' }],
  );
};
