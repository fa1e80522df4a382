/** The runtime: what compiled modules import, and what runs a plan made in process. Nothing in it is Node's. */
export { fastest } from './kernels/fastest.ts';
export { setWorkers, workers } from './kernels/pool.ts';
export { readKernels } from './kernels/text.ts';
export { keepParameters, keptParameters, type Version } from './keep-parameters.ts';
export { defineModel, type CreateOptions, type Model } from './model.ts';
export { isRunError, isTrainingStopped, type RunError, type TrainingStopped } from './failure.ts';
export type { Data } from './examples.ts';
export type { InferOptions, InferResult } from './infer.ts';
export type { StepMetrics } from './metrics.ts';
export type { ArrayPlan, InferencePlan, LearningPlan, ModelPlan, ParameterPlan, TensorFlow } from './plan.ts';
export type { DrawTape, Executable, RunContext, Value } from './executable.ts';
export type { SampleOptions } from './sample.ts';
export type { ModelState, NumberArray, NumberArrays } from './state.ts';
export type { Iteration, TrainOptions } from './train.ts';
export { replaceable, type ReplaceableModel } from './replaceable.ts';
export { tensorRuntime, type TensorRuntime } from './tfjs.ts';
export { readSafetensors, writeSafetensors, type StoredTensor, type TensorFile } from './safetensors.ts';
export { loadBackend, type Backend } from '../targets/tfjs/backend.ts';
