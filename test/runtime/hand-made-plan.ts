/** A plan written by hand: latent u with a unit prior, x ~ Normal(weight * u, 1), and draws as compiled programs key them. */
import tensorflow from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import type { RunContext } from '../../src/runtime/executable.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import type { ModelPlan, TensorFlow } from '../../src/runtime/plan.ts';
import { keyOf } from '../../src/runtime/random.ts';

export const tf = tensorflow as unknown as TensorFlow;

const noise = (context: RunContext, shape: number[], ...folds: number[]): Tensor => {
  const size = shape.reduce((total, length) => total * length, 1);
  const values = new Float32Array(size);
  const offset = (context.firstExample * size) / (shape[0] ?? 1);
  fillNoise('standard_normal', keyOf(context.seed, ...folds), values, offset);
  return tf.tensor(values, shape, 'float32');
};

export interface Faults {
  /** The update of this iteration gives a parameter that is not a number. */
  readonly brokenFrom?: number;
}

export function handMadePlan({ brokenFrom = Infinity }: Faults = {}): ModelPlan {
  const batch = (context: RunContext): number => context.sizes['example']!;
  return {
    tf,
    model: 'Line',
    doc: null,
    sizes: { pixels: 3 },
    settings: { slope: 1 },
    parameters: [
      {
        name: 'weight',
        doc: null,
        axes: ['pixels'],
        owner: null,
        initial: { kind: 'normal', mean: 0.5, sd: 0.1 },
        coordinates: 'identity',
      },
      {
        name: 'rate',
        doc: null,
        axes: [],
        owner: 'Settle',
        initial: { kind: 'constant', value: 2 },
        coordinates: 'log',
      },
    ],
    observed: [{ name: 'x', doc: null, axes: ['pixels'], values: null }],
    latents: [{ name: 'u', doc: null, axes: [] }],
    inferences: [
      {
        name: 'Settle',
        doc: null,
        settings: { steps: 4 },
        observed: ['x'],
        states: [{ name: 'u', doc: null, axes: [] }],
        steps: 4,
        metrics: [
          {
            name: 'r2',
            label: 'R²',
            doc: 'Explained share.',
            unit: 'explained',
            made: { kind: 'explained', error: 'squared_error', total: 'squared_total' },
            observed: ['x'],
          },
          {
            name: 'zeros',
            label: 'zeros',
            doc: 'Share of zeros.',
            unit: 'share',
            made: { kind: 'mean', sum: 'zeros', entries: [[]] },
            observed: [],
          },
          {
            name: 'free_energy',
            label: 'free energy',
            doc: 'Free energy.',
            unit: 'nats',
            made: { kind: 'mean', sum: 'free_energy', entries: [[]] },
            observed: ['x'],
          },
        ],
        reconstruction: { of: 'x', observed: ['x'] },
        unmeasured: [],
        start: (_inputs, context) => ({ u: tf.zeros([batch(context)]) }),
        advance: (inputs, context) => {
          let u = inputs['u'] as Tensor;
          const first = inputs['first_step'] as number;
          for (let step = first; step < first + (inputs['step_count'] as number); step += 1) {
            u = u.add(noise(context, [batch(context)], 1, step).mul(0.1));
          }
          return { u };
        },
        measure: (inputs, context) => {
          const x = inputs['x'] as Tensor;
          const u = inputs['u'] as Tensor;
          const drawn = u.add(noise(context, [batch(context)], 2, inputs['iteration'] as number));
          const reconstruction = drawn.expandDims(1).mul(inputs['weight'] as Tensor);
          const error = x.sub(reconstruction).square().sum();
          return {
            squared_error: error,
            squared_total: x.sub(x.mean(1, true)).square().sum(),
            zeros: drawn.less(0).cast('float32').sum(),
            free_energy: error.mul(0.5),
            reconstruction,
            u: drawn,
          };
        },
      },
    ],
    learnings: [
      {
        name: 'Descend',
        doc: null,
        inference: 'Settle',
        settings: { speed: 0.1 },
        observed: ['x'],
        limits: [],
        unmeasured: null,
        memory: [{ name: 'weight.m', axes: ['pixels'], initial: 0.25 }],
        particles: [],
        update: (inputs, context) => {
          const x = inputs['x'] as Tensor;
          const weight = inputs['weight'] as Tensor;
          const iteration = inputs['iteration'] as number;
          const u = noise(context, [batch(context)], 3, iteration);
          const residual = x.sub(u.expandDims(1).mul(weight));
          const gradient = residual.mul(u.expandDims(1)).mean(0).neg();
          const momentum = (inputs['weight.m'] as Tensor).mul(0.9).add(gradient);
          const speed = (inputs['speed'] as number) * (1 - 0.5 * (inputs['progress'] as number));
          const broken = iteration >= brokenFrom ? NaN : 1;
          return {
            weight: weight.sub(momentum.mul(speed)).mul(broken),
            'weight.m': momentum,
            objective: residual
              .square()
              .mean()
              .mul(iteration > brokenFrom ? NaN : 1),
          };
        },
      },
    ],
    sample: (inputs, context) => {
      const u = noise(context, [batch(context)], 4, inputs['iteration'] as number);
      return { u, x: u.expandDims(1).mul(inputs['weight'] as Tensor) };
    },
    undrawn: null,
  };
}

/** Rows of the hand-made model: 20 examples of 3 pixels. */
export const exampleRows = (pixels = 3): Float32Array => {
  const values = new Float32Array(20 * pixels);
  fillNoise('standard_normal', keyOf(11), values, 0);
  return values;
};
