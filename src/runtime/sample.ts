/** Ancestral draws from a model. */
import { runError } from './failure.ts';
import type { ModelPlan } from './plan.ts';
import { dispose, download, upload, type ModelState, type NumberArrays } from './state.ts';

export interface SampleOptions {
  /** Examples to draw; 16 when left out. */
  readonly count?: number;
  /** Keys the draws; the state's seed when left out. */
  readonly seed?: number;
}

/** Every variable of the model, `[count, ...]`, drawn from the top down. */
export async function sample(
  plan: ModelPlan,
  state: ModelState,
  options: SampleOptions,
): Promise<NumberArrays> {
  const count = options.count ?? 16;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw runError(`the number of draws is a whole number from 1, not ${count}`, 'write a number such as 16');
  }
  const context = {
    seed: options.seed ?? state.seed,
    firstExample: 0,
    sizes: { ...state.sizes, example: count },
  };
  const parameters = upload(plan, state.parameters);
  const drawn = plan.tf.tidy(() => plan.sample({ ...parameters, ...state.settings, iteration: 0 }, context));
  try {
    return await download(drawn);
  } finally {
    dispose(drawn);
    dispose(parameters);
  }
}
