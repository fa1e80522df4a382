/** Which beliefs can do without draws, and what is said of the others. */
import { describe, expect, it } from 'vitest';
import { one } from '../../src/calculus/build.ts';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import { readNames } from '../../src/calculus/substitute.ts';
import { explain } from '../../src/derive/explain.ts';
import { freeEnergy } from '../../src/derive/free-energy.ts';
import { memberAt, quadratureOf } from '../../src/derive/family/member.ts';
import { expectationBy } from '../../src/derive/family/quadrature.ts';
import { beliefGradients } from '../../src/derive/natural-gradient.ts';
import { derivationProblems } from '../../src/derive/problems.ts';
import { checked, freeEnergyOf } from './support.ts';

interface Program {
  readonly latent: string;
  readonly observed: string;
  /** `natural u`, or ` ~ FAMILY(...)`. */
  readonly belief?: string;
  readonly coordinates: readonly string[];
  readonly start?: number;
  readonly guard?: string;
  readonly drawn?: boolean;
}
const fileOf = ({ latent, observed, belief, coordinates, start = 0, guard, drawn = false }: Program) =>
  checked(`
    import { Normal, Poisson, Bernoulli, Laplace, Exponential, Gamma, InverseGamma, Pareto } from "std/families"
    import { NaturalGradient } from "std/dynamics"
    model Layer(inputs: dim = 1) {
      param p: positive[inputs] = 1.2
      latent   z ~ ${latent}
      observed x ~ ${observed}
    }
    inference Settle of Layer {
      belief ${drawn ? '' : 'exact '}z ${belief ?? `natural ${coordinates.join(', ')}`}
      start ${coordinates.join(', ')} = ${start}
      ${guard ?? ''}
      repeat 3 { descend free_energy over ${coordinates.join(', ')} by NaturalGradient(rate = 0.1) }
    }`);

const heavy = {
  latent: 'InverseGamma(shape = p, scale = 1)',
  observed: 'Normal(mean = z, sd = 1)',
  coordinates: ['u', 'v'],
} as const;

describe('an exact belief', () => {
  it.each<readonly [string, Program, string, string]>([
    [
      'a likelihood that jumps',
      {
        latent: 'Normal(mean = p, sd = 1)',
        observed: 'Normal(mean = 3 * step(z), sd = 0.5)',
        coordinates: ['u', 'v'],
      },
      'is no polynomial in statistics of Normal',
      'Leave out `exact`: the belief is then drawn.',
    ],
    [
      'counts that are cut off',
      { latent: 'Poisson(rate = p)', observed: 'Normal(mean = step(z - 2), sd = 0.5)', coordinates: ['u'] },
      'is no polynomial in statistics of Poisson',
      'Leave out `exact`: the belief is then drawn.',
    ],
    [
      'a kink',
      {
        latent: 'Normal(mean = p, sd = 1)',
        observed: 'Normal(mean = relu(z), sd = 0.5)',
        coordinates: ['u', 'v'],
      },
      'is no polynomial in statistics of Normal',
      'Leave out `exact`: the belief is then drawn.',
    ],
    [
      'draws of a line that is not Normal',
      { latent: 'Laplace(scale = p)', observed: 'Exponential(rate = exp(z))', coordinates: ['u'] },
      'is no polynomial in statistics of Laplace',
      'Leave out `exact`: the belief is then drawn.',
    ],
    [
      'a variance that is infinite for some members',
      heavy,
      'z² has a finite mean only for a < −2, and all that is known is a < 0',
      'Start inside and keep `a` there, with `guard u within (-infinity, -2)`, or leave out `exact`: the belief is then drawn.',
    ],
    [
      'parameters that reach too far',
      { ...heavy, belief: '~ InverseGamma(shape = s, scale = c)', coordinates: ['s', 'c'], start: 1 },
      'z² has a finite mean only for a < −2, and all that is known is a < 0',
      'Choose parameters of InverseGamma that keep `a` there whatever their coordinates are, or leave out `exact`.',
    ],
    [
      'an inverse',
      {
        latent: 'Gamma(shape = p, rate = 1)',
        observed: 'Normal(mean = 1 / z, sd = 1)',
        coordinates: ['u', 'v'],
      },
      '1 / z² has a finite mean only for a > 2, and all that is known is a > 0',
      'Start inside and keep `a` there, with `guard u within (2, infinity)`, or leave out `exact`: the belief is then drawn.',
    ],
    [
      'an exponential that grows faster than the density falls',
      { latent: 'Exponential(rate = p)', observed: 'Poisson(rate = exp(2 * z))', coordinates: ['u'] },
      'exp(2 · z) has a finite mean only for eta < −2, and all that is known is eta < 0',
      'Start inside and keep `eta` there, with `guard u within (-infinity, -2)`, or leave out `exact`: the belief is then drawn.',
    ],
  ])('is refused for %s', (_, program, why, hint) => {
    const [problem, ...others] = derivationProblems(fileOf(program));
    expect(others).toEqual([]);
    expect(problem!.code).toBe('NSM5093');
    expect(problem!.message).toContain(why);
    expect(problem!.hint).toBe(hint);
  });

  it('is refused where the guard holds and the start is outside', () => {
    const guard = 'guard u within (-infinity, -3)';
    expect(derivationProblems(fileOf({ ...heavy, guard, start: 0 }))).toHaveLength(1);
  });

  const at = { u: -4, v: 0.3 };
  const x = 0.7;
  const array = (value: number): NamedArray => ({
    indices: ['example', 'inputs'],
    shape: [1, 1],
    values: Float64Array.of(value),
  });
  it('is exact where start and guard keep the moments finite', () => {
    const file = fileOf({ ...heavy, guard: 'guard u within (-infinity, -3)', start: -4 });
    expect(derivationProblems(file)).toEqual([]);
    const [model, inference] = [file.models[0]!, file.inferences[0]!];
    const node = freeEnergy(model, inference, freeEnergyOf(one), 'model');
    expect([...readNames(node)]).not.toContain('z');
    const values: Readonly<Record<string, NamedArray>> = {
      u: array(at.u),
      v: array(at.v),
      x: array(x),
      p: { indices: ['inputs'], shape: [1], values: Float64Array.of(1.2) },
    };
    const found = evaluate(node, (name) => values[name]!, { example: 1, inputs: 1 }).values[0]!;
    const eta = [at.u, at.v].map((u) => -Math.log1p(Math.exp(-u)));
    const { family } = inference.beliefs[0]!.distribution;
    const rule = quadratureOf(memberAt(family, eta, {}));
    // Both densities have the normaliser of Γ, and no scale in the prior.
    const logGamma = (shape: number): number => Math.log(gamma(shape));
    const logDensity = (shape: number, scale: number, z: number): number =>
      shape * Math.log(scale) - logGamma(shape) - (shape + 1) * Math.log(z) - scale / z;
    const wanted = expectationBy(
      rule,
      (z) =>
        (x - z) ** 2 / 2 +
        Math.log(2 * Math.PI) / 2 +
        logDensity(-eta[0]!, -eta[1]!, z) -
        logDensity(1.2, 1, z),
    );
    expect(found / wanted).toBeCloseTo(1, 8);
  });

  it('has no estimator', () => {
    const file = fileOf({
      latent: 'Normal(mean = p, sd = 1)',
      observed: 'Normal(mean = z, sd = 1)',
      coordinates: ['u', 'v'],
    });
    for (const { estimator } of explain(file).inference)
      expect(estimator).toBe('none: the expectation is exact, without a draw');
  });
});

/** Γ by its product, for shapes that a test needs. */
const gamma = (shape: number): number => {
  let [value, at] = [1, shape];
  for (; at < 30; at++) value /= at;
  const series = 1 / (12 * at) - 1 / (360 * at ** 3) + 1 / (1260 * at ** 5);
  return value * Math.exp((at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series);
};

describe('a drawn belief', () => {
  it.each<readonly [string, Program, string]>([
    ['a variance that may be infinite', { ...heavy, drawn: true }, 'implicit'],
    [
      'a variance that a guard keeps finite',
      { ...heavy, drawn: true, guard: 'guard u within (-infinity, -3)', start: -4 },
      'marginal',
    ],
    [
      'a mean that may be infinite',
      {
        latent: 'Pareto(shape = p)',
        observed: 'Exponential(rate = exp(z))',
        coordinates: ['u'],
        drawn: true,
      },
      'pathwise',
    ],
  ])('takes no moments with %s', (_, program, kind) => {
    const file = fileOf(program);
    const [inference] = file.inferences;
    const found = beliefGradients(
      file.models[0]!,
      inference!,
      inference!.beliefs[0]!,
      freeEnergyOf(one),
      'model',
    );
    expect(found.estimator.kind).toBe(kind);
  });
});
