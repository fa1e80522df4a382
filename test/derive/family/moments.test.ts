/** Mean and variance of a value, entropies and exponential moments, against quadrature. */
import { describe, expect, it } from 'vitest';
import { constant, zero } from '../../../src/calculus/build.ts';
import { print } from '../../../src/calculus/print.ts';
import { entropy } from '../../../src/derive/family/family.ts';
import { isOneNumber, quadratureOf, valueAt } from '../../../src/derive/family/member.ts';
import { logMoment, meanOfValue, varianceOfValue } from '../../../src/derive/family/moments.ts';
import { expectationBy } from '../../../src/derive/family/quadrature.ts';
import { libraryFamily, libraryMembers, libraryNames } from './members.ts';

const known = libraryNames.filter((name) => {
  const family = libraryFamily(name);
  return isOneNumber(family) && meanOfValue(family) !== null;
});

it('mean and variance are known where x or log x is affine in the statistics', () => {
  const unknown = libraryNames.filter((name) => meanOfValue(libraryFamily(name)) === null);
  expect(unknown).toEqual(['HalfNormal', 'Laplace', 'Quartic', 'Rayleigh', 'VonMises', 'Weibull']);
});

describe.each(known)('a value of %s', (name) => {
  it('has this mean and this variance', () => {
    for (const member of libraryMembers(name)) {
      const rule = quadratureOf(member);
      const mean = expectationBy(rule, (x) => x);
      const variance = expectationBy(rule, (x) => (x - mean) ** 2);
      const [found] = valueAt(member, meanOfValue(member.family)!);
      const [spread] = valueAt(member, varianceOfValue(member.family)!);
      // The tails of a heavy law are cut where float64 ends; a variance is a difference of moments.
      expect(Math.abs(found! - mean)).toBeLessThan(1e-8 * (Math.abs(mean) + Math.sqrt(variance)));
      expect(Math.abs(spread! - variance)).toBeLessThan(1e-6 * variance);
    }
  });
});

describe('a value that is a vector', () => {
  it('has the mean and variance of shares', () => {
    const [member] = libraryMembers('Dirichlet');
    const a = [1.5, 2, 0.8];
    const total = 4.3;
    const mean = valueAt(member!, meanOfValue(member!.family)!, ['classes']);
    const variance = valueAt(member!, varianceOfValue(member!.family)!, ['classes']);
    a.forEach((value, k) => {
      expect(mean[k]).toBeCloseTo(value / total, 12);
      expect(variance[k]).toBeCloseTo((value * (total - value)) / (total ** 2 * (total + 1)), 12);
    });
  });

  it('has the diagonal of its covariance', () => {
    const [member] = libraryMembers('MultivariateNormal');
    const variance = valueAt(member!, varianceOfValue(member!.family)!, ['dims']);
    expect([...variance]).toEqual([expect.closeTo(1.5 / 2.64, 12), expect.closeTo(2 / 2.64, 12)]);
  });
});

describe('exponential moments', () => {
  it.each(['Poisson', 'Exponential', 'Bernoulli', 'NegativeBinomial', 'TruncatedNormal'])(
    'of %s are A(η + c) − A(η)',
    (name) => {
      const [member] = libraryMembers(name);
      const wanted = Math.log(expectationBy(quadratureOf(member!), (x) => Math.exp(0.3 * x)));
      const [found] = valueAt(member!, logMoment(member!.family, [constant(0.3)]));
      expect(found).toBeCloseTo(wanted, 10);
    },
  );

  it('cancel gamma functions', () => {
    expect(print(logMoment(libraryFamily('Gamma'), [constant(1), zero]))).toBe('log(a) − log(−b)');
  });
});

describe('entropy', () => {
  it.each([
    ['Gamma', '0'],
    ['LogNormal', '0'],
    ['Dirichlet', '0'],
    ['NormalKnownVariance', '0'],
    ['TruncatedNormal', '0'],
    ['MultivariateNormal', '0'],
    ['Poisson', '−log Γ(1 + x)'],
    ['Rayleigh', 'log(x)'],
  ])('of %s leaves E[%s] open', (name, open) => {
    expect(print(entropy(libraryFamily(name)).open)).toBe(open);
  });
});
