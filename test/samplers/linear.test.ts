/**
 * Stationary laws of linear dynamics on a Gaussian target, solved from the compiled program without a random number: what they are off
 * by is bias alone. Verdicts are held against them.
 */
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/derive/verdict.ts';
import { checked } from '../derive/support.ts';
import { hiddenSlips, rightDynamics, wrongDynamics } from './dynamics.ts';
import {
  compile,
  covariance,
  gaussian,
  gaussianModel,
  identity,
  inferenceOf,
  inverse,
  precision,
  product,
  sumOf,
} from './support.ts';
import { stationary } from './stationary.ts';

const given = {
  root: { indices: ['units', "units'"], shape: [3, 3], values: Float64Array.from(gaussian.root) },
  mean: { indices: ['units'], shape: [3], values: Float64Array.from(gaussian.mean) },
};

type Matrix = readonly (readonly number[])[];
const scaled = (a: Matrix, by: number): number[][] => a.map((row) => row.map((value) => by * value));
/** Largest entry of a − b over that of b. */
const distance = (a: Matrix, b: Matrix): number =>
  Math.max(...sumOf(a, b, -1).flat().map(Math.abs)) / Math.max(...b.flat().map(Math.abs));

const lawOf = (dynamics: string, by: string) => {
  const definition = compile(gaussianModel(dynamics, { Sampling: by }));
  return stationary(definition, inferenceOf(definition), given);
};

const near = (found: ReturnType<typeof lawOf>, wanted: Matrix): void => {
  found!.mean.forEach((value, i) => expect(value).toBeCloseTo(gaussian.mean[i]!, 10));
  expect(distance(found!.covariance, wanted)).toBeLessThan(1e-10);
};

describe('stationary laws of linear dynamics', () => {
  it('Langevin by Euler has the known bias, P⁻¹ (1 − dt P / 2)⁻¹', () => {
    for (const dt of [0.05, 0.3]) {
      const factor = inverse(sumOf(identity(3), scaled(precision, dt / 2), -1));
      near(lawOf('', `Langevin(dt = ${dt})`), product(covariance, factor));
    }
  });

  it('Langevin at another temperature has a covariance in proportion', () => {
    const factor = inverse(sumOf(identity(3), scaled(precision, 0.025), -1));
    near(lawOf('', 'Langevin(dt = 0.05, temperature = 2.5)'), scaled(product(covariance, factor), 2.5));
  });

  it('Langevin by Heun has variance (1 − z + z²/4) / (1 − z + z²/2 − z³/8) / λ at z = λ dt', () => {
    const dt = 0.2;
    const z = scaled(precision, dt);
    const [z2, z3] = [product(z, z), product(z, product(z, z))];
    const above = sumOf(sumOf(identity(3), z, -1), z2, 1 / 4);
    const below = sumOf(sumOf(sumOf(identity(3), z, -1), z2, 1 / 2), z3, -1 / 8);
    near(lawOf('', `HeunLangevin(dt = ${dt})`), product(covariance, product(above, inverse(below))));
  });

  it('Adaptation (BAOAB) has the exact law of a Gaussian at any step and friction', () => {
    for (const by of ['dt = 0.1', 'dt = 0.6', 'dt = 0.6, friction = 8', 'dt = 0.3, friction = 0.1'])
      near(lawOf('', `Adaptation(${by})`), covariance);
  });

  it('every right dynamics is as far off as the order of its verdict says', () => {
    const file = checked(rightDynamics);
    for (const name of ['Obabo', 'Lopsided', 'Heavy', 'Gliding', 'ByHand', 'Gained', 'Unadjusted']) {
      const verdict = judge(file.dynamics.find((one) => one.name === name)!);
      expect(verdict, name).toMatchObject({ kind: 'sampler' });
      const order = verdict.kind === 'sampler' ? verdict.order : NaN;
      const [coarse, fine] = [0.04, 0.02].map((dt) => {
        const law = lawOf(rightDynamics, `${name}(dt = ${dt})`);
        return distance(law!.covariance, covariance);
      });
      // Half the step halves the bias, or quarters it: the next order leaves some per cent at these steps. A bias that happens to be
      // smaller than its order keeps the promise too.
      expect(coarse! / fine!, `${name}: ${coarse} and ${fine}`).toBeGreaterThan(0.9 * 2 ** order);
      expect(coarse!, name).toBeLessThan(0.1);
    }
  });

  it.each(Object.entries(wrongDynamics))(
    '%s is refused by the verdict and by its stationary law',
    (name, text) => {
      const verdict = judge(checked(text).dynamics[0]!);
      expect(verdict.kind, 'why' in verdict ? verdict.why : '').toBe('not_a_sampler');
      // However small the step, a wrong one does not come near.
      const law = lawOf(text, `${name}(dt = 0.002)`);
      expect(law === null ? Infinity : distance(law.covariance, covariance)).toBeGreaterThan(0.2);
    },
  );

  it.each(Object.entries(hiddenSlips))('%s is not judged, and its stationary law is wrong', (name, text) => {
    expect(judge(checked(text).dynamics[0]!).kind).toBe('unknown');
    const law = lawOf(text, `${name}(dt = 0.02)`);
    expect(law === null ? Infinity : distance(law.covariance, covariance)).toBeGreaterThan(0.2);
  });
});
