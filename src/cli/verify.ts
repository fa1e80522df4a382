/** `nsm verify`: whether families are what they say they are. */
import { setImmediate } from 'node:timers/promises';
import type { Family } from '../check/typed.ts';
import { titles } from '../verify/identity.ts';
import type { FamilyReport, VerifyOptions } from '../verify/verify.ts';
import { ended, type Output } from './execute.ts';
import { listenForInterrupt } from './interrupt.ts';
import { problemsAsText, printProblems, printWarnings, type Problem } from './problem.ts';
import { problemsIn } from './program.ts';
import { showProgress, silent } from './progress.ts';
import { choose, collect } from './verify-files.ts';
import {
  footnotes,
  headLine,
  isChecked,
  isSound,
  reportEvent,
  rowOf,
  summary,
  summaryEvent,
  type Verified,
} from './verify-text.ts';

export interface VerifyRequest {
  readonly files: readonly string[];
  readonly family?: string;
  readonly seed?: number;
}

const defaultSeed = 1;

export async function verify(request: VerifyRequest, output: Output): Promise<number> {
  const started = performance.now();
  const collected = collect(request.files);
  const { problems, refused } = collected;
  const chosen = choose(collected, request.family);
  if (problems.length > 0) printProblems(problems, output);
  printWarnings(collected.warnings, output);
  const { reports, wrong, isStopped } =
    chosen.length === 0
      ? { reports: [], wrong: [], isStopped: false }
      : await verifyAll(chosen, request.seed ?? defaultSeed, output);
  if (reports.length > 0) {
    const width = Math.max(...reports.map(({ family }) => family.name.length), 'family'.length);
    for (const line of [headLine(width), ...reports.map((report) => rowOf(report, width))]) output.say(line);
    for (const line of footnotes(reports)) output.say(line);
    if (wrong.length > 0) output.note(`\n${problemsAsText(wrong)}`);
  }
  const seconds = (performance.now() - started) / 1000;
  const verified: Verified = { reports, asked: chosen.length, refused, seconds };
  output.event(summaryEvent(verified));
  output.say(summary(verified));
  if (isStopped) return ended.interrupted;
  const allHold = reports.every((report) => isSound(report) && isChecked(report));
  return allHold && problems.length === 0 ? ended.well : ended.badInput;
}

interface Results {
  readonly reports: readonly FamilyReport[];
  /** What is wrong with the families, to be shown below the table. */
  readonly wrong: readonly Problem[];
  readonly isStopped: boolean;
}

/** Verifies one family after the other; an interrupt ends it, and those that are done are kept. */
async function verifyAll(chosen: ReturnType<typeof choose>, seed: number, output: Output): Promise<Results> {
  const [{ verification }, { loadBackend }] = await Promise.all([
    import('../verify/verify.ts'),
    import('../targets/tfjs/backend.ts'),
  ]);
  // Members are small: starting WebAssembly would take longer than all of their arithmetic.
  const { tf } = await loadBackend('cpu');
  const interrupt = listenForInterrupt(() => undefined);
  const progress = output.json ? silent : showProgress('verifying', 'families', chosen.length);
  const reports: FamilyReport[] = [];
  const wrong: Problem[] = [];
  const reportOf = async (family: Family, options: VerifyOptions): Promise<FamilyReport | null> => {
    const steps = verification(family, options);
    for (;;) {
      // An interrupt is heard between steps alone.
      await setImmediate();
      if (interrupt.signal.aborted) return null;
      const step = steps.next();
      if (step.done === true) return step.value;
      progress.update(reports.length, `${family.name}, ${titles[step.value]}`);
    }
  };
  try {
    for (const { program, family } of chosen) {
      const report = await reportOf(family, { seed, tf });
      if (report === null) break;
      reports.push(report);
      const own = problemsIn(
        program,
        report.verdicts.map(({ diagnostic }) => diagnostic),
      );
      wrong.push(...own);
      output.event(reportEvent(program, report, own));
    }
  } finally {
    progress.stop();
    interrupt.release();
  }
  return { reports, wrong, isStopped: interrupt.signal.aborted };
}
