/** Kernels of the WebAssembly backend that are wrong for some shapes, and say nothing: mended where the backend starts. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../runtime/plan.ts';

/** What of the backend is used; its type is not exported. */
interface Memory {
  readonly disposeData: (id: object) => void;
}
type Invocation = Parameters<KernelFunc>[0];

const mended = new WeakSet<KernelFunc>();

/** Puts sound kernels in the places of the backend's own; once is enough. */
export const mendKernels = (tf: TensorFlow): void => {
  replace(tf, 'BatchMatMul', (kernel) => readAsShaped(tf, kernel));
  for (const name of ['Add', 'Sub', 'Multiply', 'RealDiv'])
    replace(tf, name, (kernel) => ofAnyRank(tf, kernel));
};

const replace = (tf: TensorFlow, name: string, mend: (kernel: KernelFunc) => KernelFunc): void => {
  const config = tf.getKernel(name, 'wasm');
  if (mended.has(config.kernelFunc)) return;
  const kernelFunc = mend(config.kernelFunc);
  mended.add(kernelFunc);
  tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({ ...config, kernelFunc });
};

const memoryOf = (parameters: Invocation): Memory => parameters.backend as Memory;

/**
 * The product packs a right operand once and keeps that for the array's memory, whatever shape the memory is read in
 * later: a reshaped array, which shares the memory, would be multiplied as if it had the first shape, past its end.
 * Such an operand gets memory of its own.
 */
const readAsShaped = (tf: TensorFlow, kernel: KernelFunc): KernelFunc => {
  const identity = tf.getKernel('Identity', 'wasm').kernelFunc;
  const packedShapes = new WeakMap<object, string>();
  const isPackedOtherwise = ({ dataId, shape }: TensorInfo): boolean => {
    if (shape.slice(0, -2).some((size) => size !== 1)) return false;
    const wanted = shape.slice(-2).join();
    const packed = packedShapes.get(dataId) ?? wanted;
    packedShapes.set(dataId, packed);
    return packed !== wanted;
  };
  return (parameters) => {
    const { a, b } = parameters.inputs as { a: TensorInfo; b: TensorInfo };
    if (!isPackedOtherwise(b)) return kernel(parameters);
    const copy = identity({ ...parameters, inputs: { x: b } }) as TensorInfo;
    const result = kernel({ ...parameters, inputs: { a, b: copy } });
    memoryOf(parameters).disposeData(copy.dataId);
    return result;
  };
};

/** The most axes that arithmetic takes; with more it leaves its result unwritten. */
const mostAxes = 6;

/** Arithmetic of arrays with more axes is that of flat ones, each repeated along the axes that it lacks. */
const ofAnyRank = (tf: TensorFlow, kernel: KernelFunc): KernelFunc => {
  const tile = tf.getKernel('Tile', 'wasm').kernelFunc;
  return (parameters) => {
    const { a, b } = parameters.inputs as { a: TensorInfo; b: TensorInfo };
    if (a.shape.length <= mostAxes && b.shape.length <= mostAxes) return kernel(parameters);
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const size = tf.util.sizeFromShape(shape);
    const repeated = ({ dataId, dtype, shape: own }: TensorInfo): TensorInfo => {
      const filled = [...shape.slice(own.length).map(() => 1), ...own];
      const reps = shape.map((length, axis) => length / filled[axis]!);
      return tile({
        ...parameters,
        inputs: { x: { dataId, dtype, shape: filled } },
        attrs: { reps },
      }) as TensorInfo;
    };
    const flat = (x: TensorInfo): TensorInfo => ({ ...x, shape: [size] });
    const wide = { a: repeated(a), b: repeated(b) };
    const result = kernel({ ...parameters, inputs: { a: flat(wide.a), b: flat(wide.b) } }) as TensorInfo;
    for (const copy of [wide.a, wide.b]) memoryOf(parameters).disposeData(copy.dataId);
    return { ...result, shape };
  };
};
