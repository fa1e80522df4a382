/** Which sampler a family gets, and why. */
import { describe, expect, it } from 'vitest';
import { emitDraw } from '../../../src/schedule/draw.ts';
import { makeBlock, makeNames } from '../../../src/schedule/names.ts';
import { constant } from '../../../src/calculus/build.ts';
import { canDraw, isDiscrete, samplerOf } from '../../../src/derive/family/sampler.ts';
import { standardFamily } from '../../support/draws.ts';
import { checked } from '../support.ts';

const only = (lines: string) =>
  checked(`
    /// One family.
    family Own${lines}
  `).families[0]!;

describe('the sampler of a family of the standard library', () => {
  it.each([
    ['Poisson', 'inversion'],
    ['Bernoulli', 'inversion'],
    ['Spin', 'inversion'],
    ['Binomial', 'inversion'],
    ['Geometric', 'inversion'],
    ['NegativeBinomial', 'inversion'],
    ['Categorical', 'choice'],
    ['Normal', 'pathwise'],
    ['Laplace', 'pathwise'],
    ['Dirichlet', 'pathwise'],
    ['MultivariateNormal', 'pathwise'],
    ['Gamma', 'log_concave'],
    ['Beta', 'log_concave'],
    ['InverseGamma', 'log_concave'],
    ['InverseGaussian', 'log_concave'],
    ['TruncatedNormal', 'log_concave'],
    ['RectifiedNormal', 'log_concave'],
    ['Quartic', 'log_concave'],
    ['VonMises', 'bell'],
  ])('%s: %s', (name, kind) => {
    const sampler = samplerOf(standardFamily(name));
    expect(sampler.kind).toBe(kind);
    expect(sampler.why).toMatch(/^[a-z]/);
  });

  it('says in which coordinate a log density is concave', () => {
    expect(samplerOf(standardFamily('Gamma')).why).toMatch(/concave in log x$/);
    expect(samplerOf(standardFamily('Beta')).why).toMatch(/concave in the log odds of x$/);
    expect(samplerOf(standardFamily('Quartic')).why).toMatch(/concave in x$/);
    expect(samplerOf(standardFamily('Dirichlet')).why).toMatch(/draws of Gamma$/);
  });
});

describe('concavity', () => {
  const positive = (statistic: string, natural: string, base: string) =>
    only(`(rate: positive) {
      support       positive
      statistic     ${statistic}
      natural       eta = ${natural}
      log_partition intractable
      log_base      ${base}
    }`);
  const real = (statistic: string, natural: string, base: string) =>
    only(`(drive: real) {
      support       real
      statistic     ${statistic}
      natural       eta = ${natural}
      log_partition intractable
      log_base      ${base}
    }`);

  it('is found in x, else in log x', () => {
    expect(samplerOf(positive('x', '-rate', 'x^(1/2)')).why).toMatch(/concave in x$/);
    // x^(-1/2) is convex in x, and its logarithm is a line in log x.
    expect(samplerOf(positive('x', '-rate', '-log(x) / 2')).why).toMatch(/concave in log x$/);
  });

  it('is not found for a kink that points down, whose second derivative is nowhere positive', () => {
    expect(samplerOf(real('abs(x)', 'drive^2', '-x^4')).kind).toBe('langevin');
    expect(samplerOf(real('abs(x)', '-drive^2', '-x^4')).kind).toBe('log_concave');
  });

  it('is not found for what is convex for some members only, or far out only', () => {
    expect(samplerOf(real('x^2', 'drive', '-x^4')).kind).toBe('langevin');
    expect(samplerOf(real('x', 'drive', '-log_cosh(x) + sin(x) / 1000')).kind).toBe('langevin');
    // Concave up to |x| = 1, convex beyond: a density of Student's kind.
    expect(samplerOf(real('log(1 + x^2)', '-1 - drive^2', '0')).kind).toBe('langevin');
  });

  it('on the circle asks for one concave stretch and one convex one, and for ends that join', () => {
    const circle = (statistic: string) =>
      only(`(one: real, two: real) {
        support       angle
        statistic     ${statistic}
        natural       a = one, b = two
        log_partition intractable
        log_base      0
      }`);
    expect(samplerOf(circle('cos(x), sin(x)')).kind).toBe('bell');
    expect(samplerOf(circle('cos(2 * x), sin(x)')).kind).toBe('langevin');
    const cut = only(`(drive: real) {
      support       angle
      statistic     x
      natural       eta = drive
      log_partition intractable
      log_base      0
    }`);
    expect(samplerOf(cut).why).toMatch(/concave in x$/);
  });
});

describe('families that cannot be drawn', () => {
  it('are those of values that are arrays without a path, and of masses that are not normalised', () => {
    const vector = only(`(mean: real over dims) {
      support       real over dims
      statistic     x
      natural       eta = mean
      log_partition sum(eta^2 over dims) / 2
      log_base      -sum(x^2 over dims) / 2
    }`);
    expect(canDraw(vector)).toBe(false);
    expect(samplerOf(vector).why).toBe('a value is an array, and the family has no `pathwise` line');
    const counts = only(`(rate: positive) {
      support       count
      statistic     log_factorial(x)
      natural       eta = -rate
      log_partition intractable
      log_base      0
    }`);
    expect(samplerOf(counts)).toEqual({
      kind: 'none',
      why: 'without a log-partition the masses of the values are not known, and the family has no `pathwise` line',
    });
    const request = {
      wish: 'z',
      indices: ['example'],
      resolve: (node: never) => node,
      estimator: null,
      note: null,
    };
    expect(() =>
      emitDraw(
        makeBlock(makeNames(0)),
        { family: counts, arguments: { rate: constant(1) }, span: counts.span },
        request as unknown as Parameters<typeof emitDraw>[2],
      ),
    ).toThrow(
      'Own cannot be drawn: without a log-partition the masses of the values are not known, and the family has no `pathwise` line',
    );
  });
});

it('draws move smoothly where values are not isolated points', () => {
  expect(isDiscrete(standardFamily('Spin'))).toBe(true);
  expect(isDiscrete(standardFamily('Categorical'))).toBe(true);
  expect(isDiscrete(standardFamily('Gamma'))).toBe(false);
  expect(isDiscrete(standardFamily('RectifiedNormal'))).toBe(false);
});
