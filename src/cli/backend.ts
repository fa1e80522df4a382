/** TensorFlow.js, when a command needs it. */
import type { Definition } from '../schedule/definition.ts';
import type { LikelihoodDefinition } from '../schedule/likelihood.ts';
import { canFuse } from '../runtime/kernels/fused.ts';
import type { LikelihoodPlan } from '../runtime/likelihood-plan.ts';
import type { ModelPlan } from '../runtime/plan.ts';
import { loadBackend } from '../targets/tfjs/backend.ts';
import { asFastest, asFused, likelihoodInProcess, planInProcess } from '../targets/plan.ts';
import type { Output } from './execute.ts';

export interface Backend {
  readonly name: string;
  readonly version: string;
  readonly plan: (definition: Definition) => ModelPlan;
  readonly likelihood: (definition: LikelihoodDefinition) => LikelihoodPlan;
}

/**
 * WebAssembly, or plain JavaScript with `NSM_BACKEND=cpu` and where WebAssembly cannot start. `fast` is with fused multiply-adds: where
 * there are none, a line says so.
 */
export async function openBackend(
  { fast }: { readonly fast?: true | undefined },
  output: Output,
): Promise<Backend> {
  const backend = await loadBackend(process.env['NSM_BACKEND'] === 'cpu' ? 'cpu' : 'wasm');
  if (fast && !(backend.name === 'wasm' && canFuse()))
    output.note('--fast changes nothing: there are no fused multiply-adds here');
  const load = fast ? asFused : asFastest;
  return {
    name: backend.name,
    version: backend.tf.version_core,
    plan: (definition) => planInProcess(definition, backend, load),
    likelihood: (definition) => likelihoodInProcess(definition, backend, load),
  };
}
