/**
 * Tensors whose numbers lie in the memory of kernels. To TensorFlow.js they are tensors of a backend that has no operations: numbers
 * are moved to the backend in use when one of its operations first reads them, and back when a kernel does. Tensors that only go from
 * kernel to kernel are never copied.
 */
import type { BackendValues, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../plan.ts';
import type { Block } from './heap.ts';
import { heap, sharedMemory } from './pool.ts';

export interface KernelTensors {
  /** Where the numbers of a float32 tensor lie. */
  readonly addressOf: (tensor: TensorInfo) => number;
  /** A tensor with anything in it. */
  readonly make: (shape: readonly number[]) => Tensor;
  /** Another tensor of the same numbers. */
  readonly share: (tensor: TensorInfo) => Tensor;
}

interface Numbers {
  readonly block: Block;
  readonly size: number;
  /** How many tensors share them. */
  users: number;
}

export const kernelTensors = (tf: TensorFlow): KernelTensors => {
  const known = made.get(tf) ?? make(tf);
  made.set(tf, known);
  return known;
};

const made = new WeakMap<TensorFlow, KernelTensors>();

const make = (tf: TensorFlow): KernelTensors => {
  const backend: KernelBackend = new tf.KernelBackend();
  const storage = new tf.DataStorage<Numbers>(backend, tf.engine());
  const place = (dataId: object, size: number, users: number): Block => {
    const block = heap.allocate(Float32Array.BYTES_PER_ELEMENT * size);
    storage.set(dataId, { block, size, users });
    return block;
  };
  const valuesOf = (dataId: object): Float32Array => {
    const { block, size } = storage.get(dataId);
    return new Float32Array(sharedMemory().buffer, block.at, size);
  };
  const tensorOf = (info: TensorInfo): Tensor => tf.engine().makeTensorFromTensorInfo(info, backend);

  Object.assign(backend, {
    move: (dataId: object, values: BackendValues, shape: number[], _dtype: string, users: number) => {
      place(dataId, tf.util.sizeFromShape(shape), users);
      valuesOf(dataId).set(values as Float32Array);
    },
    readSync: (dataId: object) => valuesOf(dataId).slice(),
    read: (dataId: object) => Promise.resolve(valuesOf(dataId).slice()),
    refCount: (dataId: object) => storage.get(dataId).users,
    disposeData: (dataId: object, isForced = false) => {
      // There was no memory to move them here.
      if (!storage.has(dataId)) return true;
      const numbers = storage.get(dataId);
      numbers.users -= 1;
      if (numbers.users > 0 && !isForced) return false;
      heap.release(numbers.block);
      storage.delete(dataId);
      return true;
    },
  } satisfies Partial<KernelBackend>);

  return {
    addressOf: ({ dataId }) => storage.get(dataId).block.at,
    make: (shape) => {
      const dataId = {};
      place(dataId, tf.util.sizeFromShape([...shape]), 1);
      return tensorOf({ dataId, shape: [...shape], dtype: 'float32' });
    },
    share: (info) => {
      storage.get(info.dataId).users += 1;
      return tensorOf(info);
    },
  };
};
