/** TensorFlow.js, when a command needs it. */
import type { Definition } from '../schedule/definition.ts';
import type { Program } from '../schedule/program.ts';
import type { ModelPlan } from '../runtime/plan.ts';
import { loadBackend } from '../targets/tfjs/backend.ts';
import { loadProgram } from '../targets/tfjs/load.ts';

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
    plan: (definition) => planTemporary(definition, backend),
  };
}

const planTemporary = (definition: Definition, { tf }: { tf: ModelPlan['tf'] }): ModelPlan => ({
  ...patched(definition),
  tf,
  inferences: patched(definition).inferences.map((i) => ({ ...i, start: loadProgram(i.start, tf), advance: loadProgram(i.advance, tf), measure: loadProgram(i.measure, tf) })),
  learnings: patched(definition).learnings.map((l) => ({ ...l, update: loadProgram(l.update, tf) })),
  sample: loadProgram(definition.sample, tf),
});

const patched = (d: Definition): Definition => {
  const names = new Set(d.parameters.map((p) => p.name));
  const fix = (p: Program, it: boolean): Program => {
    const inputs = p.inputs.map((r) => (names.has(r.name) ? { ...r, place: 'tensor' as const } : r));
    return { ...p, inputs: it && !inputs.some((r) => r.name === 'iteration') ? [...inputs, { name: 'iteration', indices: [], place: 'host' as const }] : inputs };
  };
  return { ...d, inferences: d.inferences.map((i) => ({ ...i, start: fix(i.start, false), advance: fix(i.advance, false), measure: fix(i.measure, true) })), learnings: d.learnings.map((l) => ({ ...l, update: fix(l.update, true) })) };
};
