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
  'a line that draws from another family, on the real line': `import { Gamma } from "std/families"
  family Heavy(a: positive) {
    support       real
    statistic     log(1 + x^2)
    natural       eta = -a - 0.5
    log_partition log(pi) / 2 + log_gamma(-eta - 0.5) - log_gamma(-eta)
    draw g ~ Gamma(shape = a, rate = 1)
    pathwise      standard_normal / sqrt(2 * g)
  }`,
  'counts whose relaxed draws look at four arrivals': `family FewArrivals(log_rate: real) {
    support       count
    statistic     x
    natural       eta = log_rate
    log_partition exp(eta)
    log_base      -log_factorial(x)
    axis          arrivals = 4
    pathwise      sum(step(1 - arrival_times / exp(log_rate)) over arrivals)
  }`,
  'a line that is relaxed and counts from 1': `family Marked(log_rate: real) {
    support       count from 1
    statistic     x
    natural       eta = log_rate
    log_partition exp(eta) + eta
    log_base      -log_gamma(x)
    axis          arrivals = 40
    pathwise      1 + sum(step(1 - arrival_times / exp(log_rate)) over arrivals)
  }`,
  'an open interval, with a density that is infinite at its ends': `family Arc(a: positive) {
    support       real from -1 up to 1
    statistic     log(1 - x^2)
    natural       eta = a - 1
    log_partition (2 * eta + 1) * log(2) + 2 * log_gamma(eta + 1) - log_gamma(2 * eta + 2)
  }`,
  'an open interval between fixed ends': `family Between(a: positive, b: positive, fixed low: real = -2, fixed width: positive = 3) {
    support       real from low up to low + width
    statistic     log(x - low), log(low + width - x)
    natural       p = a, q = b
    log_partition log_gamma(p) + log_gamma(q) - log_gamma(p + q) + (p + q - 1) * log(width)
    log_base      -log(x - low) - log(low + width - x)
  }`,
  'mass next to the upper end, by a power that only a logarithm tells from 1': `family Kumaraswamy(b: positive, fixed a: positive) {
    support       unit
    statistic     log(1 - x^a)
    natural       eta = b
    log_partition -log(eta)
    log_base      log(a) + (a - 1) * log(x) - log(1 - x^a)
    pathwise      (1 - standard_uniform^(1 / b))^(1 / a)
  }`,
  'mass next to both ends of the unit interval': `family LogitNormal(mean: real, sd: positive) {
    support       unit
    statistic     log(x) - log(1 - x), (log(x) - log(1 - x))^2
    natural       first = mean / sd^2, second = -1 / (2 * sd^2)
    log_partition -first^2 / (4 * second) - log(-2 * second) / 2
    log_base      -log(2 * pi) / 2 - log(x) - log(1 - x)
  }`,
  'a peak within 1e-8 of the upper end': `family Sharp(mean: real, sd: positive) {
    support       unit
    statistic     log(x) - log(1 - x), (log(x) - log(1 - x))^2
    natural       first = (mean + 20) / (sd / 10)^2, second = -50 / sd^2
    log_partition -first^2 / (4 * second) - log(-2 * second) / 2
    log_base      -log(2 * pi) / 2 - log(x) - log(1 - x)
  }`,
  'a tenth of the mass within a rounding of the upper end': `family Crowded(shape: positive) {
    support       unit
    statistic     log(x) + log(1 - x)
    natural       eta = shape / 50
    log_partition 2 * log_gamma(eta) - log_gamma(2 * eta)
    log_base      -log(x) - log(1 - x)
  }`,
  'classes of which one is nearly certain': `family Potts(field: real over classes, fixed temperature: positive) {
    support       one_hot over classes
    statistic     x
    natural       eta = 4 * field / temperature
    log_partition log_sum_exp(eta over classes)
    log_base      0
  }`,
  'spins that hardly ever flip': `family Frozen(field: real) {
    support       spin
    statistic     x
    natural       eta = 8 * field
    log_partition log(2) + log_cosh(eta)
    log_base      0
  }`,
  'counts whose law has hardly a mean': `family Zeta(excess: positive) {
    support       count from 1
    statistic     log(x)
    natural       eta = -1 - excess
    log_partition intractable
    log_base      0
  }`,
  'twenty million trials': `family Trials(logit: real, fixed trials: count = 20000000) {
    support       count up to trials
    statistic     x
    natural       eta = logit
    log_partition trials * softplus(eta)
    log_base      log_choose(trials, x)
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
      'relaxed',
      'float32',
    ] satisfies Identity[]);
    expect(failing(outcomes)).toEqual([]);
  });

  it('is tried at the members that float64 can hold, and refused where there are none', async () => {
    const power = (shape: string): string => `family Power(shape: positive) {
      support       unit
      statistic     log(x)
      natural       eta = ${shape}
      log_partition -log(eta)
      log_base      -log(x)
      pathwise      exp(-standard_exponential / ${shape})
    }`;
    const some = await report(familyOf(power('(shape / 100)')));
    expect(failing(some.outcomes)).toEqual([]);
    expect(some.outcomes[0]!.checks.map(({ member }) => member)).toEqual(['shape = 8']);
    const none = await report(familyOf(power('(shape / 1000)')));
    expect(none.verdicts[0]!.diagnostic.message).toContain('lies nearer to x = 0 than float64 has numbers');
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
    expect(reasons).toEqual(['entropy', 'forms', 'draws', 'relaxed'] satisfies Identity[]);
    expect(verdicts).toEqual([]);
  });
});
