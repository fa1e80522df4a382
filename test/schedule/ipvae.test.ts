/** The iP-VAE's programs against the paper's model written by hand in float64, on recorded draws. */
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { DrawTape } from '../../src/runtime/executable.ts';
import { define } from '../../src/schedule/define.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { relativeError, uniformArray, uniforms } from '../calculus/support.ts';
import { checked } from '../derive/support.ts';

const [batch, pixels, neurons, progress] = [5, 4, 3, 0.05];
const file = checked(readFileSync(new URL('../../stdlib/models/ipvae.nsm', import.meta.url), 'utf8'));
const definition = define(file, { set: { pixels, neurons, steps: 3 } }).definition!;
const sizes = { ...definition.sizes, example: batch };
const context = { seed: 3, firstExample: 0, sizes };

const next = uniforms(1);
const parameters = {
  Phi: uniformArray(next, ['pixels', 'neurons'], sizes, -0.6, 0.6),
  log_sd: uniformArray(next, ['pixels'], sizes, -0.5, 0.5),
  prior: uniformArray(next, ['neurons'], sizes, -1, 0.3),
  rate: { indices: [], shape: [], values: Float64Array.of(-1) },
};
const x = uniformArray(next, ['example', 'pixels'], sizes, -1.5, 1.5);
const u0 = uniformArray(next, ['example', 'neurons'], sizes, -1.2, 0.5);
const settings = { progress, iteration: 0, kl_weight: 0.2 };

const sd = Array.from(parameters.log_sd.values, (s) => Math.exp(3.45 * Math.tanh(s / 3.45)));
const phi = (i: number, k: number): number => parameters.Phi.values[i * neurons + k]!;
const soft = (value: number, high: number): number => high - Math.log1p(Math.exp(high - Math.max(value, -8)));
const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
const residual = (n: number, i: number, z: ArrayLike<number>): number => {
  let mean = 0;
  for (let k = 0; k < neurons; k++) mean += phi(i, k) * z[n * neurons + k]!;
  return x.values[n * pixels + i]! - mean;
};
/** F with one more spike of neuron k less F, for −log p(x | z): ½ Σ φ²/σ² − Σ φ (x − Φz)/σ². */
const oneMoreSpike = (n: number, k: number, z: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < pixels; i++)
    total += (phi(i, k) ** 2 / 2 - phi(i, k) * residual(n, i, z)) / sd[i]! ** 2;
  return total;
};

type Step = (u: number, k: number, spike: number) => number;
const steps: Readonly<Record<string, Step>> = {
  // The prior is the belief just reached, so the leak vanishes.
  Spiking: (u, _, spike) => soft(u + soft(-Math.exp(-1) * spike, 2 + 8 * 0.5), 2 + 8 * 0.5),
  Settling: (u, k, spike) =>
    clamp(u + clamp(-0.05 * (0.2 * (u - parameters.prior.values[k]!) + spike), -0.7, 0.7), -8, 2.5),
};

const byTurn = (values: DrawTape['values']): readonly ArrayLike<number>[] =>
  [...values]
    .sort(([a], [b]) => Number(a.split('/').at(-1)) - Number(b.split('/').at(-1)))
    .map(([, drawn]) => drawn);

for (const inference of definition.inferences)
  describe(inference.name, () => {
    const inputs = { ...parameters, ...settings, x };

    it('starts at the prior', () => {
      const { u } = interpret(inference.start, inputs, context);
      expect([...u!.values]).toEqual(
        Array.from({ length: batch * neurons }, (_, i) => parameters.prior.values[i % neurons]!),
      );
    });

    it('advances as the paper says', () => {
      const values: DrawTape['values'] = new Map();
      const { u } = interpret(
        inference.advance,
        { ...inputs, u: u0, first_step: 0, step_count: 3 },
        { ...context, draws: { mode: 'record', values } },
      );
      const turns = byTurn(values);
      expect(turns.length).toBe(3);
      const wanted = Float64Array.from(u0.values);
      for (const z of turns) {
        const spikes = wanted.map((_, place) =>
          oneMoreSpike(Math.floor(place / neurons), place % neurons, z),
        );
        wanted.forEach(
          (before, place) =>
            (wanted[place] = steps[inference.name]!(before, place % neurons, spikes[place]!)),
        );
      }
      expect(relativeError(u!.values, wanted)).toBeLessThan(1e-12);
    });

    it('makes the same steps however they are cut into runs', () => {
      const run = (from: NamedArray, first: number, count: number) =>
        interpret(inference.advance, { ...inputs, u: from, first_step: first, step_count: count }, context)[
          'u'
        ]!;
      expect(relativeError(run(run(u0, 0, 2), 2, 3).values, run(u0, 0, 5).values)).toBeLessThan(1e-12);
      expect([...run(u0, 4, 0).values]).toEqual([...u0.values]);
    });

    it('makes the same steps however the batch is cut', () => {
      const whole = interpret(inference.advance, { ...inputs, u: u0, first_step: 0, step_count: 3 }, context)[
        'u'
      ]!;
      const rows = (array: NamedArray, from: number, to: number): NamedArray => {
        const width = array.values.length / batch;
        return { ...array, shape: [to - from, width], values: array.values.slice(from * width, to * width) };
      };
      const part = (from: number, to: number) =>
        interpret(
          inference.advance,
          { ...inputs, x: rows(x, from, to), u: rows(u0, from, to), first_step: 0, step_count: 3 },
          { ...context, firstExample: from, sizes: { ...sizes, example: to - from } },
        )['u']!.values;
      expect([...part(0, 2), ...part(2, 5)]).toEqual([...whole.values]);
    });

    it('measures what a reader would', () => {
      const values: DrawTape['values'] = new Map();
      const found = interpret(
        inference.measure,
        { ...inputs, u: u0 },
        { ...context, draws: { mode: 'record', values } },
      );
      const [z] = [...values.values()] as [ArrayLike<number>];
      let [error, total, zeros, energy] = [0, 0, 0, 0];
      for (let n = 0; n < batch; n++) {
        const row = x.values.subarray(n * pixels, (n + 1) * pixels);
        const mean = row.reduce((sum, value) => sum + value, 0) / pixels;
        for (let i = 0; i < pixels; i++) {
          const gap = residual(n, i, z);
          error += gap ** 2;
          total += (row[i]! - mean) ** 2;
          energy += Math.log(2 * Math.PI) / 2 + Math.log(sd[i]!) + gap ** 2 / (2 * sd[i]! ** 2);
        }
        for (let k = 0; k < neurons; k++) {
          const [u, p] = [u0.values[n * neurons + k]!, parameters.prior.values[k]!];
          zeros += Number(z[n * neurons + k] === 0);
          energy += Math.exp(u) * (u - p) - Math.exp(u) + Math.exp(p);
        }
      }
      for (const [name, wanted] of Object.entries({
        squared_error: error,
        squared_total: total,
        zeros,
        free_energy: energy,
      }))
        expect(found[name]!.values[0]! / wanted, name).toBeCloseTo(1, 10);
      expect(found['reconstruction']!.shape).toEqual([batch, pixels]);
    });
  });

describe('draws from the model itself', () => {
  it('have the means of their families: rates of spikes, and Φ z', () => {
    const many = { ...sizes, example: 4000 };
    const drawn = interpret(definition.sample, { ...parameters, iteration: 0 }, { ...context, sizes: many });
    const z = drawn['z']!.values;
    for (let k = 0; k < neurons; k++) {
      const rate = Math.exp(parameters.prior.values[k]!);
      let mean = 0;
      for (let n = 0; n < 4000; n++) mean += z[n * neurons + k]! / 4000;
      // Within 5 standard errors: a right sampler fails one such comparison in 1.7 million.
      expect(Math.abs(mean - rate)).toBeLessThan(5 * Math.sqrt(rate / 4000));
    }
    for (let i = 0; i < pixels; i++) {
      let mean = 0;
      for (let n = 0; n < 4000; n++) {
        let wanted = 0;
        for (let k = 0; k < neurons; k++) wanted += phi(i, k) * z[n * neurons + k]!;
        mean += (drawn['x']!.values[n * pixels + i]! - wanted) / 4000;
      }
      expect(Math.abs(mean)).toBeLessThan((5 * sd[i]!) / Math.sqrt(4000));
    }
  });
});
