import type { Workload } from '../harness/workload.ts';
import { heeStep } from './hee-step.ts';
import { ipvaeInfer } from './ipvae-infer.ts';
import { ipvaeTrain } from './ipvae-train.ts';
import { langevinSmall } from './langevin-small.ts';
import { trainedRelax } from './relax.ts';

const inference = { batch: 200, pixels: 256, neurons: 512, steps: 32, compared: 16 };

export const workloads: readonly Workload[] = [
  ipvaeInfer('ipvae-infer', inference, 0.19, -3),
  ipvaeInfer('ipvae-infer-dense', inference, 0.9, -1.5),
  ipvaeTrain('ipvae-train', { batch: 64, pixels: 784, neurons: 256, steps: 16 }),
  ipvaeTrain('ipvae-train-large', { batch: 100, pixels: 784, neurons: 512, steps: 128 }),
  heeStep({ batch: 100, pixels: 256, v1: 256, v2: 64, fast: 20, steps: 16, compared: 4 }),
  trainedRelax(500),
  langevinSmall({ chains: 1, units: 16, steps: 1000, compared: 300 }),
];
