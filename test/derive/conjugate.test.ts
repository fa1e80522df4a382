/** Exact conditionals of latents: their density is the joint density up to a factor without the latent. */
import { describe, expect, it } from 'vitest';
import { add, sum } from '../../src/calculus/build.ts';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import { print } from '../../src/calculus/print.ts';
import { readNames } from '../../src/calculus/substitute.ts';
import type { Model, Variable } from '../../src/check/typed.ts';
import { conditionalOf, conjugatePrior } from '../../src/derive/conjugate.ts';
import {
  logDensityAt,
  naturals,
  unnormalisedLogDensity,
  atNaturals,
  fixedArguments,
} from '../../src/derive/family/family.ts';
import { exampleNames, perExample, unitIndices, variableRead } from '../../src/derive/free-energy.ts';
import { uniforms } from '../calculus/support.ts';
import { checked } from './support.ts';
import { libraryFamily } from './family/members.ts';

const sizes = { units: 3, pixels: 2, labels: 3, dims: 2, example: 1 };

interface Case {
  readonly words: string;
  readonly prior: string;
  readonly child: string;
  /** The parameters of the conditional that is found. */
  readonly wanted: Readonly<Record<string, string>>;
}
const cases: readonly Case[] = [
  {
    words: 'a Gamma rate of counts',
    prior: 'Gamma(shape = p, rate = q)',
    child: 'Poisson(rate = z)',
    wanted: { shape: 'p + x', rate: '1 + q' },
  },
  {
    words: 'a Gamma rate of waiting times',
    prior: 'Gamma(shape = p, rate = q)',
    child: 'Exponential(rate = z)',
    wanted: { shape: '1 + p', rate: 'q + x' },
  },
  {
    words: 'a Gamma precision',
    prior: 'Gamma(shape = p, rate = q)',
    child: 'Normal(mean = m, precision = z)',
    wanted: { shape: '½ + p', rate: 'q + ½ · m² + ½ · x² − m · x' },
  },
  {
    words: 'an inverse Gamma variance',
    prior: 'InverseGamma(shape = p, scale = q)',
    child: 'Normal(mean = m, sd = sqrt(z))',
    wanted: { shape: '½ + p', scale: 'q + ½ · m² + ½ · x² − m · x' },
  },
  {
    words: 'a Normal mean',
    prior: 'Normal(mean = m, sd = p)',
    child: 'Normal(mean = z, sd = q)',
    wanted: {},
  },
  {
    words: 'a Beta probability of being on',
    prior: 'Beta(alpha = p, beta = q)',
    child: 'Bernoulli(probability = z)',
    wanted: { alpha: 'p + x', beta: '1 + q − x' },
  },
  {
    words: 'a Beta probability of trials',
    prior: 'Beta(alpha = p, beta = q)',
    child: 'Binomial(probability = z, trials = 5)',
    wanted: { alpha: 'p + x', beta: '5 + q − x' },
  },
  {
    words: 'a Beta probability of stopping',
    prior: 'Beta(alpha = p, beta = q)',
    child: 'Geometric(probability = z)',
    wanted: { alpha: '1 + p', beta: 'q + x' },
  },
  // Functions that do nothing to positive values.
  {
    words: 'a size of a rate',
    prior: 'Gamma(shape = p, rate = q)',
    child: 'Poisson(rate = abs(z))',
    wanted: { shape: 'p + x', rate: '1 + q' },
  },
  {
    words: 'a rectified rate',
    prior: 'Gamma(shape = p, rate = q)',
    child: 'Poisson(rate = relu(z))',
    wanted: { shape: 'p + x', rate: '1 + q' },
  },
  {
    words: 'a root of a squared rate',
    prior: 'Gamma(shape = p, rate = q)',
    child: 'Poisson(rate = sqrt(4 * z^2))',
    wanted: { shape: 'p + x', rate: '2 + q' },
  },
  {
    words: 'the direction of a direction',
    prior: 'VonMises(mean = m, concentration = p)',
    child: 'VonMises(mean = z, concentration = q)',
    wanted: {
      mean: 'atan2(p · sin(m) + q · sin(x), p · cos(m) + q · cos(x))',
    },
  },
  {
    words: 'a mean that is not differentiated',
    prior: 'Normal(mean = m, sd = p)',
    child: 'Normal(mean = detach(z), sd = q)',
    wanted: {},
  },
];

/** Latents with finitely many values: every function of one is linear in its statistic. */
const finiteCases: readonly (Case & { readonly values: readonly number[] })[] = [
  {
    words: 'a switch between means',
    prior: 'Bernoulli(logit = m)',
    child: 'Normal(mean = p + 2 * z, sd = q)',
    values: [0, 1],
    wanted: { logit: 'm + 2 · x / q² − 2 · p / q² − 2 / q²' },
  },
  {
    words: 'a switch between spreads',
    prior: 'Bernoulli(logit = m)',
    child: 'Normal(mean = 0, sd = where(z > 0, p, q))',
    values: [0, 1],
    wanted: {},
  },
  {
    words: 'a switch through a softplus',
    prior: 'Bernoulli(logit = m)',
    child: 'Poisson(rate = softplus(p * z + q))',
    values: [0, 1],
    wanted: {},
  },
  {
    words: 'a spin',
    prior: 'Spin(bias = m)',
    child: 'Normal(mean = 2 * z, sd = 0.5)',
    values: [-1, 1],
    wanted: { bias: 'm + 8 · x' },
  },
  {
    words: 'a spin through a jump',
    prior: 'Spin(bias = m)',
    child: 'Normal(mean = 2 * step(z) + p, sd = 0.5)',
    values: [-1, 1],
    wanted: {},
  },
];

const imports =
  'import { Poisson, Normal, Gamma, Bernoulli, Beta, Binomial, Geometric, Dirichlet, Categorical, Exponential, InverseGamma, HalfNormal, MultivariateNormal, VonMises, Spin } from "std/families"';
const modelOf = (prior: string, child: string, params = ''): Model =>
  checked(`${imports}
    model M(units: dim = 3, pixels: dim = 2, labels: dim = 3, dims: dim = 2) {
      param p: positive[units] = 1
      param q: positive[units] = 2
      param m: real[units] = 0
      ${params}
      latent z ~ ${prior}
      observed x ~ ${child}
    }`).models[0]!;

const latentOf = (model: Model): Variable => model.variables.find(({ name }) => name === 'z')!;

const next = uniforms(11);
const arrayOf = (indices: readonly string[], at: () => number): NamedArray => {
  const shape = indices.map((index) => sizes[index.replaceAll("'", '') as keyof typeof sizes]);
  const length = shape.reduce((count, size) => count * size, 1);
  return { indices, shape, values: Float64Array.from({ length }, at) };
};

/** log joint − log conditional at several values of the latent: one number, if the conditional is right. */
const gaps = (
  model: Model,
  values: () => NamedArray,
  given: Readonly<Record<string, NamedArray>>,
): number[] => {
  const latent = latentOf(model);
  const conditional = conditionalOf(model, latent);
  if (conditional.kind === 'none') throw new Error(conditional.why);
  const names = exampleNames(model, null);
  const joint = add(
    ...model.variables.map((variable) =>
      sum(
        unitIndices(variable),
        perExample(logDensityAt(variable.distribution!, variableRead(variable)), names),
      ),
    ),
  );
  const { family } = latent.distribution!;
  const density = sum(
    unitIndices(latent),
    atNaturals(unnormalisedLogDensity(family), family, conditional.naturals, {
      ...fixedArguments(latent.distribution!),
      x: variableRead(latent),
    }),
  );
  return Array.from({ length: 5 }, () => {
    const at: Readonly<Record<string, NamedArray>> = { ...given, z: values() };
    const value = (node: typeof joint): number => evaluate(node, (name) => at[name]!, sizes).values[0]!;
    return value(joint) - value(density);
  });
};

const expectOneNumber = (all: readonly number[]): void => {
  for (const value of all) expect(Math.abs(value - all[0]!)).toBeLessThan(1e-10 * (1 + Math.abs(all[0]!)));
};

describe.each(cases)('$words', ({ prior, child, wanted }) => {
  const model = modelOf(prior, child);

  it('has a conditional proportional to the joint density', () => {
    const unit = (): NamedArray => arrayOf(['example', 'units'], () => 0.1 + 0.8 * next());
    const positive = (): NamedArray => arrayOf(['units'], () => 0.5 + next());
    const given = {
      p: positive(),
      q: positive(),
      m: arrayOf(['units'], next),
      x: arrayOf(['example', 'units'], () => Math.floor(2 * next())),
    };
    expectOneNumber(gaps(model, unit, given));
  });

  it('has parameters that count what was seen', () => {
    const conditional = conditionalOf(model, latentOf(model));
    if (conditional.kind === 'none') throw new Error(conditional.why);
    const found = Object.entries(conditional.parameters).map(([name, value]) => [
      name,
      print(value, { hide: ['example'] }),
    ]);
    expect(Object.fromEntries(found)).toMatchObject(wanted);
  });
});

describe.each(finiteCases)('$words', ({ prior, child, wanted, values }) => {
  const model = modelOf(prior, child);

  it('has a conditional proportional to the joint density', () => {
    const given = {
      p: arrayOf(['units'], () => 0.5 + next()),
      q: arrayOf(['units'], () => 0.5 + next()),
      m: arrayOf(['units'], next),
      x: arrayOf(['example', 'units'], () => Math.floor(3 * next())),
    };
    const drawn = (): NamedArray =>
      arrayOf(['example', 'units'], () => values[Math.floor(values.length * next())]!);
    expectOneNumber(gaps(model, drawn, given));
  });

  it('has parameters that compare the two values', () => {
    const conditional = conditionalOf(model, latentOf(model));
    if (conditional.kind === 'none') throw new Error(conditional.why);
    const found = Object.entries(conditional.parameters).map(([name, value]) => [
      name,
      print(value, { hide: ['example'] }),
    ]);
    expect(Object.fromEntries(found)).toMatchObject(wanted);
  });
});

describe('latents whose values are vectors', () => {
  it('say which part of a mixture was seen', () => {
    const model = modelOf(
      'Categorical(logits = a over labels)',
      'Normal(mean = W @ z, sd = exp(s @ z))',
      'param a: real[labels] = 1\n param W: real[pixels, labels] = 1\n param s: real[labels] = 1',
    );
    const classes = (): NamedArray => {
      const chosen = Math.floor(3 * next());
      return {
        indices: ['example', 'labels'],
        shape: [1, 3],
        values: Float64Array.of(0, 0, 0).with(chosen, 1),
      };
    };
    expectOneNumber(
      gaps(model, classes, {
        a: arrayOf(['labels'], next),
        W: arrayOf(['pixels', 'labels'], next),
        s: arrayOf(['labels'], next),
        x: arrayOf(['example', 'pixels'], next),
      }),
    );
  });

  it('count classes', () => {
    const model = modelOf(
      'Dirichlet(concentration = a over labels)',
      'Categorical(probabilities = z over labels)',
      'param a: positive[labels] = 1',
    );
    const shares = (): NamedArray => {
      const free = arrayOf(['example', 'labels'], () => 0.1 + next());
      const total = free.values.reduce((left, right) => left + right, 0);
      return { ...free, values: free.values.map((value) => value / total) };
    };
    expectOneNumber(
      gaps(model, shares, {
        a: arrayOf(['labels'], () => 0.5 + next()),
        x: { indices: ['example', 'labels'], shape: [1, 3], values: Float64Array.of(0, 1, 0) },
      }),
    );
    const conditional = conditionalOf(model, latentOf(model));
    expect(conditional.kind === 'conjugate' && print(conditional.naturals[0]!, { hide: ['example'] })).toBe(
      'a + x',
    );
  });

  it('are Gaussian under a linear Gaussian likelihood', () => {
    const model = modelOf(
      'MultivariateNormal(mean = a, precision = P)',
      'Normal(mean = W @ z, sd = 0.7)',
      "param a: real[dims] = 1\n param P: real[dims, dims'] = 1\n param W: real[pixels, dims] = 1",
    );
    expectOneNumber(
      gaps(model, () => arrayOf(['example', 'dims'], () => 4 * next() - 2), {
        a: arrayOf(['dims'], next),
        P: { indices: ['dims', "dims'"], shape: [2, 2], values: Float64Array.of(2, 0.3, 0.3, 1) },
        W: arrayOf(['pixels', 'dims'], next),
        x: arrayOf(['example', 'pixels'], next),
      }),
    );
  });
});

describe('a latent without a conditional of its own family', () => {
  it.each([
    [
      'Normal(mean = m, sd = p)',
      'Normal(mean = W @ z, sd = 1)',
      'the log likelihood of z is not linear in the statistics of Normal, unit by unit',
    ],
    [
      'Normal(mean = m, sd = p)',
      'Poisson(log_rate = z)',
      'the log likelihood of z is not linear in the statistics of Normal, unit by unit',
    ],
    [
      'Poisson(rate = p)',
      'Normal(mean = W @ z, sd = 1)',
      'the log likelihood of z is not linear in the statistics of Poisson, unit by unit',
    ],
    [
      'HalfNormal(sd = p)',
      'Poisson(rate = z)',
      'the log likelihood of z is no sum of statistics of HalfNormal',
    ],
    // What jumps has the slope 0 wherever it has one.
    ...[
      'Normal(mean = step(z), sd = 1)',
      'Normal(mean = sign(z), sd = 1)',
      'Normal(mean = floor(z), sd = 1)',
      'Bernoulli(probability = where(z > 0, 0.9, 0.1))',
    ].map((child) => [
      'Normal(mean = m, sd = p)',
      child,
      'the log likelihood of z is not linear in the statistics of Normal, unit by unit',
    ]),
    [
      'Bernoulli(logit = m)',
      'Normal(mean = W @ z, sd = 1)',
      'the log likelihood of z is not linear in the statistics of Bernoulli, unit by unit',
    ],
    [
      'Normal(mean = m, sd = p)',
      'Normal(mean = abs(z), sd = 1)',
      'the log likelihood of z is not linear in the statistics of Normal, unit by unit',
    ],
  ])('says why: %s, %s', (prior, child, why) => {
    const model = modelOf(prior, child, 'param W: real[pixels, units] = 1');
    const conditional = conditionalOf(model, latentOf(model));
    expect(conditional).toEqual({ kind: 'none', why });
  });
});

describe('the conjugate prior of natural parameters', () => {
  it('adds statistics and counts', () => {
    const { logDensity, update } = conjugatePrior(libraryFamily('Poisson'))!;
    expect(print(logDensity)).toBe('eta · χ − ν · exp(eta)');
    expect(update.map(({ name, by }) => `${name} + ${print(by)}`)).toEqual(['χ + x', 'ν + 1']);
    const gamma = conjugatePrior(libraryFamily('Gamma'))!;
    expect(gamma.update.map(({ name, by }) => `${name} + ${print(by)}`)).toEqual([
      'χ₁ + log(x)',
      'χ₂ + x',
      'ν + 1',
    ]);
  });

  it('does not exist where the log-partition is intractable', () => {
    expect(conjugatePrior(libraryFamily('Quartic'))).toBeNull();
  });
});

it('natural parameters of the prior are those of its arguments', () => {
  const latent = latentOf(modelOf('Gamma(shape = p, rate = q)', 'Poisson(rate = z)'));
  expect(naturals(latent.distribution!).map((value) => [...readNames(value)])).toEqual([['p'], ['q']]);
});
