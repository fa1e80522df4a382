/**
 * Which line of a declaration is to blame for what does not hold. One mistake makes many identities fail; it is told
 * once, where it is, with the other identities that fail with it.
 */
import { naturalVector } from '../derive/family/member.ts';
import type { Code } from '../diagnostics/codes.ts';
import { error } from '../diagnostics/construct.ts';
import type { Span } from '../syntax/span.ts';
import { blameDraws, blameRelaxed } from './blame-draws.ts';
import { blameGradient } from './blame-gradient.ts';
import { densityVerdict } from './blame-density.ts';
import { consequences, worstOf, type Evidence, type Verdict } from './evidence.ts';
import { titles, type Check, type Identity, type Outcome } from './identity.ts';
import { average } from './quadrature.ts';

/** These rest on the density: none of them says anything new while it is wrong. */
const ofDensity: readonly Identity[] = [
  'density',
  'mean',
  'fisher',
  'derivatives',
  'score',
  'divergence',
  'entropy',
];

export const blame = (evidence: Evidence): readonly Verdict[] => {
  const { outcomes } = evidence;
  const failing = outcomes.filter(({ checks }) => checks.some(({ ok }) => !ok));
  const failed = (identity: Identity): Outcome | undefined =>
    failing.find((outcome) => outcome.identity === identity);
  const names = failing.map(({ identity }) => identity);
  if (failed('density') !== undefined) return [densityVerdict(evidence, names)];
  const derived = ofDensity.filter((identity) => names.includes(identity));
  const [first] = derived;
  return [
    ...(first === undefined ? [] : [derivedVerdict(evidence, failed(first)!, derived)]),
    ...formVerdicts(evidence),
    ...otherVerdicts(evidence, failing),
  ];
};

// ---- what follows from the density -------------------------------------------------------------------------------

const derivedVerdict = ({ subjects }: Evidence, outcome: Outcome, names: readonly Identity[]): Verdict => {
  const { family } = subjects;
  const worst = worstOf(outcome);
  const advice =
    family.logPartition === null
      ? 'Two numerical integrals of one density disagree: look for kinks, narrow peaks, or tails that hardly fall.'
      : 'The density itself adds up to 1: look for functions without a derivative, or for cancellation.';
  const span = outcome.identity === 'entropy' ? family.logBaseSpan : family.logPartitionSpan;
  return {
    identity: outcome.identity,
    diagnostic: error('NSM8002', span, `${titles[outcome.identity]}: ${worst.detail} at ${worst.member}`, {
      hint: `${advice}${consequences(outcome.identity, names)}`,
    }),
  };
};

const formVerdicts = ({ forms, subjects }: Evidence): readonly Verdict[] =>
  forms.flatMap(({ also, checks }): readonly Verdict[] => {
    const bad = checks.filter(({ ok }) => !ok);
    if (bad.length === 0) return [];
    const worst = bad[0]!;
    return [
      {
        identity: 'forms',
        diagnostic: error('NSM8003', also.span, `parametrisations: ${worst.detail}`, {
          hint: `Each value of \`${also.name}\` has to name one member of ${subjects.family.name}, and each member has to have one.`,
        }),
      },
    ];
  });

/** Where digits are lost: the line whose part of the log density is far larger than the whole, or the log-partition within itself. */
const cancellingLine = ({ subjects }: Evidence, worst: Check): Span => {
  const { family, groups } = subjects;
  const subject = groups.flat().find(({ label }) => label === worst.member);
  if (subject === undefined) return family.logPartitionSpan;
  const { member, quadrature, weights, mean } = subject;
  const eta = naturalVector(member);
  const inner = average(weights, (n) =>
    Math.abs(eta.reduce((sum, value, i) => sum + value * quadrature.statistics[n]![i]!, 0)),
  );
  const base = average(weights, (n) => Math.abs(quadrature.logBase[n]!));
  const entropy =
    quadrature.logTotal -
    mean.reduce((sum, value, i) => sum + eta[i]! * value, 0) -
    average(weights, (n) => quadrature.logBase[n]!);
  const whole = 1 + Math.abs(entropy);
  if (Math.max(inner, base) < 100 * whole) return family.logPartitionSpan;
  return inner > base ? family.statistic[0]!.span : family.logBaseSpan;
};

const otherVerdicts = (evidence: Evidence, failing: readonly Outcome[]): readonly Verdict[] => {
  const { family } = evidence.subjects;
  const draws = failing.find(({ identity }) => identity === 'draws');
  return failing.flatMap((outcome): readonly Verdict[] => {
    const worst = worstOf(outcome);
    const message = `${titles[outcome.identity]}: ${worst.detail} at ${worst.member}`;
    const told = (code: Code, span: Span, hint: string): readonly Verdict[] => [
      { identity: outcome.identity, diagnostic: error(code, span, message, { hint }) },
    ];
    switch (outcome.identity) {
      case 'maps':
        return told(
          'NSM8004',
          family.standard?.[0]?.span ?? family.natural[0]!.span,
          'Each way from parameters to natural parameters, their coordinates and means, and back, has to end at the member where it began.',
        );
      case 'draws':
        return [{ identity: 'draws', diagnostic: blameDraws(evidence, outcome, message) }];
      case 'relaxed':
        return [{ identity: 'relaxed', diagnostic: blameRelaxed(evidence, outcome, message) }];
      case 'gradient':
        // Wrong draws have wrong slopes.
        return draws === undefined
          ? [{ identity: 'gradient', diagnostic: blameGradient(evidence, worst, message) }]
          : [];
      case 'float32':
        return told(
          'NSM8007',
          cancellingLine(evidence, worst),
          'Differences of large numbers lose digits: write the formula with functions that do not cancel, such as log1p, expm1, softplus or log_diff_exp.',
        );
      default:
        return [];
    }
  });
};
