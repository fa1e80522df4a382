/** `nsm train`: begin or continue a run, train, save, measure, report. */
import type { StepMetrics } from '../runtime/metrics.ts';
import type { ModelState } from '../runtime/state.ts';
import { isTrainingStopped } from '../runtime/failure.ts';
import type { Iteration, Limited } from '../runtime/train.ts';
import { begin, resume, saveState, type Run, type TrainRequest } from './run/begin.ts';
import { ended, type Output } from './execute.ts';
import { finish } from './run/finish.ts';
import { interruptible, isInterrupted } from './interrupt.ts';
import { announceChange, watchSource, type Live } from './run/live.ts';
import { printWarning } from './problem.ts';
import { faultIn, loadProgram } from './program.ts';
import { readableSeconds, showProgress, silent, type Progress } from './progress.ts';
import { change } from './run/revision.ts';
import { appendMetrics, type MetricsLine } from './run/directory.ts';
import { rowsOf } from './run/datasets.ts';
import { counted, shellWord } from './words.ts';

const secondsBetweenCheckpoints = 30;
const secondsBetweenEvents = 0.5;

/** Stopped while data are being read, there is nothing to save yet. */
export const train = (request: TrainRequest, output: Output): Promise<number> =>
  interruptible(
    () => output.note('stopping soon; once more to stop at once'),
    (signal) => trainAndFinish(request, output, signal),
  );

async function trainAndFinish(request: TrainRequest, output: Output, signal: AbortSignal): Promise<number> {
  const started = performance.now();
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
  announceStart(begun, output);
  const keeper = keepMetrics(begun.directory, output);
  const display = showIterations(begun, output);
  const teller = tellIterations(begun.record.iterations, keeper, display, output);
  const live = request.watch === true ? openLive(begun, request, output, display.aside) : null;
  let run = begun;
  try {
    for (;;) {
      const { state, next } = await trainUntilReplaced(run, live, signal, (iteration) =>
        teller(run, iteration),
      );
      run = { ...run, state };
      if (next === null) break;
      const changed = change(run, next);
      if (changed === null) {
        display.aside(() => output.note(`${run.program.entry} is again the program that the run has`));
        continue;
      }
      run = changed.run;
      keeper.save(run);
      display.aside(() => announceChange(changed, 'saved', output));
    }
    display.stop();
    keeper.save(run);
    return run;
  } catch (error) {
    display.stop();
    if (!isTrainingStopped(error)) throw error;
    keeper.save({ ...run, state: error.lastGood });
    const { what: message, hint, place } = error;
    throw faultIn(run.program, { code: 'NSM6010', message, hint, place });
  } finally {
    live?.close();
  }
}

function announceStart({ record, directory, state, data }: Run, output: Output): void {
  output.event({
    event: 'start',
    model: record.model,
    learning: record.learning,
    out: directory,
    from: state.iteration,
    iterations: record.iterations,
    batch: record.batch,
    seed: record.seed,
    examples: data.rows - record.held_out,
    sizes: record.sizes,
    settings: record.settings,
  });
}

/** The state reached, and the program that takes over from there, or null at the end. */
async function trainUntilReplaced(
  run: Run,
  live: Live | null,
  signal: AbortSignal,
  tell: (iteration: Iteration) => Promise<void>,
): Promise<{ readonly state: ModelState; readonly next: Run | null }> {
  const { learning, iterations, batch, held_out } = run.record;
  const replaced = new AbortController();
  let next = null as Run | null;
  const state = await run.model.train(run.state, rowsOf(run.data, 0, run.data.rows - held_out), {
    learning,
    iterations,
    batch,
    signal: AbortSignal.any([signal, replaced.signal]),
    onIteration: async (iteration) => {
      await tell(iteration);
      if (iteration.iteration < iterations) next = live?.look(run, iteration.iteration) ?? null;
      if (next !== null) replaced.abort();
    },
  });
  return { state, next };
}

interface Keeper {
  readonly add: (line: MetricsLine) => void;
  readonly save: (run: Run) => void;
}

/** Lines of metrics wait for the checkpoint of their iteration. */
function keepMetrics(directory: string, output: Output): Keeper {
  let unsaved: MetricsLine[] = [];
  return {
    add: (line) => void unsaved.push(line),
    save: (run) => {
      const { iteration } = run.state;
      // Metrics first: lines after the checkpoint's iteration are dropped when the run is resumed.
      appendMetrics(
        directory,
        unsaved.filter((line) => Number(line['iteration']) <= iteration),
      );
      unsaved = [];
      saveState(run);
      output.event({ event: 'saved', iteration, out: directory });
    },
  };
}

interface Display {
  readonly update: (iteration: number, text: string) => void;
  /** Shows something else where the line of progress is. */
  readonly aside: (show: () => void) => void;
  readonly stop: () => void;
}

function showIterations({ record, state }: Run, output: Output): Display {
  const progressFrom = (iteration: number): Progress =>
    output.json ? silent : showProgress('training', 'iterations', record.iterations, iteration);
  let progress = progressFrom(state.iteration);
  let latest = state.iteration;
  return {
    update: (iteration, text) => {
      latest = iteration;
      progress.update(iteration, text);
    },
    aside: (show) => {
      progress.stop();
      show();
      progress = progressFrom(latest);
    },
    stop: () => progress.stop(),
  };
}

/** What is kept, shown and said of each iteration, with a checkpoint now and then. */
function tellIterations(
  iterations: number,
  keeper: Keeper,
  display: Display,
  output: Output,
): (run: Run, iteration: Iteration) => Promise<void> {
  const started = performance.now();
  let lastSaved = started;
  let lastEvent = -Infinity;
  const warned = new Set<string>();
  return async (run, { iteration, objective, limited, state }) => {
    const now = performance.now();
    const seconds = (now - started) / 1000;
    keeper.add({ event: 'iteration', iteration, objective, seconds: Number(seconds.toFixed(3)) });
    display.update(iteration, objective === null ? '' : `objective ${objective.toPrecision(5)}`);
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
      keeper.save({ ...run, state: await state() });
    }
  };
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
