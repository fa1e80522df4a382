/**
 * Gradients of the iP-VAE's update program against TensorFlow.js's own tape, on the paper's model written by hand in tfjs, with the
 * draws that the interpreter recorded. The tape is float32: agreement to 1e-4 of the norm.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import type { DrawTape } from '../../src/runtime/executable.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { relativeError } from '../calculus/support.ts';
import { checked } from '../derive/support.ts';
import { caseOf, inputsOf, withGradients, type Inputs } from './support.ts';

const ipvae = readFileSync(new URL('../../stdlib/models/ipvae.nsm', import.meta.url), 'utf8');
const names = ['Phi', 'log_sd', 'prior', 'rate'] as const;
const [steps, beta, progress] = [2, 2, 0.05];
/** anneal(0, beta, over = 10%) and the ceiling anneal(2, 10, over = 10%) of the guards. */
const [klWeight, ceiling] = [beta * 0.5, 2 + 8 * 0.5];

let tf: TensorFlow;
beforeAll(async () => {
  ({ tf } = await loadBackend('cpu'));
});

/** Draws of each place in order: one in each turn, and one for the objective after it. */
type DrawAt = (turn: number, place: 0 | 1, logRate: Tensor2D) => Tensor2D;

const objective =
  (inputs: Inputs, draw: DrawAt) =>
  (...parameters: Tensor[]): Scalar => {
    const [Phi, stored, prior, logRate] = parameters as [Tensor2D, Tensor, Tensor, Scalar];
    const x = tensorOf(inputs['x'] as NamedArray) as Tensor2D;
    const logSd = tf.mul(3.45, tf.tanh(tf.div(stored, 3.45)));
    const weight = tf.exp(tf.mul(-2, logSd));
    const soft = (value: Tensor): Tensor2D =>
      tf.sub(ceiling, tf.softplus(tf.sub(ceiling, tf.maximum(value, -8))));
    const residual = (z: Tensor2D): Tensor2D => tf.sub(x, tf.matMul(z, Phi, false, true));
    let u = tf.add<Tensor2D>(tf.zeros([x.shape[0], Phi.shape[1]]), prior);
    let total: Tensor = tf.scalar(0);
    for (let turn = 0; turn < steps; turn++) {
      const before = u;
      const threshold = tf.mul(0.5, tf.sum(tf.mul(tf.square(Phi), tf.expandDims(weight, 1)), 0));
      const drive = tf.matMul(tf.mul<Tensor2D>(residual(draw(turn, 0, u)), weight), Phi);
      const step = soft(tf.mul(tf.exp(logRate), tf.sub(drive, threshold)));
      u = soft(tf.add(before, step));
      const error = tf.square(residual(draw(turn, 1, u)));
      const surprise = tf.add(tf.add(tf.mul(tf.mul(0.5, error), weight), logSd), 0.5 * Math.log(2 * Math.PI));
      const divergence = tf.add(tf.mul(tf.exp(u), tf.sub(tf.sub(u, before), 1)), tf.exp(before));
      total = tf.add(total, tf.add(tf.sum(surprise), tf.mul(klWeight, tf.sum(divergence))));
    }
    return tf.div(total, steps * x.shape[0]);
  };

const tensorOf = (array: NamedArray): Tensor => tf.tensor(Float32Array.from(array.values), [...array.shape]);
/** The same numbers without a way back. */
const detached = (tensor: Tensor): Tensor => tf.tensor(tensor.dataSync(), tensor.shape);

const compare = (
  estimator: string,
  drawWith: (recorded: (turn: number, place: 0 | 1) => Tensor) => DrawAt,
  seed: number,
): void => {
  const text = ipvae.replace('through inference by straight_through', `through inference by ${estimator}`);
  const one = caseOf(checked(text), 'ThroughTime', { pixels: 5, neurons: 3, steps, beta });
  const program = withGradients(one.learning);
  const inputs = inputsOf(program, one, {
    seed,
    numbers: { progress },
    ranges: { prior: [-1.2, 0.2], rate: [-1.4, -1] },
  });
  const values: DrawTape['values'] = new Map();
  const found = interpret(optimize(program, { sizes: one.sizes, scalars: one.scalars }), inputs, {
    seed,
    firstExample: 0,
    sizes: one.sizes,
    draws: { mode: 'record', values },
  });
  const sites = [...new Set([...values.keys()].map((place) => Number(place.split('/')[0])))].sort();
  expect(sites.length).toBe(2);
  const shape = estimator === 'straight_through' ? [2, 3] : [2, 3, 32];
  const recorded = (turn: number, place: 0 | 1): Tensor =>
    tf.tensor(Float32Array.from(values.get(`${sites[place]}/3/${turn}`)!), shape);
  const f = objective(inputs, drawWith(recorded));
  tf.tidy(() => {
    const parameters = names.map((name) => tensorOf(inputs[name] as NamedArray));
    expect(f(...parameters).dataSync()[0]! / found['objective']!.values[0]!).toBeCloseTo(1, 5);
    tf.grads(f)(parameters).forEach((gradient, i) => {
      const wanted = found[`${names[i]!}_gradient`]!.values;
      expect(relativeError(gradient.dataSync(), wanted), names[i]).toBeLessThan(1e-4);
    });
  });
};

describe("tfjs's own gradient of the iP-VAE, two steps of inference", () => {
  for (const seed of [1, 2, 3]) {
    it(`agrees on straight-through spikes (instance ${seed})`, () => {
      compare(
        'straight_through',
        (recorded) => (turn, place, u) => {
          const mean = tf.exp(u);
          return tf.add(tf.sub(recorded(turn, place), detached(mean)), mean);
        },
        seed,
      );
    });

    it(`agrees on relaxed spikes (instance ${seed})`, () => {
      compare(
        'relaxed(0.5)',
        (recorded) => (turn, place, u) => {
          const arrivals = tf.div(recorded(turn, place), tf.expandDims(tf.exp(u), 2));
          return tf.sum(tf.sigmoid(tf.div(tf.sub(1, arrivals), 0.5)), 2);
        },
        seed,
      );
    });
  }
});
