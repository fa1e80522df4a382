/** `nsm train`: begin or continue a run, train, save, measure, report. */
import type { StepMetrics } from '../runtime/metrics.ts';
import type { ModelState } from '../runtime/state.ts';
import { isTrainingStopped } from '../runtime/failure.ts';
import type { Iteration, Limited } from '../runtime/train.ts';
import { begin, resume, saveState, type Run, type TrainRequest } from './begin.ts';
import { ended, type Output } from './execute.ts';
import { finish } from './finish.ts';
import { isInterrupted, listenForInterrupt } from './interrupt.ts';
import { announceChange, watchSource, type Live } from './live.ts';
import { printWarning } from './problem.ts';
import { faultIn, loadProgram } from './program.ts';
import { readableSeconds, showProgress, silent, type Progress } from './progress.ts';
import { change } from './revision.ts';
import { appendMetrics, type MetricsLine } from './run-directory.ts';
import { rowsOf } from './datasets.ts';
import { counted, shellWord } from './words.ts';

const secondsBetweenCheckpoints = 30;
const secondsBetweenEvents = 0.5;

export async function train(request: TrainRequest, output: Output): Promise<number> {
  const interrupt = listenForInterrupt(() => output.note('stopping soon; once more to stop at once'));
  const { signal } = interrupt;
  const started = performance.now();
  try {
    const begun = await (request.resume === undefined
      ? begin(request, output, signal)
      : resume(request.resume, request, output, signal));
    const trainingStarted = performance.now();
    const run = await trainAndSave(begun, request, output, signal);
    const { state } = run;
    const seconds = (performance.now() - trainingStarted) / 1000;
    if (state.iteration < run.record.iterations) return interrupted(run, output);
    output.say(
      `trained ${counted(state.iteration - begun.state.iteration, 'iteration')} in ${readableSeconds(seconds)}`,
    );
    try {
      const metrics = await finish(run, output, signal);
      output.event({
        event: 'done',
        iterations: state.iteration,
        seconds: (performance.now() - started) / 1000,
        metrics: metrics === null ? null : figures(metrics),
      });
      return ended.well;
    } catch (error) {
      if (isInterrupted(error)) return interrupted(run, output);
      throw error;
    }
  } catch (error) {
    // Stopped while data were being read: there is nothing to save yet.
    if (isInterrupted(error)) return ended.interrupted;
    throw error;
  } finally {
    interrupt.release();
  }
}

/** What was measured, without the step. */
const figures = ({ step: _, ...metrics }: StepMetrics): Readonly<Record<string, number>> => metrics;

function interrupted({ directory, record, state }: Run, output: Output): number {
  output.event({ event: 'interrupted', iterations: state.iteration, out: directory });
  output.say(
    `stopped after iteration ${state.iteration} of ${record.iterations}, saved in ${directory}\n` +
      `continue with: nsm train --resume ${shellWord(directory)}`,
  );
  return ended.interrupted;
}

/**
 * Trains to the end or to the signal, taking up the source when it is saved, where that is asked for. The state of the run returned
 * is saved, and so is the last good one after a failure.
 */
async function trainAndSave(
  begun: Run,
  request: TrainRequest,
  output: Output,
  signal: AbortSignal,
): Promise<Run> {
  let run = begun;
  const { directory, record } = begun;
  const { learning, iterations, batch } = record;
  const rows = run.data.rows - record.held_out;
  output.event({
    event: 'start',
    model: record.model,
    learning,
    out: directory,
    from: run.state.iteration,
    iterations,
    batch,
    seed: record.seed,
    examples: rows,
    sizes: record.sizes,
    settings: record.settings,
  });

  let unsaved: MetricsLine[] = [];
  const save = (state: ModelState): void => {
    // Metrics first: lines after the checkpoint's iteration are dropped when the run is resumed.
    appendMetrics(
      directory,
      unsaved.filter((line) => Number(line['iteration']) <= state.iteration),
    );
    unsaved = [];
    saveState({ ...run, state });
    output.event({ event: 'saved', iteration: state.iteration, out: directory });
  };

  const progressFrom = (iteration: number): Progress =>
    output.json ? silent : showProgress('training', 'iterations', iterations, iteration);
  let progress = progressFrom(run.state.iteration);
  let latest = run.state.iteration;
  const aside = (show: () => void): void => {
    progress.stop();
    show();
    progress = progressFrom(latest);
  };
  const live = request.watch === true ? openLive(run, request, output, aside) : null;

  const started = performance.now();
  let lastSaved = started;
  let lastEvent = -Infinity;
  const warned = new Set<string>();
  const tell = async ({ iteration, objective, limited, state }: Iteration): Promise<void> => {
    const now = performance.now();
    const seconds = (now - started) / 1000;
    latest = iteration;
    unsaved.push({ event: 'iteration', iteration, objective, seconds: Number(seconds.toFixed(3)) });
    progress.update(iteration, objective === null ? '' : `objective ${objective.toPrecision(5)}`);
    for (const limit of limited.filter(({ latent }) => !warned.has(latent))) {
      warned.add(limit.latent);
      printWarning('NSM6016', limitReached(limit, iteration), howToLift(limit), output);
    }
    if (now - lastEvent >= secondsBetweenEvents * 1000 || iteration === iterations) {
      lastEvent = now;
      output.event({ event: 'iteration', iteration, objective, seconds });
    }
    if (now - lastSaved >= secondsBetweenCheckpoints * 1000) {
      lastSaved = now;
      save(await state());
    }
  };

  try {
    for (;;) {
      const replaced = new AbortController();
      let next = null as Run | null;
      const state = await run.model.train(run.state, rowsOf(run.data, 0, rows), {
        learning,
        iterations,
        batch,
        signal: AbortSignal.any([signal, replaced.signal]),
        onIteration: async (iteration) => {
          await tell(iteration);
          if (latest < iterations) next = live?.look(run, latest) ?? null;
          if (next !== null) replaced.abort();
        },
      });
      run = { ...run, state };
      if (next === null) break;
      const changed = change(run, next);
      if (changed === null) {
        aside(() => output.note(`${run.program.entry} is again the program that the run has`));
        continue;
      }
      run = changed.run;
      save(run.state);
      aside(() => announceChange(changed, 'saved', output));
    }
    progress.stop();
    save(run.state);
    return run;
  } catch (error) {
    progress.stop();
    if (!isTrainingStopped(error)) throw error;
    save(error.lastGood);
    const { what: message, hint, place } = error;
    throw faultIn(run.program, { code: 'NSM6010', message, hint, place });
  } finally {
    live?.close();
  }
}

/** After an undo, the file still holds what was undone: only what is saved from now on counts. */
function openLive(
  { record, program }: Run,
  { file, undo }: TrainRequest,
  output: Output,
  aside: (show: () => void) => void,
): Live {
  const path = file ?? record.entry;
  const onDisk = loadProgram(path);
  return watchSource(path, undo === true ? onDisk : program, output, aside);
}

const limitReached = ({ latent, family, low, high, part }: Limited, iteration: number): string => {
  const ends = [low, high].filter((end) => end !== null).join(' or ');
  const per = `${(100 * part).toPrecision(2)} %`;
  return `in iteration ${iteration}, ${per} of the relaxed draws of ${latent} reach ${ends}, where draws by the \`pathwise\` line of ${family} end: what lies beyond is cut off`;
};

const howToLift = ({ latent, family }: Limited): string =>
  `Keep ${latent} smaller by a guard, learn by \`straight_through\`, or declare ${family} with a longer \`axis\`. This is said once.`;
