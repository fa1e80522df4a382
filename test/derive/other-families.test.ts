/**
 * Latents of families that no one prepared for: declared in the test, with fixed arguments, other noise, other coordinates, and
 * likelihoods that are not quadratic. Laws are sums of the declared density; the free energy is by hand.
 */
import { describe, expect, it } from 'vitest';
import { read } from '../../src/calculus/build.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import type { Family } from '../../src/check/typed.ts';
import { freeEnergy } from '../../src/derive/free-energy.ts';
import { logDensity } from '../../src/derive/family/family.ts';
import { beliefGradients } from '../../src/derive/natural-gradient.ts';
import { relativeError } from '../calculus/support.ts';
import {
  beliefAbout,
  build,
  dot,
  exactFreeEnergy,
  exactSlope,
  expectationOfRule,
  gaussianPixels,
  Phi,
  poisson,
  ruleOf,
  shared,
  sizes,
  spiking,
  type Example,
  type Law,
  type Point,
} from './models.ts';
import { expectSampledStep } from './sampled.ts';
import { freeEnergyOf, gaussHermite, gridOf, moreFamiliesText, standardFamilies, vector } from './support.ts';

const tolerance = 1e-6;
const klWeight = 0.7;

/** The law of a one-parameter family in the coordinate u, where its natural parameter is `natural(u)`. */
const lawOf = (
  family: Family,
  fixed: Readonly<Record<string, number>>,
  natural: (u: number) => number,
  noise: (x: number, u: number) => number = () => 0,
): Law => {
  const density = logDensity(family);
  const log = (x: number, u: number) => scalarValue(density, { ...fixed, eta: natural(u), x });
  const grid = gridOf(family, fixed);
  const known = new Map<number, readonly Point[]>();
  const points = ([u]: readonly number[]): readonly Point[] => {
    if (!known.has(u!)) known.set(u!, pointsAt(u!));
    return known.get(u!)!;
  };
  const divergences = new Map<string, number>();
  const pointsAt = (u: number): readonly Point[] =>
    grid.points.map((value, n) => ({
      value,
      weight: grid.weights[n]! * Math.exp(log(value, u)),
      noise: noise(value, u),
    }));
  const divergenceOf = (u: number, p: number): number =>
    points([u]).reduce(
      (total, { value, weight }) => total + (weight === 0 ? 0 : weight * (log(value, u) - log(value, p))),
      0,
    );
  return {
    points: (u) => points(u).filter(({ weight }) => weight > 1e-14),
    divergence: ([u], [p]) => {
      const key = `${u} ${p}`;
      if (!divergences.has(key)) divergences.set(key, divergenceOf(u!, p!));
      return divergences.get(key)!;
    },
    fisher: ([u]) => {
      const mean = points([u!]).reduce((total, { value, weight }) => total + weight * value, 0);
      const variance = points([u!]).reduce(
        (total, { value, weight }) => total + weight * (value - mean) ** 2,
        0,
      );
      const slope = (natural(u! + 1e-4) - natural(u! - 1e-4)) / 2e-4;
      return [slope ** 2 * variance];
    },
  };
};

const source = (latent: string, belief: string, coordinates: readonly string[], observed: string): string => `
  import { Poisson, Normal, Bernoulli } from "std/families"
  import { NaturalGradient } from "std/dynamics"
  ${moreFamiliesText}
  model Layer(pixels: dim = 3, neurons: dim = 1) {
    param Phi:    real[pixels, neurons] = normal(0, 1)
    param log_sd: real[pixels] = 0
    param prior:  real[neurons] = 0
    latent   ${latent}
    observed ${observed}
  }
  inference Settle of Layer {
    belief ${belief}
    ${coordinates.map((name) => `start ${name} = sigmoid(prior)`).join('\n    ')}
    repeat 3 { descend free_energy over ${coordinates.join(', ')} by NaturalGradient(rate = 0.1) }
  }`;

const oneColumn = {
  Phi: {
    indices: ['pixels', 'neurons'],
    shape: [3, 1],
    values: Float64Array.from(Phi.map((row) => row[0])),
  },
};
const gaussianLine = 'x ~ Normal(mean = Phi @ z, log_sd = log_sd)';
const wide = ([z]: readonly number[]): readonly number[] => [z!, 0];

const single = (options: {
  readonly latent: string;
  readonly belief: string;
  readonly coordinate: string;
  readonly at: number;
  readonly prior: number;
  /** The parameter `prior` where it is not the prior's coordinate itself. */
  readonly stored?: number;
  readonly family: string;
  readonly fixed?: Readonly<Record<string, number>>;
  readonly natural: (u: number) => number;
  readonly noise?: (x: number, u: number) => number;
}): Example => {
  const made = build(source(options.latent, options.belief, [options.coordinate], gaussianLine));
  const family = made.file.families.find(({ name }) => name === options.family)!;
  const law = lawOf(family, options.fixed ?? {}, options.natural, options.noise);
  return {
    ...made,
    sizes: { ...sizes, neurons: 1 },
    values: { ...shared, ...oneColumn, prior: vector('neurons', [options.stored ?? options.prior]) },
    layers: [
      {
        latent: 'z',
        axis: 'neurons',
        law,
        coordinates: { [options.coordinate]: [options.at] },
        prior: () => [[options.prior]],
        rolled: { [options.coordinate]: [options.prior] },
      },
    ],
    surprise: ({ z }) => gaussianPixels(wide(z!)),
  };
};

const examples: readonly [string, Example][] = [
  [
    'geometric counts',
    single({
      latent: 'z ~ Geometric(log_odds_of_more = prior)',
      belief: 'z natural u',
      coordinate: 'u',
      at: -0.7,
      prior: -1.2,
      family: 'Geometric',
      natural: (u) => u,
    }),
  ],
  [
    'negative binomial counts',
    single({
      latent: 'z ~ NegativeBinomial(log_p = prior, failures = 2.5)',
      belief: 'z natural u',
      coordinate: 'u',
      at: -0.9,
      prior: -1.2,
      family: 'NegativeBinomial',
      fixed: { failures: 2.5 },
      natural: (u) => u,
    }),
  ],
  [
    'binomial counts',
    single({
      latent: 'z ~ Binomial(logit = prior, trials = 4)',
      belief: 'z natural u',
      coordinate: 'u',
      at: 0.6,
      prior: -0.3,
      family: 'Binomial',
      fixed: { trials: 4 },
      natural: (u) => u,
    }),
  ],
  [
    'Poisson counts in the coordinate rate',
    single({
      latent: 'z ~ Poisson(log_rate = log(prior))',
      belief: 'z ~ Poisson(rate = r)',
      coordinate: 'r',
      at: 1.4,
      prior: 0.8,
      family: 'Poisson',
      natural: Math.log,
    }),
  ],
  [
    'switches in the coordinate probability',
    single({
      latent: 'z ~ Bernoulli(logit = log(prior / (1 - prior)))',
      belief: 'z ~ Bernoulli(probability = p)',
      coordinate: 'p',
      at: 0.7,
      prior: 0.3,
      family: 'Bernoulli',
      natural: (p) => Math.log(p / (1 - p)),
    }),
  ],
  [
    'exponential waiting times',
    single({
      latent: 'z ~ Exponential(rate = exp(prior))',
      belief: 'z ~ Exponential(rate = r)',
      coordinate: 'r',
      at: 1.4,
      prior: 0.8,
      stored: Math.log(0.8),
      family: 'Exponential',
      natural: (r) => -r,
      noise: (x, r) => x * r,
    }),
  ],
];

for (const [words, example] of examples)
  describe(words, () => {
    const [layer] = example.layers;
    const [coordinate] = Object.keys(layer!.coordinates);
    it('have the slope of the free energy, and the natural one, in expectation', () => {
      const wanted = exactSlope(example, layer!, coordinate!, klWeight, 'model');
      const rule = ruleOf(example, 'z', coordinate!, 'model');
      expect(
        relativeError(expectationOfRule(example, rule.plain, ['neurons'], klWeight), wanted),
      ).toBeLessThan(tolerance);
      const [fisher] = layer!.law.fisher(layer!.coordinates[coordinate!]!);
      expect(
        relativeError(expectationOfRule(example, rule.natural, ['neurons'], klWeight), [
          wanted[0]! / fisher!,
        ]),
      ).toBeLessThan(tolerance);
    });
  });

describe('steps of a program, over 20000 draws', () => {
  for (const [words, example] of examples)
    it(`of ${words} move in the mean by the natural gradient`, () => {
      expectSampledStep(example, example.layers[0]!);
    });
});

describe('likelihoods that are not quadratic in the latents', () => {
  const bits = (family: string, law: Law, at: readonly number[], prior: readonly number[]): Example => ({
    ...build(
      source(
        `z ~ ${family}(${family === 'Poisson' ? 'log_rate' : 'logit'} = prior)`,
        'z natural u',
        ['u'],
        'x ~ Bernoulli(logit = Phi @ z + log_sd)',
      ),
    ),
    sizes,
    values: { ...shared, x: vector('pixels', [1, 0, 1]), prior: vector('neurons', prior) },
    layers: [
      {
        latent: 'z',
        axis: 'neurons',
        law,
        coordinates: { u: at },
        prior: () => prior.map((p) => [p]),
        rolled: { u: prior },
      },
    ],
    surprise: ({ z }) =>
      [1, 0, 1].reduce((total, x, i) => {
        const logit = dot(Phi[i]!, z!) + shared.log_sd.values[i]!;
        return total + Math.log1p(Math.exp(logit)) - x * logit;
      }, 0),
  });
  const bernoulliFamily = standardFamilies().find(({ name }) => name === 'Bernoulli')!;

  it('hold for counts: one more spike changes a softplus, not a square', () => {
    const example = bits('Poisson', poisson, [0.3, -0.6], [-0.5, 0.1]);
    const wanted = exactSlope(example, example.layers[0]!, 'u', klWeight, 'model');
    expect(
      relativeError(
        expectationOfRule(example, ruleOf(example, 'z', 'u', 'model').plain, ['neurons'], klWeight),
        wanted,
      ),
    ).toBeLessThan(tolerance);
  });

  it('hold for switches', () => {
    const example = bits(
      'Bernoulli',
      lawOf(bernoulliFamily, {}, (u) => u),
      [0.3, -0.6],
      [-0.5, 0.1],
    );
    const wanted = exactSlope(example, example.layers[0]!, 'u', klWeight, 'model');
    expect(
      relativeError(
        expectationOfRule(example, ruleOf(example, 'z', 'u', 'model').plain, ['neurons'], klWeight),
        wanted,
      ),
    ).toBeLessThan(tolerance);
  });
});

describe('a Gaussian belief in the coordinates mean and sd', () => {
  const hermite = gaussHermite(36);
  const law: Law = {
    points: ([m, s]) =>
      hermite.points.map((noise, n) => ({ value: m! + s! * noise, weight: hermite.weights[n]!, noise })),
    divergence: ([m, s], [pm, ps]) => Math.log(ps! / s!) + (s! ** 2 + (m! - pm!) ** 2) / (2 * ps! ** 2) - 0.5,
    fisher: ([, s]) => [1 / s! ** 2, 2 / s! ** 2],
  };
  const example: Example = {
    ...build(
      source(
        'z ~ Normal(mean = prior, sd = 0.8)',
        'z ~ Normal(mean = m, sd = s)',
        ['m', 's'],
        'x ~ Poisson(log_rate = Phi @ z)',
      ),
    ),
    sizes: { ...sizes, neurons: 1 },
    values: { ...shared, ...oneColumn, x: vector('pixels', [2, 0, 1]), prior: vector('neurons', [0.2]) },
    layers: [
      {
        latent: 'z',
        axis: 'neurons',
        law,
        coordinates: { m: [0.5], s: [0.6] },
        prior: () => [[0.2, 0.8]],
        rolled: { m: [0.2], s: [0.8] },
      },
    ],
    surprise: ({ z }) =>
      [2, 0, 1].reduce(
        (total, x, i) =>
          total + Math.exp(Phi[i]![0] * z![0]!) - x * Phi[i]![0] * z![0]! + (x === 2 ? Math.log(2) : 0),
        0,
      ),
  };

  it('moves both by the slope of the free energy through the inverse Fisher information', () => {
    for (const [i, coordinate] of (['m', 's'] as const).entries()) {
      const wanted = exactSlope(example, example.layers[0]!, coordinate, klWeight, 'model');
      const rule = ruleOf(example, 'z', coordinate, 'model');
      expect(
        relativeError(expectationOfRule(example, rule.plain, ['neurons'], klWeight), wanted),
      ).toBeLessThan(tolerance);
      const fisher = law.fisher([0.5, 0.6])[i]!;
      expect(
        relativeError(expectationOfRule(example, rule.natural, ['neurons'], klWeight), [wanted[0]! / fisher]),
      ).toBeLessThan(tolerance);
    }
  });
});

describe('kl = posterior_rate', () => {
  const example = spiking();
  const objective = freeEnergyOf(read('kl_weight'), 'posterior_rate');
  const [u, p] = [
    [0.4, -0.8],
    [0.1, -1.1],
  ];

  it('charges exp(u) (1 + e^du (du − 1)) per unit, the published code', () => {
    const node = freeEnergy(example.model, example.inference, objective, 'rolled');
    const exact = freeEnergy(example.model, example.inference, freeEnergyOf(read('kl_weight')), 'rolled');
    const published = u.reduce(
      (total, at, i) => total + Math.exp(at) * (1 + Math.exp(at - p[i]!) * (at - p[i]! - 1)),
      0,
    );
    const own = u.reduce((total, at, i) => total + poisson.divergence([at], [p[i]!]), 0);
    const found =
      expectationOfRule(example, node, [], klWeight)[0]! -
      expectationOfRule(example, exact, [], klWeight)[0]!;
    expect(relativeError([found], [klWeight * (published - own)])).toBeLessThan(tolerance);
  });

  it('moves a belief by the slope of what it charges', () => {
    const belief = beliefAbout(example.inference, 'z');
    const [rule] = beliefGradients(example.model, example.inference, belief, objective, 'rolled').gradients;
    const [plain] = beliefGradients(
      example.model,
      example.inference,
      belief,
      freeEnergyOf(read('kl_weight')),
      'rolled',
    ).gradients;
    const found = expectationOfRule(example, rule!.plain, ['neurons'], klWeight);
    const base = expectationOfRule(example, plain!.plain, ['neurons'], klWeight);
    const published = (at: number, prior: number) =>
      Math.exp(at) * (1 + Math.exp(at - prior) * (at - prior - 1));
    const wanted = u.map((at, i) => {
      const h = 1e-5;
      const slope = (f: (x: number) => number) => (f(at + h) - f(at - h)) / (2 * h);
      return (
        base[i]! +
        klWeight * (slope((x) => published(x, p[i]!)) - slope((x) => poisson.divergence([x], [p[i]!])))
      );
    });
    expect(relativeError(found, wanted)).toBeLessThan(tolerance);
  });
});

describe('the exact free energy of the enumeration', () => {
  it('bounds −log p(x) from above', () => {
    const example = spiking();
    const [layer] = example.layers;
    const evidence = layer!.law
      .points([-0.6])
      .flatMap((a) =>
        layer!.law
          .points([0.2])
          .map((b) => a.weight * b.weight * Math.exp(-example.surprise({ z: [a.value, b.value] }))),
      )
      .reduce((total, part) => total + part, 0);
    expect(exactFreeEnergy(example, example.layers, 1, 'model')).toBeGreaterThan(-Math.log(evidence));
  });
});
