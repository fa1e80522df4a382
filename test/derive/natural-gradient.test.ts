/**
 * The derived updates of beliefs in exact expectation: every joint value of the latents is an example of one batch, weighted by its
 * probability. The free energy they are compared with is written by hand and differentiated by central differences.
 */
import { describe, expect, it } from 'vitest';
import { read } from '../../src/calculus/build.ts';
import { readNames } from '../../src/calculus/substitute.ts';
import { freeEnergy, type PriorKind } from '../../src/derive/free-energy.ts';
import { relativeError } from '../calculus/support.ts';
import {
  binary,
  countsOverGaussian,
  exactFreeEnergy,
  exactSlope,
  expectationOfRule,
  gaussianLatent,
  hierarchy,
  ruleOf,
  spiking,
  type Example,
} from './models.ts';
import { freeEnergyOf } from './support.ts';

const tolerance = 1e-6;
const klWeight = 0.7;

const cases: readonly [string, Example, readonly PriorKind[]][] = [
  ['spikes over Gaussian pixels (iP-VAE)', spiking(), ['model', 'rolled']],
  ['switches over Gaussian pixels', binary(), ['model', 'rolled']],
  ['a Gaussian latent over Gaussian pixels', gaussianLatent(), ['model', 'rolled']],
  ['a Gaussian latent over counts', countsOverGaussian(), ['model', 'rolled']],
  ['switches over spikes over Gaussian pixels', hierarchy(), ['model']],
];
const exactCases: readonly [string, Example][] = [
  ['spikes', spiking(true)],
  ['switches', binary(true)],
  ['a Gaussian latent', gaussianLatent(true)],
];

for (const [words, example, priors] of cases)
  for (const prior of priors)
    describe(`${words}, against the ${prior === 'model' ? "model's own" : 'rolled'} prior`, () => {
      it('have the free energy written by hand', () => {
        const node = freeEnergy(example.model, example.inference, freeEnergyOf(read('kl_weight')), prior);
        const wanted = exactFreeEnergy(example, example.layers, klWeight, prior);
        expect(relativeError(expectationOfRule(example, node, [], klWeight), [wanted])).toBeLessThan(
          tolerance,
        );
      });

      for (const layer of example.layers)
        for (const [i, coordinate] of Object.keys(layer.coordinates).entries()) {
          const wanted = exactSlope(example, layer, coordinate, klWeight, prior);
          const rule = ruleOf(example, layer.latent, coordinate, prior);

          it(`have in ${coordinate} a gradient that is the slope of the free energy in expectation`, () => {
            expect(
              relativeError(expectationOfRule(example, rule.plain, [layer.axis], klWeight), wanted),
            ).toBeLessThan(tolerance);
          });

          it(`have in ${coordinate} a natural gradient that is the slope through the inverse Fisher information`, () => {
            const fisher = wanted.map(
              (_, unit) =>
                layer.law.fisher(Object.values(layer.coordinates).map((values) => values[unit]!))[i]!,
            );
            const found = expectationOfRule(example, rule.natural, [layer.axis], klWeight);
            expect(
              relativeError(
                found,
                wanted.map((value, unit) => value / fisher[unit]!),
              ),
            ).toBeLessThan(tolerance);
          });
        }
    });

for (const [words, example] of exactCases)
  describe(`exact beliefs about ${words}`, () => {
    const [layer] = example.layers;
    const { latent, axis } = layer!;

    it('need no draws: the free energy and its gradients hold without one', () => {
      const node = freeEnergy(example.model, example.inference, freeEnergyOf(read('kl_weight')), 'model');
      expect(readNames(node).has(latent)).toBe(false);
      expect(
        relativeError(expectationOfRule(example, node, [], klWeight), [
          exactFreeEnergy(example, example.layers, klWeight, 'model'),
        ]),
      ).toBeLessThan(tolerance);
      for (const [i, coordinate] of Object.keys(layer!.coordinates).entries()) {
        const rule = ruleOf(example, latent, coordinate, 'model');
        expect(rule.exact).toBe(true);
        expect(readNames(rule.natural).has(latent)).toBe(false);
        const slope = exactSlope(example, layer!, coordinate, klWeight, 'model');
        const fisher = slope.map(
          (_, unit) =>
            layer!.law.fisher(Object.values(layer!.coordinates).map((values) => values[unit]!))[i]!,
        );
        expect(relativeError(expectationOfRule(example, rule.plain, [axis], klWeight), slope)).toBeLessThan(
          tolerance,
        );
        expect(
          relativeError(
            expectationOfRule(example, rule.natural, [axis], klWeight),
            slope.map((value, unit) => value / fisher[unit]!),
          ),
        ).toBeLessThan(tolerance);
      }
    });
  });
