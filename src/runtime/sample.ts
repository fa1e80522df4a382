/** Draws without data: from the model itself, parents first, or by an inference that frees what is observed. */
import { choose, runError } from './failure.ts';
import type { InferencePlan, ModelPlan } from './plan.ts';
import { dispose, download, joinRows, pauser, upload } from './state.ts';
import type { ModelState, NumberArray, NumberArrays } from './state.ts';
import { begin, stepsOf, walk, type States } from './walk.ts';

export interface SampleOptions {
  /** Examples to draw; 16 when left out. */
  readonly count?: number;
  /** Keys the draws; the state's seed when left out. */
  readonly seed?: number;
  /** An inference that frees every observed variable; ancestral draws from the model when left out. */
  readonly inference?: string;
  /** Steps of the inference; its own number when left out. */
  readonly steps?: number;
  /** Settings of the inference by name, in place of its own. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Examples worked on at a time, 1000 when left out: bounds memory, changes no draw. */
  readonly chunk?: number;
  /** Called after every piece of work. */
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
  /** Stops between pieces of work with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

/** The variables drawn, `[count, ...]`: all of the model's, or those that the inference moves. */
export async function sample(
  plan: ModelPlan,
  state: ModelState,
  options: SampleOptions,
): Promise<NumberArrays> {
  const count = options.count ?? 16;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw runError(`the number of draws is a whole number from 1, not ${count}`, 'write a number such as 16');
  }
  const inference =
    options.inference === undefined ? null : choose('inference', options.inference, plan.inferences);
  const refused = whyUndrawn(plan, inference);
  if (refused !== null) throw runError(refused.what, refused.hint);
  const size = Math.min(options.chunk ?? 1000, count);
  const steps = inference === null ? 1 : stepsOf(inference, options.steps);
  const parameters = upload(plan, state.parameters);
  const pause = pauser();
  const chunks: NumberArrays[] = [];
  try {
    for (let first = 0; first < count; first += size) {
      const many = Math.min(size, count - first);
      const request: ChunkRequest = {
        settings: { ...state.settings, ...inference?.settings, ...options.settings, progress: 1 },
        context: {
          seed: options.seed ?? state.seed,
          firstExample: first,
          sizes: { ...state.sizes, example: many },
        },
        parameters,
        steps,
        pause: async (step) => {
          const [done, of] =
            steps === 0 ? [first + many, count] : [first * steps + many * step, count * steps];
          options.onProgress?.({ done, of });
          await pause();
          options.signal?.throwIfAborted();
        },
      };
      chunks.push(
        await (inference === null ? ancestral(plan, request) : generated(plan, inference, request)),
      );
      await request.pause(steps);
    }
  } finally {
    dispose(parameters);
  }
  const names = Object.keys(chunks[0]!);
  return Object.fromEntries(
    names.map((name): [string, NumberArray] => [name, joinRows(chunks.map((chunk) => chunk[name]!))]),
  );
}

interface ChunkRequest {
  readonly settings: Readonly<Record<string, number>>;
  readonly parameters: States;
  readonly context: Parameters<InferencePlan['start']>[1];
  readonly steps: number;
  readonly pause: (step: number) => Promise<void>;
}

async function ancestral(
  plan: ModelPlan,
  { parameters, settings, context }: ChunkRequest,
): Promise<NumberArrays> {
  const drawn = plan.tf.tidy(() => plan.sample({ ...parameters, ...settings, iteration: 0 }, context));
  try {
    return await download(drawn);
  } finally {
    dispose(drawn);
  }
}

async function generated(
  { tf, observed, latents }: ModelPlan,
  inference: InferencePlan,
  { parameters, settings, context, steps, pause }: ChunkRequest,
): Promise<NumberArrays> {
  const request = { tf, inference, given: { ...parameters, ...settings }, context, pause };
  const states = await walk(request, begin(request), 0, steps);
  const variables = [...observed, ...latents].map(({ name }) => name);
  try {
    return await download(
      Object.fromEntries(Object.entries(states).filter(([name]) => variables.includes(name))),
    );
  } finally {
    dispose(states);
  }
}

/** Why nothing can be drawn without data, from the model itself or by an inference; null where it can. */
export function whyUndrawn(
  plan: ModelPlan,
  inference: InferencePlan | null,
): { readonly what: string; readonly hint: string } | null {
  const { model, observed, undrawn, inferences } = plan;
  const names = observed.map(({ name }) => name).join(' and ');
  if (inference === null) {
    if (undrawn === null) return null;
    const others = inferences.filter((other) => observed.every(({ name }) => isFree(other, name)));
    return {
      what: `${model} cannot be drawn from, parents first: ${undrawn}`,
      hint:
        others.length === 0
          ? `write an inference that frees ${names}, and draw by it`
          : `draw by an inference that frees ${names}: ${others.map(({ name }) => name).join(', ')}`,
    };
  }
  const held = observed.filter(({ name }) => !isFree(inference, name)).map(({ name }) => name);
  const [first] = held;
  if (first === undefined) return null;
  const isMoved = inference.states.some(({ name }) => name === first);
  if (isMoved)
    return {
      what: `${inference.name} reads the data of ${first}, and draws are made without data`,
      hint: `start it in the inference, as in \`start ${first} = ${startOf(plan, first)}\`, and clamp it nowhere`,
    };
  const isRead = inference.observed.includes(first);
  return {
    what: isRead
      ? `${inference.name} holds ${first} at its data, and draws are made without data`
      : `${inference.name} does not move ${first}, so there is nothing of it to draw`,
    hint: `name an inference that has \`free ${held.join(', ')}\`, or write one`,
  };
}

/** A start without data, as a program writes it. */
const startOf = ({ observed }: ModelPlan, name: string): string => {
  const { values, axes } = observed.find((one) => one.name === name)!;
  switch (values?.kind) {
    case 'unit':
    case 'positive':
      return 'uniform(0, 1)';
    case 'binary':
      return 'where(uniform(0, 1) < 0.5, 1, 0)';
    case 'spin':
      return 'where(uniform(0, 1) < 0.5, 1, -1)';
    case 'count':
    case 'integer':
      return '0';
    case 'one_hot':
      return `position(${axes[values.along]}) == 0`;
    case 'simplex':
      return `softmax(0 * position(${axes[values.along]}) over ${axes[values.along]})`;
    case 'real':
    case 'angle':
    case undefined:
      return 'normal(0, 1)';
  }
};

const isFree = (inference: InferencePlan, name: string): boolean =>
  inference.states.some((state) => state.name === name) && !inference.observed.includes(name);
