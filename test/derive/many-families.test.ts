/**
 * Beliefs of many families in small models: the mean step that a program makes over many draws, against the exact natural gradient.
 * The free energy is an expectation by quadrature of a surprise written by hand and of log q − log p; its slope is by central
 * differences, and the metric is the covariance of the statistics carried through the map of the coordinates in numbers.
 */
import { describe, expect, it } from 'vitest';
import { evaluate, reorder, type NamedArray } from '../../src/calculus/evaluate.ts';
import { readNames } from '../../src/calculus/substitute.ts';
import type { Distribution, Inference, Model } from '../../src/check/typed.ts';
import { eventIndices, fixedArguments, logDensity, naturals } from '../../src/derive/family/family.ts';
import { freeEnergy, variableOf } from '../../src/derive/free-energy.ts';
import { beliefGradients } from '../../src/derive/natural-gradient.ts';
import {
  divergenceOf,
  fisherOf,
  functionOfValue,
  logDensityOf,
  memberAt,
  naturalVector,
  quadratureOf,
  type Member,
} from '../../src/derive/family/member.ts';
import { one as oneNode } from '../../src/calculus/build.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import { advanceProgram } from '../../src/schedule/programs.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { arrayOf, slopeOf } from '../calculus/support.ts';
import { build } from './models.ts';
import { freeEnergyOf } from './support.ts';

interface Case {
  readonly words: string;
  readonly imports: string;
  readonly latent: string;
  readonly belief: string;
  readonly observed: string;
  /** Values of the coordinates, one number or one per class. */
  readonly coordinates: Readonly<Record<string, readonly number[]>>;
  /** Start values that fit the supports of the coordinates. */
  readonly start?: string;
  readonly estimator: string;
  readonly surprise: (z: readonly number[]) => number;
  /** Its expectation in terms of the natural parameters, where values are arrays that no sum runs over. */
  readonly expected?: (natural: readonly number[]) => number;
}

const gaussian = (x: number, mean: number, sd: number): number =>
  0.5 * Math.log(2 * Math.PI) + Math.log(sd) + (x - mean) ** 2 / (2 * sd * sd);
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** One observed number: 1.3 under a Normal of the value itself, or 1 under a Bernoulli whose logit is the value less 0.4. */
const linear = 'x ~ Normal(mean = 0.8 * z + 0.1, sd = 0.7)';
const linearSurprise = ([z]: readonly number[]): number => gaussian(1, 0.8 * z! + 0.1, 0.7);
const bit = 'x ~ Bernoulli(logit = 1.1 * z - 0.4)';
const bitSurprise = ([z]: readonly number[]): number => softplus(1.1 * z! - 0.4) - (1.1 * z! - 0.4);

const cases: readonly Case[] = [
  {
    words: 'a Gamma rate under a bit, in natural coordinates',
    imports: 'Gamma, Bernoulli',
    latent: 'z ~ Gamma(shape = 2, rate = 1.5)',
    belief: 'z natural u, v',
    observed: bit,
    coordinates: { u: [1.8], v: [0.4] },
    estimator: 'implicit',
    surprise: bitSurprise,
  },
  {
    words: 'a Gamma rate under a linear map, in the coordinates shape and scale',
    imports: 'Gamma, Normal',
    latent: 'z ~ Gamma(shape = 2, rate = 1.5)',
    belief: 'z ~ Gamma(shape = u, scale = v)',
    observed: linear,
    coordinates: { u: [1.4], v: [0.8] },
    start: '1',
    estimator: 'marginal',
    surprise: linearSurprise,
  },
  {
    words: 'a Beta share under a bit',
    imports: 'Beta, Bernoulli',
    latent: 'z ~ Beta(alpha = 2, beta = 3)',
    belief: 'z ~ Beta(alpha = u, beta = v)',
    observed: bit,
    coordinates: { u: [1.7], v: [2.4] },
    start: '1',
    estimator: 'implicit',
    surprise: bitSurprise,
  },
  {
    words: 'a direction under its cosine',
    imports: 'VonMises, Normal',
    latent: 'z ~ VonMises(mean = 0.5, concentration = 1.2)',
    belief: 'z natural u, v',
    observed: 'x ~ Normal(mean = cos(z), sd = 0.6)',
    coordinates: { u: [0.9], v: [-0.7] },
    estimator: 'implicit',
    surprise: ([z]) => gaussian(1, Math.cos(z!), 0.6),
  },
  {
    words: 'a rectified unit under a linear map',
    imports: 'RectifiedNormal, Normal',
    latent: 'z ~ RectifiedNormal(mean = -0.5)',
    belief: 'z natural u',
    observed: linear,
    coordinates: { u: [0.4] },
    estimator: 'marginal',
    surprise: linearSurprise,
  },
  {
    words: 'a rectified unit under a bit',
    imports: 'RectifiedNormal, Bernoulli',
    latent: 'z ~ RectifiedNormal(mean = -0.5)',
    belief: 'z natural u',
    observed: bit,
    coordinates: { u: [0.4] },
    estimator: 'implicit',
    surprise: bitSurprise,
  },
  {
    words: 'a truncated unit under a bit',
    imports: 'TruncatedNormal, Bernoulli',
    latent: 'z ~ TruncatedNormal(mean = -0.5, sd = 0.8)',
    belief: 'z natural u',
    observed: bit,
    coordinates: { u: [0.7] },
    estimator: 'implicit',
    surprise: bitSurprise,
  },
  {
    words: 'a waiting time of Brownian motion under a linear map',
    imports: 'InverseGaussian, Normal',
    latent: 'z ~ InverseGaussian(mean = 1, shape = 2)',
    belief: 'z ~ InverseGaussian(mean = u, shape = v)',
    observed: linear,
    coordinates: { u: [0.8], v: [2.5] },
    start: '1',
    estimator: 'marginal',
    surprise: linearSurprise,
  },
  {
    words: 'a Normal whose variance stays',
    imports: 'Normal, Bernoulli',
    latent: 'z ~ Normal(mean = 0.3, sd = 0.8)',
    belief: 'z natural u',
    observed: bit,
    coordinates: { u: [-0.4] },
    estimator: 'pathwise',
    surprise: bitSurprise,
  },
  {
    words: 'a spin under a bit',
    imports: 'Spin, Bernoulli',
    latent: 'z ~ Spin(bias = 0.2)',
    belief: 'z natural u',
    observed: bit,
    coordinates: { u: [-0.5] },
    estimator: 'two_point',
    surprise: bitSurprise,
  },
  {
    words: 'negative binomial counts under a linear map',
    imports: 'NegativeBinomial, Normal',
    latent: 'z ~ NegativeBinomial(log_odds = -0.5, count = 2.5)',
    belief: 'z natural u',
    observed: linear,
    coordinates: { u: [-0.9] },
    estimator: 'marginal',
    surprise: linearSurprise,
  },
  {
    words: 'a LogNormal belief about a Gamma rate, whose divergence is drawn',
    imports: 'Gamma, LogNormal, Bernoulli',
    latent: 'z ~ Gamma(shape = 2, rate = 1.5)',
    belief: 'z ~ LogNormal(mean = u, log_sd = v)',
    observed: bit,
    coordinates: { u: [0.2], v: [-0.6] },
    estimator: 'pathwise',
    surprise: bitSurprise,
  },
  {
    words: 'a negative binomial belief about Poisson counts, whose divergence is drawn',
    imports: 'Poisson, NegativeBinomial, Bernoulli',
    latent: 'z ~ Poisson(log_rate = 0.3)',
    belief: 'z ~ NegativeBinomial(log_odds = u, count = 3)',
    observed: bit,
    coordinates: { u: [-0.9] },
    estimator: 'next_count',
    surprise: bitSurprise,
  },
  {
    words: 'one of three classes',
    imports: 'Categorical, Bernoulli',
    latent: 'z ~ Categorical(logits = weight over classes)',
    belief: 'z natural u',
    observed: 'x ~ Bernoulli(logit = sum(z * weight over classes) - 0.4)',
    coordinates: { u: [0.5, -0.3, 0.1] },
    estimator: 'each_class',
    surprise: (z) => bitSurprise([z.reduce((total, at, k) => total + at * weights[k]!, 0) / 1.1]),
  },
  {
    words: 'shares of a whole',
    imports: 'Dirichlet, Normal',
    latent: 'z ~ Dirichlet(concentration = exp(weight) over classes)',
    belief: 'z natural u',
    observed: 'x ~ Normal(mean = sum(z * weight over classes), sd = 0.7)',
    coordinates: { u: [1.4, 0.8, 2] },
    estimator: 'score',
    surprise: () => NaN,
    // The mean and the covariance of shares: m and (diag m − m mᵀ) / (total + 1).
    expected: (concentration) => {
      const total = concentration.reduce((sum, part) => sum + part, 0);
      const mean = concentration.reduce((sum, part, k) => sum + (part / total) * weights[k]!, 0);
      const square = concentration.reduce((sum, part, k) => sum + (part / total) * weights[k]! ** 2, 0);
      return gaussian(1, mean, 0.7) + (square - mean ** 2) / (total + 1) / (2 * 0.7 ** 2);
    },
  },
];
const weights = [0.7, -0.9, 0.3] as const;

/** Exact beliefs: the same comparison, where no draw takes part. */
const exactCases: readonly Case[] = [
  {
    words: 'an exact belief in negative binomial counts under a linear map',
    imports: 'NegativeBinomial, Normal',
    latent: 'z ~ NegativeBinomial(log_odds = -0.5, count = 2.5)',
    belief: 'exact z natural u',
    observed: linear,
    coordinates: { u: [-0.9] },
    estimator: 'marginal',
    surprise: linearSurprise,
  },
  {
    words: 'an exact belief in a rectified unit under a linear map',
    imports: 'RectifiedNormal, Normal',
    latent: 'z ~ RectifiedNormal(mean = -0.5)',
    belief: 'exact z natural u',
    observed: linear,
    coordinates: { u: [0.4] },
    estimator: 'marginal',
    surprise: linearSurprise,
  },
  {
    words: 'an exact belief in a Gamma rate under a linear map',
    imports: 'Gamma, Normal',
    latent: 'z ~ Gamma(shape = 2, rate = 1.5)',
    belief: 'exact z natural u, v',
    observed: linear,
    coordinates: { u: [1.8], v: [0.4] },
    estimator: 'marginal',
    surprise: linearSurprise,
  },
  {
    words: 'an exact belief in a Normal under counts, whose rates are exponentials of it',
    imports: 'Normal, Poisson',
    latent: 'z ~ Normal(mean = 0.3, sd = 0.8)',
    belief: 'exact z ~ Normal(mean = u, log_sd = v)',
    observed: 'x ~ Poisson(log_rate = 0.7 * z + 0.2)',
    coordinates: { u: [-0.4], v: [-0.3] },
    estimator: 'pathwise',
    surprise: ([z]) => Math.exp(0.7 * z! + 0.2) - (0.7 * z! + 0.2),
  },
  {
    words: 'an exact belief in Poisson counts whose powers of two are seen',
    imports: 'Normal, Poisson',
    latent: 'z ~ Poisson(log_rate = 0.3)',
    belief: 'exact z natural u',
    observed: 'x ~ Normal(mean = exp(-z * log(2)), sd = 0.6)',
    coordinates: { u: [0.5] },
    estimator: 'next_count',
    surprise: ([z]) => gaussian(1, 2 ** -z!, 0.6),
  },
];

const built = ({ imports, latent, belief, observed, coordinates, start }: Case) => {
  const names = Object.keys(coordinates).join(', ');
  return build(`
    import { ${imports} } from "std/families"
    import { NaturalGradient } from "std/dynamics"
    model Unit(classes: dim = 3) {
      param weight: real[classes] = 0
      latent   ${latent}
      observed ${observed}
    }
    inference Settle of Unit {
      belief ${belief}
      start ${names} = ${start ?? '0'}
      repeat 1 { descend free_energy over ${names} by NaturalGradient(rate = 0.1) }
    }`);
};

const sizes = { classes: 3 };
const rate = 0.1;
const weightArray: NamedArray = { indices: ['classes'], shape: [3], values: Float64Array.from(weights) };

/** A member in numbers, from the numbers that its formulas read. */
const memberIn = (member: Distribution, values: Readonly<Record<string, NamedArray>>): Member => {
  const environment = (name: string) => values[name] ?? weightArray;
  const { family } = member;
  const fixed = Object.entries(fixedArguments(member)).map(([name, node]) => [
    name,
    evaluate(node, environment, sizes),
  ]);
  return memberAt(
    family,
    naturals(member).map((node, i) => reorder(evaluate(node, environment, sizes), eventIndices(family, i))),
    Object.fromEntries(fixed) as Readonly<Record<string, NamedArray>>,
    sizes,
  );
};

interface Point {
  readonly z: readonly number[];
  readonly weight: number;
}

/** Every value of a unit with its probability. */
const pointsOf = (member: Member): readonly Point[] => {
  const { family } = member;
  const [eta] = member.naturals.map(({ values }) => [...values]);
  switch (family.support.kind) {
    case 'one_hot':
      return eta!.map((_, k) => {
        const z = eta!.map((_value, j) => (j === k ? 1 : 0));
        return {
          z,
          weight: Math.exp(logDensityOf(member, { ...weightArray, values: Float64Array.from(z) })),
        };
      });
    default: {
      const { points, weights: masses } = quadratureOf(member);
      return [...points].map((z, n) => ({ z: [z], weight: masses[n]! }));
    }
  }
};

const densityOf = (member: Member): ((z: readonly number[]) => number) => {
  if (member.family.support.kind === 'one_hot')
    return (z) => logDensityOf(member, { ...weightArray, values: Float64Array.from(z) });
  const density = functionOfValue(member, logDensity(member.family));
  return ([z]) => density(z!);
};

const arraysAt = (one: Case, flat: readonly number[]): Readonly<Record<string, NamedArray>> => {
  let at = 0;
  return Object.fromEntries(
    Object.entries(one.coordinates).map(([name, values]) => {
      const own = Float64Array.from(flat.slice(at, (at += values.length)));
      return [
        name,
        values.length > 1 ? { ...weightArray, values: own } : { indices: [], shape: [], values: own },
      ];
    }),
  );
};

const freeEnergyAt = (one: Case, model: Model, inference: Inference, flat: readonly number[]): number => {
  const [belief] = inference.beliefs;
  const posterior = memberIn(belief!.distribution, arraysAt(one, flat));
  const prior = memberIn(variableOf(model, 'z').distribution!, {});
  if (one.expected !== undefined) {
    const concentration = [...posterior.naturals[0]!.values];
    return one.expected(concentration) + divergenceOf(posterior, prior);
  }
  const [own, other] = [densityOf(posterior), densityOf(prior)];
  return pointsOf(posterior).reduce(
    (total, { z, weight }) =>
      weight < 1e-16 ? total : total + weight * (one.surprise(z) + own(z) - other(z)),
    0,
  );
};

/** v with G v = g; along the null vector of one-hot statistics, 0. */
const solve = (
  G: readonly (readonly number[])[],
  g: readonly number[],
  singular: boolean,
): readonly number[] => {
  const rows = G.map((row, i) => [...row.map((entry) => entry + (singular ? 1 : 0)), g[i]!]);
  for (let n = 0; n < rows.length; n++)
    for (let i = 0; i < rows.length; i++) {
      if (i === n) continue;
      const factor = rows[i]![n]! / rows[n]![n]!;
      rows[i] = rows[i]!.map((entry, j) => entry - factor * rows[n]![j]!);
    }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
};

const naturalGradient = (one: Case, model: Model, inference: Inference, flat: readonly number[]) => {
  const slope = flat.map((at, i) =>
    slopeOf((moved) => freeEnergyAt(one, model, inference, flat.with(i, moved)), at, 1e-3),
  );
  const [belief] = inference.beliefs;
  const member = (at: readonly number[]) => memberIn(belief!.distribution, arraysAt(one, at));
  const jacobian = flat.map((at, i) =>
    [...naturalVector(member(flat))].map((_, k) =>
      slopeOf((moved) => naturalVector(member(flat.with(i, moved)))[k]!, at),
    ),
  );
  const information = fisherOf(member(flat));
  const G = jacobian.map((left) =>
    jacobian.map((right) =>
      left.reduce(
        (total, a, k) => total + right.reduce((inner, b, l) => inner + a * information[k]![l]! * b, 0),
        0,
      ),
    ),
  );
  return solve(G, slope, belief!.distribution.family.support.kind === 'one_hot');
};

const draws = 20_000;

for (const one of [...cases, ...exactCases])
  describe(one.words, () => {
    const { model, inference } = built(one);
    const [belief] = inference.beliefs;
    const flat = Object.values(one.coordinates).flat();

    it(`is estimated by ${one.estimator}`, () => {
      const found = beliefGradients(model, inference, belief!, freeEnergyOf(oneNode), 'model');
      expect(found.estimator.kind).toBe(one.estimator);
      if (!belief!.exact) return;
      expect(found.drawnBecause).toBeNull();
      for (const { natural, plain } of found.gradients)
        for (const node of [natural, plain])
          expect([...readNames(node)].filter((name) => /^@?z\b/.test(name))).toEqual([]);
      const values = Object.fromEntries(
        Object.entries(one.coordinates).map(([name, own]) => [
          name,
          arrayOf(['example'], { example: 1 }, () => own[0]!),
        ]),
      );
      const node = freeEnergy(model, inference, freeEnergyOf(oneNode), 'model');
      const x = arrayOf(['example'], { example: 1 }, () => 1);
      const energy = evaluate(node, (name) => values[name] ?? x, { ...sizes, example: 1 }).values[0]!;
      expect(energy / freeEnergyAt(one, model, inference, flat)).toBeCloseTo(1, 9);
    });

    // Central limit: fails a right estimator in one comparison of 1.7 million. The seed is fixed.
    it(`moves in the mean over ${draws} draws by the natural gradient`, () => {
      const wanted = naturalGradient(one, model, inference, flat);
      const program = optimize(
        advanceProgram({ model, inference, estimator: null, learned: new Set<string>() }),
        {
          sizes,
          scalars: { step_count: 1 },
        },
      );
      const all = { ...sizes, example: draws };
      const inputs = Object.fromEntries(
        program.inputs.map(({ name }) => {
          const host = { first_step: 0, step_count: 1, progress: 1, iteration: 0 }[name];
          const own = one.coordinates[name];
          if (name === 'weight') return [name, weightArray];
          if (own === undefined) return [name, host ?? arrayOf(['example'], all, () => 1)];
          const indices = own.length > 1 ? ['example', 'classes'] : ['example'];
          return [name, arrayOf(indices, all, (i) => own[i % own.length]!)];
        }),
      );
      const after = interpret(program, inputs, { seed: 12, firstExample: 0, sizes: all });
      const steps = Object.entries(one.coordinates).flatMap(([name, values]) =>
        values.map((before, k) =>
          Array.from(
            { length: draws },
            (_, n) => (before - after[name]!.values[n * values.length + k]!) / rate,
          ),
        ),
      );
      steps.forEach((samples, i) => {
        const mean = samples.reduce((total, value) => total + value, 0) / draws;
        const variance = samples.reduce((total, value) => total + (value - mean) ** 2, 0) / (draws - 1);
        // The second part is for rules that no draw changes.
        const bound = 5 * Math.sqrt(variance / draws) + 1e-5 * Math.max(...wanted.map(Math.abs));
        expect(Math.abs(mean - wanted[i]!), `${mean} against ${wanted[i]}`).toBeLessThan(bound);
      });
    });
  });
