/**
 * Samplers of continuous variables against laws that are known: a Gaussian of three coupled coordinates, and densities on an interval, on
 * a half-line and on a circle. Seeds are fixed. Each check rejects a right sampler with probability 1e-4 (`falseAlarm`), and there are 36.
 */
import { describe, expect, it } from 'vitest';
import { falseAlarm, kolmogorovSmirnovTest } from '../support/goodness.ts';
import {
  compile,
  covariance,
  gaussian,
  gaussianModel,
  identity,
  inferenceOf,
  inverse,
  normalTest,
  precision,
  product,
  runChains,
  standardDynamics,
  sumOf,
} from './support.ts';

type Matrix = readonly (readonly number[])[];
const scaled = (a: Matrix, by: number): number[][] => a.map((row) => row.map((value) => by * value));
const given = { root: gaussian.root, mean: gaussian.mean };

describe('on a Gaussian of coupled coordinates', () => {
  const eulerBias = (dt: number): Matrix =>
    product(covariance, inverse(sumOf(identity(3), scaled(precision, dt / 2), -1)));
  const own = `
    /// An autoregressive proposal: towards 0, whatever the law; only its acceptance ratio makes it right.
    dynamics Autoregressive(keep: real = 0.8) of s {
      propose s' = keep * s + sqrt(1 - keep^2) * 2 * noise
      accept by metropolis_hastings
    }
    /// A leapfrog that begins with the position.
    dynamics Drifting(dt: positive = 0.4) of s {
      state p = 0
      A: d s = p dt
      B: d p = -grad(objective, s) dt
      p <- noise
      propose integrate A B A for 4
      accept by metropolis_hastings
    }`;
  const cases: readonly {
    readonly by: string;
    readonly steps: number;
    readonly law?: Matrix;
    readonly chains?: number;
  }[] = [
    { by: 'Langevin(dt = 0.2)', steps: 150, law: eulerBias(0.2) },
    { by: 'Langevin(dt = 0.05, temperature = 2)', steps: 500, law: scaled(eulerBias(0.05), 2) },
    { by: 'HeunLangevin(dt = 0.1)', steps: 200 },
    { by: 'Adaptation(dt = 0.4)', steps: 150 },
    { by: 'MALA(dt = 0.3)', steps: 150 },
    { by: 'HMC(leaps = 6, adapting = 60)', steps: 120 },
    { by: 'HMC(step = 0.9, leaps = 3, adapting = 0)', steps: 60 },
    { by: 'Metropolis(scale = 0.8)', steps: 300 },
    { by: 'Metropolis(scale = 1, temperature = 3)', steps: 300, law: scaled(covariance, 3) },
    { by: 'ParallelTempering(scale = 0.8, hottest = 5, rungs = 4)', steps: 200, chains: 2000 },
    { by: 'Autoregressive', steps: 200 },
    { by: 'Drifting', steps: 120 },
  ];
  it.each(cases)(
    '$by has its mean and covariance',
    async ({ by, steps, law = covariance, chains = 6000 }) => {
      const definition = compile(gaussianModel(own, { Sampling: by }));
      const [end] = await runChains({ definition, chains, steps, seed: 1, given });
      expect(normalTest(end!['s']!, gaussian.mean, law)).toBeGreaterThan(falseAlarm);
    },
  );

  it('HMC adapts its step until acceptance is what was wanted, and then lets it be', async () => {
    for (const wanted of [0.6, 0.9]) {
      const by = `HMC(leaps = 5, wanted = ${wanted}, adapting = 300)`;
      const definition = compile(gaussianModel(own, { Sampling: by }));
      const [adapted, after] = await runChains({
        definition,
        chains: 200,
        steps: 5,
        snapshots: 2,
        burn: 295,
        seed: 5,
        given,
      });
      // The mean of wanted − accepted over 300 moves of 200 chains: dual averaging takes it to 0 like the root of the moves.
      const shortfall = adapted!['s.shortfall']!;
      expect(Math.abs(shortfall.reduce((total, value) => total + value, 0) / shortfall.length)).toBeLessThan(
        0.02,
      );
      expect(after!['s.settled']).toEqual(adapted!['s.settled']);
      expect(after!['s.shortfall']).toEqual(shortfall);
    }
  });
});

describe('on bounded supports', () => {
  // Where the density is not 0 at an end, and its slope is not either.
  const source = (by: string): string => `
    import { ${standardDynamics.join(', ')} } from "std/dynamics"
    model Bounded {
      state u: unit
      state r: positive
      energy tilt = 2 * u + r^2 / 2 - r
    }
    inference Sampling of Bounded(steps: int = 100) {
      start u = uniform(0, 1)
      start r = uniform(0, 2)
      repeat steps { descend energy over u, r by ${by} }
    }`;
  const tilted = (u: number): number => Math.expm1(-2 * u) / Math.expm1(-2);
  const half = (() => {
    // The distribution function of exp(−(r − 1)²/2) on r > 0, by the trapezoidal rule.
    const width = 1e-3;
    const sums = [0];
    const density = (r: number): number => Math.exp(-((r - 1) ** 2) / 2);
    for (let n = 1; n <= 9000; n++)
      sums.push(sums[n - 1]! + (width * (density((n - 1) * width) + density(n * width))) / 2);
    return (r: number): number => sums[Math.min(9000, Math.round(r / width))]! / sums[9000]!;
  })();

  it.each([
    // Steps so small that the bias, of their order, is below what 4000 draws show.
    { by: 'Langevin(dt = 0.004)', steps: 500 },
    { by: 'HeunLangevin(dt = 0.004)', steps: 500 },
    { by: 'Adaptation(dt = 0.1)', steps: 150 },
    { by: 'MALA(dt = 0.1)', steps: 150 },
    { by: 'HMC(step = 0.3, leaps = 5, adapting = 0)', steps: 60 },
    { by: 'HMC(leaps = 5, adapting = 60)', steps: 120 },
    { by: 'Metropolis(scale = 0.7)', steps: 200 },
    { by: 'ParallelTempering(scale = 0.7, rungs = 4)', steps: 200 },
  ])('$by reflects or refuses, and leaves no atoms', async ({ by, steps }) => {
    const definition = compile(source(by));
    expect(inferenceOf(definition).states.map(({ name }) => name)).toContain('u');
    const [end] = await runChains({ definition, chains: 4000, steps, seed: 2 });
    expect(kolmogorovSmirnovTest(end!['u']!, tilted), 'u').toBeGreaterThan(falseAlarm);
    expect(kolmogorovSmirnovTest(end!['r']!, half), 'r').toBeGreaterThan(falseAlarm);
  });
});

describe('on the circle', () => {
  // Most of the law lies around the cut between pi and -pi. A tilt makes the energy jump there.
  const source = (by: string, tilt: number): string => `
    import { ${standardDynamics.join(', ')} } from "std/dynamics"
    model Circle {
      state a: angle
      energy turn = -1.5 * cos(a - 2.8) + ${tilt} * a
    }
    inference Sampling of Circle(steps: int = 100) {
      start a = normal(5, 9)
      repeat steps { descend energy over a by ${by} }
    }`;
  /** The distribution function, by the trapezoidal rule. */
  const law = (tilt: number): ((a: number) => number) => {
    const width = (2 * Math.PI) / 8000;
    const density = (n: number): number => {
      const a = n * width - Math.PI;
      return Math.exp(1.5 * Math.cos(a - 2.8) - tilt * a);
    };
    const sums = [0];
    for (let n = 1; n <= 8000; n++) sums.push(sums[n - 1]! + density(n - 1) + density(n));
    return (a) => sums[Math.min(8000, Math.max(0, Math.round((a + Math.PI) / width)))]! / sums[8000]!;
  };
  const cut = Math.fround(Math.PI);

  it.each([
    { by: 'Langevin(dt = 0.01)', steps: 800, tilt: 0 },
    { by: 'HeunLangevin(dt = 0.02)', steps: 400, tilt: 0 },
    { by: 'Adaptation(dt = 0.1)', steps: 200, tilt: 0 },
    { by: 'MALA(dt = 0.3)', steps: 200, tilt: 0.4 },
    // Steps of several turns, which the way back has to take back.
    { by: 'MALA(dt = 6)', steps: 400, tilt: 0.4 },
    { by: 'HMC(step = 0.5, leaps = 7, adapting = 0)', steps: 80, tilt: 0.4 },
    { by: 'Metropolis(scale = 2)', steps: 200, tilt: 0.4 },
    { by: 'ParallelTempering(scale = 2, rungs = 4)', steps: 200, tilt: 0.4 },
  ])('$by goes round it, and its values stay within half a turn', async ({ by, steps, tilt }) => {
    const definition = compile(source(by, tilt));
    const [end] = await runChains({ definition, chains: 4000, steps, seed: 3 });
    const values = [...end!['a']!];
    expect(values.filter((value) => !(Math.abs(value) <= cut))).toEqual([]);
    expect(kolmogorovSmirnovTest(end!['a']!, law(tilt))).toBeGreaterThan(falseAlarm);
  });
});
