/** Kernels made ready to run in this process. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Executable } from '../executable.ts';
import type { TensorFlow } from '../plan.ts';
import { checkedInput } from '../tfjs.ts';
import { kernelThread, type Binding } from './chunk.ts';
import { countWith, planMemory, shapeWith } from './memory.ts';
import type { KernelModule } from './module.ts';

const pageBytes = 65536;
/** 4 GiB. */
const mostPages = 65536;

/** One memory for all programs: nothing in it outlives a run. */
let sharedMemory: WebAssembly.Memory | null = null;
const memoryOf = (bytes: number): WebAssembly.Memory => {
  sharedMemory ??= new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
  const missing = bytes - sharedMemory.buffer.byteLength;
  if (missing > 0) sharedMemory.grow(Math.ceil(missing / pageBytes));
  return sharedMemory;
};

export const loadKernels = (kernels: KernelModule, tf: TensorFlow): Executable => {
  const module = new WebAssembly.Module(kernels.bytes);
  const thread = kernelThread(kernels, module, memoryOf(0), 0);
  const axes = Object.fromEntries(kernels.inputs.map(({ name, indices }) => [name, indices]));

  return (inputs, context) =>
    tf.tidy(() => {
      const host: Record<string, number> = {};
      const arrays: [string, Tensor][] = [];
      for (const [name, indices] of Object.entries(axes)) {
        const value = checkedInput(kernels.name, name, inputs[name], indices, context, tf);
        if (typeof value === 'number') host[name] = value;
        else arrays.push([name, value]);
      }
      const plan = planMemory(kernels, context.sizes, host, 1, context.draws !== undefined);
      const { buffer } = memoryOf(plan.end);
      const addresses = new Map(plan.areas.map(({ name, at }) => [name, at]));
      for (const [name, tensor] of arrays)
        new Float32Array(buffer, addresses.get(name), tensor.size).set(tensor.dataSync<'float32'>());
      const binding: Binding = { plan, context, host };
      thread.begin(binding);
      kernels.phases.forEach(({ hasOnce, hasChunks }, phase) => {
        if (hasOnce) thread.once(phase, binding);
        if (!hasChunks) return;
        for (let chunk = 0; chunk < plan.chunkStarts.length - 1; chunk++) thread.chunk(phase, chunk, binding);
        thread.addUp(phase, binding);
      });
      return Object.fromEntries(
        kernels.outputs.map(({ name, register, indices }) => {
          if (indices === null) return [name, tf.scalar(thread.numberAt(register, binding))];
          const values = new Float32Array(buffer, addresses.get(register), countWith(indices, context.sizes));
          return [name, tf.tensor(values.slice(), [...shapeWith(indices, context.sizes)])];
        }),
      );
    });
};
