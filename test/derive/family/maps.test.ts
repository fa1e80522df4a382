/** Maps between parameters, natural parameters, means and coordinates: there and back. */
import { describe, expect, it } from 'vitest';
import { read } from '../../../src/calculus/build.ts';
import { print } from '../../../src/calculus/print.ts';
import { scalarValue } from '../../../src/calculus/scalar-value.ts';
import { naturalChart, naturalFromMeans, standardFromNatural } from '../../../src/derive/family/maps.ts';
import { meanOf, memberAt, memberOf, naturalVector, type Member } from '../../../src/derive/family/member.ts';
import { naturalFromMean, parametersOf } from '../../../src/derive/family/newton.ts';
import type { Family } from '../../../src/check/typed.ts';
import { checked } from '../support.ts';
import { libraryFamily, libraryMembers, libraryNames } from './members.ts';

/** Rounding, times what the inverse of an ill-conditioned ∇A makes of it. */
const close = (found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void => {
  expect(found.length).toBe(wanted.length);
  const scale = Math.max(...Array.from(wanted, Math.abs), 1e-3);
  for (let n = 0; n < wanted.length; n++)
    expect(Math.abs(found[n]! - wanted[n]!)).toBeLessThan(tolerance * scale);
};

describe.each(libraryNames)('%s', (name) => {
  it('has its parameters again from its natural parameters', () => {
    for (const { family, naturals, parameters, sizes } of libraryMembers(name)) {
      const found = parametersOf(memberAt(family, naturals, parameters, sizes));
      for (const { name: parameter } of family.parameters)
        close(found[parameter]!.values, parameters[parameter]!.values, 1e-9);
    }
  });

  it('has its means again from the natural parameters of its means', () => {
    for (const member of libraryMembers(name)) {
      const mean = meanOf(member);
      const found = naturalFromMean(member.family, mean, member.parameters, member.sizes);
      close(meanOf(found), mean, 1e-9);
      // Adding a number to all logits changes nothing: only differences come back.
      if (name !== 'Categorical') close(naturalVector(found), naturalVector(member), 1e-5);
    }
  });
});

describe('∇A inverted in closed form', () => {
  it.each([
    ['Poisson', ['log(μ₁)']],
    ['Bernoulli', ['log(μ₁ / (1 − μ₁))']],
    ['Binomial', ['log(μ₁ / (trials − μ₁))']],
    ['Exponential', ['−1 / μ₁']],
    ['NormalKnownVariance', ['μ₁ / sd²']],
    ['NegativeBinomial', ['log1p(count / (−count − μ₁))']],
    ['Categorical', ['log(μ₁)']],
    ['Normal', ['−2 · μ₁ / (2 · μ₁² − 2 · μ₂)', '1 / (2 · μ₁² − 2 · μ₂)']],
  ])('is found for %s', (name, wanted) => {
    expect(naturalFromMeans(libraryFamily(name))?.map((value) => print(value))).toEqual(wanted);
  });

  it.each(['Gamma', 'Beta', 'VonMises', 'Quartic'])('is not for %s', (name) => {
    expect(naturalFromMeans(libraryFamily(name))).toBeNull();
  });
});

describe('narrow members', () => {
  it.each([
    ['VonMises', { mean: 0, concentration: 3500 }],
    ['Gamma', { shape: 3500, rate: 1.3 }],
    ['Gamma', { shape: 1e5, rate: 1.3 }],
    ['Beta', { alpha: 3e4, beta: 5e4 }],
  ] as const)('are found from means that are rounded in any way: %s at %o', (name, parameters) => {
    const member = memberOf(libraryFamily(name), { ...parameters });
    for (let k = -10; k <= 10; k++) {
      const mean = meanOf(member).map((value, i) => value * (1 + k * (i + 1) * Number.EPSILON));
      // Ten roundings of a mean that is 340 standard deviations from 0 move a member by 1e-15 340² of itself.
      close(naturalVector(naturalFromMean(member.family, mean, {})), naturalVector(member), 1e-5);
    }
  });
});

describe('means of no member', () => {
  it.each([
    ['Poisson', [-1]],
    ['Categorical', [0.5, 0.2, 0.7]],
    ['Bernoulli', [1.2]],
    // The mean of log x lies below the log of the mean.
    ['Gamma', [0.5, 1]],
    ['ContinuousBernoulli', [1.5]],
  ])('are refused: %s', (name, mean) => {
    expect(() => naturalFromMean(libraryFamily(name), mean, {}, { classes: 3 })).toThrow(
      `no member of ${name} has these mean parameters`,
    );
  });
});

describe('parameters of natural parameters', () => {
  it('take the branch of their support', () => {
    expect(
      Object.entries(standardFromNatural(libraryFamily('Normal'))).map(([name, value]) => [
        name,
        print(value),
      ]),
    ).toEqual([
      ['mean', '−½ · a / b'],
      ['sd', '√(−½ / b)'],
    ]);
  });

  it('invert a matrix', () => {
    const [member] = libraryMembers('MultivariateNormal') as [Member];
    const { mean } = parametersOf(memberAt(member.family, member.naturals, {}, member.sizes));
    close(mean!.values, [0.5, -1], 1e-12);
  });

  it('are searched where no formula is found', () => {
    const [family] = checked(`
      family Entangled(location: real, width: positive) {
        support       real
        statistic     x, x^2
        natural       a = location + width * location^3, b = -width - location^2 / 4
        log_partition -a^2 / (4 * b) - log(-2 * b) / 2
        log_base      -log(2 * pi) / 2
      }`).families as [Family];
    expect(Object.keys(standardFromNatural(family))).not.toHaveLength(2);
    const member = memberOf(family, { location: 0.7, width: 1.9 });
    const found = parametersOf(memberAt(family, member.naturals, {}));
    const again = memberOf(family, found);
    close(naturalVector(again), naturalVector(member), 1e-9);
  });
});

describe('the coordinate of a natural parameter', () => {
  const domains = [
    { low: -Infinity, high: Infinity },
    { low: -Infinity, high: 0 },
    { low: -Infinity, high: 2 },
    { low: 1, high: Infinity },
    { low: -1, high: 3 },
  ];
  it.each(domains)('maps the line onto $low to $high, and back', ({ low, high }) => {
    const chart = naturalChart({ low, high });
    const [u, eta] = [read('u'), read('eta')];
    let before = -Infinity;
    for (const at of [-30, -3, -0.2, 0, 0.7, 5, 30]) {
      const value = scalarValue(chart.value(u), { u: at });
      expect(value).toBeGreaterThan(low);
      expect(value).toBeLessThanOrEqual(high);
      expect(value).toBeGreaterThan(before);
      before = value;
      // Near a finite bound the distance from it keeps fewer digits.
      if (Math.abs(at) < 10) expect(scalarValue(chart.inverse(eta), { eta: value })).toBeCloseTo(at, 9);
    }
    expect(chart.inverse(chart.value(u))).toBe(u);
  });
});
