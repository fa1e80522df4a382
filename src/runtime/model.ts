/**
 * The driver: a plan becomes `create`, `infer`, `train` and `sample`. The command line and emitted modules run
 * this same code, and nothing in it is Node's. States are plain numbers on the host, so there is nothing to
 * dispose of: tensors live within one call.
 *
 * Draws are pure functions of the seed, the iteration and the example, so results do not depend on how the data
 * are cut into chunks, or on where training was interrupted.
 */
import type { ModelPlan } from './plan.ts';
import type { Data } from './examples.ts';
import { infer, type InferOptions, type InferResult } from './infer.ts';
import { createState, type ModelState, type NumberArray } from './state.ts';
import { sample, type SampleOptions } from './sample.ts';
import { train, type TrainOptions } from './train.ts';

export interface CreateOptions {
  /** Whole number from 0 to 2^53 - 1; 1 when left out. */
  readonly seed?: number;
  /** Sizes and settings of the model by name, in place of its own. */
  readonly settings?: Readonly<Record<string, number>>;
}

export interface Model {
  readonly plan: ModelPlan;
  /** New parameters. Throws a `RunError` for a setting that the model does not have. */
  readonly create: (options?: CreateOptions) => ModelState;
  /**
   * Runs an inference on rows of data (examples after each other; of several observed variables by their names) and
   * measures it on the way.
   * Throws a `RunError` when the data do not fit the model.
   */
  readonly infer: (state: ModelState, data: Data, options?: InferOptions) => Promise<InferResult>;
  /**
   * Trains until `iterations`, or until the signal is aborted: then the state after the last whole iteration is
   * returned, and training from it continues with the draws that it would have made. Throws a `RunError`, and a
   * `TrainingStopped` with the last finite state when numbers stop being finite.
   */
  readonly train: (state: ModelState, data: Data, options?: TrainOptions) => Promise<ModelState>;
  /** Ancestral draws from the model: every variable, `[count, ...]`. */
  readonly sample: (
    state: ModelState,
    options?: SampleOptions,
  ) => Promise<Readonly<Record<string, NumberArray>>>;
}

export function defineModel(plan: ModelPlan): Model {
  return {
    plan,
    create: (options = {}) => createState(plan, options.seed ?? 1, options.settings ?? {}),
    infer: (state, data, options = {}) => infer(plan, state, data, options),
    train: (state, data, options = {}) => train(plan, state, data, options),
    sample: (state, options = {}) => sample(plan, state, options),
  };
}
