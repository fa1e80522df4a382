/** Small models written in the language, with numbers, their exact free energy by enumeration, and its exact slope. */
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { read } from '../../src/calculus/build.ts';
import type { Belief, Checked, Inference, Model } from '../../src/check/typed.ts';
import { rolledName } from '../../src/derive/belief.ts';
import type { PriorKind } from '../../src/derive/free-energy.ts';
import { noiseName } from '../../src/derive/estimate.ts';
import { beliefGradients } from '../../src/derive/natural-gradient.ts';
import { valuesOver, slopeOf, type Values } from '../calculus/support.ts';
import { checked, freeEnergyOf, gaussHermite, logFactorial, matrix, vector } from './support.ts';

/** One point of the support of one unit, its probability, and the noise that made it, if any. */
export interface Point {
  readonly value: number;
  readonly weight: number;
  readonly noise?: number;
}

/** The law of one unit of a belief in its coordinates, by hand. */
export interface Law {
  readonly points: (coordinates: readonly number[]) => readonly Point[];
  /** KL of the unit's belief from a member with other coordinates of the same law. */
  readonly divergence: (posterior: readonly number[], prior: readonly number[]) => number;
  /** Fisher information of the coordinates, a diagonal. */
  readonly fisher: (coordinates: readonly number[]) => readonly number[];
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const poisson: Law = {
  points: ([u]) =>
    Array.from({ length: 45 }, (_, value) => ({
      value,
      weight: Math.exp(value * u! - Math.exp(u!) - logFactorial(value)),
    })),
  divergence: ([u], [p]) => Math.exp(u!) * (u! - p!) - Math.exp(u!) + Math.exp(p!),
  fisher: ([u]) => [Math.exp(u!)],
};
export const bernoulli: Law = {
  points: ([u]) => [
    { value: 0, weight: sigmoid(-u!) },
    { value: 1, weight: sigmoid(u!) },
  ],
  divergence: ([u], [p]) => sigmoid(u!) * (u! - p!) - softplus(u!) + softplus(p!),
  fisher: ([u]) => [sigmoid(u!) * sigmoid(-u!)],
};
/** Coordinates (mean, log sd). */
const hermite = gaussHermite(36);
export const normal: Law = {
  points: ([m, s]) =>
    hermite.points.map((noise, n) => ({
      value: m! + Math.exp(s!) * noise,
      weight: hermite.weights[n]!,
      noise,
    })),
  divergence: ([m, s], [pm, ps]) =>
    ps! - s! + (Math.exp(2 * s!) + (m! - pm!) ** 2) / (2 * Math.exp(2 * ps!)) - 0.5,
  fisher: ([, s]) => [Math.exp(-2 * s!), 2],
};

/** A latent of a test model. */
export interface Layer {
  readonly latent: string;
  readonly axis: string;
  readonly law: Law;
  /** By coordinate, one number per unit. */
  readonly coordinates: Readonly<Record<string, readonly number[]>>;
  /** Coordinates of the model's prior of each unit, given the drawn values of all layers above. */
  readonly prior: (drawn: Readonly<Record<string, readonly number[]>>) => readonly (readonly number[])[];
  /** Coordinates of a rolled prior. */
  readonly rolled: Readonly<Record<string, readonly number[]>>;
}

export interface Example {
  readonly file: Checked;
  readonly model: Model;
  readonly inference: Inference;
  readonly sizes: Readonly<Record<string, number>>;
  /** Parameters, and observed variables of one example, without the example index. */
  readonly values: Readonly<Record<string, NamedArray>>;
  readonly layers: readonly Layer[];
  /** −log p(observed | latents), by hand. */
  readonly surprise: (drawn: Readonly<Record<string, readonly number[]>>) => number;
}

interface Row {
  readonly drawn: Readonly<Record<string, readonly number[]>>;
  readonly noise: Readonly<Record<string, readonly number[]>>;
  readonly weight: number;
}

const unitCoordinates = ({ coordinates }: Layer, unit: number): readonly number[] =>
  Object.values(coordinates).map((values) => values[unit]!);
const unitsOf = ({ coordinates }: Layer): number => Object.values(coordinates)[0]!.length;

/** Every joint value of all latents, with its probability under the beliefs. */
export const rowsOf = (layers: readonly Layer[]): readonly Row[] => {
  let rows: readonly Row[] = [{ drawn: {}, noise: {}, weight: 1 }];
  for (const layer of layers)
    for (let unit = 0; unit < unitsOf(layer); unit++) {
      const points = layer.law.points(unitCoordinates(layer, unit)).filter(({ weight }) => weight > 1e-18);
      rows = rows.flatMap(({ drawn, noise, weight }) =>
        points
          .filter((point) => point.weight * weight > 1e-18)
          .map((point) => ({
            drawn: { ...drawn, [layer.latent]: [...(drawn[layer.latent] ?? []), point.value] },
            noise: { ...noise, [layer.latent]: [...(noise[layer.latent] ?? []), point.noise ?? 0] },
            weight: weight * point.weight,
          })),
      );
    }
  return rows;
};

/** F = E_q[−log p(x | z)] + w Σ KL, by enumeration and by hand. */
export const exactFreeEnergy = (
  example: Example,
  layers: readonly Layer[],
  klWeight: number,
  prior: PriorKind,
): number =>
  rowsOf(layers).reduce((total, { drawn, weight }) => {
    const divergence = layers.reduce((sum, layer) => {
      const against = prior === 'model' ? layer.prior(drawn) : null;
      for (let unit = 0; unit < unitsOf(layer); unit++)
        sum += layer.law.divergence(
          unitCoordinates(layer, unit),
          against?.[unit] ?? Object.values(layer.rolled).map((values) => values[unit]!),
        );
      return sum;
    }, 0);
    return total + weight * (example.surprise(drawn) + klWeight * divergence);
  }, 0);

/** ∇_u F of one coordinate by central differences of the exact free energy. */
export const exactSlope = (
  example: Example,
  layer: Layer,
  coordinate: string,
  klWeight: number,
  prior: PriorKind,
): readonly number[] =>
  layer.coordinates[coordinate]!.map((value, unit) =>
    slopeOf((moved) => {
      const changed: Layer = {
        ...layer,
        coordinates: { ...layer.coordinates, [coordinate]: layer.coordinates[coordinate]!.with(unit, moved) },
      };
      return exactFreeEnergy(
        example,
        example.layers.map((other) => (other === layer ? changed : other)),
        klWeight,
        prior,
      );
    }, value),
  );

const stack = (index: string, rows: readonly (readonly number[])[]): NamedArray =>
  matrix(['example', index], rows);

/** Arrays of a batch that holds every joint value of the latents once. */
export const batchValues = (example: Example, rows: readonly Row[], klWeight: number): Values => {
  const repeated = (index: string, values: readonly number[]) =>
    stack(
      index,
      rows.map(() => values),
    );
  const observed = Object.fromEntries(
    example.model.variables
      .filter(({ role }) => role === 'observed')
      .map(({ name, indices }) => [name, repeated(indices[0]!, [...example.values[name]!.values])]),
  );
  const latents = example.layers.flatMap(({ latent, axis, coordinates, rolled }) => [
    [
      latent,
      stack(
        axis,
        rows.map(({ drawn }) => drawn[latent]!),
      ),
    ] as const,
    ...['standard_normal', 'standard_exponential'].map(
      (name) =>
        [
          noiseName(latent, name),
          stack(
            axis,
            rows.map(({ noise }) => noise[latent]!),
          ),
        ] as const,
    ),
    ...Object.entries(coordinates).map(([name, values]) => [name, repeated(axis, values)] as const),
    ...Object.entries(rolled).map(([name, values]) => [rolledName(name), repeated(axis, values)] as const),
  ]);
  return { ...example.values, ...observed, ...Object.fromEntries(latents), kl_weight: klWeight };
};

/** The expectation over draws of an expression per example and unit. */
export const expectationOfRule = (
  example: Example,
  node: Expression,
  indices: readonly string[],
  klWeight: number,
): readonly number[] => {
  const rows = rowsOf(example.layers);
  const sizes = { ...example.sizes, example: rows.length };
  const all = valuesOver(['example', ...indices], node, batchValues(example, rows, klWeight), sizes);
  const width = all.length / rows.length;
  return Array.from({ length: width }, (_, unit) =>
    rows.reduce((total, { weight }, row) => total + weight * all[row * width + unit]!, 0),
  );
};

export const beliefAbout = (inference: Inference, latent: string): Belief =>
  inference.beliefs.find((belief) => belief.latent === latent)!;

/** The derived rule of one coordinate, with the KL weight read as `kl_weight`. */
export const ruleOf = (example: Example, latent: string, coordinate: string, prior: PriorKind) => {
  const belief = beliefAbout(example.inference, latent);
  const derived = beliefGradients(
    example.model,
    example.inference,
    belief,
    freeEnergyOf(read('kl_weight')),
    prior,
  );
  return {
    ...derived.gradients.find((gradient) => gradient.coordinate === coordinate)!,
    exact: derived.drawnBecause === null,
  };
};

// --- The models -----------------------------------------------------------------------------------------------------

export const Phi = [
  [0.7, -0.4],
  [0.2, 0.9],
  [-0.5, 0.3],
] as const;
const pixels = [0.9, -0.3, 1.4] as const;
const logSd = [-0.2, 0.1, 0.3] as const;
export const sizes = { pixels: 3, neurons: 2, causes: 2 };
export const dot = (row: readonly number[], z: readonly number[]): number =>
  row.reduce((total, value, i) => total + value * z[i]!, 0);
const gaussian = (x: number, mean: number, log_sd: number): number =>
  0.5 * Math.log(2 * Math.PI) + log_sd + (x - mean) ** 2 / (2 * Math.exp(2 * log_sd));
/** −log p of the three pixels given Φ z. */
export const gaussianPixels = (z: readonly number[]): number =>
  pixels.reduce((total, x, i) => total + gaussian(x, dot(Phi[i]!, z), logSd[i]!), 0);
export const shared = {
  Phi: matrix(['pixels', 'neurons'], Phi),
  log_sd: vector('pixels', logSd),
  x: vector('pixels', pixels),
};

export const build = (source: string): Pick<Example, 'file' | 'model' | 'inference'> => {
  const file = checked(source);
  return { file, model: file.models.at(-1)!, inference: file.inferences.at(-1)! };
};

/** A layer of latents over a linear map with Gaussian pixels: `latent` and `belief` are lines of the language. */
const overPixels = (
  imports: string,
  latent: string,
  belief: string,
  coordinates: readonly string[],
): string => `
  import { ${imports} } from "std/families"
  import { NaturalGradient } from "std/dynamics"
  model Layer(pixels: dim = 3, neurons: dim = 2) {
    param Phi:    real[pixels, neurons] = normal(0, 1)
    param log_sd: real[pixels] = 0
    param prior:  real[neurons] = 0
    latent   ${latent}
    observed x ~ Normal(mean = Phi @ z, log_sd = log_sd)
  }
  inference Settle of Layer {
    ${belief}
    ${coordinates.map((name) => `start ${name} = 0 * prior`).join('\n    ')}
    repeat 3 { descend free_energy over ${coordinates.join(', ')} by NaturalGradient(rate = 0.1) }
  }`;

const prior = [-0.6, 0.2] as const;

/** The iterative Poisson VAE of the standard library, small. */
export const spiking = (exact = false): Example => ({
  ...build(
    overPixels(
      'Poisson, Normal',
      'z ~ Poisson(log_rate = prior)',
      `belief ${exact ? 'exact ' : ''}z natural u`,
      ['u'],
    ),
  ),
  sizes,
  values: { ...shared, prior: vector('neurons', prior) },
  layers: [
    {
      latent: 'z',
      axis: 'neurons',
      law: poisson,
      coordinates: { u: [0.4, -0.8] },
      prior: () => prior.map((p) => [p]),
      rolled: { u: [0.1, -1.1] },
    },
  ],
  surprise: ({ z }) => gaussianPixels(z!),
});

export const binary = (exact = false): Example => ({
  ...build(
    overPixels(
      'Bernoulli, Normal',
      'z ~ Bernoulli(logit = prior)',
      `belief ${exact ? 'exact ' : ''}z natural u`,
      ['u'],
    ),
  ),
  sizes,
  values: { ...shared, prior: vector('neurons', prior) },
  layers: [
    {
      latent: 'z',
      axis: 'neurons',
      law: bernoulli,
      coordinates: { u: [0.7, -0.9] },
      prior: () => prior.map((p) => [p]),
      rolled: { u: [0.2, -0.1] },
    },
  ],
  surprise: ({ z }) => gaussianPixels(z!),
});

/** A Gaussian latent with coordinates mean and log sd. */
export const gaussianLatent = (exact = false): Example => ({
  ...build(
    overPixels(
      'Normal',
      'z ~ Normal(mean = prior, sd = 0.8)',
      `belief ${exact ? 'exact ' : ''}z ~ Normal(mean = m, log_sd = s)`,
      ['m', 's'],
    ),
  ),
  sizes,
  values: { ...shared, prior: vector('neurons', prior) },
  layers: [
    {
      latent: 'z',
      axis: 'neurons',
      law: normal,
      coordinates: { m: [0.3, -0.7], s: [-0.4, 0.2] },
      prior: () => prior.map((p) => [p, Math.log(0.8)]),
      rolled: { m: [0.1, 0.5], s: [0.3, -0.2] },
    },
  ],
  surprise: ({ z }) => gaussianPixels(z!),
});

/** A Gaussian latent under counts: E[f″] is no constant, so the theorems of Bonnet and Price do real work. */
export const countsOverGaussian = (): Example => ({
  ...build(`
    import { Poisson, Normal } from "std/families"
    import { NaturalGradient } from "std/dynamics"
    model Counts(pixels: dim = 3, neurons: dim = 2) {
      param Phi:  real[pixels, neurons] = normal(0, 1)
      param log_sd: real[pixels] = 0
      latent   z: real[neurons] ~ Normal(mean = 0, sd = 1)
      observed x ~ Poisson(log_rate = Phi @ z + log_sd)
    }
    inference Settle of Counts {
      belief z ~ Normal(mean = m, log_sd = s)
      start m, s = 0
      repeat 3 { descend free_energy over m, s by NaturalGradient(rate = 0.1) }
    }`),
  sizes,
  values: { ...shared, x: vector('pixels', [2, 0, 3]) },
  layers: [
    {
      latent: 'z',
      axis: 'neurons',
      law: normal,
      coordinates: { m: [0.3, -0.7], s: [-0.4, -0.1] },
      prior: () => [
        [0, 0],
        [0, 0],
      ],
      rolled: { m: [0.1, 0.5], s: [0.3, -0.2] },
    },
  ],
  surprise: ({ z }) =>
    [2, 0, 3].reduce((total, x, i) => {
      const u = dot(Phi[i]!, z!) + logSd[i]!;
      return total + Math.exp(u) - x * u + logFactorial(x);
    }, 0),
});

/** Two layers: switches drive spike rates, spikes drive Gaussian pixels. */
export const hierarchy = (): Example => {
  const W = [
    [0.8, -0.5],
    [-0.3, 0.6],
  ] as const;
  const bias = [-0.4, -0.9] as const;
  const top = [0.3, -0.2] as const;
  return {
    ...build(`
      import { Bernoulli, Poisson, Normal } from "std/families"
      import { NaturalGradient } from "std/dynamics"
      model Layers(pixels: dim = 3, neurons: dim = 2, causes: dim = 2) {
        param Phi:    real[pixels, neurons] = normal(0, 1)
        param log_sd: real[pixels] = 0
        param W:      real[neurons, causes] = normal(0, 1)
        param bias:   real[neurons] = -1
        param top:    real[causes] = 0
        latent   h ~ Bernoulli(logit = top)
        latent   z ~ Poisson(log_rate = W @ h + bias)
        observed x ~ Normal(mean = Phi @ z, log_sd = log_sd)
      }
      inference Settle of Layers {
        belief h natural v
        belief z natural u
        start v = top
        start u = bias
        repeat 3 { descend free_energy over v, u by NaturalGradient(rate = 0.1) }
      }`),
    sizes,
    values: {
      ...shared,
      W: matrix(['neurons', 'causes'], W),
      bias: vector('neurons', bias),
      top: vector('causes', top),
    },
    layers: [
      {
        latent: 'h',
        axis: 'causes',
        law: bernoulli,
        coordinates: { v: [0.5, -0.7] },
        prior: () => top.map((p) => [p]),
        rolled: { v: [0.2, -0.1] },
      },
      {
        latent: 'z',
        axis: 'neurons',
        law: poisson,
        coordinates: { u: [0.2, -0.9] },
        prior: ({ h }) => W.map((row, n) => [dot(row, h!) + bias[n]!]),
        rolled: { u: [0.1, -1.1] },
      },
    ],
    surprise: ({ z }) => gaussianPixels(z!),
  };
};
