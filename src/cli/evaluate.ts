/** `nsm evaluate`: the log-likelihood of data under the parameters of a run, and log Z with its error. */
import {
  likelihoods,
  type LikelihoodOptions,
  type LikelihoodResult,
  type Normaliser,
  type Stage,
} from '../runtime/likelihood.ts';
import { defineModel } from '../runtime/model.ts';
import type { Inference } from '../check/typed.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Definition } from '../schedule/definition.ts';
import {
  likelihood,
  type LikelihoodDefinition,
  type LikelihoodRequest,
  type LogSum,
} from '../schedule/likelihood.ts';
import { likelihoodInProcess } from '../targets/tfjs/likelihood.ts';
import { loadBackend } from '../targets/tfjs/backend.ts';
import { planInProcess } from '../targets/tfjs/plan.ts';
import { dataText, loadDatasets, rowsOf, type DataNames } from './datasets.ts';
import { restoreRun } from './definition.ts';
import { ended, type Output } from './execute.ts';
import { requireValues } from './fit.ts';
import { isInterrupted, listenForInterrupt } from './interrupt.ts';
import { evaluateDefaults } from './options.ts';
import { fault } from './problem.ts';
import { showProgress, silent, type Progress } from './progress.ts';
import { readCheckpoint, readRecord } from './run-directory.ts';

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
}

export async function evaluate(request: EvaluateRequest, output: Output): Promise<number> {
  const interrupt = listenForInterrupt(() => output.note('stopping soon; once more to stop at once'));
  try {
    return await evaluateAndShow(request, output, interrupt.signal);
  } catch (error) {
    if (isInterrupted(error)) return ended.interrupted;
    throw error;
  } finally {
    interrupt.release();
  }
}

async function evaluateAndShow(
  request: EvaluateRequest,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const record = readRecord(request.run);
  const { program, definition } = restoreRun(request.run, record);
  const names = request.data ?? record.test ?? record.data;
  const data = await loadDatasets(
    names,
    definition.model,
    definition.observed.map(({ name }) => name),
    { signal },
  );
  requireValues(definition, data);
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
      'sums are made by formula, over at most 2^22 states, or by annealing through variables that have a law given all others',
    );
  }
  const backend = await loadBackend(process.env['NSM_BACKEND'] === 'cpu' ? 'cpu' : 'wasm');
  const plan = planInProcess({ ...definition, inferences: [], learnings: [] }, backend);
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
    `${record.model} after ${state.iteration} iterations, ${data.rows - first} examples of ${dataText(names)}\n` +
      methodNote(found.definition, options),
  );
  const stages = progressOf(output);
  const result = await likelihoods(
    likelihoodInProcess(found.definition, backend),
    plan,
    state,
    rowsOf(data, first, data.rows),
    { ...options, onProgress: stages.update },
  ).finally(stages.stop);
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

const methodNote = ({ given, normaliser }: LikelihoodDefinition, options: LikelihoodOptions): string =>
  [
    `examples: ${methodOf(given, options)}`,
    `log Z: ${normaliser === null ? '0, since every layer is normalised' : methodOf(normaliser, options)}`,
  ].join('\n');

const methodOf = (sum: LogSum, { chains, temperatures }: LikelihoodOptions): string => {
  const out = sum.summed.length === 0 ? '' : `${sum.summed.join(', ')} summed out`;
  const and = out === '' ? '' : `, ${out}`;
  switch (sum.kind) {
    case 'formula':
      return out === '' ? 'by formula' : `by formula, ${out}`;
    case 'enumeration':
      return `all ${sum.states} states of ${sum.kept.map(({ name }) => name).join(', ')}${and}`;
    case 'annealing':
      return `annealed importance sampling of ${sum.kept.map(({ name }) => name).join(', ')}${and}, ${chains} chains, ${temperatures} temperatures${biasNote(sum.biased)}`;
  }
};

const biasNote = (biased: readonly string[]): string =>
  biased.length === 0
    ? ''
    : `; steps of ${biased.join(', ')} leave the law only nearly as it is, so the estimate has a bias of its own`;

function show(result: LikelihoodResult, output: Output): void {
  const { normaliser, examples, rows } = result;
  const logZ = pointOf(normaliser);
  const values = Array.from(examples.values);
  const given = moments(values);
  const mean = logZ === null || given === null ? null : given.mean - logZ.value;
  const errors = examples.errors === null ? null : meanError(examples.errors);
  output.event({
    event: 'log_likelihood',
    examples: rows,
    examples_done: values.length,
    mean,
    standard_deviation: given?.sd ?? null,
    simulated_gap: examples.gap,
    annealing_error: combined(errors, logZ?.error ?? null),
    lowest: bound(given, logZ?.upper ?? null),
    highest: bound(given, logZ?.value ?? null),
    log_z: logZ?.value ?? null,
    log_z_error: logZ?.error ?? null,
    log_z_upper: logZ?.upper ?? null,
    log_z_upper_error: logZ?.upperError ?? null,
    log_z_upper_is: (logZ?.upper ?? null) === null ? null : 'heuristic',
    log_z_method: normaliser?.kind ?? null,
    effective_chains: logZ?.effective ?? null,
    complete: result.isWhole,
  });
  output.say(normaliserText(normaliser));
  if (given === null) {
    output.say('no example is done');
    return;
  }
  const spread = `${given.sd.toFixed(2)} from example to example`;
  if (mean === null || logZ === null) {
    output.say(`log Z + log-likelihood ${given.mean.toFixed(3)} nats an example, ${spread}`);
    return;
  }
  const error = combined(errors, logZ.error);
  output.say(
    `log-likelihood ${mean.toFixed(3)} nats an example${error === null ? '' : ` ± ${error.toFixed(3)}`}` +
      ` (${values.length} examples, ${spread})` +
      (logZ.upper === null ? '' : `\n  ${(given.mean - logZ.upper).toFixed(3)} by the walk back`) +
      (errors === null ? '' : '\n  sums over latents are estimated from below on average') +
      (examples.gap === null
        ? ''
        : `\n  for data drawn from the model, whose latents are known, walks from both sides differ by ${examples.gap.toFixed(3)} nats`),
  );
}

interface Point {
  readonly value: number;
  readonly error: number | null;
  readonly upper: number | null;
  readonly upperError: number | null;
  readonly effective: number | null;
}

const pointOf = (normaliser: Normaliser | null): Point | null => {
  const exact = { error: null, upper: null, upperError: null, effective: null };
  if (normaliser === null) return null;
  switch (normaliser.kind) {
    case 'normalised':
      return { ...exact, value: 0 };
    case 'exact':
      return { ...exact, value: normaliser.value };
    case 'annealed':
      return normaliser.forward === null
        ? null
        : {
            value: normaliser.forward.value,
            error: normaliser.forward.error,
            upper: normaliser.reverse?.value ?? null,
            upperError: normaliser.reverse?.error ?? null,
            effective: normaliser.forward.effective,
          };
  }
};

const normaliserText = (normaliser: Normaliser | null): string => {
  if (normaliser === null) return 'nothing is known of log Z yet';
  switch (normaliser.kind) {
    case 'normalised':
      return 'log Z 0: every layer is normalised';
    case 'exact':
      return `log Z ${normaliser.value.toFixed(4)}, exact`;
    case 'annealed': {
      const { forward, reverse, chains } = normaliser;
      if (forward === null) return 'nothing is known of log Z yet: no chain has come to its end';
      const of = (value: number, error: number | null): string =>
        `${value.toFixed(3)}${error === null ? '' : ` ± ${error.toFixed(3)}`}`;
      return [
        `log Z ${of(forward.value, forward.error)}, from below on average (${chains} chains, of which ${forward.effective.toFixed(1)} count)`,
        reverse === null
          ? 'no walk back was made'
          : `log Z ${of(reverse.value, reverse.error)} by walking back from chains that began at the data: from above on average if those are samples of the model, which is a heuristic`,
      ].join('\n');
    }
  }
};

const moments = (values: readonly number[]): { readonly mean: number; readonly sd: number } | null => {
  if (values.length === 0) return null;
  const mean = values.reduce((total, value) => total + value / values.length, 0);
  const variance =
    values.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, sd: Math.sqrt(variance) };
};

/** Standard error of a mean of independent estimates. */
const meanError = (errors: Float64Array): number =>
  Math.sqrt(errors.reduce((total, error) => total + error ** 2, 0)) / Math.max(1, errors.length);

const combined = (first: number | null, second: number | null): number | null =>
  first === null && second === null ? null : Math.hypot(first ?? 0, second ?? 0);

const bound = (given: { readonly mean: number } | null, logZ: number | null): number | null =>
  given === null || logZ === null ? null : given.mean - logZ;
