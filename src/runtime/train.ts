/** The training loop. */
import type { Tensor } from '@tensorflow/tfjs';
import { batchRows } from '../data/batches.ts';
import { examplesOf, rowTensors, type Data, type Examples } from './examples.ts';
import type { RunContext } from './executable.ts';
import { choose, runError, trainingStopped } from './failure.ts';
import { copyOf, ofChains, ofExamples, particlesOf, putRows, rowsOf } from './particles.ts';
import type { LearningPlan, ModelPlan } from './plan.ts';
import { firstBroken } from './trace.ts';
import { dispose, download, pauser, shapeOf, sizeOf, upload } from './state.ts';
import type { ModelState, NumberArrays } from './state.ts';

export interface TrainOptions {
  /** The first learning of the model when left out. */
  readonly learning?: string;
  /**
   * Iterations in all, counted from the start of training: schedules run over them. 1000 when left out; a state
   * that has been trained before keeps its own number.
   */
  readonly iterations?: number;
  /** Examples per iteration; 64 when left out. */
  readonly batch?: number;
  /** Settings of the learning and its inference by name, in place of their own. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Called after every iteration; training waits for what it returns. */
  readonly onIteration?: (iteration: Iteration) => void | Promise<void>;
  /** Ends training after the iteration that is running. */
  readonly signal?: AbortSignal;
}

export interface Iteration {
  /** From 1. */
  readonly iteration: number;
  readonly iterations: number;
  /** What the learning descends, before this iteration's update, averaged over its batch; null where it has no value. */
  readonly objective: number | null;
  /** Latents whose relaxed draws reached a value that they cannot pass, in this iteration. */
  readonly limited: readonly Limited[];
  /** The state after this iteration; to be asked for before `onIteration` is done. */
  readonly state: () => Promise<ModelState>;
}

export interface Limited {
  readonly latent: string;
  readonly family: string;
  /** The least and the greatest value of relaxed draws; null where they reach the end of the support. */
  readonly low: number | null;
  readonly high: number | null;
  /** Part of the draws of this iteration that reached one of them, above 0. */
  readonly part: number;
}

/** Parameters are looked through for numbers that are not finite once in so many iterations. */
const iterationsBetweenChecks = 50;

export async function train(
  plan: ModelPlan,
  state: ModelState,
  data: Data,
  options: TrainOptions,
): Promise<ModelState> {
  const learning = choose('learning', options.learning ?? state.learning ?? undefined, plan.learnings);
  const inference =
    learning.inference === null ? null : choose('inference', learning.inference, plan.inferences);
  const iterations = totalIterations(state, learning, options.iterations);
  const batch = options.batch ?? 64;
  const examples = examplesOf(plan, state, data, learning.observed);
  const settings = {
    ...state.settings,
    ...inference?.settings,
    ...learning.settings,
    ...options.settings,
  };
  const context: RunContext = {
    seed: state.seed,
    firstExample: 0,
    sizes: { ...state.sizes, example: batch },
  };
  const pause = pauser();

  const remembered = state.learning === learning.name ? state.memory : {};
  const memory = { ...newMemory(learning, state), ...remembered };
  const particles = particlesOf(learning, state, batch, examples.rows);
  const chains = pick(particles, ofChains(learning));
  /** Particles of all rows of the data: each update writes those of its batch. */
  const perRow = copyOf(pick(particles, ofExamples(learning)));
  const stateOf = (iteration: number, arrays: NumberArrays): ModelState => ({
    ...state,
    parameters: pick(arrays, plan.parameters),
    memory: pick(arrays, learning.memory),
    particles: { ...pick(arrays, ofChains(learning)), ...copyOf(perRow) },
    iteration,
    learning: learning.name,
    iterations,
  });

  let tensors = upload(plan, { ...state.parameters, ...memory, ...chains });
  let lastGood = stateOf(state.iteration, { ...state.parameters, ...memory, ...chains });
  let iteration = state.iteration;
  try {
    while (iteration < iterations && options.signal?.aborted !== true) {
      const rows = batchRows(state.seed, iteration, batch, examples.rows);
      iteration += 1;
      const host = { ...settings, iteration, progress: iteration / iterations };
      const given: Given = { examples, rows, perRow, host };
      const updated = await updateOnce(plan, learning, tensors, given, context);
      const { next, nextRows, objective, limited } = updated;
      const before = tensors;
      tensors = next;
      const due = iteration % iterationsBetweenChecks === 0 || iteration === iterations;
      const arrays = due || !Number.isFinite(objective) ? await download(tensors) : null;
      if (arrays !== null) {
        const broken = plan.parameters
          .filter(({ name }) => !isFinite(arrays[name]!.values))
          .map(({ name }) => name);
        if (broken.length > 0 || !Number.isFinite(objective)) {
          const previous = stateOf(iteration - 1, await download(before));
          const good = plan.parameters.every(({ name }) => isFinite(previous.parameters[name]!.values));
          const place = good
            ? await firstBroken(async (trace) => {
                const again = await updateOnce(plan, learning, before, given, { ...context, trace });
                disposeExcept(again.next, before);
              })
            : null;
          disposeExcept(before, tensors);
          throw trainingStopped(
            iteration,
            broken,
            objective,
            good ? previous : lastGood,
            place ?? plan.origins?.[learning.name] ?? null,
          );
        }
      }
      for (const [name, values] of Object.entries(nextRows)) putRows(perRow[name]!, rows, values);
      if (arrays !== null) lastGood = stateOf(iteration, arrays);
      disposeExcept(before, tensors);
      const current = iteration;
      await options.onIteration?.({
        iteration,
        iterations,
        objective: learning.unmeasured === null ? objective : null,
        limited,
        state: async () =>
          lastGood.iteration === current ? lastGood : stateOf(current, await download(tensors)),
      });
      await pause();
    }
    return lastGood.iteration === iteration ? lastGood : stateOf(iteration, await download(tensors));
  } finally {
    dispose(tensors);
  }
}

interface Given {
  readonly examples: Examples;
  readonly rows: Uint32Array;
  readonly perRow: NumberArrays;
  readonly host: Readonly<Record<string, number>>;
}

interface Updated {
  readonly next: Record<string, Tensor>;
  /** Particles of the batch's rows. */
  readonly nextRows: Readonly<Record<string, Float32Array>>;
  readonly objective: number;
  readonly limited: readonly Limited[];
}

/** One update; the tensors given stay, those returned are new. */
async function updateOnce(
  plan: ModelPlan,
  learning: LearningPlan,
  tensors: Readonly<Record<string, Tensor>>,
  { examples, rows, perRow, host }: Given,
  context: RunContext,
): Promise<Updated> {
  const rowNames = Object.keys(perRow);
  const outputs = plan.tf.tidy(() => {
    const particles = upload(
      plan,
      Object.fromEntries(rowNames.map((name) => [name, rowsOf(perRow[name]!, rows)])),
    );
    const observed = rowTensors(plan, examples, rows);
    const results = learning.update({ ...tensors, ...particles, ...host, ...observed }, context);
    const next: Record<string, Tensor> = {};
    for (const name of Object.keys(tensors)) next[name] = results[name] ?? tensors[name]!;
    for (const name of rowNames) next[name] = results[name] ?? particles[name]!;
    const parts = learning.limits.map(({ output }) => results[output]!);
    return { next, objective: results['objective']!, parts };
  });
  const { next } = outputs;
  const nextRows: Record<string, Float32Array> = {};
  for (const name of rowNames) {
    nextRows[name] = Float32Array.from(await next[name]!.data());
    next[name]!.dispose();
    delete next[name];
  }
  const limited: Limited[] = [];
  for (const [i, { latent, family, low, high }] of learning.limits.entries()) {
    const part = await numberIn(outputs.parts[i]!);
    if (part > 0) limited.push({ latent, family, low, high, part });
  }
  return { next, nextRows, objective: await numberIn(outputs.objective), limited };
}

async function numberIn(tensor: Tensor): Promise<number> {
  const [value] = await tensor.data();
  tensor.dispose();
  return value!;
}

function newMemory(learning: LearningPlan, state: ModelState): NumberArrays {
  return Object.fromEntries(
    learning.memory.map(({ name, axes, initial }) => {
      const shape = shapeOf(axes, state.sizes);
      return [name, { shape, values: new Float32Array(sizeOf(shape)).fill(initial) }];
    }),
  );
}

function totalIterations(state: ModelState, learning: LearningPlan, asked: number | undefined): number {
  const continued = state.learning === learning.name && state.iteration > 0 ? state.iterations : null;
  const total = asked ?? continued ?? 1000;
  if (!Number.isSafeInteger(total) || total < 1) {
    throw runError(`iterations are a whole number from 1, not ${total}`, 'write a number such as 1000');
  }
  if (continued !== null && total !== continued) {
    throw runError(
      `training began with ${continued} iterations in all and cannot continue with ${total}: schedules such as ` +
        'anneal and cosine run over the whole number',
      `continue with ${continued}, or start anew with ${total}`,
    );
  }
  return total;
}

const pick = (arrays: NumberArrays, entries: readonly { readonly name: string }[]): NumberArrays =>
  Object.fromEntries(entries.map(({ name }) => [name, arrays[name]!]));

const isFinite = (values: Float32Array): boolean => values.every((value) => Number.isFinite(value));

function disposeExcept(
  tensors: Readonly<Record<string, Tensor>>,
  kept: Readonly<Record<string, Tensor>>,
): void {
  const keep = new Set(Object.values(kept));
  for (const tensor of Object.values(tensors)) if (!keep.has(tensor)) tensor.dispose();
}
