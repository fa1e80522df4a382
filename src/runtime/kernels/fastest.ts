/** How a program runs here: as kernels, or as operations of TensorFlow.js. */
import { lazily, type Executable } from '../executable.ts';
import type { TensorFlow } from '../plan.ts';
import { loadKernels } from './load.ts';
import type { KernelModule } from './module.ts';
import { hasSharedMemory } from './pool.ts';

/**
 * A program as kernels where TensorFlow.js runs on WebAssembly and the engine has what they need: vectors, and memory that threads
 * may share. Elsewhere its operations run. It is decided, and kernels are made, when the program is first called.
 */
export const fastest = (tf: TensorFlow, kernels: () => KernelModule, operations: Executable): Executable => {
  const chosen = lazily(() => {
    if (tf.getBackend() !== 'wasm' || !hasSharedMemory()) return operations;
    const made = kernels();
    return WebAssembly.validate(made.bytes) ? loadKernels(made, tf) : operations;
  });
  // Only operations know what they come from.
  return (inputs, context) => (context.trace === undefined ? chosen : operations)(inputs, context);
};
