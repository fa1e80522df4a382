/** Families that are right, and forms of family that the library has none of. */
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/verify/identity.ts';
import { drawProgram, drawsOf, fitsDensity } from '../../src/verify/draws.ts';
import { testGroups } from '../../src/verify/members.ts';
import {
  covarianceOf,
  isQuadrature,
  meanStatistics,
  probabilitiesAt,
  quadratureAt,
} from '../../src/verify/quadrature.ts';
import { naturalVector, type Member } from '../../src/derive/family/member.ts';
import type { Subject } from '../../src/verify/identity.ts';
import { familyOf, report } from './families.ts';

const strangers = {
  'whole numbers of both signs': `family DiscreteLaplace(scale: positive) {
    support       integer
    statistic     abs(x)
    natural       eta = -1 / scale
    log_partition log1p(exp(eta)) - log1m_exp(eta)
    log_base      0
  }`,
  'counts from 1': `family PositiveCounts(log_rate: real) {
    support       count from 1
    statistic     x
    natural       eta = log_rate
    log_partition log(expm1(exp(eta)))
    log_base      -log_factorial(x)
  }`,
  'an interval between fixed ends': `family Tilted(slope: real, fixed low: real = 1, fixed width: positive = 2) {
    support       real from low up to low + width
    statistic     x
    natural       eta = slope
    log_partition eta * low + log(width) + log_exprel(width * eta)
    log_base      0
  }`,
  'a density of two modes on the circle': `family Axis(concentration: real) {
    support       angle
    statistic     cos(2 * x)
    natural       eta = concentration
    log_partition log_bessel_i0(eta)
    log_base      -log(2 * pi)
  }`,
  'singular ends that a square hides': `family Even(shape: positive) {
    support       unit
    statistic     log(x - x^2)
    natural       eta = shape
    log_partition 2 * log_gamma(eta) - log_gamma(2 * eta)
    log_base      -log(x - x^2)
  }`,
  'a statistic with a kink': `family Bent(slope: positive) {
    support       positive
    statistic     max(x, 1)
    natural       eta = -slope
    log_partition eta + log(1 - 1 / eta)
    log_base      0
  }`,
} as const;

const failing = (outcomes: Awaited<ReturnType<typeof report>>['outcomes']): readonly string[] =>
  outcomes.flatMap(({ checks }) =>
    checks.filter(({ ok }) => !ok).map(({ identity, detail }) => `${identity}: ${detail}`),
  );

describe('a family that is right', () => {
  it.each(Object.entries(strangers))('passes: %s', async (_, text) => {
    const { outcomes, verdicts, members } = await report(familyOf(text));
    expect(failing(outcomes)).toEqual([]);
    expect(verdicts).toEqual([]);
    expect(members).toBeGreaterThanOrEqual(4);
  });

  it('with an intractable log-partition has what remains checked, and is told what does not apply', async () => {
    const { outcomes } = await report(
      familyOf(`family DoubleWell(barrier: real) {
        support       real
        statistic     x^2
        natural       eta = barrier
        log_partition intractable
        log_base      -x^4 / 4
      }`),
    );
    const skipped = outcomes.filter((outcome) => outcome.skipped !== null).map(({ identity }) => identity);
    expect(skipped).toEqual([
      'mean',
      'fisher',
      'derivatives',
      'score',
      'forms',
      'float32',
    ] satisfies Identity[]);
    expect(failing(outcomes)).toEqual([]);
  });

  it('with a tail that has no mean passes where its statistics have one', async () => {
    const { outcomes } = await report(
      familyOf(`family Tail(shape: positive, fixed minimum: positive = 1) {
        support       positive from minimum
        statistic     log(x)
        natural       eta = -shape / 2
        log_partition eta * log(minimum) - log(-eta)
        log_base      -log(x)
      }`),
    );
    expect(failing(outcomes)).toEqual([]);
  });
});

const subjectOf = (member: Member): Subject => {
  const quadrature = quadratureAt(member);
  if (!isQuadrature(quadrature)) throw new Error(quadrature.kind);
  const weights = probabilitiesAt(quadrature, naturalVector(member));
  return {
    member,
    label: '',
    quadrature,
    weights,
    mean: meanStatistics(quadrature, weights),
    covariance: covarianceOf(quadrature, weights),
  };
};

const gaussian = (sd: string): string => `family Gaussian(mean: real, sd: positive) {
  support       real
  statistic     x, x^2
  natural       a = mean / sd^2, b = -1 / (2 * sd^2)
  log_partition -a^2 / (4 * b) - log(-2 * b) / 2
  log_base      -log(2 * pi) / 2
  pathwise      mean + ${sd} * standard_normal
}`;

describe('the test of draws', () => {
  const program = drawProgram(familyOf(gaussian('sd')));
  const subject = subjectOf(testGroups(familyOf(gaussian('sd')))[0]![0]!.member);

  it('accepts right draws of any seed', () => {
    const rejected = Array.from({ length: 40 }, (_, seed) => seed).filter(
      (seed) => !fitsDensity(subject, drawsOf(program, subject, seed)),
    );
    expect(rejected).toEqual([]);
  });

  it('rejects a spread that is a tenth too large', () => {
    const wrong = drawProgram(familyOf(gaussian('1.1 * sd')));
    expect(fitsDensity(subject, drawsOf(wrong, subject, 1))).toBe(false);
  });
});

describe('a density that quadrature cannot do', () => {
  it('is reported as such, and nothing else is claimed', async () => {
    const { verdicts } = await report(
      familyOf(`family Rough(rate: positive) {
        support       positive
        statistic     x
        natural       eta = -rate
        log_partition -log(-eta)
        log_base      sin(1000 * x) / 1000
      }`),
    );
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]!.diagnostic.message).toContain('the integral has not settled');
    expect(verdicts[0]!.diagnostic.hint).toContain('nothing is known about it');
  });

  it('is skipped identity by identity where a derived quantity does not exist', async () => {
    const { outcomes, verdicts } = await report(
      familyOf(`family Isotropic(mean: real over dims) {
        support       real over dims
        statistic     x
        natural       eta = mean
        log_partition sum(eta^2 over dims) / 2
        log_base      -sum((x^2 + log(2 * pi)) / 2 over dims)
      }`),
    );
    const reasons = outcomes.filter(({ skipped }) => skipped !== null).map(({ identity }) => identity);
    expect(reasons).toEqual(['entropy', 'forms', 'draws'] satisfies Identity[]);
    expect(verdicts).toEqual([]);
  });
});
