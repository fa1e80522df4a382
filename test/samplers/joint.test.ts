/**
 * Samplers of a posterior without a closed form, by Geweke's joint test and by simulation-based calibration. Seeds are fixed; each of
 * the 20 p-values rejects a right sampler with probability 1e-4.
 */
import { describe, expect, it } from 'vitest';
import { falseAlarm } from '../support/goodness.ts';
import { calibrationTest, gewekeTest } from './joint.ts';

// Draws of one chain must be nearly independent for ranks to be uniform: hence the steps between them, and trajectories that are no half
// period long. Langevin and Adaptation are biased by their step: it is so small that 4000 draws do not show it.
const samplers = [
  { by: 'Langevin(dt = 0.01)', thin: 60, burn: 300 },
  { by: 'Adaptation(dt = 0.15, friction = 3)', thin: 20, burn: 100 },
  { by: 'MALA(dt = 0.05)', thin: 25, burn: 100 },
  { by: 'HMC(step = 0.2, leaps = 3, adapting = 0)', thin: 8, burn: 30 },
  { by: 'Metropolis(scale = 0.6)', thin: 40, burn: 100 },
];

describe('the joint law of causes and counts', () => {
  it.each(samplers)('is kept by $by and draws of the counts in turn', async ({ by }) => {
    for (const p of await gewekeTest('', by, 11)) expect(p).toBeGreaterThan(falseAlarm);
  });

  it.each(samplers)(
    '$by is calibrated: ranks of the truth among its draws are uniform',
    async ({ by, thin, burn }) => {
      for (const p of await calibrationTest('', by, { thin, burn, seed: 21 }))
        expect(p).toBeGreaterThan(falseAlarm);
    },
  );
});
