/**
 * Likelihoods and priors with kinks and jumps: the expectation of the estimate is the slope of the free energy. Laws are sums over
 * small cells, with bounds at the kinks and the jumps, where second derivatives lack a point mass, and at jumps also first ones.
 */
import { describe, expect, it } from 'vitest';
import { normalLogCdf } from '../../src/runtime/special.ts';
import { one } from '../../src/calculus/build.ts';
import { beliefGradients } from '../../src/derive/natural-gradient.ts';
import type { GradientEstimator } from '../../src/derive/family/estimator.ts';
import { relativeError } from '../calculus/support.ts';
import { build, exactSlope, expectationOfRule, normal, ruleOf, type Example, type Law } from './models.ts';
import { freeEnergyOf, vector } from './support.ts';

const klWeight = 0.7;
const width = 1 / 400;
// The midpoint rule errs by width²/24 of the second derivative of what is summed, here below 20 times the sum.
const tolerance = 1e-5;

/** The middles of cells; 0 and all multiples of 1/2 are bounds of cells. */
const cells = (low: number, high: number): readonly number[] =>
  Array.from({ length: Math.round((high - low) / width) }, (_, n) => low + (n + 0.5) * width);
const line = cells(-9, 9);

const density = (z: number, m: number, s: number): number =>
  Math.exp(-((z - m) ** 2) / (2 * s * s)) / (s * Math.sqrt(2 * Math.PI));

/** Normal beliefs in the coordinates mean and log sd. */
const normalCells: Law = {
  ...normal,
  points: ([m, s]) =>
    line.map((value) => ({
      value,
      weight: width * density(value, m!, Math.exp(s!)),
      noise: (value - m!) / Math.exp(s!),
    })),
};

/** E|z| of a Normal z. */
const meanSize = (m: number, s: number): number =>
  s * Math.sqrt(2 / Math.PI) * Math.exp(-(m * m) / (2 * s * s)) +
  m * (1 - 2 * Math.exp(normalLogCdf(-m / s)));

/** The same beliefs, where the prior is Laplace with this scale. */
const againstLaplace: Law = {
  ...normalCells,
  divergence: ([m, logSd], [scale]) =>
    Math.log(2 * scale!) +
    meanSize(m!, Math.exp(logSd!)) / scale! -
    Math.log(2 * Math.PI * Math.E) / 2 -
    logSd!,
};

const exponentialCells: Law = {
  points: ([rate]) =>
    cells(0, 30).map((value) => ({
      value,
      weight: width * rate! * Math.exp(-rate! * value),
      noise: value * rate!,
    })),
  divergence: ([q], [p]) => Math.log(q! / p!) + p! / q! - 1,
  fisher: ([rate]) => [1 / rate! ** 2],
};

interface Case {
  readonly words: string;
  readonly latent: string;
  readonly belief: string;
  readonly observed: string;
  readonly law: Law;
  readonly coordinates: Readonly<Record<string, number>>;
  readonly prior: readonly number[];
  readonly surprise: (z: number) => number;
  readonly estimator: GradientEstimator['kind'];
}
const residual = (x: number, mean: number, sd: number): number =>
  ((x - mean) / sd) ** 2 / 2 + Math.log(sd) + Math.log(2 * Math.PI) / 2;
const x = 0.8;
const relu = (z: number): number => Math.max(z, 0);

const ofNormal = {
  latent: 'z ~ Normal(mean = 0 * m0, sd = 1)',
  belief: 'z ~ Normal(mean = m, log_sd = s)',
  law: normalCells,
  coordinates: { m: 0.3, s: -0.4 },
  prior: [0, 0],
} as const;
const cases: readonly Case[] = [
  {
    ...ofNormal,
    words: 'a Laplace prior of a Normal belief',
    latent: 'z ~ Laplace(scale = 0.3 + 0 * m0^2)',
    observed: 'x ~ Normal(mean = z + m0, sd = 1)',
    law: againstLaplace,
    prior: [0.3],
    surprise: (z) => residual(x, z, 1),
    estimator: 'pathwise',
  },
  {
    ...ofNormal,
    words: 'a rectified likelihood',
    observed: 'x ~ Normal(mean = 1.3 * relu(z), sd = 1)',
    surprise: (z) => residual(x, 1.3 * relu(z), 1),
    estimator: 'pathwise',
  },
  {
    ...ofNormal,
    words: 'a root of a square',
    observed: 'x ~ Normal(mean = sqrt(z^2), sd = 1)',
    surprise: (z) => residual(x, Math.abs(z), 1),
    estimator: 'pathwise',
  },
  {
    ...ofNormal,
    words: 'a likelihood that jumps',
    observed: 'x ~ Normal(mean = 3 * step(z), sd = 0.5)',
    surprise: (z) => residual(x, z > 0 ? 3 : 0, 0.5),
    estimator: 'score',
  },
  {
    ...ofNormal,
    words: 'a likelihood that is chosen',
    observed: 'x ~ Normal(mean = where(z > 0.5, 2 * z, -1), sd = 0.5)',
    surprise: (z) => residual(x, z > 0.5 ? 2 * z : -1, 0.5),
    estimator: 'score',
  },
  {
    words: 'a waiting time that is rounded',
    latent: 'z ~ Exponential(rate = 0.8 + 0 * m0^2)',
    belief: 'z ~ Exponential(rate = r)',
    observed: 'x ~ Normal(mean = floor(z), sd = 1.5)',
    law: exponentialCells,
    coordinates: { r: 1.4 },
    prior: [0.8],
    surprise: (z) => residual(x, Math.floor(z), 1.5),
    estimator: 'score',
  },
];

const exampleOf = ({ latent, belief, observed, law, coordinates, prior, surprise }: Case): Example => {
  const names = Object.keys(coordinates);
  return {
    ...build(`
      import { Normal, Laplace, Exponential } from "std/families"
      import { NaturalGradient } from "std/dynamics"
      model Layer(neurons: dim = 1) {
        param m0: real[neurons] = 0
        latent   ${latent}
        observed ${observed}
      }
      inference Settle of Layer {
        belief ${belief}
        start ${names.join(', ')} = 1
        repeat 3 { descend free_energy over ${names.join(', ')} by NaturalGradient(rate = 0.1) }
      }`),
    sizes: { neurons: 1 },
    values: { m0: vector('neurons', [0]), x: vector('neurons', [x]) },
    layers: [
      {
        latent: 'z',
        axis: 'neurons',
        law,
        coordinates: Object.fromEntries(names.map((name) => [name, [coordinates[name]!]])),
        prior: () => [prior],
        rolled: Object.fromEntries(names.map((name, i) => [name, [prior[i] ?? 0]])),
      },
    ],
    surprise: ({ z }) => surprise(z![0]!),
  };
};

describe.each(cases)('$words', (each) => {
  const example = exampleOf(each);
  const [layer] = example.layers;

  it(`is estimated by ${each.estimator}`, () => {
    const { model, inference } = example;
    const [belief] = inference.beliefs;
    const { estimator } = beliefGradients(model, inference, belief!, freeEnergyOf(one), 'model');
    expect(estimator.kind).toBe(each.estimator);
    expect(estimator.why).toMatch(/kinks|jumps/);
  });

  it.each(Object.keys(each.coordinates))(
    'moves %s by the slope of the free energy in expectation',
    (name) => {
      const wanted = exactSlope(example, layer!, name, klWeight, 'model');
      const found = expectationOfRule(
        example,
        ruleOf(example, 'z', name, 'model').plain,
        ['neurons'],
        klWeight,
      );
      expect(relativeError(found, wanted)).toBeLessThan(tolerance);
    },
  );
});
