/** Numbers of single members against sums and integrals of their densities. */
import { describe, expect, it } from 'vitest';
import {
  divergenceOf,
  entropyOf,
  fisherOf,
  functionOfValue,
  isOneNumber,
  logDensityOf,
  logPartitionOf,
  meanOf,
  memberAt,
  memberOf,
  quadratureOf,
  statisticsOf,
  type Member,
} from '../../../src/derive/family/member.ts';
import { logDensity, unnormalisedLogDensity } from '../../../src/derive/family/family.ts';
import {
  expectationBy,
  logTotalOf,
  ruleOf,
  type PointFunction,
} from '../../../src/derive/family/quadrature.ts';
import { digamma } from '../../../src/runtime/special.ts';
import { libraryFamily, libraryMembers, libraryNames } from './members.ts';
import { vector } from '../support.ts';

/** Rounding of sums over some thousand points; of the log density itself where it is made of large parts. */
const tolerance = 1e-9;
const close = (found: number, wanted: number, scale = Math.abs(wanted)): void =>
  expect(Math.abs(found - wanted)).toBeLessThan(tolerance * Math.max(scale, 1e-3));

const scalarNames = libraryNames.filter((name) => isOneNumber(libraryFamily(name)));

describe.each(scalarNames)('a member of %s', (name) => {
  const expectation = (member: Member, f: PointFunction): number => {
    const rule = quadratureOf(member);
    return expectationBy(rule, f) / expectationBy(rule, () => 1);
  };

  it('has a density of total 1', () => {
    for (const member of libraryMembers(name))
      if (member.family.logPartition !== null) close(logTotalOf(quadratureOf(member)), 0, 1);
  });

  it('has ∇A and ∇²A as mean and covariance of its statistics', () => {
    for (const member of libraryMembers(name)) {
      const mean = meanOf(member);
      const fisher = fisherOf(member);
      const statistics = member.family.statistic.map(({ value }) => functionOfValue(member, value));
      statistics.forEach((T, i) => {
        const spread = Math.sqrt(fisher[i]![i]!);
        close(expectation(member, T), mean[i]!, Math.abs(mean[i]!) + spread);
        statistics.forEach((S, j) => {
          const found = expectation(member, (...at) => (T(...at) - mean[i]!) * (S(...at) - mean[j]!));
          // A covariance is a difference of larger moments: 1e-6 of the spreads.
          expect(Math.abs(found - fisher[i]![j]!)).toBeLessThan(1e-6 * spread * Math.sqrt(fisher[j]![j]!));
        });
      });
    }
  });

  it('has the entropy −E[log p]', () => {
    for (const member of libraryMembers(name)) {
      const isClosed = member.family.logPartition !== null;
      const density = functionOfValue(
        member,
        (isClosed ? logDensity : unnormalisedLogDensity)(member.family),
      );
      const found = (isClosed ? 0 : logPartitionOf(member)) - expectation(member, density);
      close(entropyOf(member), found, 1 + Math.abs(found));
    }
  });

  it('has the divergence E[log q − log p]', () => {
    const [posterior, prior] = libraryMembers(name) as [Member, Member];
    const node = posterior.family.logPartition === null ? unnormalisedLogDensity : logDensity;
    const [q, p] = [posterior, prior].map((member) => functionOfValue(member, node(member.family)));
    const normaliser =
      posterior.family.logPartition === null ? logPartitionOf(prior) - logPartitionOf(posterior) : 0;
    const wanted = expectation(posterior, (...at) => q!(...at) - p!(...at)) + normaliser;
    const found = divergenceOf(posterior, prior);
    close(found, wanted, 1 + Math.abs(wanted));
    expect(found).toBeGreaterThan(0);
    expect(Math.abs(divergenceOf(prior, prior))).toBeLessThan(1e-9 * (1 + Math.abs(logPartitionOf(prior))));
  });

  it('is the same member by its natural parameters', () => {
    for (const member of libraryMembers(name)) {
      const again = memberAt(member.family, member.naturals, member.parameters);
      expect(meanOf(again)).toEqual(meanOf(member));
    }
  });
});

describe('a member whose values are arrays', () => {
  it('has blocks of covariances over all of its entries', () => {
    const [member] = libraryMembers('Categorical');
    const mean = meanOf(member!);
    expect(fisherOf(member!).map((row) => [...row])).toEqual(
      [...mean].map((p, i) => [...mean].map((q, j) => expect.closeTo((i === j ? p : 0) - p * q, 12))),
    );
  });

  it('has the symmetric covariance of x and x xᵀ', () => {
    const [member] = libraryMembers('MultivariateNormal');
    const m = [0.5, -1];
    // The inverse of [[2, 0.6], [0.6, 1.5]].
    const S = [
      [1.5 / 2.64, -0.6 / 2.64],
      [-0.6 / 2.64, 2 / 2.64],
    ];
    const C = (i: number, j: number): number => S[i]![j]!;
    const pairs = [0, 1].flatMap((i) => [0, 1].map((j) => [i, j] as const));
    const single = (i: number, k: number, l: number): number => C(i, k) * m[l]! + C(i, l) * m[k]!;
    const rows = [
      ...[0, 1].map((i) => [C(i, 0), C(i, 1), ...pairs.map(([k, l]) => single(i, k, l))]),
      ...pairs.map(([i, j]) => [
        single(0, i, j),
        single(1, i, j),
        ...pairs.map(
          ([k, l]) =>
            C(i, k) * C(j, l) +
            C(i, l) * C(j, k) +
            m[i]! * m[k]! * C(j, l) +
            m[i]! * m[l]! * C(j, k) +
            m[j]! * m[k]! * C(i, l) +
            m[j]! * m[l]! * C(i, k),
        ),
      ]),
    ];
    fisherOf(member!).forEach((row, i) => row.forEach((value, j) => close(value, rows[i]![j]!, 1)));
    close(entropyOf(member!), 1 + Math.log(2 * Math.PI) - Math.log(2.64) / 2);
    expect([...statisticsOf(member!, vector('dims', [3, 4]))]).toEqual([3, 4, 9, 12, 12, 16]);
  });

  it('has the entropy and divergence of Dirichlet in closed form', () => {
    // SciPy 1.10.1: dirichlet([1.5, 2, 0.8]).entropy().
    const uniform = memberOf(libraryFamily('Dirichlet'), { concentration: vector('classes', [1, 1, 1]) });
    close(entropyOf(uniform), -Math.log(2));
    close(logDensityOf(uniform, vector('classes', [0.2, 0.3, 0.5])), Math.log(2));
    const [one, other] = libraryMembers('Dirichlet') as [Member, Member];
    expect(divergenceOf(one, other)).toBeGreaterThan(0);
    expect(Math.abs(divergenceOf(one, one))).toBeLessThan(1e-14);
  });
});

describe('what members do not share', () => {
  it('is an error: fixed arguments', () => {
    const family = libraryFamily('Binomial');
    const [left, right] = [5, 6].map((trials) => memberOf(family, { logit: 0, trials }));
    expect(() => divergenceOf(left!, right!)).toThrow(
      'no divergence between members of Binomial that differ in the fixed "trials"',
    );
  });

  it('is an error: families', () => {
    const [left] = libraryMembers('Poisson');
    const [right] = libraryMembers('Geometric');
    expect(() => divergenceOf(left!, right!)).toThrow('no divergence of a Poisson from a Geometric');
  });

  it('is an error: a parameter that is left out', () => {
    expect(() => memberOf(libraryFamily('Gamma'), { shape: 1 })).toThrow('Gamma needs its parameter "rate"');
  });
});

describe('quadrature', () => {
  const line = { kind: 'line', low: -Infinity, high: Infinity, atom: null } as const;
  const counts = { kind: 'points', low: 0, high: Infinity, atom: null } as const;
  const gauss = (x: number, mean: number, sd: number): number =>
    -(((x - mean) / sd) ** 2) / 2 - Math.log(sd) - Math.log(2 * Math.PI) / 2;

  it('finds a peak of any place and width', () => {
    for (const mean of [-1e4, -3, 0, 1e-3, 50, 1e4])
      for (const sd of [1e-3, 1, 1e6]) {
        const rule = ruleOf(line, (x) => gauss(x, mean, sd));
        expect(Math.abs(expectationBy(rule, () => 1) - 1)).toBeLessThan(1e-9);
        expect(Math.abs(expectationBy(rule, (x) => ((x - mean) / sd) ** 2) - 1)).toBeLessThan(1e-9);
      }
  });

  it('adds up separate peaks', () => {
    const density = (x: number): number =>
      Math.log(0.3 * Math.exp(gauss(x, -8, 0.1)) + 0.7 * Math.exp(gauss(x, 20, 2)));
    close(
      expectationBy(ruleOf(line, density), (x) => x),
      0.3 * -8 + 0.7 * 20,
    );
  });

  it('does not overflow on a density that is not normalised', () => {
    close(logTotalOf(ruleOf(line, (x) => 5000 + gauss(x, 3, 1))), 5000);
  });

  it('sums masses that fall off slowly', () => {
    // Σ 1 / (x + 1)² = π²/6.
    close(
      expectationBy(
        ruleOf(counts, (x) => -2 * Math.log1p(x)),
        () => 1,
      ),
      Math.PI ** 2 / 6,
    );
  });

  it('sums a tail of masses that has hardly a mean', () => {
    // ζ(1.35), of which 1e-8 lie beyond 1e22.
    close(
      expectationBy(
        ruleOf(counts, (x) => -1.35 * Math.log1p(x)),
        () => 1,
      ),
      3.45923727555487,
    );
  });

  it('keeps the distance from an end that a point next to it is rounded to', () => {
    // Beta(2, 0.05): a tenth of the mass lies nearer to 1 than 1e-16. E[log(1 - x)] = ψ(0.05) - ψ(2.05).
    const unit = { kind: 'line', low: 0, high: 1, atom: null } as const;
    const seen =
      (f: (low: number, high: number) => number): PointFunction =>
      (x, distance) =>
        distance < 0 ? f(x, -distance) : f(x, 1 - x);
    const density = seen((low, high) => Math.log(low) - 0.95 * Math.log(high) + Math.log(0.05 * 1.05));
    const rule = ruleOf(unit, density);
    close(
      expectationBy(rule, () => 1),
      1,
    );
    close(
      expectationBy(
        rule,
        seen((_, high) => Math.log(high)),
      ),
      digamma(0.05) - digamma(2.05),
    );
  });

  it('sums a geometric law of a million events', () => {
    const p = 1e-6;
    const rule = ruleOf(counts, (x) => Math.log(p) + x * Math.log1p(-p));
    close(
      expectationBy(rule, (x) => x),
      (1 - p) / p,
    );
  });

  it('weighs an atom beside the density', () => {
    const rule = ruleOf({ kind: 'line', low: 0, high: Infinity, atom: 0 }, (x) => -x - Math.log(2));
    close(
      expectationBy(rule, () => 1),
      1,
    );
    close(
      expectationBy(rule, (x) => (x === 0 ? 1 : 0)),
      0.5,
    );
  });
});
