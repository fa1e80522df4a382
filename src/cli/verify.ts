/** `nsm verify`: whether families are what they say they are. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileSources } from '../check/sources.ts';
import type { Family } from '../check/typed.ts';
import type { FamilyReport } from '../verify/verify.ts';
import { identities, titles, type Check, type Identity, type Outcome } from '../verify/identity.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { ended, type Output } from './execute.ts';
import { fault, problemAsJson, problemsAsText, problemsOf, type Problem } from './problem.ts';
import { loadProgram, problemsIn, type LoadedProgram } from './program.ts';
import { readableSeconds, showProgress, silent } from './progress.ts';

export interface VerifyRequest {
  readonly files: readonly string[];
  readonly family?: string;
  readonly seed?: number;
}

const defaultSeed = 1;

/** A family with the file that declares it. */
interface Found {
  readonly program: LoadedProgram;
  readonly family: Family;
}

export async function verify(request: VerifyRequest, output: Output): Promise<number> {
  const started = performance.now();
  const { found, problems } = collect(request.files);
  const chosen = choose(found, request.family, problems.length > 0);
  if (problems.length > 0) {
    output.event({ event: 'error', diagnostics: problems.map(problemAsJson) });
    output.note(problemsAsText(problems));
  }
  if (chosen.length === 0) return ended.badInput;
  const [{ verifyFamily }, { loadBackend }] = await Promise.all([
    import('../verify/verify.ts'),
    import('../targets/tfjs/backend.ts'),
  ]);
  // Members are small: starting WebAssembly would take longer than all of their arithmetic.
  const { tf } = await loadBackend('cpu');
  const width = Math.max(...chosen.map(({ family }) => family.name.length), 'family'.length);
  const progress = output.json ? silent : showProgress('verifying', 'families', chosen.length);
  const reports: FamilyReport[] = [];
  const wrong: Problem[] = [];
  for (const [n, { program, family }] of chosen.entries()) {
    const report = verifyFamily(family, {
      seed: request.seed ?? defaultSeed,
      tf,
      begin: (identity) => progress.update(n, `${family.name}, ${titles[identity]}`),
    });
    reports.push(report);
    const own = problemsIn(
      program,
      report.verdicts.map(({ diagnostic }) => diagnostic),
    );
    wrong.push(...own);
    output.event(reportEvent(program, report, own));
  }
  progress.stop();
  for (const line of [headLine(width), ...reports.map((report) => rowOf(report, width))]) output.say(line);
  for (const line of footnotes(reports)) output.say(line);
  if (wrong.length > 0) output.note(`\n${problemsAsText(wrong)}`);
  const failed = reports.filter((report) => !isSound(report));
  const unchecked = reports.filter((report) => !isChecked(report));
  const falseAlarm = reports.reduce((total, report) => total + report.falseAlarm, 0);
  const seconds = (performance.now() - started) / 1000;
  output.event({
    event: 'summary',
    families: reports.length,
    failed: failed.map(({ family }) => family.name),
    unchecked: unchecked.map(({ family }) => family.name),
    falseAlarm,
    seconds,
  });
  output.say(summary(reports, failed, unchecked, falseAlarm, seconds));
  return failed.length > 0 || unchecked.length > 0 || problems.length > 0 ? ended.badInput : ended.well;
}

// ---- files -------------------------------------------------------------------------------------------------------

/** Families of all files, and what is wrong with files that cannot be checked. */
function collect(files: readonly string[]): {
  readonly found: readonly Found[];
  readonly problems: readonly Problem[];
} {
  const found: Found[] = [];
  const problems: Problem[] = [];
  for (const named of files) {
    const inside = filesIn(named);
    const before = found.length + problems.length;
    for (const file of inside ?? [named]) {
      try {
        const program = loadProgram(file);
        if (program.diagnostics.some(({ severity }) => severity === 'error'))
          problems.push(...problemsIn(program));
        else
          for (const family of program.checked.families)
            if (family.span.file === program.entry) found.push({ program, family });
      } catch (error) {
        const own = problemsOf(error);
        if (own === null) throw error;
        problems.push(...own);
      }
    }
    if (found.length + problems.length > before) continue;
    problems.push(
      ...problemsOf(
        fault(
          'NSM6014',
          inside === null ? `${named} declares no family` : `there is no family in the files of ${named}`,
          'name a file with a `family` declaration, such as std/families/Normal, or a directory of such files',
          named,
        ),
      )!,
    );
  }
  return { found, problems };
}

/** The programs in a directory on disk or of the standard library; null for what is not one. */
function filesIn(named: string): readonly string[] | null {
  const stat = statSync(named, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return null;
  if (stat?.isDirectory() === true)
    return readdirSync(named)
      .filter((name) => name.endsWith('.nsm'))
      .sort()
      .map((name) => join(named, name));
  const folder = named.replace(/\/+$/, '');
  if (!folder.startsWith('std/')) return null;
  const resolution = fileSources().resolve('', folder);
  if (resolution.kind !== 'files' || resolution.files.length < 2) return null;
  return resolution.files.map(
    (path) =>
      `${folder}/${path
        .split(/[/\\]/)
        .at(-1)!
        .replace(/\.nsm$/, '')}`,
  );
}

function choose(found: readonly Found[], name: string | undefined, hasProblems: boolean): readonly Found[] {
  if (name === undefined) return found;
  const chosen = found.filter(({ family }) => family.name === name);
  if (chosen.length > 0 || hasProblems) return chosen;
  const names = found.map(({ family }) => family.name);
  throw fault(
    'NSM6014',
    `no family is named "${name}"`,
    `${didYouMean(name, names)}there is ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`,
  );
}

// ---- words -------------------------------------------------------------------------------------------------------

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
  float32: 'float32',
};
const cellWidth = 8;
const order = Object.keys(identities) as Identity[];

const headLine = (width: number): string =>
  'family'.padEnd(width) + order.map((identity) => columns[identity].padStart(cellWidth)).join('');

const rowOf = ({ family, outcomes }: FamilyReport, width: number): string =>
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

const isSound = ({ outcomes, verdicts }: FamilyReport): boolean =>
  verdicts.length === 0 && outcomes.every(({ checks }) => checks.every(({ ok }) => ok));

/** Whether anything at all was checked: a family that nothing is known of has not been verified. */
const isChecked = ({ outcomes }: FamilyReport): boolean => outcomes.some(({ checks }) => checks.length > 0);

/** Why cells are empty: families with the same reason share a line. */
function footnotes(reports: readonly FamilyReport[]): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { family, outcomes } of reports)
    for (const { identity, skipped } of outcomes) {
      // One parametrisation is no news.
      if (skipped === null || identity === 'forms') continue;
      const key = JSON.stringify([family.name, skipped]);
      reasons.set(key, [...(reasons.get(key) ?? []), columns[identity]]);
    }
  return [...reasons].map(([key, where]) => {
    const [name, reason] = JSON.parse(key) as [string, string];
    return `- ${name}, ${where.join(', ')}: ${reason}`;
  });
}

const summary = (
  reports: readonly FamilyReport[],
  failed: readonly FamilyReport[],
  unchecked: readonly FamilyReport[],
  falseAlarm: number,
  seconds: number,
): string => {
  const members = reports.reduce((total, report) => total + report.members, 0);
  const families = `${reports.length} ${reports.length === 1 ? 'family' : 'families'}`;
  const named = (some: readonly FamilyReport[]): string => some.map(({ family }) => family.name).join(', ');
  const verdicts = [
    ...(failed.length === 0 ? [] : [`${failed.length} failed: ${named(failed)}`]),
    ...(unchecked.length === 0 ? [] : [`${unchecked.length} could not be checked: ${named(unchecked)}`]),
  ];
  const verdict = verdicts.length === 0 ? 'all hold' : verdicts.join('; ');
  const alarm =
    falseAlarm === 0
      ? ''
      : ` The chance that right draws fail in such a run is below ${falseAlarm.toExponential(0)}.`;
  return `${families} at ${members} members in ${readableSeconds(seconds)}: ${verdict}. Largest errors are shown; draws in parts of what chance allows.${alarm}`;
};

const reportEvent = (
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
