/** Slow steps of the hierarchical exponential-family energy model (`stdlib/models/hee.nsm`, `Sampling`), interneurons in between. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { normal } from '../harness/generated.ts';
import { inferenceVariant } from '../harness/nsm.ts';
import { downloaded, fresh, tapeOf, uploaded, type Source } from '../harness/tensors.ts';
import type { Inputs, Prepare, Workload } from '../harness/workload.ts';

export interface StepSizes {
  readonly batch: number;
  readonly pixels: number;
  readonly v1: number;
  readonly v2: number;
  readonly fast: number;
  readonly steps: number;
  readonly compared: number;
}

const sd = 0.5;

export const heeStep = (sizes: StepSizes): Workload => {
  const { batch, pixels, v1, v2, fast, steps, compared } = sizes;
  return {
    name: 'hee-step',
    shape: `batch ${batch}, ${pixels}-${v1}-${v2}, ${fast} fast substeps`,
    unit: 'step',
    units: steps,
    compared,
    tolerance: 1e-4,
    counts: {},
    isHoistable: false,
    spikes: null,
    laws: () => ({ fast: { kind: 'normal' }, x1: { kind: 'normal' }, x2: { kind: 'normal' } }),
    inputs: async () => ({
      numbers: { batch, units: steps, compared, fast_steps: fast, sd },
      arrays: {
        W0: normal(0, [pixels, v1], 0.05),
        W1: normal(1, [v1, v2], 0.05),
        b0: normal(2, [pixels], 0.1),
        b1: normal(3, [v1], 0.1),
        b2: normal(4, [v2], 0.1),
        x0: normal(5, [batch, pixels], 1),
      },
    }),
    nsm: inferenceVariant({
      file: 'stdlib/models/hee.nsm',
      sizes: { pixels, v1, v2 },
      examples: batch,
      inference: 'Sampling',
      steps,
      compared,
      draws: [
        { name: 'fast', inner: [fast], shape: [batch, v1] },
        { name: 'x1', inner: [], shape: [batch, v1] },
        { name: 'x2', inner: [], shape: [batch, v2] },
      ],
      outputs: ['x1', 'x2', 'x1.p', 'x2.p', 'x1.mean_statistic1'],
    }),
    tfjs: byHand,
  };
};

/** Kinetic Langevin by BAOA, of friction 1: a kick by the slope, half a step of the positions, noise, and the other half. */
const splitting = (dt: number) => ({
  dt,
  half: dt / 2,
  kept: Math.exp(-dt),
  kicked: Math.sqrt(1 - Math.exp(-2 * dt)),
});
const quick = splitting(0.2);
const slow = splitting(0.1);

/** Written as a person writes such samplers. */
const byHand: Prepare = (tf, { numbers, arrays }: Inputs) => {
  const { W0, W1, b0, b1, b2, x0 } = uploaded(tf, arrays, 'W0', 'W1', 'b0', 'b1', 'b2', 'x0');
  // The WebAssembly backend is ten times slower where it transposes by itself.
  const [W0T, W1T] = [W0.transpose<Tensor2D>(), W1.transpose<Tensor2D>()];
  const fastSteps = numbers['fast_steps']!;
  const precision = sd ** -2;

  const normalLike = ({ shape }: Tensor2D): Tensor2D => tf.randomNormal(shape);
  const slope1 = (x1: Tensor2D, drive: Tensor): Tensor => {
    const error = x1.relu<Tensor2D>().matMul(W0T).add(b0).sub<Tensor2D>(x0);
    return x1.mul(x1).mul(x1).sub(drive).add(error.matMul(W0).mul(precision).mul(x1.step()));
  };
  const slope2 = (x1: Tensor2D, x2: Tensor2D, mean: Tensor2D): Tensor =>
    x2.mul(x2).mul(x2).sub(b2).add(mean.sub<Tensor2D>(x1).matMul(W1).mul(x2.step()));
  const driveOf = (x2: Tensor2D): Tensor => x2.relu<Tensor2D>().matMul(W1T).add(b1);
  const moved = (
    x: Tensor2D,
    p: Tensor2D,
    slope: Tensor,
    noise: Tensor2D,
    { dt, half, kept, kicked }: typeof slow,
  ) => {
    const before = p.sub<Tensor2D>(slope.mul(dt));
    const after = before.mul(kept).add<Tensor2D>(noise.mul(kicked));
    return { x: x.add<Tensor2D>(before.add(after).mul(half)), p: after };
  };

  /** Positions of interneurons and their momenta, and the mean of the positions on the way. */
  const interneurons = (y: Tensor2D, q: Tensor2D, drive: Tensor, turn: number, source: Source) => {
    let state = { y, q, sum: tf.zerosLike(y) };
    for (let fast = 0; fast < fastSteps; fast++) {
      const before = state;
      state = tf.tidy(() => {
        const noise = source.draw('fast', turn * fastSteps + fast, () => normalLike(y));
        const slope = before.y.mul(before.y).mul(before.y).sub(drive);
        const { x, p } = moved(before.y, before.q, slope, noise, quick);
        return { y: x, q: p, sum: before.sum.add<Tensor2D>(x) };
      });
    }
    return { y: state.y, q: state.q, mean: state.sum.div<Tensor2D>(fastSteps) };
  };

  const walk = (steps: number, source: Source) =>
    tf.tidy(() => {
      const x1 = tf.tanh(x0.matMul(W0).div(2)).mul<Tensor2D>(2);
      const x2 = tf.tanh(x1.matMul(W1).div(2)).mul<Tensor2D>(2);
      const zeros = tf.zerosLike(x1);
      let state = { x1, x2, p1: zeros, p2: tf.zerosLike(x2), y: zeros, q: zeros, mean: zeros };
      for (let turn = 0; turn < steps; turn++) {
        const before = state;
        state = tf.tidy(() => {
          const drive = driveOf(before.x2);
          const { y, q, mean } = interneurons(before.y, before.q, drive, turn, source);
          const noise1 = source.draw('x1', turn, () => normalLike(x1));
          const noise2 = source.draw('x2', turn, () => normalLike(x2));
          const next1 = moved(before.x1, before.p1, slope1(before.x1, drive), noise1, slow);
          const next2 = moved(before.x2, before.p2, slope2(before.x1, before.x2, mean), noise2, slow);
          return { x1: next1.x, x2: next2.x, p1: next1.p, p2: next2.p, y, q, mean };
        });
        tf.dispose(turn === 0 ? [] : Object.values(before));
      }
      const { x1: last1, x2: last2, p1, p2, mean } = state;
      return { x1: last1, x2: last2, 'x1.p': p1, 'x2.p': p2, 'x1.mean_statistic1': mean };
    });
  return {
    run: () => tf.dispose(walk(numbers['units']!, fresh)),
    compare: (draws) => {
      const source = tapeOf(tf, draws);
      const results = walk(numbers['compared']!, source);
      const outputs = downloaded(results);
      tf.dispose(results);
      return { outputs, draws: source.told() };
    },
  };
};
