/** `nsm evaluate`: the log-likelihood of data under the parameters of a run, and log Z with its error. */
import { likelihoods, lostNumber, type LikelihoodOptions, type Stage } from '../runtime/likelihood.ts';
import { defineModel } from '../runtime/model.ts';
import type { Inference } from '../check/typed.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Definition } from '../schedule/definition.ts';
import { likelihood, type LikelihoodDefinition, type LikelihoodRequest } from '../schedule/likelihood.ts';
import { openBackend } from './backend.ts';
import { readCheckpoint } from './run/checkpoint.ts';
import { dataText, loadDatasets, rowsOf, type DataNames } from './run/datasets.ts';
import { restoreRun } from './definition.ts';
import { methodNote, show } from './evaluation-text.ts';
import { ended, type Output } from './execute.ts';
import { requireValues } from './run/fit.ts';
import { interruptible } from './interrupt.ts';
import { evaluateDefaults } from './options.ts';
import { fault } from './problem.ts';
import { showProgress, silent, type Progress } from './progress.ts';
import { readRun } from './run/directory.ts';
import { counted } from './words.ts';

/** Steps that chains make from the data, at the model's own temperature, before they walk back. */
const settle = 1000;

export interface EvaluateRequest {
  readonly run: string;
  readonly data?: DataNames | undefined;
  readonly annealed?: true | undefined;
  readonly inference?: string | undefined;
  readonly chains?: number | undefined;
  readonly temperatures?: number | undefined;
  readonly seed?: number | undefined;
  readonly fast?: true | undefined;
}

export const evaluate = (request: EvaluateRequest, output: Output): Promise<number> =>
  interruptible(
    () => output.note('stopping soon; once more to stop at once'),
    (signal) => evaluateAndShow(request, output, signal),
  );

async function evaluateAndShow(
  request: EvaluateRequest,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const stored = readRun(request.run);
  const { record } = stored;
  const { program, definition } = restoreRun(stored);
  const names = request.data ?? record.test ?? record.data;
  const data = await loadDatasets(
    names,
    definition.model,
    definition.observed.map(({ name }) => name),
    { signal },
  );
  requireValues(program, definition, data, 'fixed');
  const found = likelihood({
    model: program.checked.models.find(({ name }) => name === record.model)!,
    clamped: data.parts.map(({ variable }) => variable),
    sizes: definition.sizes,
    settings: definition.settings,
    by: moverOf(request.inference, program.checked.inferences, definition),
    method: request.annealed === true ? 'annealed' : 'exact where possible',
  });
  if (found.kind === 'none') {
    throw fault(
      'NSM6018',
      `${record.model} has no likelihood that can be computed: ${found.why}`,
      found.advice,
    );
  }
  const backend = await openBackend(request, output);
  const plan = backend.plan({ ...definition, inferences: [], learnings: [] });
  const state = readCheckpoint(request.run, defineModel(plan).create({ seed: record.seed }));
  if (state === null) {
    throw fault(
      'NSM6008',
      `${request.run} holds no parameters: training was stopped before it saved any`,
      'train it with --resume first',
    );
  }
  const heldOut = request.data === undefined && record.test === null ? record.held_out : 0;
  const first = heldOut === 0 ? 0 : data.rows - heldOut;
  const options = {
    ...numbersFor(request, found.definition),
    settle,
    seed: request.seed ?? state.seed,
    signal,
  };
  output.note(
    `${record.model} after ${counted(state.iteration, 'iteration')}, ${counted(data.rows - first, 'example')} of ${dataText(names)}\n` +
      methodNote(found.definition, options),
  );
  const stages = progressOf(output);
  const result = await likelihoods(
    backend.likelihood(found.definition),
    plan,
    state,
    rowsOf(data, first, data.rows),
    { ...options, onProgress: stages.update },
  ).finally(stages.stop);
  const lost = lostNumber(result);
  if (lost !== null) {
    throw fault(
      'NSM6023',
      lost,
      'the energy has no finite value somewhere: look for divisions by 0, logarithms of what is not positive, and energies that have no lower bound',
    );
  }
  show(result, output);
  return result.isWhole ? ended.well : ended.interrupted;
}

/** The inference of a name, with its settings. Throws NSM6002 where the model has none of that name. */
function moverOf(
  name: string | undefined,
  inferences: readonly Inference[],
  definition: Definition,
): LikelihoodRequest['by'] {
  if (name === undefined) return null;
  const inference = inferences.find((one) => one.name === name && one.model.name === definition.model);
  const settings = definition.inferences.find((one) => one.name === name)?.settings;
  if (inference !== undefined && settings !== undefined) return { inference, settings };
  const names = definition.inferences.map((one) => one.name);
  throw fault(
    'NSM6002',
    `the model ${definition.model} has no inference "${name}"`,
    `${didYouMean(name, names)}it has ${names.join(', ')}`,
  );
}

/** Chains for every example are many: fewer of them, and fewer temperatures. */
const numbersFor = (
  { chains, temperatures }: EvaluateRequest,
  { given }: LikelihoodDefinition,
): Pick<LikelihoodOptions, 'chains' | 'temperatures'> => {
  const usual = given.kind === 'annealing' ? evaluateDefaults.eachExample : evaluateDefaults;
  return { chains: chains ?? usual.chains, temperatures: temperatures ?? usual.temperatures };
};

const titles: Readonly<Record<Stage, string>> = {
  examples: 'examples',
  normaliser: 'log Z',
  reverse: 'log Z, walking back',
  simulated: 'data of the model itself',
};

/** One bar after the other; a share of a thousand, since what is counted differs. */
function progressOf(output: Output): {
  readonly update: NonNullable<LikelihoodOptions['onProgress']>;
  readonly stop: () => void;
} {
  let shown: { readonly stage: Stage; readonly progress: Progress } | null = null;
  return {
    update: (stage, { done, of }) => {
      if (shown?.stage !== stage) {
        shown?.progress.stop();
        shown = {
          stage,
          progress: output.json ? silent : showProgress(titles[stage], unitOf(stage), of),
        };
      }
      shown.progress.update(done, '');
    },
    stop: () => shown?.progress.stop(),
  };
}
const unitOf = (stage: Stage): string => (stage === 'examples' ? 'terms' : 'steps');
