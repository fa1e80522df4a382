/** Families of the standard library with members of each, for tests of what is derived from a declaration. */
import { readdirSync } from 'node:fs';
import type { NamedArray } from '../../../src/calculus/evaluate.ts';
import type { Family } from '../../../src/check/typed.ts';
import { memberOf, type Member } from '../../../src/derive/family/member.ts';
import { checkedFile, matrix, vector } from '../support.ts';

export const libraryFamily = (name: string): Family =>
  checkedFile(`stdlib/families/${name}.nsm`).families.find((family) => family.name === name)!;

export const libraryNames: readonly string[] = readdirSync(
  new URL('../../../stdlib/families/', import.meta.url),
)
  .filter((file) => file.endsWith('.nsm'))
  .map((file) => file.slice(0, -'.nsm'.length))
  .sort();

type Parameters = Readonly<Record<string, number | NamedArray>>;

const precision = (scale: number): NamedArray =>
  matrix(
    ['dims', "dims'"],
    [
      [2 * scale, 0.6],
      [0.6, 1.5],
    ],
  );

/** Two members of each family: a moderate one, and one further out that shares its fixed arguments. */
const parameters: Readonly<Record<string, readonly [Parameters, Parameters]>> = {
  Bernoulli: [{ logit: 0.4 }, { logit: -3 }],
  Beta: [
    { alpha: 2.5, beta: 1.7 },
    { alpha: 0.9, beta: 6 },
  ],
  Binomial: [
    { logit: 0.4, trials: 7 },
    { logit: -2.5, trials: 7 },
  ],
  Categorical: [{ logits: vector('classes', [0.3, -0.4, 1.1]) }, { logits: vector('classes', [2, 0, -1]) }],
  ContinuousBernoulli: [{ logit: 0.4 }, { logit: -6 }],
  Dirichlet: [
    { concentration: vector('classes', [1.5, 2, 0.8]) },
    { concentration: vector('classes', [4, 9, 2]) },
  ],
  Exponential: [{ rate: 1.3 }, { rate: 20 }],
  Gamma: [
    { shape: 2.5, rate: 1.3 },
    { shape: 30, rate: 0.4 },
  ],
  Geometric: [{ log_odds: 0.3 }, { log_odds: 3 }],
  HalfNormal: [{ sd: 0.7 }, { sd: 12 }],
  InverseGamma: [
    { shape: 4.5, scale: 2 },
    { shape: 9, scale: 0.3 },
  ],
  InverseGaussian: [
    { mean: 1.2, shape: 2.5 },
    { mean: 5, shape: 40 },
  ],
  Laplace: [
    { scale: 0.7, centre: 1.5 },
    { scale: 9, centre: 1.5 },
  ],
  LogNormal: [
    { mean: 0.3, sd: 0.5 },
    { mean: -1.2, sd: 0.9 },
  ],
  MultivariateNormal: [
    { mean: vector('dims', [0.5, -1]), precision: precision(1) },
    { mean: vector('dims', [2, 0.1]), precision: precision(3) },
  ],
  NegativeBinomial: [
    { log_odds: 0.3, count: 2.5 },
    { log_odds: 2.5, count: 2.5 },
  ],
  Normal: [
    { mean: 0.4, sd: 0.8 },
    { mean: 40, sd: 0.3 },
  ],
  NormalKnownVariance: [
    { mean: 0.4, sd: 1.7 },
    { mean: -30, sd: 1.7 },
  ],
  Pareto: [
    { shape: 4.5, minimum: 1.3 },
    { shape: 7, minimum: 1.3 },
  ],
  Poisson: [{ log_rate: 0.4 }, { log_rate: 6 }],
  Quartic: [{ drive: 0.4 }, { drive: -20 }],
  QuarticByQuadrature: [{ drive: 0.4 }, { drive: -20 }],
  Rayleigh: [{ scale: 0.7 }, { scale: 12 }],
  RectifiedNormal: [
    { mean: 0.4, sd: 1.7 },
    { mean: -6, sd: 1.7 },
  ],
  Spin: [{ bias: 0.4 }, { bias: -2 }],
  TruncatedNormal: [
    { mean: 0.4, sd: 1.7 },
    { mean: -20, sd: 1.7 },
  ],
  VonMises: [
    { mean: 0.4, concentration: 1.7 },
    { mean: 3.1, concentration: 60 },
  ],
  Weibull: [
    { scale: 0.7, shape: 1.6 },
    { scale: 12, shape: 1.6 },
  ],
};

export const libraryMembers = (name: string): readonly Member[] => {
  const family = libraryFamily(name);
  return parameters[name]!.map((given) => memberOf(family, given));
};
