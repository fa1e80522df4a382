/** Programs in this process: each is a kernel of TensorFlow.js, which takes tensors and returns tensors. */
import type { KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs';
import type { Executable, RunContext } from '../executable.ts';
import type { TensorFlow } from '../plan.ts';
import { checkedInput } from '../tfjs.ts';
import type { Binding } from './chunk.ts';
import { codeOf } from './fused.ts';
import { chunkCount, shapeWith, type Numbers } from './memory.ts';
import type { KernelModule } from './module.ts';
import { planner } from './planner.ts';
import { dismiss, enlist, shareChunks, sharedMemory, workers, type Enlisted } from './pool.ts';
import { kernelTensors } from './tensors.ts';

/** What a kernel is given besides tensors. */
interface Attributes {
  readonly host: Numbers;
  readonly context: RunContext;
}
type Invocation = Parameters<KernelFunc>[0];

export const loadKernels = (kernels: KernelModule, tf: TensorFlow): Executable => {
  const { kernelName, register, forget } = registration(kernels, tf);
  const run: Executable = (inputs, context) =>
    tf.tidy(() => {
      const host: Record<string, number> = {};
      const tensors: Record<string, Tensor> = {};
      for (const { name, indices } of kernels.inputs) {
        const value = checkedInput(kernels.name, name, inputs[name], indices, context, tf);
        if (typeof value === 'number') host[name] = value;
        else tensors[name] = value.dtype === 'float32' ? value : tf.cast(value, 'float32');
      }
      register();
      const given: Attributes = { host, context };
      const results = tf
        .engine()
        .runKernel<Tensor[]>(kernelName, tensors, given as unknown as Invocation['attrs']);
      return Object.fromEntries(kernels.outputs.map(({ name }, place) => [name, results[place]!]));
    });
  dropped.register(run, forget);
  return run;
};

/** TensorFlow.js and the helpers would keep every program there ever was. */
const dropped = new FinalizationRegistry<() => void>((forget) => forget());

interface Registration {
  /** No other program has it. */
  readonly kernelName: string;
  /** Registers the kernel for the backend in use, once. */
  readonly register: () => void;
  readonly forget: () => void;
}

/** Nothing of it may know the program's function: that one would never be dropped. */
const registration = (kernels: KernelModule, tf: TensorFlow): Registration => {
  const enlisted = enlist(kernels, new WebAssembly.Module(codeOf(kernels)));
  const kernelName = `nsm/${kernels.name}#${enlisted.program}`;
  const kernelFunc = kernelOf(kernels, enlisted, tf);
  const backends = new Set<string>();
  const register = (): void => {
    const backendName = tf.getBackend();
    if (backends.has(backendName)) return;
    tf.registerKernel({ kernelName, backendName, kernelFunc });
    backends.add(backendName);
  };
  const forget = (): void => {
    for (const backendName of backends) tf.unregisterKernel(kernelName, backendName);
    dismiss(enlisted.program);
  };
  return { kernelName, register, forget };
};

/** Work below this many milliseconds is done before another thread has heard of it. */
const worthSharing = 0.2;

const kernelOf = (kernels: KernelModule, enlisted: Enlisted, tf: TensorFlow): KernelFunc => {
  const { thread } = enlisted;
  const { addressOf, make, share } = kernelTensors(tf);
  const planOf = planner(kernels);
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

  return ({ inputs, attrs }) => {
    const { host, context } = attrs as unknown as Attributes;
    const plan = planOf(context, host);
    const arrays = new Map<string, TensorInfo>();
    for (const [name, tensor] of Object.entries(inputs)) arrays.set(name, tensor!);
    // Tensors of a run that fails are disposed of with the scope around it.
    const results = kernels.outputs.map(({ register, indices }) => {
      if (indices === null) return make([]);
      const known = arrays.get(register);
      const tensor = known === undefined ? make(shapeWith(indices, context.sizes)) : share(known);
      arrays.set(register, tensor);
      return tensor;
    });
    const tensors = new Map<string, number>();
    for (const [area, tensor] of arrays) tensors.set(area, addressOf(tensor));
    const binding: Binding = { plan, context, host, tensors };
    thread.begin(binding);
    kernels.phases.forEach(({ hasOnce, hasChunks }, phase) => {
      if (hasOnce) thread.once(phase, binding);
      if (hasChunks) runChunks(phase, binding);
    });
    kernels.outputs.forEach(({ register, indices }, place) => {
      if (indices !== null) return;
      new Float32Array(sharedMemory().buffer, addressOf(results[place]!), 1)[0] = thread.numberAt(
        register,
        binding,
      );
    });
    return results;
  };
};
