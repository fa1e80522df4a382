/**
 * Every estimator of a gradient in exact expectation: all values of a unit (or all values of its noise) are examples of one batch,
 * weighted by their probability, and the mean of the estimate is compared with the derivative of E f by finite differences. The
 * expectations are sums and quadratures of the declared density.
 */
import { describe, expect, it } from 'vitest';
import { add, apply, constant, multiply, power, read, square } from '../../../src/calculus/build.ts';
import type { Expression } from '../../../src/calculus/expression.ts';
import { compileScalar } from '../../../src/calculus/scalar-function.ts';
import { readNames, replaceReads } from '../../../src/calculus/substitute.ts';
import type { Belief } from '../../../src/check/typed.ts';
import { degreeInEach, estimate, noiseName } from '../../../src/derive/estimate.ts';
import { estimatorFor, estimatorOf, type GradientEstimator } from '../../../src/derive/family/estimator.ts';
import { logDensity, score } from '../../../src/derive/family/family.ts';
import { coordinateFrame } from '../../../src/derive/frame.ts';
import { variableOf } from '../../../src/derive/free-energy.ts';
import {
  fisherOf,
  functionOfValue,
  measureOf,
  memberAt,
  quadratureOf,
  type Member,
} from '../../../src/derive/family/member.ts';
import { expectationBy, ruleOf, type Measure, type Rule } from '../../../src/derive/family/quadrature.ts';
import { numberOf, relativeError, slopeOf, valuesOver, type Values } from '../../calculus/support.ts';
import { build } from '../models.ts';

interface Case {
  /** `Gamma(shape = 2, rate = 3)`: the prior, of which only fixed arguments and kept natural parameters matter. */
  readonly member: string;
  readonly coordinates: readonly number[];
  /** What `estimatorOf` says, and what is used for a cost that is quadratic. */
  readonly kind: GradientEstimator['kind'];
  readonly quadratic?: GradientEstimator['kind'];
}

const cases: readonly Case[] = [
  { member: 'Bernoulli(logit = 0)', coordinates: [0.7], kind: 'two_point' },
  { member: 'Spin(bias = 0)', coordinates: [-0.4], kind: 'two_point' },
  { member: 'Poisson(log_rate = 0)', coordinates: [0.6], kind: 'next_count' },
  { member: 'Geometric(log_odds = 0)', coordinates: [-0.3], kind: 'next_count', quadratic: 'marginal' },
  {
    member: 'NegativeBinomial(log_odds = 0, count = 2.5)',
    coordinates: [-0.8],
    kind: 'next_count',
    quadratic: 'marginal',
  },
  {
    member: 'Binomial(logit = 0, trials = 6)',
    coordinates: [0.5],
    kind: 'next_count',
    quadratic: 'marginal',
  },
  { member: 'Normal(mean = 0, sd = 1)', coordinates: [0.6, -0.3], kind: 'pathwise' },
  { member: 'Normal(mean = 0, sd = 0.7)', coordinates: [0.9], kind: 'pathwise' },
  { member: 'NormalKnownVariance(mean = 0, sd = 0.6)', coordinates: [0.4], kind: 'pathwise' },
  { member: 'LogNormal(mean = 0, sd = 1)', coordinates: [0.2, 0.5], kind: 'pathwise', quadratic: 'marginal' },
  { member: 'HalfNormal(sd = 1)', coordinates: [0.3], kind: 'pathwise' },
  { member: 'Exponential(rate = 1)', coordinates: [0.4], kind: 'pathwise', quadratic: 'marginal' },
  { member: 'Laplace(scale = 1, centre = 0.3)', coordinates: [0.2], kind: 'pathwise' },
  { member: 'Rayleigh(scale = 1)', coordinates: [-0.5], kind: 'pathwise' },
  { member: 'Weibull(scale = 1, shape = 1.7)', coordinates: [0.1], kind: 'pathwise' },
  {
    member: 'Pareto(shape = 3, minimum = 0.8)',
    coordinates: [-4.2],
    kind: 'pathwise',
    quadratic: 'marginal',
  },
  { member: 'ContinuousBernoulli(logit = 0)', coordinates: [1.3], kind: 'pathwise', quadratic: 'marginal' },
  {
    member: 'TruncatedNormal(mean = 0, sd = 0.8)',
    coordinates: [-0.7],
    kind: 'implicit',
    quadratic: 'marginal',
  },
  { member: 'Gamma(shape = 2, rate = 1)', coordinates: [1.8, 0.4], kind: 'implicit', quadratic: 'marginal' },
  {
    member: 'InverseGamma(shape = 5, scale = 2)',
    coordinates: [-5.5, -2],
    kind: 'implicit',
    quadratic: 'marginal',
  },
  { member: 'Beta(alpha = 2, beta = 2)', coordinates: [1.6, 2.2], kind: 'implicit', quadratic: 'marginal' },
  {
    member: 'InverseGaussian(mean = 1, shape = 2)',
    coordinates: [0.2, -0.4],
    kind: 'implicit',
    quadratic: 'marginal',
  },
  { member: 'VonMises(mean = 0, concentration = 1)', coordinates: [0.9, -0.5], kind: 'implicit' },
  {
    member: 'RectifiedNormal(mean = 0, sd = 0.9)',
    coordinates: [0.4],
    kind: 'marginal',
    quadratic: 'marginal',
  },
  { member: 'RectifiedNormal(mean = 0)', coordinates: [-3], kind: 'marginal', quadratic: 'marginal' },
  // Families of no library: counts from 1, and statistics that no identity fits.
  { member: 'Trials(logit = 0)', coordinates: [0.8], kind: 'next_count', quadratic: 'marginal' },
  { member: 'Steps(rate = 1)', coordinates: [0.3], kind: 'score', quadratic: 'score' },
  { member: 'ConwayMaxwell(log_rate = 0)', coordinates: [0.4], kind: 'score', quadratic: 'marginal' },
];

/** Trials until the first success; whole numbers that fall off from 0 both ways; counts whose Stein kernel is not affine. */
const strangers = `
  family Trials(logit: real) {
    support       count from 1
    statistic     x
    natural       eta = -softplus(logit)
    log_partition eta - log1m_exp(eta)
    log_base      0
  }
  family Steps(rate: positive) {
    support       integer
    statistic     abs(x)
    natural       eta = -rate
    log_partition log(1 + exp(eta)) - log1m_exp(eta)
    log_base      0
  }
  family ConwayMaxwell(log_rate: real) {
    support       count up to 6
    statistic     x
    natural       eta = log_rate
    log_partition log(1 + exp(eta) + exp(2 * eta) / 4 + exp(3 * eta) / 36 + exp(4 * eta) / 576 + exp(5 * eta) / 14400 + exp(6 * eta) / 518400)
    log_base      -2 * log_factorial(x)
  }`;

const nameOf = ({ member }: Case): string => member.slice(0, member.indexOf('('));

const beliefOf = (one: Case) => {
  const name = nameOf(one);
  const own = strangers.includes(`family ${name}(`);
  const names = one.coordinates.map((_, i) => `u${i}`);
  const made = build(`
    import { ${[...new Set(own ? ['Normal'] : ['Normal', name])].join(', ')} } from "std/families"
    import { NaturalGradient } from "std/dynamics"
    ${own ? strangers : ''}
    model Unit {
      latent   z ~ ${one.member}
      observed x ~ Normal(mean = z, sd = 1)
    }
    inference Settle of Unit {
      belief z natural ${names.join(', ')}
      start ${names.join(', ')} = 0
      repeat 1 { descend free_energy over ${names.join(', ')} by NaturalGradient(rate = 0.1) }
    }`);
  return { ...made, belief: made.inference.beliefs[0]!, names };
};

/** The member of a belief at the given coordinates. */
const memberOfBelief = (belief: Belief, names: readonly string[], at: readonly number[]): Member => {
  const values = Object.fromEntries(names.map((name, i) => [name, at[i]!]));
  const number = (node: Expression): number => numberOf(node, values, {});
  const { family, arguments: given, natural } = belief.distribution;
  const fixed = family.parameters.filter((parameter) => parameter.fixed);
  return memberAt(
    family,
    natural!.map(number),
    Object.fromEntries(fixed.map(({ name }) => [name, number(given[name]!)])),
  );
};

/** Costs of the draws `z` of each example: smooth and no polynomial, and quadratic. */
const z = read('z', ['example']);
const waves = add(
  apply('sin', add(multiply(constant(1.5), apply('tanh', multiply(constant(0.6), z))), constant(0.2))),
  multiply(constant(0.3), power(add(constant(1), square(z)), -1)),
);
const bowl = add(multiply(constant(0.4), square(z)), multiply(constant(-0.9), z), constant(3));

const noiseDensities: Readonly<Record<string, { readonly low: number; log: (x: number) => number }>> = {
  standard_normal: { low: -Infinity, log: (x) => (-x * x) / 2 - Math.log(2 * Math.PI) / 2 },
  standard_exponential: { low: 0, log: (x) => -x },
  standard_logistic: { low: -Infinity, log: (x) => -Math.abs(x) - 2 * Math.log1p(Math.exp(-Math.abs(x))) },
};

/** Draws, and the noise that rules read beside them, as one batch with weights. */
interface Batch {
  readonly weights: Float64Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/** All values of a unit; for pathwise ones, all values of its noise and what they make of it. */
const batchOf = (belief: Belief, member: Member, kind: GradientEstimator['kind']): Batch => {
  const { family } = belief.distribution;
  if (kind === 'pathwise') {
    const names = [...readNames(family.pathwise!)].filter((name) => name.startsWith('standard_'));
    const [name] = names;
    expect(names).toHaveLength(1);
    const { low, log } = noiseDensities[name!] ?? { low: 0, log: () => 0 };
    const high = name === 'standard_uniform' ? 1 : Infinity;
    const rule = ruleOf({ kind: 'line', low, high, atom: null }, log);
    return { weights: rule.weights, columns: { [noiseName('z', name!)]: rule.points } };
  }
  const rule = quadratureOf(member);
  if (kind !== 'implicit') return { weights: rule.weights, columns: { z: rule.points } };
  const slopes = family.natural.map((_, k) => [noiseName('z', `implicit_${k}`), slopesOf(member, k, rule)]);
  return { weights: rule.weights, columns: { z: rule.points, ...Object.fromEntries(slopes) } };
};

/**
 * ∂z/∂η_k = −(1/p(z)) ∫ up to z of (T_k − μ_k) p, from the nearer end of the support, where the integral from one point to the next
 * is by five points of Gauss and Legendre. Draws on an atom, and on an end, stay.
 */
const slopesOf = (member: Member, k: number, { points, weights }: Rule): Float64Array => {
  const measure = measureOf(member)!;
  const density = logDensityIn(member);
  const centred = functionOfValue(member, score(member.family)[k]!);
  const order = [...points.keys()]
    // Points that round to an end have next to no weight.
    .filter((n) => points[n] !== measure.atom && Number.isFinite(density(points[n]!)))
    .sort((a, b) => points[a]! - points[b]!);
  const integrals = order.map((n, place) => {
    const [from, to] = [order[place - 1], n].map((each) => (each === undefined ? null : points[each]!));
    if (from === null) return tailOf({ ...measure, high: to! }, density, centred);
    const half = (to! - from!) / 2;
    return legendre.reduce((total, [at, weight]) => {
      const x = from! + half * (1 + at);
      return total + half * weight * Math.exp(density(x)) * centred(x);
    }, 0);
  });
  const last = points[order.at(-1)!]!;
  const above = tailOf({ ...measure, low: last, atom: null }, density, centred);
  const result = new Float64Array(points.length);
  let [mass, left] = [0, 0];
  order.forEach((n, place) => {
    mass += weights[n]!;
    left += integrals[place]!;
    if (mass < 0.5) result[n] = -left / Math.exp(density(points[n]!));
  });
  let right = above;
  [...order].reverse().forEach((n, back) => {
    const place = order.length - 1 - back;
    if (result[n] === 0) result[n] = right / Math.exp(density(points[n]!));
    right += integrals[place]!;
  });
  return result.map((slope) => (Number.isFinite(slope) ? slope : 0));
};
const tailOf = (measure: Measure, density: (x: number) => number, f: (x: number) => number): number => {
  if (measure.low === measure.high) return 0;
  // Distances would be from the ends of the tail, and these functions know those of the support.
  const rule = ruleOf(measure, (x) => density(x));
  return expectationBy(rule, (x) => f(x)) * Math.exp(rule.logScale);
};
const legendre = [-1, 1]
  .flatMap((sign) => [
    [(sign * Math.sqrt(5 - 2 * Math.sqrt(10 / 7))) / 3, (322 + 13 * Math.sqrt(70)) / 900] as const,
    [(sign * Math.sqrt(5 + 2 * Math.sqrt(10 / 7))) / 3, (322 - 13 * Math.sqrt(70)) / 900] as const,
  ])
  .concat([[0, 128 / 225]]);
const logDensityIn = (member: Member): ((x: number) => number) =>
  functionOfValue(member, logDensity(member.family));

/** The mean over the batch of an expression per example. */
const meanOver = (node: Expression, { weights, columns }: Batch, values: Values): number => {
  const rows = weights.length;
  const arrays = Object.entries(columns).map(([name, column]) => [
    name,
    { indices: ['example'], shape: [rows], values: column },
  ]);
  const all = valuesOver(['example'], node, { ...values, ...Object.fromEntries(arrays) }, { example: rows });
  return all.reduce((total, value, n) => total + (weights[n] === 0 ? 0 : weights[n]! * value), 0);
};

// Differences of fourth order with a step of 1e-3 leave errors of 1e-6 in the coordinates that bend the most.
const tolerance = 5e-6;

for (const one of cases)
  describe(`${one.member} at ${one.coordinates.join(', ')}`, () => {
    const { model, inference, belief, names } = beliefOf(one);
    const { family } = belief.distribution;
    const latent = variableOf(model, 'z');
    const member = memberOfBelief(belief, names, one.coordinates);
    const expected = (f: (x: number) => number, at: readonly number[]): number =>
      expectationBy(quadratureOf(memberOfBelief(belief, names, at)), f);

    it(`has the estimator ${one.kind}`, () => {
      expect(estimatorOf(family).kind).toBe(one.kind);
    });

    for (const [words, cost, quadratic] of [
      ['a smooth cost that is no polynomial', waves, false],
      ['a quadratic cost', bowl, true],
    ] as const)
      it(`has, for ${words}, the slope of the expectation and the natural gradient in expectation`, () => {
        expect(degreeInEach(cost, latent)).toBe(quadratic ? 2 : null);
        const estimator = estimatorFor(family, {
          quadratic,
          smoothness: 'smooth',
          moments: true,
          parameters: true,
        });
        if (quadratic) expect(estimator.kind).toBe(one.quadratic ?? one.kind);
        const frame = coordinateFrame(model, inference, belief);
        const natural = estimate(estimator, { model, inference, belief, cost }, frame);
        const batch = batchOf(belief, member, estimator.kind);
        const rows = batch.weights.length;
        const values = Object.fromEntries(
          names.map((name, i) => [
            name,
            { indices: ['example'], shape: [rows], values: new Float64Array(rows).fill(one.coordinates[i]!) },
          ]),
        );
        const drawn = 'z' in batch.columns ? batch : withPath(batch, belief, one);
        const found = (parts: readonly Expression[]) => parts.map((part) => meanOver(part, drawn, values));

        const f = compileScalar(
          replaceReads(cost, () => read('x')),
          ['x'],
        );
        const slope = names.map((_, i) =>
          slopeOf((at) => expected(f, one.coordinates.with(i, at)), one.coordinates[i]!),
        );
        expect(relativeError(found(frame.plain(natural)), slope)).toBeLessThan(tolerance);
        // G_u in numbers: the covariance of the statistics through J.
        expect(
          relativeError(times(fisherIn(belief, names, one.coordinates), found(natural)), slope),
        ).toBeLessThan(tolerance);
      });
  });

/** Adds the draws that a `pathwise` line makes of the noise. */
const withPath = (batch: Batch, belief: Belief, { coordinates }: Case): Batch => {
  const { family, arguments: given } = belief.distribution;
  const values = Object.fromEntries(belief.coordinates.map(({ name }, i) => [name, coordinates[i]!]));
  const parameters = Object.entries(given).map(([name, node]) => [name, numberOf(node, values, {})] as const);
  const [noise] = Object.keys(batch.columns);
  const name = [...readNames(family.pathwise!)].find((found) => found.startsWith('standard_'))!;
  const path = compileScalar(family.pathwise!, [name, ...parameters.map(([parameter]) => parameter)]);
  const own = parameters.map(([, value]) => value);
  const drawn = batch.columns[noise!]!.map((at) => path(at, ...own));
  return { ...batch, columns: { ...batch.columns, z: drawn } };
};

/** Jᵀ ∇²A J in numbers. */
const fisherIn = (
  belief: Belief,
  names: readonly string[],
  at: readonly number[],
): readonly (readonly number[])[] => {
  const information = fisherOf(memberOfBelief(belief, names, at));
  const naturals = (moved: readonly number[]) =>
    memberOfBelief(belief, names, moved).naturals.map(({ values }) => values[0]!);
  const jacobian = names.map((_, i) =>
    naturals(at).map((_eta, k) => slopeOf((u) => naturals(at.with(i, u))[k]!, at[i]!)),
  );
  return jacobian.map((row) =>
    jacobian.map((column) =>
      row.reduce(
        (total, left, k) =>
          total + column.reduce((inner, right, l) => inner + left * information[k]![l]! * right, 0),
        0,
      ),
    ),
  );
};

const times = (matrix: readonly (readonly number[])[], vector: readonly number[]): readonly number[] =>
  matrix.map((row) => row.reduce((total, entry, i) => total + entry * vector[i]!, 0));
