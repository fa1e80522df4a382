/** Steps of Langevin's dynamics on one chain of a small model (`bench/langevin.nsm`): what a step costs besides arithmetic. */
import type { Rank, Tensor2D } from '@tensorflow/tfjs';
import { normal } from '../harness/generated.ts';
import { inferenceVariant } from '../harness/nsm.ts';
import { downloaded, fresh, tapeOf, uploaded, type Source } from '../harness/tensors.ts';
import type { Inputs, Prepare, Workload } from '../harness/workload.ts';

export interface ChainSizes {
  readonly chains: number;
  readonly units: number;
  readonly steps: number;
  readonly compared: number;
}

const dt = 0.01;

export const langevinSmall = (sizes: ChainSizes): Workload => {
  const { chains, units, steps, compared } = sizes;
  return {
    name: 'langevin-small',
    shape: `${units} units, ${chains} chain${chains === 1 ? '' : 's'}`,
    unit: 'step',
    units: steps,
    compared,
    tolerance: 1e-4,
    counts: {},
    isHoistable: false,
    spikes: null,
    laws: () => ({ noise: { kind: 'normal' } }),
    inputs: async () => {
      const half = normal(0, [units, units], 0.5 / Math.sqrt(units));
      const J = half.values.map(
        (value, place) => value + half.values[(place % units) * units + Math.floor(place / units)]!,
      );
      const arrays = { J: { shape: half.shape, values: J }, b: normal(1, [units], 0.5) };
      return { numbers: { chains, units: steps, compared, dt }, arrays };
    },
    nsm: inferenceVariant({
      file: 'bench/langevin.nsm',
      sizes: { units },
      examples: chains,
      inference: 'Walking',
      steps,
      compared,
      draws: [{ name: 'noise', inner: [], shape: [chains, units] }],
      outputs: ['s'],
    }),
    tfjs: byHand,
  };
};

const byHand: Prepare = (tf, { numbers, arrays }: Inputs) => {
  const { J, b } = uploaded(tf, arrays, 'J', 'b');
  const shape: [number, number] = [numbers['chains']!, J.shape[0]];
  const walk = (steps: number, source: Source): Tensor2D => {
    let s = tf.zeros<Rank.R2>(shape);
    for (let step = 0; step < steps; step++) {
      const before = s;
      s = tf.tidy(() => {
        const noise = source.draw('noise', step, () => tf.randomNormal(shape));
        const force = before.matMul(J).add(b).sub(before.mul(before).mul(before));
        return before.add(force.mul(dt)).add(noise.mul(Math.sqrt(2 * dt)));
      });
      before.dispose();
    }
    return s;
  };
  return {
    run: () => walk(numbers['units']!, fresh).dispose(),
    compare: (draws) => {
      const source = tapeOf(tf, draws);
      const s = walk(numbers['compared']!, source);
      const outputs = downloaded({ s });
      s.dispose();
      return { outputs, draws: source.told() };
    },
  };
};
