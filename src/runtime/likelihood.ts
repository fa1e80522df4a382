/** log p of data under a model: a log-sum with the data clamped less the log of the normaliser. */
import { annealForward, annealReverse, type AnnealRequest, type ChainWeights } from './annealing.ts';
import { drawStates, enumerate, type LogSumRequest } from './enumeration.ts';
import { examplesOf, type Data, type Examples } from './examples.ts';
import { isRunError } from './failure.ts';
import type { LikelihoodPlan, LogSumPlan } from './likelihood-plan.ts';
import { logMeanExp, type LogMean } from './log-sum-exp.ts';
import type { ModelPlan } from './plan.ts';
import { keyOf } from './random.ts';
import { sample } from './sample.ts';
import { dispose, upload, type ModelState, type NumberArray, type NumberArrays } from './state.ts';

export interface LikelihoodOptions {
  /** Chains of annealed importance sampling: of the normaliser, and for each example where its own sum needs them. */
  readonly chains: number;
  readonly temperatures: number;
  /** Steps at the model's own temperature that chains make from the data before they walk back. */
  readonly settle: number;
  readonly seed: number;
  readonly onProgress?: (stage: Stage, progress: { readonly done: number; readonly of: number }) => void;
  /** Ends the work soon; the result then holds what is known. */
  readonly signal?: AbortSignal;
}

/** What is being computed: sums with the data clamped, the normaliser, the walk back that bounds it from above, and
 * both walks for data drawn from the model. */
export type Stage = 'examples' | 'normaliser' | 'reverse' | 'simulated';

/** log Z, or what is known of it. */
export type Normaliser =
  /** Of directed layers alone. */
  | { readonly kind: 'normalised' }
  | { readonly kind: 'exact'; readonly value: number; readonly states: number }
  | {
      readonly kind: 'annealed';
      readonly chains: number;
      readonly temperatures: number;
      /** Too small on average. Null where no chain came to its end. */
      readonly forward: LogMean | null;
      /** Too large on average if its chains began at samples of the model: exact ones, or what follows from the data. */
      readonly reverse: LogMean | null;
      readonly reverseFrom: 'exact samples' | 'data';
    };

export interface ExampleLikelihoods {
  /** log Σ exp(−E) with each example clamped; of as many examples as there was time for. */
  readonly values: Float64Array;
  /** Standard error of each where it is annealed, NaN where that is not known; else null. */
  readonly errors: Float64Array | null;
  /**
   * Of annealing, for data drawn from the model itself, whose latents are then exact samples: the mean over them of the estimate from
   * above less that from below, in nats, which bounds the error of both on average (Grosse, Ghahramani and Adams 2015). Null where the
   * model cannot be drawn from.
   */
  readonly gap: number | null;
}

export interface LikelihoodResult {
  readonly normaliser: Normaliser | null;
  readonly examples: ExampleLikelihoods;
  /** Rows of the data. */
  readonly rows: number;
  readonly isWhole: boolean;
}

export async function likelihoods(
  likelihood: LikelihoodPlan,
  plan: ModelPlan,
  state: ModelState,
  data: Data,
  options: LikelihoodOptions,
): Promise<LikelihoodResult> {
  const examples = examplesOf(plan, state, data, likelihood.clamped);
  const parameters = upload(plan, state.parameters);
  const request = (stage: Stage, clamped: Examples | null): AnnealRequest => ({
    plan,
    state,
    parameters,
    examples: clamped,
    chains: options.chains,
    temperatures: options.temperatures,
    seed: options.seed,
    settings: likelihood.settings,
    known: clamped === null ? momentsOf(examples) : {},
    signal: options.signal,
    onProgress: (progress) => options.onProgress?.(stage, progress),
  });
  try {
    // What is quick comes first, so that something is known when the rest is stopped.
    const isQuick = likelihood.given.kind !== 'annealing';
    const giveFirst = isQuick
      ? await examplesGiven(likelihood.given, request('examples', examples), examples.rows)
      : null;
    const normaliser = stopped(options)
      ? null
      : await normaliserOf(likelihood.normaliser, request, examples, options);
    const given =
      giveFirst ??
      (stopped(options)
        ? { values: new Float64Array(0), errors: null, gap: null }
        : await examplesGiven(likelihood.given, request('examples', examples), examples.rows));
    const { given: sum, normaliser: whole } = likelihood;
    const gap =
      sum.kind !== 'annealing' || whole !== null || stopped(options)
        ? null
        : await simulatedGap(sum, plan, state, likelihood.clamped, (drawn) => request('simulated', drawn));
    return { normaliser, examples: { ...given, gap }, rows: examples.rows, isWhole: !stopped(options) };
  } finally {
    dispose(parameters);
  }
}

/** What came out as no number that can be used, in words, or null. */
export const lostNumber = ({ normaliser, examples }: LikelihoodResult): string | null => {
  const sums =
    normaliser === null || normaliser.kind === 'normalised'
      ? []
      : normaliser.kind === 'exact'
        ? [normaliser.value]
        : [normaliser.forward, normaliser.reverse].flatMap((mean) => mean?.value ?? []);
  const logZ = sums.find((value) => !Number.isFinite(value));
  if (logZ !== undefined) return `log Z came out as ${logZ}`;
  // Data that cannot be have a log-likelihood of -Infinity.
  const row = examples.values.findIndex((value) => !(value < Infinity));
  return row < 0 ? null : `log Σ exp(−E) of example ${row} came out as ${examples.values[row]!}`;
};

const stopped = ({ signal }: LikelihoodOptions): boolean => signal?.aborted === true;

async function normaliserOf(
  sum: LogSumPlan | null,
  request: (stage: Stage, clamped: Examples | null) => AnnealRequest,
  examples: Examples,
  options: LikelihoodOptions,
): Promise<Normaliser | null> {
  if (sum === null) return { kind: 'normalised' };
  const ask = request('normaliser', null);
  if (sum.kind !== 'annealing') {
    const values = await unlessStopped(() => enumerate(sum, ask), ask);
    if (values === null) return null;
    return { kind: 'exact', value: values[0]!, states: sum.kind === 'formula' ? 1 : sum.states };
  }
  const forward = await annealForward(sum, ask);
  const reverse = stopped(options) ? null : await reverseOf(sum, request('reverse', null), examples, options);
  return {
    kind: 'annealed',
    chains: forward.chains,
    temperatures: options.temperatures,
    forward: meanOf(forward),
    reverse: reverse === null ? null : inverse(meanOf(reverse)),
    reverseFrom: sum.exact === null ? 'data' : 'exact samples',
  };
}

/** First fold of the key of exact samples: apart from the draw sites of programs. */
const exactStream = 2 ** 35;

async function reverseOf(
  sum: Extract<LogSumPlan, { kind: 'annealing' }>,
  request: AnnealRequest,
  examples: Examples,
  options: LikelihoodOptions,
): Promise<ChainWeights | null> {
  const { exact } = sum;
  if (exact === null) return annealReverse(sum, request, examples, options.settle);
  const drawn = await unlessStopped(
    () => drawStates(exact, request, options.chains, keyOf(options.seed, exactStream)),
    request,
  );
  return drawn === null ? null : annealReverse(sum, request, drawn, 0);
}

const meanOf = ({ logWeights }: ChainWeights): LogMean | null =>
  logWeights.length === 0 ? null : logMeanExp(logWeights);
const inverse = (mean: LogMean | null): LogMean | null =>
  mean === null ? null : { ...mean, value: -mean.value };

async function unlessStopped<Result>(
  work: () => Promise<Result>,
  { signal }: LogSumRequest,
): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted === true) return null;
    throw error;
  }
}

async function examplesGiven(
  sum: LogSumPlan,
  request: AnnealRequest,
  rows: number,
): Promise<ExampleLikelihoods> {
  if (sum.kind !== 'annealing') {
    const values = await unlessStopped(() => enumerate(sum, request), request);
    return { values: values ?? new Float64Array(0), errors: null, gap: null };
  }
  const { logWeights, chains: done } = await annealForward(sum, request);
  const whole = Math.min(rows, Math.floor(done / request.chains));
  const means = Array.from({ length: whole }, (_, row) =>
    logMeanExp(logWeights.subarray(row * request.chains, (row + 1) * request.chains)),
  );
  return {
    values: Float64Array.from(means, ({ value }) => value),
    errors: Float64Array.from(means, ({ error }) => error ?? NaN),
    gap: null,
  };
}

/** Examples drawn from the model for the gap. */
const simulated = 20;

/** The gap between both walks for data of which the model itself drew the latents: exact samples given these data. */
async function simulatedGap(
  sum: Extract<LogSumPlan, { kind: 'annealing' }>,
  plan: ModelPlan,
  state: ModelState,
  clamped: readonly string[],
  request: (drawn: Examples) => AnnealRequest,
): Promise<number | null> {
  const drawn = await drawnOrNone(plan, state);
  if (drawn === null) return null;
  const rowsOf = (names: readonly string[]): Examples => ({
    rows: simulated,
    variables: names.map((name) => {
      const { shape, values } = drawn[name]!;
      return { name, columns: values.length / simulated, shape: shape.slice(1), values };
    }),
  });
  const ask = request(rowsOf(clamped));
  const forward = await annealForward(sum, ask);
  const reverse = await annealReverse(sum, ask, rowsOf(sum.kept.map(({ name }) => name)), 0);
  if (!forward.isWhole || !reverse.isWhole) return null;
  const meanOfRow = ({ logWeights }: ChainWeights, row: number): number =>
    logMeanExp(logWeights.subarray(row * ask.chains, (row + 1) * ask.chains)).value;
  let total = 0;
  for (let row = 0; row < simulated; row++) total += -meanOfRow(reverse, row) - meanOfRow(forward, row);
  return total / simulated;
}

/** Draws of every variable, or null where the model has a variable that cannot be drawn given its parents. */
async function drawnOrNone(plan: ModelPlan, state: ModelState): Promise<NumberArrays | null> {
  try {
    return await sample(plan, state, { count: simulated });
  } catch (error) {
    if (isRunError(error)) return null;
    throw error;
  }
}

/** How far means of two-valued units are drawn to the middle, so that no unit is certain. */
const shrinkage = 0.01;
/** Least variance, as a share of the largest: of units that are always the same. */
const leastVariance = 1e-3;

/** Mean and variance of every unit of the data, by the names under which the base of annealing reads them. */
function momentsOf({ variables, rows }: Examples): Record<string, NumberArray> {
  return Object.fromEntries(
    variables.flatMap(({ name, columns, shape, values }) => {
      const [mean, square] = [new Float64Array(columns), new Float64Array(columns)];
      values.forEach((value, place) => {
        mean[place % columns]! += value / rows;
        square[place % columns]! += value ** 2 / rows;
      });
      const middle = mean.reduce((total, value) => total + value / columns, 0);
      const variance = square.map((value, unit) => Math.max(0, value - mean[unit]! ** 2));
      const floor = leastVariance * variance.reduce((most, value) => Math.max(most, value), 1e-6);
      const moved = mean.map((value) => value + shrinkage * (middle - value));
      return [
        [`${name}.data_mean`, { shape, values: Float32Array.from(moved) }],
        [
          `${name}.data_variance`,
          { shape, values: Float32Array.from(variance, (value) => Math.max(value, floor)) },
        ],
      ];
    }),
  );
}
