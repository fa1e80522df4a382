/** The runs whose time `bench/growth.ts` follows: one size at a time by factors of two, around an inference and an update in the middle. */
import { programWork } from '../src/optimize/program-cost.ts';
import type { Workload } from './harness/workload.ts';
import { openDefinition } from './open.ts';
import { ipvaeInfer } from './workloads/ipvae-infer.ts';
import { ipvaeTrain } from './workloads/ipvae-train.ts';

const sizeNames = ['batch', 'neurons', 'pixels', 'steps'] as const;
export const axisNames = [...sizeNames, 'activity'] as const;
export type AxisName = (typeof axisNames)[number];

export type Sizes = Readonly<Record<(typeof sizeNames)[number], number>>;

export type Setting =
  | {
      readonly kind: 'inference';
      readonly sizes: Sizes;
      /** Log rate that the potentials begin at, and the share of the dictionary that an image is made of: they say how many units are active. */
      readonly logRate: number;
      readonly columns: number;
    }
  | { readonly kind: 'training'; readonly sizes: Sizes };

export const middle: Readonly<Record<Setting['kind'], Sizes>> = {
  inference: { batch: 200, neurons: 512, pixels: 256, steps: 32 },
  training: { batch: 64, neurons: 256, pixels: 784, steps: 16 },
};
const factors = [1 / 4, 1 / 2, 1, 2, 4];

/** Columns with which about that share of units is active, and stays so; at 40 % all of them do not suffice. */
const activities = [
  { activity: 0.01, columns: 0.1 },
  { activity: 0.02, columns: 0.14 },
  { activity: 0.05, columns: 0.19 },
  { activity: 0.1, columns: 0.38 },
  { activity: 0.2, columns: 0.85 },
  { activity: 0.4, columns: 1 },
] as const;

export const kinds = ['inference', 'training'] as const;

export const settingsOf = (axis: AxisName): readonly Setting[] =>
  axis === 'activity'
    ? activities.map(({ activity, columns }) => ({
        kind: 'inference',
        sizes: middle.inference,
        // A Poisson count is above 0 with probability 1 - exp(-rate).
        logRate: Math.log(-Math.log(1 - activity)),
        columns,
      }))
    : kinds.flatMap((kind) =>
        factors.map((factor): Setting => {
          const sizes = { ...middle[kind], [axis]: factor * middle[kind][axis] };
          return kind === 'inference' ? { kind, sizes, logRate: -3, columns: 0.19 } : { kind, sizes };
        }),
      );

export const workloadOf = (setting: Setting): Workload => {
  const { kind, sizes } = setting;
  switch (kind) {
    case 'inference':
      return ipvaeInfer(kind, { ...sizes, compared: sizes.steps }, setting.columns, setting.logRate);
    case 'training':
      return ipvaeTrain(kind, sizes);
  }
};

/** What the cost model counts of the program of one run, where so many units are active. */
export const workOf = ({ kind, sizes }: Setting, activity: number): number => {
  const { batch, neurons, pixels, steps } = sizes;
  const all = { neurons, pixels, example: batch };
  const file = 'stdlib/models/ipvae.nsm';
  switch (kind) {
    case 'inference': {
      const { inferences } = openDefinition(file, { neurons, pixels });
      const { advance } = inferences.find(({ name }) => name === 'Spiking')!;
      return programWork(advance, { sizes: all, scalars: { step_count: steps } }, activity);
    }
    case 'training': {
      const { learnings } = openDefinition(file, { neurons, pixels, steps });
      const { update } = learnings.find(({ name }) => name === 'ThroughTime')!;
      return programWork(update, { sizes: all, scalars: { steps } }, activity);
    }
  }
};
