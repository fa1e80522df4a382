/**
 * The way to the fixed point of a network of two hidden layers (`stdlib/models/deep_attractor.nsm`, `Relaxation`), each example until it
 * changes less than 1e-3. Weights are those of auto-encoders, kept under `runs/bench`, of digits where `--data` names them and else of
 * dead leaves.
 */
import { existsSync } from 'node:fs';
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { deadLeaves } from '../../src/data/dead-leaves.ts';
import { loadData } from '../../src/data/load.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import type { NumberArrays } from '../../src/runtime/state.ts';
import { autoencoders, nets } from '../feedforward-nets.ts';
import { readArrays, writeArrays } from '../harness/arrays.ts';
import { inferenceVariant } from '../harness/nsm.ts';
import { downloaded, uploaded } from '../harness/tensors.ts';
import type { Inputs, Prepare, Workload } from '../harness/workload.ts';

const pixels = 784;
const side = 28;
const [hidden1, hidden2] = [500, 500];
const images = 5000;
const training = { iterations: 600, batch: 64 };
const tolerance = 1e-3;
/** More turns than any example takes. */
const most = 200;

export const relax = (
  batch: number,
  sizes: { readonly pixels: number; readonly hidden1: number; readonly hidden2: number },
  weights: (tf: TensorFlow, data: string | null) => Promise<NumberArrays>,
): Workload => ({
  name: 'relax',
  shape: `batch ${batch}, ${sizes.pixels}-${sizes.hidden1}-${sizes.hidden2}, until every example changes less than ${tolerance}`,
  unit: 'run',
  units: 1,
  compared: 1,
  // Where an example stops a turn apart it differs by what a turn changes.
  tolerance: 1e-3,
  counts: { turns: 0.02 },
  isHoistable: true,
  spikes: null,
  laws: () => ({}),
  inputs: async (tf, data) => ({
    numbers: { batch, units: 1, compared: 1, most, tolerance },
    arrays: await weights(tf, data),
  }),
  nsm: inferenceVariant({
    file: 'stdlib/models/deep_attractor.nsm',
    sizes,
    examples: batch,
    inference: 'Relaxation',
    steps: most,
    compared: most,
    draws: [],
    outputs: ['s1', 's2', 'turns'],
  }),
  tfjs: byHand,
});

/** The network of the bench, with its images. */
export const trainedRelax = (batch: number): Workload =>
  relax(batch, { pixels, hidden1, hidden2 }, async (tf, data) => {
    const values = data === null ? leaves() : (await loadData(data)).values;
    const folder = `runs/bench/relax-${data === null ? 'leaves' : data.replaceAll(/[^a-z0-9]+/gi, '-')}`;
    if (!existsSync(`${folder}/arrays.json`))
      writeArrays(folder, await autoencoders(tf, nets.at(-1)!, values, 1, training));
    return { ...readArrays(folder), x: { shape: [batch, pixels], values: values.slice(0, batch * pixels) } };
  });

const leaves = (): Float32Array => {
  const values = new Float32Array(images * pixels);
  const settings = { seed: 1, side, smallest: 2, largest: 13, antialias: true };
  for (let image = 0; image < images; image++) values.set(deadLeaves(image, settings), image * pixels);
  return values;
};

/** What the clamped image gives to the first layer is computed once; `tf.where` would spread the mask, which is slow. */
const byHand: Prepare = (tf, { arrays }: Inputs) => {
  const { W1, W2, a1, b1, b2, x } = uploaded(tf, arrays, 'W1', 'W2', 'a1', 'b1', 'b2', 'x');
  const W2T = W2.transpose<Tensor2D>();
  const [, first] = W1.shape;
  const [, second] = W2.shape;
  const squares = (now: Tensor, before: Tensor): Tensor => now.sub(before).square().sum(1);
  const walk = () =>
    tf.tidy(() => {
      const below = x.matMul(W1);
      const fixed = below.add(a1).add(b1);
      const s1 = tf.clipByValue<Tensor2D>(below.add(b1), 0, 1);
      const s2 = tf.clipByValue<Tensor2D>(s1.matMul(W2).add(b2), 0, 1);
      let state = {
        s1,
        s2,
        active: tf.ones<Rank>([x.shape[0]]),
        turns: tf.zeros<Rank>([x.shape[0]]),
      };
      let isMoving = true;
      for (let turn = 0; turn < most && isMoving; turn++) {
        const before = state;
        state = tf.tidy(() => {
          const force = fixed.add(before.s2.matMul(W2T));
          const next1 = tf.clipByValue<Tensor2D>(before.s1.mul(0.5).add(force.mul(0.25)), 0, 1);
          const answer = before.s1.matMul(W2).add(b2);
          const next2 = tf.clipByValue<Tensor2D>(before.s2.add(answer).mul(0.5), 0, 1);
          const moved = squares(next1, before.s1).add(squares(next2, before.s2));
          const isChanging = tf.greaterEqual(moved.div(first + second).sqrt(), tolerance);
          const keep = before.active.expandDims(1);
          return {
            s1: before.s1.add<Tensor2D>(next1.sub(before.s1).mul(keep)),
            s2: before.s2.add<Tensor2D>(next2.sub(before.s2).mul(keep)),
            active: before.active.mul(isChanging),
            turns: before.turns.add(before.active),
          };
        });
        tf.dispose(Object.values(before));
        isMoving = tf.tidy(() => state.active.max().dataSync()[0]! > 0);
      }
      return { s1: state.s1, s2: state.s2, turns: state.turns };
    });
  return {
    run: () => tf.dispose(walk()),
    compare: () => {
      const results = walk();
      const outputs = downloaded(results);
      tf.dispose(results);
      return { outputs, draws: {} };
    },
  };
};
