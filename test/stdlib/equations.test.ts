/** What single models of the library do, against their papers' equations written out in plain loops. */
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { defineModel, type Model } from '../../src/runtime/model.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import type { ModelState } from '../../src/runtime/state.ts';
import { define } from '../../src/schedule/define.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/plan.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend('cpu');
});

type Sizes = Readonly<Record<string, number>>;
const modelOf = (file: string, name: string, set: Sizes): Model => {
  const { checked } = check(`stdlib/models/${file}.nsm`, fileSources());
  const { definition, diagnostics } = define(checked, { model: name, set });
  expect(diagnostics).toEqual([]);
  return defineModel(planInProcess(definition!, backend));
};
const withValues = (state: ModelState, values: Readonly<Record<string, readonly number[]>>): ModelState => ({
  ...state,
  parameters: {
    ...state.parameters,
    ...Object.fromEntries(
      Object.entries(values).map(([name, list]) => [
        name,
        { ...state.parameters[name]!, values: Float32Array.from(list) },
      ]),
    ),
  },
});
const normals = (key: number, count: number): number[] => {
  const values = new Float32Array(count);
  fillNoise('standard_normal', keyOf(key), values, 0);
  return [...values];
};

describe('the locally competitive algorithm', () => {
  it('settles where |x − Φa|²/2 + λ|a| is least: forces of size λ on active units, and none larger (Rozell et al. 2008)', async () => {
    const [pixels, units, examples, threshold] = [6, 9, 5, 0.5];
    const model = modelOf('lca', 'LCA', { pixels, units });
    const Phi = normals(21, pixels * units);
    const lengths = Array.from({ length: units }, (_, k) =>
      Math.hypot(...Array.from({ length: pixels }, (__, i) => Phi[i * units + k]!)),
    );
    const unit = Phi.map((value, at) => value / lengths[at % units]!);
    const x = normals(22, examples * pixels).map((value) => 2 * value);
    const { states } = await model.infer(withValues(model.create(), { Phi }), Float32Array.from(x), {
      inference: 'Competition',
      steps: 3000,
    });
    const a = states['a']!.values;
    let active = 0;
    for (let n = 0; n < examples; n += 1) {
      const error = Array.from({ length: pixels }, (_, i) =>
        Array.from({ length: units }).reduce<number>(
          (left, __, k) => left - unit[i * units + k]! * a[n * units + k]!,
          x[n * pixels + i]!,
        ),
      );
      for (let k = 0; k < units; k += 1) {
        const force = error.reduce((sum, value, i) => sum + value * unit[i * units + k]!, 0);
        const value = a[n * units + k]!;
        // float32, and what 3000 steps leave
        if (value === 0) expect(Math.abs(force)).toBeLessThan(threshold + 1e-3);
        else expect(force).toBeCloseTo(threshold * Math.sign(value), 3);
        if (value !== 0) active += 1;
      }
    }
    expect(active).toBeGreaterThan(examples);
    expect(active).toBeLessThan(examples * units);
  });
});

describe('the modern Hopfield network', () => {
  it('retrieves by attention to its memories (Ramsauer et al. 2021, equation 3, for memories of one length)', async () => {
    const [units, memories] = [7, 4];
    const sharpness = 1.5;
    const model = modelOf('hopfield', 'ModernHopfield', { units, memories, sharpness });
    const raw = normals(23, units * memories);
    const column = (k: number, from: readonly number[]): number[] =>
      Array.from({ length: units }, (_, i) => from[i * memories + k]!);
    const X = raw.map((value, at) => (1.3 * value) / Math.hypot(...column(at % memories, raw)));
    const s = normals(24, units).map((value) => 1 / (1 + Math.exp(-value)));
    const { states } = await model.infer(withValues(model.create(), { X }), Float32Array.from(s), {
      inference: 'Retrieval',
      steps: 1,
      settings: { damage: 0 },
    });
    const weights = Array.from({ length: memories }, (_, k) =>
      Math.exp(sharpness * column(k, X).reduce((sum, value, i) => sum + value * s[i]!, 0)),
    );
    const total = weights.reduce((sum, value) => sum + value, 0);
    const expected = s.map((_, i) =>
      weights.reduce((sum, weight, k) => sum + (weight / total) * X[i * memories + k]!, 0),
    );
    expected.forEach((value, i) => expect(states['s']!.values[i]).toBeCloseTo(value, 5));
  });
});

describe('neural sampling', () => {
  const units = 3;
  const W = [0, 1.2, -0.8, 1.2, 0, 0.5, -0.8, 0.5, 0];
  const b = [-0.5, -0.3, 0.2];
  const bitsOf = (state: number): number[] => Array.from({ length: units }, (_, i) => (state >> i) & 1);
  const weightOf = (state: number): number => {
    const z = bitsOf(state);
    const pairs = z.reduce(
      (sum, one, i) => sum + z.reduce((s, two, j) => s + one * W[i * units + j]! * two, 0),
      0,
    );
    return Math.exp(pairs / 2 + z.reduce((sum, one, i) => sum + one * b[i]!, 0));
  };
  const all = Array.from({ length: 2 ** units }, (_, state) => weightOf(state));
  const law = all.map((weight) => weight / all.reduce((sum, value) => sum + value, 0));

  /** States of independent networks after six times the duration of a spike, as parts of all. */
  const seen = async (inference: string, networks: number): Promise<readonly number[]> => {
    const model = modelOf('neural_sampling', 'BoltzmannMachine', { units });
    const data = new Float32Array(networks * units);
    const state = withValues(model.create({ seed: 5 }), { W, b });
    const { states } = await model.infer(state, data, { inference, steps: 120 });
    const z = states['z']!.values;
    const counts = law.map(() => 0);
    for (let n = 0; n < networks; n += 1)
      counts[bitsOf(7).reduce((sum, _, i) => sum + z[n * units + i]! * 2 ** i, 0)]! += 1 / networks;
    return counts;
  };

  it('draws states of the Boltzmann law but for what fits into one of twenty steps (Buesing et al. 2011)', async () => {
    const networks = 8000;
    const parts = await seen('Running', networks);
    // Standard errors are at most 0.005; 4 of them, and 0.01 for steps that are made at once: never exceeded by chance (1 in 10^4).
    law.forEach((probability, state) => expect(Math.abs(parts[state]! - probability)).toBeLessThan(0.03));
    // Units that did not hear each other would differ by far more.
    const alone = law.map((_, state) =>
      bitsOf(state).reduce((product, z, i) => product / (1 + Math.exp(z === 1 ? -b[i]! : b[i]!)), 1),
    );
    expect(Math.max(...alone.map((value, state) => Math.abs(value - law[state]!)))).toBeGreaterThan(0.06);
  });
});
