/**
 * Which line of the source is the first to make what is no number. Runs are not looked through on their way: one that went wrong is
 * made once more, on the same draws, as operations of TensorFlow.js that say what they come from.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from './plan.ts';

export interface Trace {
  /** The place of the first NaN, or of the first infinite number before there is one; null before either. */
  place: string | null;
  isFound: boolean;
}

/** The place that a run comes to, when it is made once more. It may go on after `isFound`, to no avail. */
export async function firstBroken(run: (trace: Trace) => void | Promise<void>): Promise<string | null> {
  const trace: Trace = { place: null, isFound: false };
  await run(trace);
  return trace.place;
}

/** Looks at each tensor that is made meanwhile. */
export const watch = <Result>(
  tf: TensorFlow,
  trace: Trace,
  placeNow: () => string | null,
  body: () => Result,
): Result => {
  const engine = tf.engine() as unknown as { trackTensor: (tensor: Tensor, ...rest: unknown[]) => void };
  const { trackTensor } = engine;
  engine.trackTensor = (tensor, ...rest) => {
    trackTensor.call(engine, tensor, ...rest);
    if (trace.isFound || tensor.dtype !== 'float32') return;
    const values = tensor.dataSync();
    trace.isFound = values.some((value) => Number.isNaN(value));
    if (trace.isFound || (trace.place === null && values.some((value) => !Number.isFinite(value))))
      trace.place = placeNow();
  };
  try {
    return body();
  } finally {
    engine.trackTensor = trackTensor;
  }
};
