/**
 * Annealed importance sampling against enumeration, integrals on a grid and closed forms. Estimates are off by a few standard errors at
 * most: the bound is 0.1 nat and 5 of them (a false alarm in 2 million under normal errors); the seeds are fixed.
 */
import { describe, expect, it } from 'vitest';
import { logSumExp } from '../../src/runtime/log-sum-exp.ts';
import { lostNumber } from '../../src/runtime/likelihood.ts';
import { checked } from '../derive/support.ts';
import { asked, bits, dot, measured, normals, rbm } from './likelihoods.ts';

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

  const wells = (dynamics: string, support = 'real') =>
    checked(`
      import { MALA, HMC, Langevin, Adaptation, Metropolis } from "std/dynamics"
      model Wells(units: dim = 2) {
        param c: real[units] = 0
        observed x: ${support}[units]
        energy wells = sum((x^2 - 1)^2) - sum(c * x)
      }
      inference Walk of Wells {
        free x
        start x = 0.5
        repeat 10 { descend energy over x by ${dynamics} }
      }`);

  it.each(['MALA(dt = 0.1)', 'HMC(step = 0.1)', 'Metropolis(scale = 0.5)'])(
    'takes %s, which is exact',
    (by) => {
      expect(asked(wells(by), 'Wells', {}, ['x'], 'annealed', 'Walk').kind).toBe('definition');
    },
  );

  it.each([
    ['Langevin(dt = 0.15)', 'biased O(dt)'],
    ['Adaptation(dt = 0.1)', 'biased O(dt²)'],
    ['Metropolis(scale = 0.5, temperature = 3)', 'a temperature other than 1'],
  ])('refuses %s, and names samplers that are exact', (by, why) => {
    const found = asked(wells(by), 'Wells', {}, ['x'], 'annealed', 'Walk');
    if (found.kind !== 'none') expect.fail('no likelihood was expected');
    expect(found.why).toContain(why);
    expect(found.advice).toContain('MALA, HMC');
  });

  it('says that an inference can be named, where one is needed', () => {
    const found = asked(wells('MALA(dt = 0.1)'), 'Wells', {}, ['x'], 'annealed');
    if (found.kind !== 'none') expect.fail('no likelihood was expected');
    expect(found.advice).toContain('--inference NAME');
  });

  it.each(['positive', 'unit'])(
    'refuses a %s variable without a family, with and without an inference',
    (support) => {
      for (const inference of [null, 'Walk'])
        expect(
          asked(wells('MALA(dt = 0.1)', support), 'Wells', {}, ['x'], 'annealed', inference),
        ).toMatchObject({
          kind: 'none',
          why: expect.stringContaining('x') as string,
        });
    },
  );

  it('is a lost number where the energy has no finite value', async () => {
    const file = checked(`
      model Broken(units: dim = 2) {
        param c: real[units] = 1
        observed x: binary[units]
        energy lost = sum(log(c^2) * x)
      }`);
    const request = { file, model: 'Broken', set: {}, data: { x: [1, 0] } };
    expect(lostNumber(await measured({ ...request, parameters: { c: [2, 3] } }))).toBe(null);
    expect(lostNumber(await measured({ ...request, parameters: { c: [0, 1] } }))).toBe(
      'log Z came out as Infinity',
    );
    expect(lostNumber(await measured({ ...request, parameters: { c: [NaN, 1] } }))).toBe(
      'log Z came out as NaN',
    );
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

  it('sums over layers whose log-partition is by quadrature', async () => {
    const file = checked(`
      import { QuarticByQuadrature } from "std/families"
      import { MALA } from "std/dynamics"
      model Stack(pixels: dim = 3, causes: dim = 2) {
        param W: real[pixels, causes] = 0
        param b: real[causes] = 0
        latent   z ~ QuarticByQuadrature(drive = b)
        observed x ~ QuarticByQuadrature(drive = W @ z)
      }
      inference Walk of Stack(dt: positive = 0.1) {
        start z = 0
        repeat 10 { descend energy over z by MALA(dt = dt) }
      }`);
    const [W, b] = [
      [1.5, -0.7, 0.4, 1.2, -1, 0.3],
      [0.5, -0.2],
    ];
    const data = [
      [1, 0.2, -0.6],
      [-0.4, 1.1, 0.3],
    ];
    // The midpoint rule of both layers; A on a grid.
    const line = Array.from({ length: 160 }, (_, n) => -4 + (n + 0.5) / 20);
    const partition = (drive: number): number =>
      logSumExp(line.map((x) => drive * x - x ** 4 / 4)) - Math.log(20);
    const table = Array.from({ length: 4001 }, (_, n) => partition((n - 2000) / 100));
    const density = (x: number, drive: number): number => {
      const place = (drive + 20) * 100;
      const below = Math.floor(place);
      const a = table[below]! + (place - below) * (table[below + 1]! - table[below]!);
      return drive * x - x ** 4 / 4 - a;
    };
    const truth = data.map((x) =>
      logSumExp(
        line.flatMap((first) =>
          line.map((second) => {
            const below = x.map((value, i) => density(value, W[2 * i]! * first + W[2 * i + 1]! * second));
            return density(first, b[0]!) + density(second, b[1]!) + dot(below, [1, 1, 1]) - 2 * Math.log(20);
          }),
        ),
      ),
    );
    const result = await measured({
      file,
      model: 'Stack',
      set: {},
      parameters: { W, b },
      data: { x: data.flat() },
      inference: 'Walk',
      options: { chains: 100, temperatures: 200 },
    });
    truth.forEach((value, row) => close(result.examples.values[row]!, result.examples.errors![row]!, value));
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
