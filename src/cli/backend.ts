/** TensorFlow.js, when a command needs it. */
import type { Definition } from '../schedule/definition.ts';
import type { ModelPlan } from '../runtime/plan.ts';
import { loadBackend } from '../targets/tfjs/backend.ts';
import { planInProcess } from '../targets/plan.ts';

export interface Backend {
  readonly name: string;
  readonly version: string;
  readonly plan: (definition: Definition) => ModelPlan;
}

/** WebAssembly, or plain JavaScript with `NSM_BACKEND=cpu` and where WebAssembly cannot start. */
export async function openBackend(): Promise<Backend> {
  const backend = await loadBackend(process.env['NSM_BACKEND'] === 'cpu' ? 'cpu' : 'wasm');
  return {
    name: backend.name,
    version: backend.tf.version_core,
    plan: (definition) => planInProcess(definition, backend),
  };
}
