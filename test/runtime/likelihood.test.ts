/**
 * Log-likelihoods and log Z: enumeration against sums that are written out here, annealed importance sampling against enumeration and
 * against the normaliser of a Gaussian. Annealed estimates are off by a few standard errors at most: the bound of each test is 0.1 nat
 * or 5 of them (a false alarm in 2 million under normal errors); the seeds are fixed.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Checked } from '../../src/check/typed.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { likelihoods, type LikelihoodOptions, type LikelihoodResult } from '../../src/runtime/likelihood.ts';
import { logMeanExp, logSumExp } from '../../src/runtime/log-sum-exp.ts';
import { defineModel } from '../../src/runtime/model.ts';
import type { ModelState } from '../../src/runtime/state.ts';
import { define } from '../../src/schedule/define.ts';
import { likelihood, type Likelihood, type LikelihoodRequest } from '../../src/schedule/likelihood.ts';
import { loadBackend, type Backend } from '../../src/targets/tfjs/backend.ts';
import { likelihoodInProcess } from '../../src/targets/tfjs/likelihood.ts';
import { planInProcess } from '../../src/targets/tfjs/plan.ts';
import { checked, checkedFile } from '../derive/support.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend('wasm');
});

type Sizes = Readonly<Record<string, number>>;
type Numbers = Readonly<Record<string, readonly number[]>>;

const planned = (file: Checked, model: string, set: Sizes) => {
  const { definition, diagnostics } = define(file, { model, set });
  if (definition === null) expect.fail(diagnostics.map(({ message }) => message).join('\n'));
  return definition;
};

const asked = (
  file: Checked,
  model: string,
  set: Sizes,
  clamped: readonly string[],
  method: LikelihoodRequest['method'],
  inference: string | null = null,
): Likelihood => {
  const { sizes, settings, inferences } = planned(file, model, set);
  return likelihood({
    model: file.models.find(({ name }) => name === model)!,
    clamped,
    sizes,
    settings,
    method,
    by:
      inference === null
        ? null
        : {
            inference: file.inferences.find(({ name }) => name === inference)!,
            settings: inferences.find(({ name }) => name === inference)!.settings,
          },
  });
};

interface Measured {
  readonly file: Checked;
  readonly model: string;
  readonly set: Sizes;
  readonly parameters: Numbers;
  readonly data: Numbers;
  readonly method?: LikelihoodRequest['method'];
  readonly options?: Partial<LikelihoodOptions>;
  readonly inference?: string;
}

const measured = async (request: Measured): Promise<LikelihoodResult> => {
  const { file, model, set, parameters, data } = request;
  const method = request.method ?? 'exact where possible';
  const found = asked(file, model, set, Object.keys(data), method, request.inference);
  if (found.kind === 'none') expect.fail(found.why);
  const plan = planInProcess(planned(file, model, set), backend);
  const fresh = defineModel(plan).create({ settings: set });
  const state: ModelState = {
    ...fresh,
    parameters: Object.fromEntries(
      Object.entries(fresh.parameters).map(([name, array]) => [
        name,
        parameters[name] === undefined ? array : { ...array, values: Float32Array.from(parameters[name]) },
      ]),
    ),
  };
  return likelihoods(
    likelihoodInProcess(found.definition, backend),
    plan,
    state,
    Object.fromEntries(Object.entries(data).map(([name, values]) => [name, Float32Array.from(values)])),
    { chains: 100, temperatures: 1000, settle: 50, seed: 1, ...request.options },
  );
};

const normals = (count: number, sd: number, seed: number): readonly number[] => {
  const values = new Float32Array(count);
  fillNoise('standard_normal', keyOf(seed), values, 0, count);
  return Array.from(values, (value) => Math.fround(sd * value));
};
const bits = (units: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** units }, (_, code) =>
    Array.from({ length: units }, (_, unit) => (code >> unit) & 1),
  );
const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((total, value, i) => total + value * right[i]!, 0);
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const rbm = checkedFile('stdlib/models/rbm.nsm');

/** log Σ_h exp(−E) of a visible state, for weights W[visible, hidden] in row-major order. */
const freeEnergy = ({ W, a, b }: Numbers, v: readonly number[]): number =>
  dot(a!, v) +
  b!.reduce((total, bias, j) => {
    const input = v.reduce((sum, value, i) => sum + value * W![i * b!.length + j]!, bias);
    return total + softplus(input);
  }, 0);

describe('sums that are exact', () => {
  const parameters = { W: normals(5 * 3, 1.5, 1), a: normals(5, 1, 2), b: normals(3, 1, 3) };
  const data = bits(5);
  const logZ = logSumExp(data.map((v) => freeEnergy(parameters, v)));

  it('an RBM has its smaller side enumerated, and probabilities of all data that add up to 1', async () => {
    const set = { visible: 5, hidden: 3 };
    const found = asked(rbm, 'RBM', set, ['v'], 'exact where possible');
    expect(found).toMatchObject({
      definition: {
        given: { kind: 'formula' },
        normaliser: { kind: 'enumeration', summed: ['v'], states: 8 },
      },
    });
    const result = await measured({ file: rbm, model: 'RBM', set, parameters, data: { v: data.flat() } });
    if (result.normaliser?.kind !== 'exact') expect.fail('an exact log Z was expected');
    // Float32 energies of a few nats: 1e-5.
    expect(result.normaliser.value).toBeCloseTo(logZ, 4);
    expect(Math.exp(logSumExp(result.examples.values) - logZ)).toBeCloseTo(1, 4);
    data.forEach((v, row) => expect(result.examples.values[row]).toBeCloseTo(freeEnergy(parameters, v), 4));
  });

  it('a Gaussian RBM is integrated over its grey values', async () => {
    const set = { visible: 4, hidden: 3 };
    const own = { W: normals(12, 0.8, 4), a: normals(4, 1, 5), b: normals(3, 1, 6) };
    const result = await measured({
      file: rbm,
      model: 'GaussianRBM',
      set,
      parameters: own,
      data: { v: normals(8, 1, 7) },
    });
    // ∫ exp(−|v − a|²/2 + v W h) dv = (2π)^{n/2} exp(|Wh|²/2 + a W h).
    const byHand = logSumExp(
      bits(3).map((h) => {
        const input = own.a.map((_, i) => dot(h, own.W.slice(i * 3, i * 3 + 3)));
        return 2 * Math.log(2 * Math.PI) + dot(input, input) / 2 + dot(own.a, input) + dot(own.b, h);
      }),
    );
    if (result.normaliser?.kind !== 'exact') expect.fail('an exact log Z was expected');
    expect(result.normaliser.value).toBeCloseTo(byHand, 4);
  });

  it('choices and spins are enumerated with every state once', async () => {
    const file = checked(`
      model M(few: dim = 3, classes: dim = 3, others: dim = 2) {
        param J: real[few, few'] = 0
        param U: real[few, others, classes] = 0
        observed s: spin[few]
        state y: one_hot[others] over classes
        energy own = -(s @ J @ s)
        energy both = -sum(s * U * y) + 0.1 * sum(s)^3
      }`);
    const J = normals(9, 0.5, 8);
    const U = normals(18, 0.7, 9);
    const values: number[] = [];
    for (const code of bits(3)) {
      const s = code.map((bit) => 2 * bit - 1);
      for (const [first, second] of bits(4).flatMap((_, n) => (n < 9 ? [[n % 3, Math.floor(n / 3)]] : []))) {
        const own = s.reduce((total, left, i) => total + left * dot(s, J.slice(i * 3, i * 3 + 3)), 0);
        const both = s.reduce(
          (total, left, i) => total + left * (U[i * 6 + first!]! + U[i * 6 + 3 + second!]!),
          0,
        );
        values.push(own + both - 0.1 * s.reduce((total, x) => total + x, 0) ** 3);
      }
    }
    const result = await measured({
      file,
      model: 'M',
      set: {},
      parameters: { J, U },
      data: { s: [1, -1, 1] },
    });
    if (result.normaliser?.kind !== 'exact') expect.fail('an exact log Z was expected');
    expect(result.normaliser.value).toBeCloseTo(logSumExp(values), 4);
  });
});

describe('annealed importance sampling', () => {
  const close = (value: number, error: number | null, truth: number): void => {
    expect(Math.abs(value - truth)).toBeLessThan(0.1);
    expect(Math.abs(value - truth)).toBeLessThan(5 * error!);
  };

  it('agrees with enumeration within 0.1 nat for an RBM with 16 hidden units, from both sides', async () => {
    const set = { visible: 20, hidden: 16 };
    const request = {
      file: rbm,
      model: 'RBM',
      set,
      parameters: { W: normals(320, 0.7, 11), a: normals(20, 1, 12), b: normals(16, 1, 13) },
      data: { v: bits(5).flatMap((row) => [...row, ...row, ...row, ...row]) },
    };
    const exact = (await measured(request)).normaliser;
    const annealed = (await measured({ ...request, method: 'annealed' })).normaliser;
    if (exact?.kind !== 'exact' || annealed?.kind !== 'annealed') expect.fail('one of each was expected');
    expect(exact.states).toBe(2 ** 16);
    expect(annealed.reverseFrom).toBe('exact samples');
    close(annealed.forward!.value, annealed.forward!.error, exact.value);
    close(annealed.reverse!.value, annealed.reverse!.error, exact.value);
  });

  it('is right about Z on average, and walking back about 1/Z, however few the temperatures are', async () => {
    const request = {
      file: rbm,
      model: 'RBM',
      set: { visible: 20, hidden: 12 },
      parameters: { W: normals(240, 1.2, 21) },
      data: { v: bits(5).flatMap((row) => [...row, ...row, ...row, ...row]) },
    };
    const exact = (await measured(request)).normaliser;
    if (exact?.kind !== 'exact') expect.fail('an exact log Z was expected');
    const logs: { readonly up: number[]; readonly down: number[] } = { up: [], down: [] };
    for (let seed = 1; seed <= 20; seed++) {
      const options = { temperatures: 4, seed };
      const { normaliser } = await measured({ ...request, options, method: 'annealed' });
      if (normaliser?.kind !== 'annealed') expect.fail('annealing was expected');
      expect(normaliser.reverseFrom).toBe('exact samples');
      logs.up.push(normaliser.forward!.value - exact.value);
      logs.down.push(exact.value - normaliser.reverse!.value);
    }
    for (const errors of [logs.up, logs.down]) {
      const ratios = errors.map((error) => Math.exp(error));
      const mean = ratios.reduce((total, ratio) => total + ratio / 20, 0);
      const variance = ratios.reduce((total, ratio) => total + (ratio - mean) ** 2 / 19, 0);
      expect(variance).toBeGreaterThan(0.01);
      // 20 estimates of 100 chains each: 4 standard errors, which are at most a sixth here.
      expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(variance / 20));
      expect(Math.sqrt(variance / 20)).toBeLessThan(1 / 6);
      // So their logarithms are too small on average.
      expect(errors.reduce((total, error) => total + error, 0)).toBeLessThan(0);
    }
  });

  it('finds the normaliser of a Gaussian whose units are coupled', async () => {
    const file = checked(`
      model Gaussian(units: dim = 3) {
        param P: real[units, units'] = 0
        param m: real[units] = 0
        observed x: real[units]
        energy quadratic = (x @ P @ x) / 2 - sum(m * x)
      }`);
    const P = [2, 0.9, -0.3, 0.9, 1.5, 0.4, -0.3, 0.4, 1];
    const m = [1, -2, 0.5];
    const determinant =
      2 * (1.5 * 1 - 0.4 * 0.4) - 0.9 * (0.9 * 1 - 0.4 * -0.3) + -0.3 * (0.9 * 0.4 - 1.5 * -0.3);
    const adjugate = [
      [1.5 - 0.16, -(0.9 + 0.12), 0.36 + 0.45],
      [-(0.9 + 0.12), 2 - 0.09, -(0.8 + 0.27)],
      [0.36 + 0.45, -(0.8 + 0.27), 3 - 0.81],
    ];
    const square =
      dot(
        m,
        adjugate.map((row) => dot(row, m)),
      ) / determinant;
    const truth = 1.5 * Math.log(2 * Math.PI) - Math.log(determinant) / 2 + square / 2;
    const result = await measured({
      file,
      model: 'Gaussian',
      set: {},
      parameters: { P, m },
      data: { x: normals(60, 1, 14) },
    });
    if (result.normaliser?.kind !== 'annealed') expect.fail('annealing was expected');
    expect(result.normaliser.reverseFrom).toBe('data');
    close(result.normaliser.forward!.value, result.normaliser.forward!.error, truth);
    close(result.normaliser.reverse!.value, result.normaliser.reverse!.error, truth);
  });

  it('moves what has no law of its own by the dynamics of an inference', async () => {
    // A double well in each unit, coupled to a spin: the integral by the midpoint rule.
    const file = checked(`
      import { MALA } from "std/dynamics"
      model Wells(units: dim = 2) {
        param c: real[units] = 0
        observed x: real[units]
        state s: spin
        energy wells = sum((x^2 - 1)^2) - s * sum(c * x)
      }
      inference Walk of Wells(dt: positive = 0.1) {
        free x
        start x = 0
        start s = 1
        repeat 10 { sample s  descend energy over x by MALA(dt = dt) }
      }`);
    const c = [0.8, -0.5];
    const grid = Array.from({ length: 4000 }, (_, n) => -4 + (8 * (n + 0.5)) / 4000);
    const truth = logSumExp(
      [-1, 1].map((s) =>
        c.reduce(
          (total, slope) =>
            total + logSumExp(grid.map((x) => -((x ** 2 - 1) ** 2) + s * slope * x)) + Math.log(8 / 4000),
          0,
        ),
      ),
    );
    const request = { file, model: 'Wells', set: {}, parameters: { c }, data: { x: normals(40, 0.5, 16) } };
    expect(asked(file, 'Wells', {}, ['x'], 'annealed')).toMatchObject({ kind: 'none' });
    const result = await measured({ ...request, inference: 'Walk', method: 'annealed' });
    if (result.normaliser?.kind !== 'annealed') expect.fail('annealing was expected');
    close(result.normaliser.forward!.value, result.normaliser.forward!.error, truth);
    close(result.normaliser.reverse!.value, result.normaliser.reverse!.error, truth);
  });

  it('sums over the latents of a linear model with Gaussian noise, and bounds its own error', async () => {
    const file = checked(`
      import { Normal } from "std/families"
      model Factors(pixels: dim = 2, causes: dim = 2) {
        param W: real[pixels, causes] = 0
        latent   z: real[causes] ~ Normal(mean = 0, sd = 1)
        observed x ~ Normal(mean = W @ z, sd = 0.5)
      }`);
    const W = [1, 0.5, -0.3, 0.8];
    const data = [
      [0.3, -1],
      [2, 1],
      [-0.5, 0.25],
    ];
    // x is normal with covariance W Wᵀ + 1/4.
    const [p, q, r] = [1 + 0.25 + 0.25, -0.3 + 0.4, 0.09 + 0.64 + 0.25];
    const determinant = p * r - q * q;
    const truth = data.map(
      ([a, b]) =>
        -Math.log(2 * Math.PI) -
        Math.log(determinant) / 2 -
        (r * a! * a! - 2 * q * a! * b! + p * b! * b!) / (2 * determinant),
    );
    const result = await measured({
      file,
      model: 'Factors',
      set: {},
      parameters: { W },
      data: { x: data.flat() },
      options: { chains: 200, temperatures: 200 },
    });
    expect(result.normaliser).toEqual({ kind: 'normalised' });
    truth.forEach((value, row) => close(result.examples.values[row]!, result.examples.errors![row]!, value));
    // Standard errors of 20 examples' two walks, of about 0.02 nats each.
    expect(Math.abs(result.examples.gap!)).toBeLessThan(0.05);
  });

  it('tells by the gap that too few temperatures were taken', async () => {
    const file = checked(`
      import { Normal } from "std/families"
      model Factors(pixels: dim = 30, causes: dim = 10) {
        param W: real[pixels, causes] = 0
        latent   z: real[causes] ~ Normal(mean = 0, sd = 1)
        observed x ~ Normal(mean = W @ z, sd = 0.1)
      }`);
    const request = {
      file,
      model: 'Factors',
      set: {},
      parameters: { W: normals(300, 1, 17) },
      data: { x: normals(30, 3, 18) },
    };
    const hasty = await measured({ ...request, options: { chains: 5, temperatures: 2 } });
    const slow = await measured({ ...request, options: { chains: 5, temperatures: 300 } });
    expect(hasty.examples.gap).toBeGreaterThan(10);
    expect(slow.examples.gap).toBeLessThan(hasty.examples.gap! / 4);
    // Both are from below on average.
    expect(hasty.examples.values[0]).toBeLessThan(slow.examples.values[0]! - 10);
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const request = {
      file: rbm,
      model: 'RBM',
      set: { visible: 6, hidden: 4 },
      parameters: { W: normals(24, 1, 15) },
      data: { v: bits(6).flat() },
      method: 'annealed',
      options: { chains: 60, temperatures: 30 },
    } as const;
    const [first, second] = [await measured(request), await measured(request)];
    expect(second).toEqual(first);
    const other = await measured({ ...request, options: { ...request.options, seed: 2 } });
    expect(other.normaliser).not.toEqual(first.normaliser);
  });

  it('a stopped run tells what its finished chains know', async () => {
    const controller = new AbortController();
    const result = await measured({
      file: rbm,
      model: 'RBM',
      set: { visible: 6, hidden: 4 },
      parameters: { W: normals(24, 1, 15) },
      data: { v: bits(6).flat() },
      method: 'annealed',
      options: {
        temperatures: 100,
        signal: controller.signal,
        onProgress: (stage, { done, of }) => {
          if (stage === 'normaliser' && done > 0.7 * of) controller.abort(new Error('enough'));
        },
      },
    });
    expect(result.isWhole).toBe(false);
    expect(result.normaliser).toMatchObject({ kind: 'annealed', chains: 50, reverse: null });
  });
});

describe('means of weights', () => {
  it('have the error and the effective number that the formulas give', () => {
    const { value, error, effective } = logMeanExp(
      [Math.log(1), Math.log(2), Math.log(6)].map((x) => x + 900),
    );
    expect(value).toBeCloseTo(900 + Math.log(3), 10);
    // Variance of 1, 2, 6 is 7.
    expect(error).toBeCloseTo(Math.sqrt(7 / 3) / 3, 10);
    expect(effective).toBeCloseTo(81 / 41, 10);
  });
});
