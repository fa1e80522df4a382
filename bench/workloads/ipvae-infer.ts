/**
 * Inference steps of the iterative Poisson VAE (`stdlib/models/ipvae.nsm`, `Spiking`).
 *
 * Columns of the dictionary have length 1, and each image is the sum of some of them with a little noise. The prior begins with the wanted
 * share of units active, and how many columns an image has is chosen so that it stays there: the bench tells the share that it finds.
 */
import type { Rank, Tensor2D } from '@tensorflow/tfjs';
import { chosen, filled, normal, plus, productOfRows } from '../harness/generated.ts';
import { inferenceVariant } from '../harness/nsm.ts';
import { downloaded, fresh, poisson, tapeOf, uploaded, type Source } from '../harness/tensors.ts';
import type { Inputs, Prepare, Workload } from '../harness/workload.ts';
import { softCap, weightsOf } from './ipvae.ts';

/** Small enough that explaining an image with many spikes does not overshoot. */
const stepSize = 0.1;

export interface InferSizes {
  readonly batch: number;
  readonly pixels: number;
  readonly neurons: number;
  readonly steps: number;
  readonly compared: number;
}

/** `columns`: the share of the dictionary that an image is made of. */
export const ipvaeInfer = (name: string, sizes: InferSizes, columns: number, logRate: number): Workload => {
  const { batch, pixels, neurons, steps, compared } = sizes;
  return {
    name,
    shape: `batch ${batch}, ${pixels} pixels, ${neurons} neurons`,
    unit: 'step',
    units: steps,
    compared,
    tolerance: 1e-4,
    counts: {},
    isHoistable: true,
    spikes: 'z',
    laws: () => ({ z: { kind: 'poisson', logRates: new Float32Array(batch * neurons).fill(logRate) } }),
    inputs: async () => {
      const Phi = normal(0, [pixels, neurons], 1 / Math.sqrt(pixels));
      const codes = chosen(1, [batch, neurons], columns);
      const x = plus(productOfRows(codes, Phi), normal(2, [batch, pixels], 0.05));
      const arrays = {
        Phi,
        log_sd: filled([pixels], 0),
        prior: filled([neurons], logRate),
        rate: filled([], Math.log(stepSize)),
        x,
      };
      return { numbers: { batch, units: steps, compared, cap: 10 }, arrays };
    },
    nsm: inferenceVariant({
      file: 'stdlib/models/ipvae.nsm',
      sizes: { pixels, neurons },
      examples: batch,
      inference: 'Spiking',
      steps,
      compared,
      draws: [{ name: 'z', inner: [], shape: [batch, neurons] }],
      outputs: ['u'],
    }),
    tfjs: byHand,
  };
};

/** The step as it is written in the paper; what is the same in all steps is computed once. */
const byHand: Prepare = (tf, { numbers, arrays }: Inputs) => {
  const { Phi, log_sd, prior, rate, x } = uploaded(tf, arrays, 'Phi', 'log_sd', 'prior', 'rate', 'x');
  const walk = (steps: number, source: Source): Tensor2D =>
    tf.tidy(() => {
      const weighted = Phi.mul<Tensor2D>(weightsOf(tf, log_sd).expandDims(1));
      const transposed = Phi.transpose<Tensor2D>();
      const pull = weighted.mul(Phi).sum(0).mul(0.5);
      let u = prior.broadcastTo<Rank.R2>([numbers['batch']!, Phi.shape[1]]);
      for (let step = 0; step < steps; step++) {
        const before = u;
        u = tf.tidy(() => {
          const z = source.draw('z', step, () => poisson(tf, before.exp()));
          const error = x.sub<Tensor2D>(z.matMul(transposed));
          const change = error.matMul(weighted).sub(pull).mul(rate.exp());
          return softCap(tf, before.add(softCap(tf, change, numbers['cap']!)), numbers['cap']!) as Tensor2D;
        });
        before.dispose();
      }
      return u;
    });
  return {
    run: () => walk(numbers['units']!, fresh).dispose(),
    compare: (draws) => {
      const source = tapeOf(tf, draws);
      const u = walk(numbers['compared']!, source);
      const outputs = downloaded({ u });
      u.dispose();
      return { outputs, draws: source.told() };
    },
  };
};
