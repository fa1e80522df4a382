/** The iterative Poisson VAE with its latent line replaced: every variant compiles, chooses its estimator, and learns. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { latents, variantOf } from '../../bench/latent-variants.ts';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { one } from '../../src/calculus/build.ts';
import { beliefGradients } from '../../src/derive/natural-gradient.ts';
import { define } from '../../src/schedule/define.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { arrayOf, uniformArray, uniforms } from '../calculus/support.ts';
import { checked, freeEnergyOf } from '../derive/support.ts';

const model = readFileSync(new URL('../../stdlib/models/ipvae.nsm', import.meta.url), 'utf8');
const estimators: Readonly<Record<string, string>> = {
  poisson: 'next_count',
  negative_binomial: 'marginal',
  geometric: 'marginal',
  bernoulli: 'two_point',
  rectified_normal: 'marginal',
  normal: 'pathwise',
};
const sizes = { pixels: 6, neurons: 8, example: 16 };
const updates = 150;

/** Two patterns, each bright in its own half, with some noise. */
const data = (): NamedArray => {
  const next = uniforms(5);
  return arrayOf(['example', 'pixels'], sizes, (position) => {
    const [n, i] = [Math.floor(position / sizes.pixels), position % sizes.pixels];
    return 4 * Number(n % 2 === Number(i < 3)) + 0.4 * next();
  });
};

describe('the latent of the iterative Poisson VAE', () => {
  for (const latent of latents)
    describe(`as ${latent.call}`, () => {
      const file = checked(variantOf(model, latent));
      const { definition, diagnostics } = define(file, { set: { pixels: 6, neurons: 8, steps: 4, beta: 1 } });

      it(`compiles, with the estimator ${estimators[latent.name]}`, () => {
        expect(diagnostics).toEqual([]);
        for (const inference of file.inferences) {
          const { estimator } = beliefGradients(
            file.models[0]!,
            inference,
            inference.beliefs[0]!,
            freeEnergyOf(one),
            'model',
          );
          expect(estimator.kind).toBe(estimators[latent.name]);
        }
      });

      it(`learns: the objective of through time falls over ${updates} updates`, () => {
        const learning = definition!.learnings.find(({ name }) => name === 'ThroughTime')!;
        const next = uniforms(7);
        let state: Record<string, NamedArray | number> = Object.fromEntries([
          ...definition!.parameters.map(({ name, axes, initial }) => {
            const [low, high] =
              initial.kind === 'uniform'
                ? [initial.low, initial.high]
                : initial.kind === 'normal'
                  ? [-initial.sd, initial.sd]
                  : [
                      initial.kind === 'constant' ? initial.value : 0,
                      initial.kind === 'constant' ? initial.value : 0,
                    ];
            const at = uniformArray(next, axes, sizes, low, high);
            return [name, name === 'rate' ? { ...at, values: at.values.map(Math.log) } : at];
          }),
          ...learning.memory.map(({ name, axes, initial }) => [name, arrayOf(axes, sizes, () => initial)]),
        ]);
        const x = data();
        const objectives: number[] = [];
        for (let iteration = 1; iteration <= updates; iteration++) {
          const host = {
            ...definition!.settings,
            ...definition!.inferences.find(({ name }) => name === learning.inference)!.settings,
            ...learning.settings,
            learning_rate: 0.02,
            iteration,
            progress: iteration / updates,
          };
          const inputs = { ...host, ...state, x };
          const { objective, ...moved } = interpret(learning.update, inputs, {
            seed: 3,
            firstExample: 0,
            sizes,
          });
          objectives.push(objective!.values[0]!);
          state = { ...state, ...moved };
        }
        const mean = (values: readonly number[]) =>
          values.reduce((total, value) => total + value, 0) / values.length;
        expect(objectives.every(Number.isFinite)).toBe(true);
        expect(mean(objectives.slice(-10))).toBeLessThan(mean(objectives.slice(0, 10)) - 5);
      });
    });
});
