/** What `nsm verify` prints: a table, why cells are empty, a last line, and events for programs. */
import { identities, type Check, type Identity, type Outcome } from '../verify/identity.ts';
import type { FamilyReport } from '../verify/verify.ts';
import { problemAsJson, type Problem } from './problem.ts';
import type { LoadedProgram } from './program.ts';
import { readableSeconds } from './progress.ts';

const columns: Readonly<Record<Identity, string>> = {
  density: 'sum',
  mean: 'mean',
  fisher: 'Fisher',
  derivatives: 'deriv.',
  score: 'score',
  divergence: 'KL',
  entropy: 'entropy',
  maps: 'maps',
  forms: 'forms',
  gradient: 'grad.',
  draws: 'draws',
  relaxed: 'relaxed',
  float32: 'float32',
};
const cellWidth = 8;
const order = Object.keys(identities) as Identity[];

export const headLine = (width: number): string =>
  'family'.padEnd(width) + order.map((identity) => columns[identity].padStart(cellWidth)).join('');

export const rowOf = ({ family, outcomes }: FamilyReport, width: number): string =>
  family.name.padEnd(width) + outcomes.map((outcome) => cellOf(outcome).padStart(cellWidth)).join('');

const cellOf = ({ checks, skipped }: Outcome): string => {
  if (skipped !== null || checks.length === 0) return '-';
  const worst = worstOf(checks);
  const text = Number.isFinite(worst.measured) ? numberText(worst.measured) : '';
  return worst.ok ? text : `${text}!`;
};

const numberText = (value: number): string =>
  value === 0 || (value >= 0.01 && value < 100)
    ? String(Number(value.toPrecision(2)))
    : value.toExponential(0);

const worstOf = (checks: readonly Check[]): Check =>
  checks.reduce((most, next) =>
    (most.ok && !next.ok) ||
    (most.ok === next.ok && next.measured / next.tolerance > most.measured / most.tolerance)
      ? next
      : most,
  );

export const isSound = ({ outcomes, verdicts }: FamilyReport): boolean =>
  verdicts.length === 0 && outcomes.every(({ checks }) => checks.every(({ ok }) => ok));

/** Whether anything at all was checked: a family that nothing is known of has not been verified. */
export const isChecked = ({ outcomes }: FamilyReport): boolean =>
  outcomes.some(({ checks }) => checks.length > 0);

/** Why cells are empty: families with the same reason share a line. */
export function footnotes(reports: readonly FamilyReport[]): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { family, outcomes } of reports)
    for (const { identity, skipped } of outcomes) {
      // One parametrisation is no news, nor is nothing to relax.
      if (skipped === null || identity === 'forms' || identity === 'relaxed') continue;
      const key = JSON.stringify([family.name, skipped]);
      reasons.set(key, [...(reasons.get(key) ?? []), columns[identity]]);
    }
  return [...reasons].map(([key, where]) => {
    const [name, reason] = JSON.parse(key) as [string, string];
    return `- ${name}, ${where.join(', ')}: ${reason}`;
  });
}

/** A whole run of `nsm verify`. */
export interface Verified {
  /** Families that are done, and how many there were to do. */
  readonly reports: readonly FamilyReport[];
  readonly asked: number;
  readonly refused: readonly string[];
  readonly seconds: number;
}

const namesOf = (reports: readonly FamilyReport[]): readonly string[] =>
  reports.map(({ family }) => family.name);
const failedOf = (reports: readonly FamilyReport[]): readonly string[] =>
  namesOf(reports.filter((report) => !isSound(report)));
const uncheckedOf = (reports: readonly FamilyReport[]): readonly string[] =>
  namesOf(reports.filter((report) => !isChecked(report)));
const falseAlarmOf = (reports: readonly FamilyReport[]): number =>
  reports.reduce((total, report) => total + report.falseAlarm, 0);

export const summary = ({ reports, asked, refused, seconds }: Verified): string => {
  const members = reports.reduce((total, report) => total + report.members, 0);
  const families = `${reports.length} ${reports.length === 1 ? 'family' : 'families'}`;
  const [failed, unchecked] = [failedOf(reports), uncheckedOf(reports)];
  const falseAlarm = falseAlarmOf(reports);
  const problems = [
    ...(failed.length === 0 ? [] : [`${failed.length} failed: ${failed.join(', ')}`]),
    ...(unchecked.length === 0 ? [] : [`${unchecked.length} could not be checked: ${unchecked.join(', ')}`]),
  ];
  const verdicts = [
    ...(problems.length > 0 || reports.length === 0 ? problems : ['all hold']),
    ...(refused.length === 0 ? [] : [`not verified: ${refused.join(', ')}`]),
    ...(reports.length === asked ? [] : [`stopped after ${reports.length} of ${asked}`]),
  ];
  const alarm =
    falseAlarm === 0
      ? ''
      : ` The chance that right draws fail in such a run is below ${falseAlarm.toExponential(0)}.`;
  if (reports.length === 0) return `${verdicts.join('; ')}.`;
  return `${families} at ${members} members in ${readableSeconds(seconds)}: ${verdicts.join('; ')}. Largest errors are shown; draws in parts of what chance allows.${alarm}`;
};

export const summaryEvent = ({
  reports,
  asked,
  refused,
  seconds,
}: Verified): Readonly<Record<string, unknown>> => ({
  event: 'summary',
  families: reports.length,
  asked,
  failed: failedOf(reports),
  unchecked: uncheckedOf(reports),
  refused,
  falseAlarm: falseAlarmOf(reports),
  seconds,
});

export const reportEvent = (
  program: LoadedProgram,
  report: FamilyReport,
  problems: readonly Problem[],
): Readonly<Record<string, unknown>> => ({
  event: 'family',
  family: report.family.name,
  file: program.entry,
  ok: isSound(report),
  members: report.members,
  identities: report.outcomes.map(({ identity, checks, skipped }) => {
    const worst = checks.length === 0 ? null : worstOf(checks);
    return {
      identity,
      states: identities[identity],
      ok: checks.every(({ ok }) => ok),
      checks: checks.length,
      measured: worst !== null && Number.isFinite(worst.measured) ? worst.measured : null,
      tolerance: worst?.tolerance ?? null,
      member: worst?.member ?? null,
      detail: worst === null || worst.ok ? null : worst.detail,
      skipped,
    };
  }),
  diagnostics: problems.map((problem, n) => ({
    identity: report.verdicts[n]!.identity,
    ...problemAsJson(problem),
  })),
});
