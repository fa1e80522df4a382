/**
 * Gradients of update programs, after every pass of the optimiser, against central differences of the objective that the
 * unoptimised program gives on the same draws. Straight-through draws move with their mean, as their definition says.
 */
import { describe, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { checked } from '../derive/support.ts';
import { caseOf, expectGradients } from './support.ts';

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const ipvae = source('stdlib/models/ipvae.nsm');
/** The text with one part exchanged, which must be there. */
const exchange = (text: string, from: string, to: string): string => {
  if (!text.includes(from)) throw new Error(`the source no longer says: ${from}`);
  return text.replace(from, to);
};
const through = (estimator: string): string => exchange(ipvae, 'by straight_through', `by ${estimator}`);
const atEnd = (text: string): string => exchange(text, 'at each step\n    over', 'at end\n    over');

/** Guesses of the optimiser that make it keep the factored form, and that make it multiply out and hoist. */
const small = {
  pixels: 4,
  neurons: 3,
  patch: 4,
  cells: 3,
  causes: 2,
  retina: 4,
  view: 4,
  factors: 3,
  steps: 3,
};
const large = {
  pixels: 784,
  neurons: 256,
  patch: 784,
  cells: 256,
  causes: 16,
  retina: 784,
  view: 784,
  factors: 64,
  steps: 50,
};
const hintsOf = (sizes: Readonly<Record<string, number>>) => ({
  sizes,
  scalars: { ...sizes, step_count: 100, beta: 2 },
});
const hints = [
  ['in the residual form', hintsOf(small)],
  ['multiplied out and hoisted', hintsOf(large)],
] as const;

const set = { pixels: 4, neurons: 3, steps: 3, beta: 2 };
const ranges = { prior: [-1.2, 0.2], rate: [-1.4, -1], log_sd: [-0.4, 0.6] } as const;

for (const [form, guess] of hints)
  describe(`gradients of programs ${form}`, () => {
    for (const [words, text] of [
      ['relaxed spikes, temperature 0.3', through('relaxed(0.3)')],
      ['relaxed spikes, temperature 1', through('relaxed(1)')],
      ['straight-through spikes', ipvae],
      ['straight-through spikes, at end', atEnd(ipvae)],
      ['relaxed spikes, at end', atEnd(through('relaxed(0.3)'))],
    ] as const)
      for (const seed of [1, 2, 3])
        it(`go through inference with ${words} (instance ${seed})`, () => {
          expectGradients(caseOf(checked(text), 'ThroughTime', set), guess, { seed, ranges });
        });

    it('go through inference with a fixed prior', () => {
      const settled = exchange(ipvae, 'rolling prior', '//');
      expectGradients(caseOf(checked(settled), 'ThroughTime', set), guess, { seed: 4, ranges });
    });

    it('with the published divergence', () => {
      const published = exchange(ipvae, ')) at each step', '), kl = posterior_rate) at each step');
      expectGradients(caseOf(checked(published), 'ThroughTime', set), guess, { seed: 5, ranges });
    });

    it('go through dynamics with momentum, paths of Gaussian draws and two coordinates', () => {
      const example = checked(source('examples/momentum.nsm'));
      expectGradients(caseOf(example, 'Unrolled', { view: 4, factors: 3, steps: 3 }), guess, { seed: 6 });
    });

    it('go through geometric bursts, straight-through', () => {
      const example = checked(source('examples/bursts.nsm'));
      expectGradients(caseOf(example, 'Unrolled', { retina: 4, cells: 3, steps: 3, beta: 2 }), guess, {
        seed: 7,
        ranges: { rest: [-3, -2.2], Shape: [-0.2, 0.2], log_sd: [0.4, 0.8] },
      });
    });

    it('go through two layers with straight-through and with relaxed draws', () => {
      const text = source('examples/causes.nsm');
      const layered =
        text.replace(/\n\/\/\/ Prediction errors[\s\S]*$/, (rest) => rest.slice(0, 1)) +
        `
        learning Unrolled of Causes by Settle {
          descend free_energy at each step over Image, Group, rest, odds, sd by Adamax(rate = 5e-3) through inference by ESTIMATOR
        }`;
      for (const estimator of ['straight_through', 'relaxed(0.4)'])
        expectGradients(
          caseOf(checked(exchange(layered, 'ESTIMATOR', estimator)), 'Unrolled', {
            patch: 4,
            cells: 3,
            causes: 2,
            steps: 3,
          }),
          guess,
          {
            seed: 8,
            ranges: { rest: [-1.2, -0.2], Image: [-0.4, 0.4], sd: [0.2, 0.6] },
          },
        );
    });

    it('of local learning hold states and draws fixed, at the end and at each step', () => {
      const local = exchange(
        ipvae,
        'inference Settling of IterativePoissonVAE(steps: int = 50',
        'inference Settling of IterativePoissonVAE(steps: int = 3',
      );
      const everyStep = local.replaceAll('descend free_energy at end', 'descend free_energy at each step');
      for (const [seed, text] of [local, everyStep].entries())
        expectGradients(caseOf(checked(text), 'Local', { pixels: 4, neurons: 3, steps: 3 }), guess, {
          seed: 20 + seed,
          ranges,
        });
    });

    it('of local learning under a rolled prior hold that prior fixed too', () => {
      const rolled = exchange(
        ipvae,
        'learning Local of IterativePoissonVAE by Settling',
        'learning Local of IterativePoissonVAE by Spiking',
      );
      const text = rolled
        .replaceAll(/descend free_energy at end over prior.*/g, '')
        .replaceAll('at end', 'at each step');
      expectGradients(caseOf(checked(text), 'Local', set), guess, { seed: 22, ranges });
    });
  });
