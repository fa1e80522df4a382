/**
 * Sampled updates: the mean step that a program makes over many draws, against the exact natural gradient, within 5 standard errors. A
 * right estimator fails one comparison in 1.7 million; the seeds are fixed, so the tests always pass or always fail.
 */
import { describe, it } from 'vitest';
import { binary, countsOverGaussian, gaussianLatent, hierarchy, spiking, type Example } from './models.ts';
import { expectSampledStep } from './sampled.ts';

const cases: readonly [string, Example][] = [
  ['spikes', spiking()],
  ['switches', binary()],
  ['a Gaussian latent', gaussianLatent()],
  ['a Gaussian latent under counts', countsOverGaussian()],
  ['switches over spikes', hierarchy()],
];

describe('one step of inference, over 20000 draws, moves in the mean by the natural gradient', () => {
  for (const [words, example] of cases)
    for (const layer of example.layers)
      it(`of ${layer.latent}: ${words}`, () => {
        expectSampledStep(example, layer);
      });
});
