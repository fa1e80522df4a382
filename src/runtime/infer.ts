/** Inference on many examples, measured on the way. */
import type { Tensor } from '@tensorflow/tfjs';
import type { RunContext } from './executable.ts';
import { choose, runError } from './failure.ts';
import { addSums, metricsOf, noSums, powersOfTwo, type MeasuredSums, type StepMetrics } from './metrics.ts';
import type { InferencePlan, ModelPlan } from './plan.ts';
import { dispose, download, examplesOf, pauser, shapeOf, sizeOf, upload } from './state.ts';
import type { Examples, ModelState, NumberArray, NumberArrays } from './state.ts';

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
  /** The observed variable's mean given the latents drawn at the last step, `[examples, ...]`. */
  readonly reconstruction: NumberArray;
  /** Each latent drawn at the last step, averaged over the examples; only those that `measure` returns. */
  readonly activity: NumberArrays;
}

/** Steps made in one go, so that a signal is heard and a page keeps drawing. */
const stepsPerPiece = 32;

export async function infer(
  plan: ModelPlan,
  state: ModelState,
  data: Float32Array,
  options: InferOptions,
): Promise<InferResult> {
  const learning = plan.learnings.find(({ name }) => name === state.learning);
  const inference = choose('inference', options.inference ?? learning?.inference, plan.inferences);
  const last = options.steps ?? inference.steps;
  const record = options.record ?? powersOfTwo(last);
  checkSteps(last, record);
  const examples = examplesOf(plan, state, data);
  const size = Math.min(options.chunk ?? 1000, examples.rows);
  const latentCount = plan.latents.reduce((total, { axes }) => total + sizeOf(shapeOf(axes, state.sizes)), 0);

  const sums = record.map(() => noSums);
  const chunks: Chunk[] = [];
  const parameters = upload(plan, state.parameters);
  const pause = pauser();
  try {
    for (let first = 0; first < examples.rows; first += size) {
      const count = Math.min(size, examples.rows - first);
      const chunk = await inferChunk({
        plan,
        inference,
        parameters,
        settings: { ...state.settings, ...inference.settings, ...options.settings, progress: 1 },
        examples,
        record,
        last,
        context: {
          seed: options.seed ?? state.seed,
          firstExample: first,
          sizes: { ...state.sizes, example: count },
        },
        count,
        pause: async (step) => {
          options.onProgress?.({ done: first * last + count * step, of: examples.rows * last });
          await pause();
          options.signal?.throwIfAborted();
        },
      });
      chunk.sums.forEach((measured, position) => (sums[position] = addSums(sums[position]!, measured)));
      chunks.push(chunk);
    }
  } finally {
    dispose(parameters);
  }
  return {
    inference: inference.name,
    examples: examples.rows,
    steps: record.map((step, position) => metricsOf(sums[position]!, step, examples.rows, latentCount)),
    states: Object.fromEntries(
      inference.states.map(({ name }) => [name, joinRows(chunks.map((chunk) => chunk.states[name]!))]),
    ),
    reconstruction: joinRows(chunks.map((chunk) => chunk.reconstruction)),
    activity: Object.fromEntries(
      plan.latents
        .filter(({ name }) => chunks.every((chunk) => chunk.latents[name] !== undefined))
        .map(({ name }) => [name, meanRow(joinRows(chunks.map((chunk) => chunk.latents[name]!)))]),
    ),
  };
}

interface Chunk {
  readonly sums: readonly MeasuredSums[];
  readonly states: NumberArrays;
  readonly reconstruction: NumberArray;
  readonly latents: NumberArrays;
}

interface ChunkRequest {
  readonly plan: ModelPlan;
  readonly inference: InferencePlan;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly settings: Readonly<Record<string, number>>;
  readonly examples: Examples;
  readonly record: readonly number[];
  readonly last: number;
  readonly context: RunContext;
  readonly count: number;
  readonly pause: (step: number) => Promise<void>;
}

async function inferChunk(request: ChunkRequest): Promise<Chunk> {
  const { plan, inference, parameters, settings, examples, record, last, context, count } = request;
  const { tf } = plan;
  const from = context.firstExample * examples.columns;
  const rows = examples.values.subarray(from, from + count * examples.columns);
  const observed = tf.tensor(rows, [count, ...examples.shape], 'float32');
  const given = { ...parameters, ...settings, [examples.name]: observed };
  let states: Record<string, Tensor> = {};
  const sums: MeasuredSums[] = [];
  let drawn: NumberArrays = {};
  try {
    states = tf.tidy(() => statesOf(inference, inference.start({ ...given, iteration: 0 }, context)));
    let step = 0;
    for (const target of [...record, ...(record.at(-1) === last ? [] : [last])]) {
      while (step < target) {
        const many = Math.min(stepsPerPiece, target - step);
        const before = states;
        states = tf.tidy(() =>
          statesOf(
            inference,
            inference.advance(
              { ...given, ...before, iteration: 0, first_step: step, step_count: many },
              context,
            ),
          ),
        );
        const kept = new Set(Object.values(states));
        for (const tensor of Object.values(before)) if (!kept.has(tensor)) tensor.dispose();
        step += many;
        await request.pause(step);
      }
      const measured = tf.tidy(() => inference.measure({ ...given, ...states, iteration: step }, context));
      drawn = await download(measured);
      dispose(measured);
      if (record.includes(step)) sums.push(sumsOf(drawn));
    }
    const { reconstruction, ...latents } = drawn;
    return { sums, states: await download(states), reconstruction: reconstruction!, latents };
  } finally {
    observed.dispose();
    dispose(states);
  }
}

const statesOf = (
  inference: InferencePlan,
  outputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> => Object.fromEntries(inference.states.map(({ name }) => [name, outputs[name]!]));

const sumsOf = (arrays: NumberArrays): MeasuredSums => ({
  squared_error: arrays['squared_error']!.values[0]!,
  squared_total: arrays['squared_total']!.values[0]!,
  zeros: arrays['zeros']!.values[0]!,
  free_energy: arrays['free_energy']!.values[0]!,
});

function meanRow({ shape, values }: NumberArray): NumberArray {
  const [rows = 1, ...rest] = shape;
  const mean = new Float64Array(values.length / rows);
  values.forEach(
    (value, position) => (mean[position % mean.length] = mean[position % mean.length]! + value / rows),
  );
  return { shape: rest, values: Float32Array.from(mean) };
}

function joinRows(parts: readonly NumberArray[]): NumberArray {
  if (parts.length === 1) return parts[0]!;
  const values = new Float32Array(parts.reduce((total, part) => total + part.values.length, 0));
  let position = 0;
  for (const part of parts) {
    values.set(part.values, position);
    position += part.values.length;
  }
  const rows = parts.reduce((total, part) => total + (part.shape[0] ?? 1), 0);
  return { shape: [rows, ...parts[0]!.shape.slice(1)], values };
}

function checkSteps(last: number, record: readonly number[]): void {
  if (!Number.isSafeInteger(last) || last < 1) {
    throw runError(`steps are a whole number from 1, not ${last}`, 'write a number such as 100');
  }
  const rising = record.every(
    (step, position) => Number.isSafeInteger(step) && step > (record[position - 1] ?? -1),
  );
  if (rising && (record.at(-1) ?? 0) <= last) return;
  throw runError(
    `steps to record rise from 0 to the last step, ${last}, but are ${record.join(', ')}`,
    'sort them, and leave out those after the last',
  );
}
