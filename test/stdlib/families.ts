/** The families of the standard library, from their files. */
import { readdirSync } from 'node:fs';

/** Names as the language lists them, which are the names of the files. */
export const familyNames = [
  'Bernoulli',
  'Beta',
  'Binomial',
  'Categorical',
  'ContinuousBernoulli',
  'Dirichlet',
  'Exponential',
  'Gamma',
  'Geometric',
  'HalfNormal',
  'InverseGamma',
  'InverseGaussian',
  'Laplace',
  'LogNormal',
  'MultivariateNormal',
  'NegativeBinomial',
  'Normal',
  'NormalKnownVariance',
  'Pareto',
  'Poisson',
  'Quartic',
  'QuarticByQuadrature',
  'Rayleigh',
  'RectifiedNormal',
  'Spin',
  'TruncatedNormal',
  'VonMises',
  'Weibull',
] as const;

export const folder = new URL('../../stdlib/families/', import.meta.url);
export const filesInFolder = (): readonly string[] =>
  readdirSync(folder)
    .map((file) => file.replace(/\.nsm$/, ''))
    .sort();
export const pathOf = (name: string): string => `stdlib/families/${name}.nsm`;
