/**
 * Goodness of fit of draws from all kinds of samplers. Every statistical check here rejects a right sampler with probability
 * 1e-4 (`falseAlarm`); there are 53 of them, together at most 5.3e-3, and the seeds are fixed: they always pass or always
 * fail.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import type { Family } from '../../src/check/typed.ts';
import { logDensityOf, memberOf } from '../../src/derive/family/member.ts';
import { samplerOf } from '../../src/derive/family/sampler.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import {
  contextOf,
  cumulativeOf,
  drawMember,
  drawProgram,
  standardFamily,
  type Numbers,
} from '../support/draws.ts';
import {
  chiSquareTest,
  discreteTest,
  falseAlarm,
  kolmogorovSmirnovTest,
  meanTest,
} from '../support/goodness.ts';
import { runTensors } from '../targets/support.ts';
import { checked } from './support.ts';

/** Families that no one prepared for. */
const strangers = new Map(
  checked(`
    /// Difference of two Poisson counts whose rates have a fixed product.
    family Skellam(log_odds: real, fixed concentration: positive) {
      support       integer
      statistic     x
      natural       eta = log_odds
      log_partition concentration * (exp(eta) + exp(-eta)) / 2
      log_base      log_bessel_i(abs(x), concentration)
    }
    /// Counts from 1.
    family Shifted(rate: positive) {
      support       count from 1
      statistic     x
      natural       eta = -rate
      log_partition eta - log1m_exp(eta)
      log_base      0
    }
    /// Up or down, by a statistic that is not x.
    family Switch(odds: real) {
      support       spin
      statistic     abs(x + 1)
      natural       eta = odds
      log_partition softplus(2 * eta)
      log_base      0
    }
    /// Two wells for a positive bend.
    family Wells(tilt: real, bend: real) {
      support       real
      statistic     x, x^2
      natural       a = tilt, b = bend
      log_partition intractable
      log_base      -x^4 / 4
    }
    /// Two directions at once.
    family TwoFold(one: real, two: real) {
      support       angle
      statistic     cos(x), cos(2 * x)
      natural       a = one, b = two
      log_partition intractable
      log_base      0
    }
    /// An exponential that is cut off on both sides.
    family Window(drive: real) {
      support       real from -1 up to 2
      statistic     x
      natural       eta = drive
      log_partition intractable
      log_base      0
    }
    /// A power law above a least value, without a closed form for draws.
    family PowerLaw(shape: positive, fixed minimum: positive) {
      support       positive from minimum
      statistic     log(x)
      natural       eta = -shape
      log_partition eta * log(minimum) - log(-eta)
      log_base      -log(x)
    }
    /// A half-bell below a greatest value.
    family Below(drive: real, fixed most: real) {
      support       real up to most
      statistic     x
      natural       eta = drive
      log_partition intractable
      log_base      -x^2 / 2
    }
    /// A kink at the mode.
    family Kink(scale: positive, fixed centre: real) {
      support       real
      statistic     abs(x - centre)
      natural       eta = -1 / scale
      log_partition -log(-eta)
      log_base      -log(2)
    }
    /// An angle whose density does not join at the end of the circle.
    family Ramp(drive: real) {
      support       angle
      statistic     x
      natural       eta = drive
      log_partition intractable
      log_base      0
    }
    /// Ripples.
    family Waves(weight: positive) {
      support       positive
      statistic     x
      natural       eta = -weight
      log_partition intractable
      log_base      2 * sin(3 * x)
    }
  `).families.map((family) => [family.name, family] as const),
);
const familyNamed = (name: string): Family => strangers.get(name) ?? standardFamily(name);

interface Case {
  readonly name: string;
  readonly parameters: Numbers;
  readonly kind: ReturnType<typeof samplerOf>['kind'];
  readonly count: number;
  /** A parameter a little off, which the test must find out. */
  readonly planted?: Numbers;
}
const cases: readonly Case[] = [
  {
    name: 'Gamma',
    parameters: { shape: 0.1, rate: 1 },
    kind: 'log_concave',
    count: 100_000,
    planted: { shape: 0.102, rate: 1 },
  },
  {
    name: 'Gamma',
    parameters: { shape: 1, rate: 3 },
    kind: 'log_concave',
    count: 100_000,
    planted: { shape: 1.02, rate: 3 },
  },
  {
    name: 'Gamma',
    parameters: { shape: 30, rate: 0.5 },
    kind: 'log_concave',
    count: 100_000,
    planted: { shape: 30.2, rate: 0.5 },
  },
  { name: 'Gamma', parameters: { shape: 1e5, rate: 1 }, kind: 'log_concave', count: 50_000 },
  {
    name: 'Beta',
    parameters: { alpha: 0.3, beta: 0.7 },
    kind: 'log_concave',
    count: 100_000,
    planted: { alpha: 0.306, beta: 0.7 },
  },
  { name: 'Beta', parameters: { alpha: 30, beta: 70 }, kind: 'log_concave', count: 50_000 },
  { name: 'InverseGamma', parameters: { shape: 2, scale: 3 }, kind: 'log_concave', count: 50_000 },
  { name: 'InverseGaussian', parameters: { mean: 2, shape: 0.5 }, kind: 'log_concave', count: 50_000 },
  {
    name: 'VonMises',
    parameters: { mean: 3, concentration: 0.05 },
    kind: 'bell',
    count: 100_000,
    planted: { mean: 3, concentration: 0.1 },
  },
  {
    name: 'VonMises',
    parameters: { mean: -1, concentration: 2 },
    kind: 'bell',
    count: 100_000,
    planted: { mean: -1, concentration: 2.1 },
  },
  {
    name: 'VonMises',
    parameters: { mean: 3, concentration: 50 },
    kind: 'bell',
    count: 100_000,
    planted: { mean: 3, concentration: 52 },
  },
  { name: 'VonMises', parameters: { mean: 0, concentration: 1e6 }, kind: 'bell', count: 50_000 },
  {
    name: 'TruncatedNormal',
    parameters: { mean: -30, sd: 1 },
    kind: 'log_concave',
    count: 100_000,
    planted: { mean: -30.8, sd: 1 },
  },
  { name: 'TruncatedNormal', parameters: { mean: 3, sd: 2 }, kind: 'log_concave', count: 50_000 },
  {
    name: 'Quartic',
    parameters: { drive: 100 },
    kind: 'log_concave',
    count: 100_000,
    planted: { drive: 100.3 },
  },
  { name: 'Quartic', parameters: { drive: -100 }, kind: 'log_concave', count: 50_000 },
  {
    name: 'Quartic',
    parameters: { drive: 0 },
    kind: 'log_concave',
    count: 100_000,
    planted: { drive: 0.05 },
  },
  { name: 'Window', parameters: { drive: -4 }, kind: 'log_concave', count: 50_000 },
  { name: 'PowerLaw', parameters: { shape: 0.7, minimum: 2 }, kind: 'log_concave', count: 50_000 },
  { name: 'Below', parameters: { drive: 5, most: 1 }, kind: 'log_concave', count: 50_000 },
  { name: 'Kink', parameters: { scale: 0.3, centre: 20 }, kind: 'log_concave', count: 50_000 },
  {
    name: 'Wells',
    parameters: { tilt: 0.5, bend: 3 },
    kind: 'langevin',
    count: 40_000,
    planted: { tilt: 0.62, bend: 3 },
  },
  { name: 'Wells', parameters: { tilt: 1, bend: -2 }, kind: 'langevin', count: 20_000 },
  {
    name: 'TwoFold',
    parameters: { one: 0.3, two: 2 },
    kind: 'langevin',
    count: 40_000,
    planted: { one: 0.4, two: 2 },
  },
  { name: 'Ramp', parameters: { drive: 0.5 }, kind: 'log_concave', count: 50_000 },
  { name: 'Waves', parameters: { weight: 1 }, kind: 'langevin', count: 20_000 },
];
const labelled = cases.map((one) => [`${one.name} ${JSON.stringify(one.parameters)}`, one] as const);

describe('draws without a closed form follow their density', () => {
  it.each(labelled)('%s', (_, { name, parameters, kind, count, planted }) => {
    const family = familyNamed(name);
    expect(samplerOf(family).kind).toBe(kind);
    const draws = drawMember(family, parameters, count, 11);
    const fit = kolmogorovSmirnovTest(draws, cumulativeOf(memberOf(family, parameters), draws));
    expect(fit).toBeGreaterThan(falseAlarm);
    if (planted === undefined) return;
    const wrong = memberOf(family, planted);
    expect(kolmogorovSmirnovTest(draws, cumulativeOf(wrong, draws))).toBeLessThan(falseAlarm);
  });
});

describe('draws along a closed form follow their density', () => {
  it.each([
    ['Normal', { mean: 1, sd: 2 }],
    ['LogNormal', { mean: 1, sd: 0.5 }],
    ['HalfNormal', { sd: 2 }],
    ['Laplace', { scale: 0.5, centre: 3 }],
    ['Exponential', { rate: 2 }],
    ['Rayleigh', { scale: 2 }],
    ['Weibull', { scale: 2, shape: 1.5 }],
    ['Pareto', { shape: 2, minimum: 3 }],
    ['ContinuousBernoulli', { logit: -4 }],
  ] as const)('%s', (name, parameters) => {
    const family = standardFamily(name);
    expect(samplerOf(family).kind).toBe('pathwise');
    const draws = drawMember(family, parameters, 50_000, 12);
    const cumulative = cumulativeOf(memberOf(family, parameters), draws);
    expect(kolmogorovSmirnovTest(draws, cumulative)).toBeGreaterThan(falseAlarm);
  });
});

describe('discrete draws follow their masses', () => {
  it.each([
    ['Skellam', { log_odds: 0.4, concentration: 5 }, -40, Infinity],
    ['Skellam', { log_odds: -1, concentration: 0.3 }, -40, Infinity],
    ['Shifted', { rate: 0.3 }, 1, Infinity],
    ['Binomial', { logit: 0.4, trials: 20 }, 0, 20],
    ['NegativeBinomial', { log_odds: 0.5, count: 2.5 }, 0, Infinity],
    ['Geometric', { log_odds: 1 }, 0, Infinity],
  ] as const)('%s %o', (name, parameters, low, high) => {
    const family = familyNamed(name);
    const member = memberOf(family, parameters);
    const draws = drawMember(family, parameters, 100_000, 13);
    expect(discreteTest(draws, (x) => logDensityOf(member, x), low, high)).toBeGreaterThan(falseAlarm);
  });

  it.each([
    ['Spin', { bias: -0.4 }],
    ['Switch', { odds: 0.3 }],
  ] as const)('%s is 1 or -1', (name, parameters) => {
    const family = familyNamed(name);
    const member = memberOf(family, parameters);
    const draws = drawMember(family, parameters, 100_000, 14);
    expect(new Set(draws)).toEqual(new Set([1, -1]));
    const ups = draws.filter((x) => x === 1).length;
    const expected = [-1, 1].map((x) => draws.length * Math.exp(logDensityOf(member, x)));
    expect(chiSquareTest([draws.length - ups, ups], expected)).toBeGreaterThan(falseAlarm);
  });
});

describe('a point mass beside a density', () => {
  it.each([-2, 0.3, 3])('has its probability, and the rest is the density, with mean %d', (mean) => {
    const family = standardFamily('RectifiedNormal');
    const parameters = { mean, sd: 1 };
    const member = memberOf(family, parameters);
    const draws = drawMember(family, parameters, 100_000, 15);
    const active = draws.filter((x) => x !== 0);
    expect(active.every((x) => x > 0)).toBe(true);
    const silent = Math.exp(logDensityOf(member, 0));
    const silence = draws.map((x) => (x === 0 ? 1 : 0));
    expect(meanTest(silence, silent, silent * (1 - silent))).toBeGreaterThan(falseAlarm);
    expect(kolmogorovSmirnovTest(active, cumulativeOf(member, active))).toBeGreaterThan(falseAlarm);
  });
});

describe('densities of families with a closed form are drawn as well without it', () => {
  it.each([
    ['Normal', { mean: 1e4, sd: 1e-3 }],
    ['Exponential', { rate: 1e-6 }],
    ['Weibull', { scale: 2, shape: 0.5 }],
    ['ContinuousBernoulli', { logit: 40 }],
  ] as const)('%s %o, known by its natural parameters alone', (name, parameters) => {
    const family = standardFamily(name);
    // Float32 natural parameters are those of another member, by 1e-7 of each.
    const bare: Family = { ...family, pathwise: null };
    const draws = drawMember(bare, parameters, 50_000, 16);
    const cumulative = cumulativeOf(memberOf(family, parameters), draws);
    expect(kolmogorovSmirnovTest(draws, cumulative)).toBeGreaterThan(falseAlarm);
  });
});

describe('draws of every kind', () => {
  let tf: TensorFlow;
  beforeAll(async () => {
    ({ tf } = await loadBackend());
  });
  const kinds = [
    ['Gamma', { shape: 0.1, rate: 1 }],
    ['Beta', { alpha: 0.3, beta: 0.7 }],
    ['VonMises', { mean: 3, concentration: 50 }],
    ['TruncatedNormal', { mean: -30, sd: 1 }],
    ['RectifiedNormal', { mean: 0.5, sd: 1 }],
    ['Quartic', { drive: 100 }],
    ['Wells', { tilt: 0.5, bend: 3 }],
    ['TwoFold', { one: 0.25, two: 2 }],
    ['Skellam', { log_odds: 0.5, concentration: 5 }],
    ['Spin', { bias: -0.5 }],
  ] as const;

  it.each(kinds)('are the same on TensorFlow.js to float32, slopes included: %s', (name, parameters) => {
    const program = drawProgram(familyNamed(name), parameters, 'naturals');
    const context = contextOf(500, 21);
    const wanted = interpret(program, { iteration: 4 }, context);
    const found = runTensors(tf, program, { iteration: 4 }, context);
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const [output, { values }] of Object.entries(wanted)) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      values.forEach((value, n) => {
        const error = Math.abs(found[output]!.values[n]! - value);
        // A draw rounds once; a slope is taken at the rounded draw, and may be near a zero of its own.
        const tolerance = output === 'z' ? 1e-6 * Math.abs(value) + 1e-30 : 1e-5 * largest;
        expect(error, `${output}[${n}] = ${value}`).toBeLessThanOrEqual(tolerance);
      });
    }
  });

  it.each(kinds)('belong to their examples, however a batch is cut: %s', (name, parameters) => {
    const program = drawProgram(familyNamed(name), parameters, 'naturals');
    const at = (first: number, count: number) =>
      interpret(program, { iteration: 4 }, contextOf(count, 22, first))['z']!.values;
    const whole = at(0, 60);
    expect([...at(0, 17), ...at(17, 1), ...at(18, 42)]).toEqual([...whole]);
    expect(new Set(whole).size).toBeGreaterThan(1);
  });

  it.each(kinds)('differ between seeds, iterations and examples: %s', (name, parameters) => {
    const program = drawProgram(familyNamed(name), parameters, 'naturals');
    const at = (seed: number, iteration: number) =>
      interpret(program, { iteration }, contextOf(200, seed))['z']!.values;
    expect(at(1, 0)).not.toEqual(at(2, 0));
    expect(at(1, 0)).not.toEqual(at(1, 1));
    expect(at(1, 0)).toEqual(at(1, 0));
  });
});

describe('draws that cannot be made', () => {
  it.each([
    ['Gamma', { shape: NaN, rate: 1 }],
    ['Gamma', { shape: 2, rate: -1 }],
    ['VonMises', { mean: Infinity, concentration: 1 }],
    ['Wells', { tilt: NaN, bend: 0 }],
    ['RectifiedNormal', { mean: NaN, sd: 1 }],
  ] as const)('are NaN, and soon: %s %o', (name, parameters) => {
    const program = drawProgram(familyNamed(name), parameters);
    const outputs = interpret(program, { iteration: 0 }, contextOf(3, 1));
    for (const { values } of Object.values(outputs)) expect(values).toEqual(new Float64Array(3).fill(NaN));
  });

  it('stay inside an open support in float32', async () => {
    const { tf } = await loadBackend();
    const at = (name: string, parameters: Numbers): readonly number[] =>
      Array.from(
        runTensors(tf, drawProgram(familyNamed(name), parameters), { iteration: 0 }, contextOf(4000, 31))[
          'z'
        ]!.values,
      );
    const small = at('Gamma', { shape: 0.01, rate: 1 });
    expect(small.every((x) => x > 0)).toBe(true);
    expect(small).toContain(2 ** -126);
    const ends = at('Beta', { alpha: 0.05, beta: 0.05 });
    expect(ends.every((x) => x > 0 && x < 1)).toBe(true);
    expect(Math.max(...ends)).toBe(1 - 2 ** -23);
    const large = at('InverseGamma', { shape: 0.01, scale: 1 });
    expect(Math.max(...large)).toBe((2 - 2 ** -23) * 2 ** 127);
  });
});

describe('what a derivative sees in place of a draw', () => {
  it('is the mean, for straight_through, where x is a statistic', () => {
    const straight = { estimator: { kind: 'straight_through' } } as const;
    const surrogate = (name: string, parameters: Numbers) => {
      const { body } = drawProgram(familyNamed(name), parameters, 'parameters', straight);
      return body.map((statement) => (statement.kind === 'draw' ? statement.surrogate : null));
    };
    expect(surrogate('Exponential', { rate: 2 }).filter((mean) => mean !== null)).toEqual([]);
    const truncated = surrogate('TruncatedNormal', { mean: 1, sd: 1 })[0]!;
    // The mean of a standard normal value plus 1, given that it is positive: 1 + φ(1)/Φ(1).
    expect(scalarValue(truncated, {})).toBeCloseTo(1.2875999709391784, 12);
    expect(surrogate('VonMises', { mean: 1, concentration: 1 })[0]).toBeNull();
  });
});
