/** Inference on many examples, measured on the way. */
import type { Tensor } from '@tensorflow/tfjs';
import { examplesOf, rowTensors, type Data, type Examples } from './examples.ts';
import type { RunContext, Value } from './executable.ts';
import { choose, runError } from './failure.ts';
import { addSums, metricsOf, powersOfTwo, sumsIn, type StepMetrics, type Sums } from './metrics.ts';
import type { InferencePlan, ModelPlan } from './plan.ts';
import { dispose, download, joinRows, pauser, shapeOf, upload } from './state.ts';
import type { ModelState, NumberArray, NumberArrays } from './state.ts';
import { firstBroken, type Trace } from './trace.ts';
import { begin, stepsOf, walk, type States, type Walk } from './walk.ts';

export interface InferOptions {
  /** The inference of the state's learning when left out, or the model's first. */
  readonly inference?: string;
  /** Steps to run; the inference's own number when left out. */
  readonly steps?: number;
  /** Steps at which to measure, in rising order; 1, 2, 4, ... and the last when left out. */
  readonly record?: readonly number[];
  /** Settings of the inference by name, in place of its own. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Keys the draws; the state's seed when left out. */
  readonly seed?: number;
  /** Examples worked on at a time, 1000 when left out: bounds memory, changes no draw. */
  readonly chunk?: number;
  /** Called after every piece of work. */
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
  /** Stops between pieces of work with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

export interface InferResult {
  readonly inference: string;
  readonly examples: number;
  readonly steps: readonly StepMetrics[];
  /** The inference's states after the last step, `[examples, ...]`. */
  readonly states: NumberArrays;
  /** An observed variable as the others tell it after the last step, `[examples, ...]`; null where nothing tells it. */
  readonly reconstruction: NumberArray | null;
  /** Each variable that is not observed, drawn or as it is after the last step, averaged over the examples. */
  readonly activity: NumberArrays;
  /** The line of the source that first made a number that is not finite, `ipvae.nsm:12:3`, where the last states hold such. */
  readonly brokenAt: string | null;
}

export async function infer(
  plan: ModelPlan,
  state: ModelState,
  data: Data,
  options: InferOptions,
): Promise<InferResult> {
  const learning = plan.learnings.find(({ name }) => name === state.learning);
  const inference = choose(
    'inference',
    options.inference ?? learning?.inference ?? undefined,
    plan.inferences,
  );
  const last = stepsOf(inference, options.steps);
  const record = options.record ?? powersOfTwo(last);
  checkRecord(last, record);
  const examples = examplesOf(plan, state, data, inference.observed);
  if (examples.rows === 0) {
    throw runError(
      `${inference.name} is measured on data, and there are none`,
      'give rows of an observed variable; `sample` draws without data',
    );
  }
  const size = Math.min(options.chunk ?? 1000, examples.rows);
  const given = new Set(examples.variables.map(({ name }) => name));
  const isKnown = ({ observed }: { readonly observed: readonly string[] }): boolean =>
    observed.every((name) => given.has(name));
  const metrics = inference.metrics.filter(isKnown);

  let sums: readonly Sums[] = record.map(() => ({}));
  const chunks: Chunk[] = [];
  const parameters = upload(plan, state.parameters);
  const pause = pauser();
  try {
    for (let first = 0; first < examples.rows; first += size) {
      const count = Math.min(size, examples.rows - first);
      const chunk = await inferChunk({
        plan,
        inference,
        names: sumsIn(metrics),
        given: {
          ...parameters,
          ...{ ...state.settings, ...inference.settings, ...options.settings, progress: 1 },
        },
        examples,
        record,
        last,
        context: {
          seed: options.seed ?? state.seed,
          firstExample: first,
          sizes: { ...state.sizes, example: count },
        },
        pause: async (step) => {
          options.onProgress?.({ done: first * last + count * step, of: examples.rows * last });
          await pause();
          options.signal?.throwIfAborted();
        },
      });
      sums = sums.map((before, position) => addSums(before, chunk.sums[position]!));
      chunks.push(chunk);
    }
  } finally {
    dispose(parameters);
  }
  const joined = (arrays: (chunk: Chunk) => NumberArrays, name: string): NumberArray | null => {
    const parts = chunks.flatMap((chunk) => arrays(chunk)[name] ?? []);
    return parts.length === chunks.length ? joinRows(parts) : null;
  };
  const isTold = inference.reconstruction !== null && isKnown(inference.reconstruction);
  return {
    inference: inference.name,
    examples: examples.rows,
    steps: record.map((step, position) =>
      metricsOf(metrics, sums[position]!, step, examples.rows, state.sizes),
    ),
    states: Object.fromEntries(
      inference.states.map(({ name }) => [name, joined(({ states }) => states, name)!]),
    ),
    reconstruction: isTold ? joined(({ measured }) => measured, 'reconstruction') : null,
    brokenAt: chunks.map(({ brokenAt }) => brokenAt).find((place) => place !== null) ?? null,
    activity: Object.fromEntries(
      plan.latents.flatMap(({ name }) => {
        const values = joined(({ measured }) => measured, name) ?? joined(({ states }) => states, name);
        return values === null ? [] : [[name, meanRow(values)]];
      }),
    ),
  };
}

interface Chunk {
  /** At each recorded step. */
  readonly sums: readonly Sums[];
  readonly states: NumberArrays;
  /** What `measure` returned last. */
  readonly measured: NumberArrays;
  readonly brokenAt: string | null;
}

interface ChunkRequest {
  readonly plan: ModelPlan;
  readonly inference: InferencePlan;
  /** Sums to keep. */
  readonly names: readonly string[];
  readonly given: Readonly<Record<string, Value>>;
  readonly examples: Examples;
  readonly record: readonly number[];
  readonly last: number;
  readonly context: RunContext;
  readonly pause: (step: number) => Promise<void>;
}

async function inferChunk(request: ChunkRequest): Promise<Chunk> {
  const { plan, inference, names, examples, record, last, context, pause } = request;
  const { tf } = plan;
  const count = context.sizes['example']!;
  const observed = observedTensors(plan, inference, examples, { from: context.firstExample, count }, context);
  const given = { ...request.given, ...observed };
  const sums: Sums[] = [];
  let states: States = {};
  let measured: NumberArrays = {};
  try {
    const steps: Walk = { tf, inference, given, context, pause };
    states = begin(steps);
    let step = 0;
    for (const target of [...record, ...(record.at(-1) === last ? [] : [last])]) {
      const before = states;
      states = {};
      states = await walk(steps, before, step, target);
      step = target;
      const now = tf.tidy(() => inference.measure({ ...given, ...states, iteration: step }, context));
      measured = await download(now);
      dispose(now);
      const values = measured;
      if (record.includes(step))
        sums.push(Object.fromEntries(names.map((name) => [name, values[name]!.values[0]!])));
    }
    const ended = await download(states);
    const isBroken =
      Object.values(ended).some(({ values }) => values.some(Number.isNaN)) ||
      names.some((name) => !Number.isFinite(measured[name]!.values[0]));
    const brokenAt = isBroken
      ? ((await firstBroken((trace) => again(steps, step, trace))) ?? plan.origins?.[inference.name] ?? null)
      : null;
    return { sums, states: ended, measured, brokenAt };
  } finally {
    dispose(observed);
    dispose(states);
  }
}

/** The same once more, up to where it is found to break. */
async function again(steps: Walk, last: number, trace: Trace): Promise<void> {
  const traced = { ...steps, context: { ...steps.context, trace }, pause: async () => {} };
  const { tf, inference, given, context } = traced;
  let states = begin(traced);
  for (let step = 0; step < last && !trace.isFound; step++)
    states = await walk(traced, states, step, step + 1);
  if (!trace.isFound)
    dispose(tf.tidy(() => inference.measure({ ...given, ...states, iteration: last }, context)));
  dispose(states);
}

/** Rows of the observed variables; those that are moved also under the name of their data. Zeros where there are no data. */
function observedTensors(
  plan: ModelPlan,
  inference: InferencePlan,
  examples: Examples,
  rows: { readonly from: number; readonly count: number },
  context: RunContext,
): Record<string, Tensor> {
  const tensors = rowTensors(plan, examples, rows);
  for (const { name, axes } of plan.observed) {
    tensors[name] ??= plan.tf.zeros([rows.count, ...shapeOf(axes, context.sizes)]);
    if (inference.states.some((state) => state.name === name))
      tensors[`${name}.data`] = tensors[name].clone();
  }
  return tensors;
}

function meanRow({ shape, values }: NumberArray): NumberArray {
  const [rows = 1, ...rest] = shape;
  const mean = new Float64Array(values.length / rows);
  values.forEach(
    (value, position) => (mean[position % mean.length] = mean[position % mean.length]! + value / rows),
  );
  return { shape: rest, values: Float32Array.from(mean) };
}

function checkRecord(last: number, record: readonly number[]): void {
  const rising = record.every(
    (step, position) => Number.isSafeInteger(step) && step > (record[position - 1] ?? -1),
  );
  if (rising && (record.at(-1) ?? 0) <= last) return;
  throw runError(
    `steps to record rise from 0 to the last step, ${last}, but are ${record.join(', ')}`,
    'sort them, and leave out those after the last',
  );
}
