/**
 * Log-partitions by quadrature: against closed forms, against adaptive quadrature in float64, and as compiled programs compute them.
 */
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import type { Family } from '../../src/check/typed.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import { logTotalOf, ruleOf, expectationBy } from '../../src/derive/family/quadrature.ts';
import { cumulant, cumulantOf } from '../../src/runtime/special.ts';

const familyOf = (support: string, statistic: string, logBase: string): Family => {
  const text = `family Unit(drive: real) {
    support       ${support}
    statistic     ${statistic}
    natural       eta = drive
    log_partition intractable by quadrature
    log_base      ${logBase}
  }`;
  const { checked, diagnostics } = check('unit.nsm', fileSources(new Map([['unit.nsm', text]])));
  expect(diagnostics).toEqual([]);
  return checked.families[0]!;
};

/** A and its first three derivatives. */
const partitionAt = ({ logPartition }: Family, eta: number): readonly number[] => {
  const slopes = [logPartition!];
  for (let n = 0; n < 3; n++) slopes.push(derivative(slopes[n]!, 'eta', []));
  return slopes.map((slope) => scalarValue(slope, { eta }));
};

describe('a log-partition by quadrature', () => {
  it('is that of the normal family for a Gaussian base, at drives near and far', () => {
    const family = familyOf('real', 'x', '-x^2 / 2 - log(2 * pi) / 2');
    for (const eta of [-90, -3, 0, 0.4, 20, 99]) {
      const [value, mean, variance, third] = partitionAt(family, eta);
      // What fixed points leave of it: the bounds of the compiler's own choice.
      expect(Math.abs(value! - eta ** 2 / 2)).toBeLessThan(1e-9 * (1 + eta ** 2));
      expect(Math.abs(mean! - eta)).toBeLessThan(1e-8 * (1 + Math.abs(eta)));
      expect(Math.abs(variance! - 1)).toBeLessThan(1e-7);
      expect(Math.abs(third!)).toBeLessThan(1e-5);
    }
  });

  it('is a sum over all values of whole numbers', () => {
    const family = familyOf('spin', 'x', '0.3 * x');
    for (const eta of [-40, -1, 0, 2])
      expect(partitionAt(family, eta)[0]).toBeCloseTo(Math.log(2 * Math.cosh(eta + 0.3)), 12);
    const counts = familyOf('count up to 12', 'x', 'log_choose(12, x)');
    for (const eta of [-40, -1, 0, 2])
      expect(partitionAt(counts, eta)[0]).toBeCloseTo(12 * Math.log1p(Math.exp(eta)), 11);
  });

  it.each([
    ['a quartic unit', 'real', 'x', '-x^4 / 4', -Infinity, Infinity, (x: number) => -(x ** 4) / 4],
    ['two wells', 'real', 'x', '-(x^2 - 4)^2', -Infinity, Infinity, (x: number) => -((x ** 2 - 4) ** 2)],
    ['a positive unit', 'positive', 'x', 'log(x) - x^2', 0, Infinity, (x: number) => Math.log(x) - x ** 2],
    [
      'a unit between 0 and 1',
      'unit',
      'x',
      'log(x) + 2 * log(1 - x)',
      0,
      1,
      (x: number) => Math.log(x) + 2 * Math.log(1 - x),
    ],
  ] as const)('agrees with adaptive quadrature for %s', (_, support, statistic, base, low, high, density) => {
    const family = familyOf(support, statistic, base);
    for (const eta of [-30, -2, 0, 0.5, 7, 60]) {
      const rule = ruleOf({ kind: 'line', low, high, atom: null }, (x) => eta * x + density(x));
      const total = expectationBy(rule, () => 1);
      const mean = expectationBy(rule, (x) => x) / total;
      const variance = expectationBy(rule, (x) => (x - mean) ** 2) / total;
      const found = partitionAt(family, eta);
      expect(Math.abs(found[0]! - logTotalOf(rule))).toBeLessThan(1e-8 * (1 + Math.abs(found[0]!)));
      expect(Math.abs(found[1]! - mean)).toBeLessThan(1e-7 * (Math.sqrt(variance) + Math.abs(mean)));
      expect(Math.abs(found[2]! - variance)).toBeLessThan(1e-6 * variance);
    }
  });
});

describe('cumulants of points', () => {
  // A coin with values 0 and 2 and equal weights at x = 0: cumulants of a Bernoulli variable, times powers of 2.
  const pairs = [0, 0, 2, 0];
  const text = pairs.join(' ');
  const truth = (n: number, x: number): number => {
    const p = 1 / (1 + Math.exp(-2 * x));
    const q = 1 - p;
    const cumulants = [Math.log1p(Math.exp(2 * x)), p, p * q, p * q * (1 - 2 * p), p * q * (1 - 6 * p * q)];
    return cumulants[n]! * 2 ** n;
  };

  it('are those of a coin, directly and by table, inside of its reach and outside', () => {
    for (const x of [-60, -3.3, -0.2, 0, 0.111, 1.7, 25, 39.99, 41, 300])
      for (const n of [0, 1, 2, 3, 4]) {
        const tolerance = 1e-12 * (1 + Math.abs(truth(n, x)));
        expect(Math.abs(cumulantOf(n, x, pairs) - truth(n, x)), `${n} at ${x}`).toBeLessThan(tolerance);
        expect(Math.abs(cumulant(n, x, text) - truth(n, x)), `${n} at ${x}`).toBeLessThan(10 * tolerance);
      }
  });
});
