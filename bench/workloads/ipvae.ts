/** Formulas of `stdlib/models/ipvae.nsm` in tfjs, for its inference and its learning. */
import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../src/runtime/plan.ts';

/** 1 / sd², where log_sd is squashed to (-3.45, 3.45). */
export const weightsOf = (tf: TensorFlow, logSd: Tensor): Tensor =>
  tf.exp(tf.tanh(logSd.div(3.45)).mul(-6.9));

/** What stays between -8 and a cap that is approached softly. */
export const softCap = (tf: TensorFlow, value: Tensor, cap: number): Tensor =>
  tf.sub(cap, tf.softplus(tf.sub(cap, tf.clipByValue(value, -8, Infinity))));
