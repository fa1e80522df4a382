/** Kernels made ready to run in this process. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Executable } from '../executable.ts';
import type { TensorFlow } from '../plan.ts';
import { checkedInput } from '../tfjs.ts';
import type { Binding } from './chunk.ts';
import { chunkCount, countWith, planMemory, shapeWith, turnsOf, type MemoryPlan } from './memory.ts';
import type { KernelModule } from './module.ts';
import { enlist, memoryOf, shareChunks, workers } from './pool.ts';

/** Work below this many milliseconds is done before another thread has heard of it. */
const worthSharing = 0.2;

export const loadKernels = (kernels: KernelModule, tf: TensorFlow): Executable => {
  const enlisted = enlist(kernels, new WebAssembly.Module(kernels.bytes));
  const { thread } = enlisted;
  const axes = Object.fromEntries(kernels.inputs.map(({ name, indices }) => [name, indices]));
  let planned: { readonly key: string; readonly plan: MemoryPlan } | null = null;
  /** Milliseconds that the chunks of each phase took the last time. */
  const took = kernels.phases.map(() => 0);

  const runChunks = (phase: number, binding: Binding): void => {
    const began = performance.now();
    const count = chunkCount(binding.plan, kernels.phases[phase]!.chunked);
    if (count > 1 && workers() > 1 && took[phase]! > worthSharing) shareChunks(enlisted, phase, binding);
    else for (let chunk = 0; chunk < count; chunk++) thread.chunk(phase, chunk, binding);
    took[phase] = performance.now() - began;
    thread.addUp(phase, binding);
  };

  return (inputs, context) =>
    tf.tidy(() => {
      const host: Record<string, number> = {};
      const arrays: [string, Tensor][] = [];
      for (const [name, indices] of Object.entries(axes)) {
        const value = checkedInput(kernels.name, name, inputs[name], indices, context, tf);
        if (typeof value === 'number') host[name] = value;
        else arrays.push([name, value]);
      }
      const turns = turnsOf(kernels, context.sizes, host);
      const isWhole = context.draws !== undefined;
      const key = JSON.stringify([context.sizes, turns, workers(), isWhole]);
      if (planned?.key !== key) {
        planned = { key, plan: planMemory(kernels, context.sizes, turns, workers(), isWhole) };
      }
      const { plan } = planned;
      const { buffer } = memoryOf(plan.end);
      const addresses = new Map(plan.areas.map(({ name, at }) => [name, at]));
      for (const [name, tensor] of arrays)
        new Float32Array(buffer, addresses.get(name), tensor.size).set(valuesOf(tensor));
      const binding: Binding = { plan, context, host };
      thread.begin(binding);
      kernels.phases.forEach(({ hasOnce, hasChunks }, phase) => {
        if (hasOnce) thread.once(phase, binding);
        if (hasChunks) runChunks(phase, binding);
      });
      return Object.fromEntries(
        kernels.outputs.map(({ name, register, indices }) => {
          if (indices === null) return [name, tf.scalar(thread.numberAt(register, binding))];
          const values = new Float32Array(buffer, addresses.get(register), countWith(indices, context.sizes));
          return [name, tensorOf(tf, values.slice(), shapeWith(indices, context.sizes))];
        }),
      );
    });
};

/** Numbers of tensors that were read or made here. Tensors do not change, and reading one copies it. */
const known = new WeakMap<object, Float32Array>();

const valuesOf = (tensor: Tensor): Float32Array => {
  const values = known.get(tensor.dataId) ?? tensor.dataSync<'float32'>();
  known.set(tensor.dataId, values);
  return values;
};

const tensorOf = (tf: TensorFlow, values: Float32Array, shape: readonly number[]): Tensor => {
  const tensor = tf.tensor(values, [...shape]);
  known.set(tensor.dataId, values);
  return tensor;
};
