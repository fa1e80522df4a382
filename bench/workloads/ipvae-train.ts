/**
 * Updates of the iterative Poisson VAE by back-propagation through its inference (`stdlib/models/ipvae.nsm`, `ThroughTime`). Data are made
 * as in `ipvae-infer`.
 */
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { chosen, filled, normal, plus, productOfRows } from '../harness/generated.ts';
import { learningVariant } from '../harness/nsm.ts';
import { downloaded, fresh, poisson, product, tapeOf, uploaded, type Source } from '../harness/tensors.ts';
import type { Inputs, Prepare, Workload } from '../harness/workload.ts';
import { softCap, weightsOf } from './ipvae.ts';

export interface TrainSizes {
  readonly batch: number;
  readonly pixels: number;
  readonly neurons: number;
  readonly steps: number;
}

const parameters = ['Phi', 'log_sd', 'prior', 'rate'] as const;
const memory = parameters.flatMap((name) => [`${name}.m`, `${name}.n`] as const);
const logRate = -3;

/** One update in the middle of training. */
const progress = 0.5;
const beta = 16;
const learningRate = 2e-3;
/** `cosine(learning_rate)`: a rise over the first half per cent, then half a cosine down to 1e-5. */
const scheduled = 1e-5 + ((learningRate - 1e-5) / 2) * (1 + Math.cos((Math.PI * (progress - 0.005)) / 0.995));

export const ipvaeTrain = (name: string, sizes: TrainSizes): Workload => {
  const { batch, pixels, neurons, steps } = sizes;
  return {
    name,
    shape: `batch ${batch}, ${pixels} pixels, ${neurons} neurons, ${steps} steps`,
    unit: 'iteration',
    units: 1,
    compared: 1,
    tolerance: 1e-3,
    counts: {},
    isHoistable: true,
    spikes: 'z',
    laws: () => ({ z: { kind: 'poisson', logRates: new Float32Array(batch * neurons).fill(logRate) } }),
    inputs: async () => {
      const Phi = normal(0, [pixels, neurons], 1 / Math.sqrt(pixels));
      const codes = chosen(1, [batch, neurons], 0.19);
      const values = {
        Phi,
        log_sd: filled([pixels], 0),
        prior: filled([neurons], logRate),
        rate: filled([], Math.log(0.1)),
      };
      const arrays = {
        ...values,
        x: plus(productOfRows(codes, Phi), normal(2, [batch, pixels], 0.05)),
        ...Object.fromEntries(
          parameters.flatMap((each) => [
            [`${each}.m`, filled(values[each].shape, 0)],
            [`${each}.n`, filled(values[each].shape, 0)],
          ]),
        ),
      };
      const settings = { steps, beta, warmup: 0.1, learning_rate: learningRate, iteration: 10, progress };
      return {
        numbers: { ...settings, units: 1, compared: 1, batch, cap: 10, scheduled, decay: 3e-4, clip: 3000 },
        arrays,
      };
    },
    nsm: learningVariant({
      file: 'stdlib/models/ipvae.nsm',
      // How many turns pay for what is computed before them is for the compiler to know.
      sizes: { pixels, neurons, steps },
      examples: batch,
      learning: 'ThroughTime',
      draws: [
        { name: 'z', inner: [], shape: [batch, neurons] },
        { name: 'fresh', inner: [], shape: [batch, neurons] },
      ],
      outputs: ['objective', ...memory, ...parameters],
    }),
    tfjs: byHand,
  };
};

/** The free energy by the library's own gradients, and Adamax by hand: the library's has neither decay nor clipping. */
const byHand: Prepare = (tf, { numbers, arrays }: Inputs) => {
  const given = uploaded(tf, arrays, ...parameters, ...memory, 'x');
  const update = (source: Source): Record<string, Tensor> =>
    tf.tidy(() => {
      const { value, grads } = tf.valueAndGrads((Phi: Tensor, logSd: Tensor, prior: Tensor, rate: Tensor) =>
        freeEnergy(tf, numbers, given.x, source, { Phi: Phi as Tensor2D, logSd, prior, rate }),
      )(parameters.map((name) => given[name]));
      return { objective: value, ...adamax(tf, numbers, given, grads) };
    });
  return {
    run: () => tf.dispose(update(fresh)),
    compare: (draws) => {
      const source = tapeOf(tf, draws);
      const results = update(source);
      const outputs = downloaded(results);
      tf.dispose(results);
      return { outputs, draws: source.told() };
    },
  };
};

interface Parameters {
  readonly Phi: Tensor2D;
  readonly logSd: Tensor;
  readonly prior: Tensor;
  readonly rate: Tensor;
}

const freeEnergy = (
  tf: TensorFlow,
  numbers: Inputs['numbers'],
  x: Tensor2D,
  source: Source,
  { Phi, logSd, prior, rate }: Parameters,
): Scalar => {
  const batch = x.shape[0];
  const [steps, cap] = [numbers['steps']!, numbers['cap']!];
  const weight = numbers['beta']! * Math.min(numbers['progress']! / numbers['warmup']!, 1);
  const precision = weightsOf(tf, logSd);
  const weighted = Phi.mul<Tensor2D>(precision.expandDims(1));
  const transposed = Phi.transpose<Tensor2D>();
  const pull = weighted.mul(Phi).sum(0).mul(0.5);
  const constant = tf
    .tanh(logSd.div(3.45))
    .mul(3.45)
    .sum()
    .add(0.5 * Math.log(2 * Math.PI) * x.shape[1]);
  let u = tf.add<Tensor2D>(prior, tf.zeros([batch, Phi.shape[1]]));
  let total: Tensor = tf.scalar(0);
  for (let step = 0; step < steps; step++) {
    const rates = tf.exp<Tensor2D>(u);
    const z = counts(
      tf,
      rates,
      source.draw('z', step, () => poisson(tf, rates)),
    );
    const change = product(tf, x.sub(product(tf, z, transposed)), weighted)
      .sub(pull)
      .mul(rate.exp());
    const next = softCap(tf, u.add(softCap(tf, change, cap)), cap) as Tensor2D;
    const nextRates = tf.exp<Tensor2D>(next);
    const seen = counts(
      tf,
      nextRates,
      source.draw('fresh', step, () => poisson(tf, nextRates)),
    );
    const error = x
      .sub(product(tf, seen, transposed))
      .square()
      .mul(precision)
      .sum()
      .mul(0.5);
    const divergence = rates.add(nextRates.mul(next.sub(u).sub(1))).sum();
    total = total.add(error.add(divergence.mul(weight)).div(batch)).add(constant);
    u = next;
  }
  return total.div(steps);
};

/** Counts whose gradient is that of their rates: straight through. */
const counts = (tf: TensorFlow, rates: Tensor2D, drawn: Tensor2D): Tensor2D =>
  tf.customGrad(() => ({ value: drawn, gradFunc: (slope: Tensor) => slope }))(rates) as Tensor2D;

const adamax = (
  tf: TensorFlow,
  numbers: Inputs['numbers'],
  given: Readonly<Record<string, Tensor>>,
  gradients: readonly Tensor[],
): Record<string, Tensor> => {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => gradient.square().sum())));
  const kept = tf.minimum(tf.div(numbers['clip']!, norm), 1);
  const rate = numbers['scheduled']! / (1 - 0.9 ** numbers['iteration']!);
  return Object.fromEntries(
    parameters.flatMap((name, place): [string, Tensor][] => {
      const value = given[name]!;
      const slope = gradients[place]!.mul(kept).add(value.mul(numbers['decay']!));
      const m = given[`${name}.m`]!.mul(0.9).add(slope.mul(0.1));
      const n = tf.maximum(given[`${name}.n`]!.mul(0.999), slope.abs().add(1e-8));
      return [
        [`${name}.m`, m],
        [`${name}.n`, n],
        [name, value.sub(m.div(n).mul(rate))],
      ];
    }),
  );
};
