/**
 * Conditional laws against the energy itself: along one unit of a variable, −E and the log density of the law differ by a constant.
 * Everything is float64: what differs is rounding.
 */
import { describe, expect, it } from 'vitest';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { print } from '../../src/calculus/print.ts';
import { readNames } from '../../src/calculus/substitute.ts';
import type { Model, Variable } from '../../src/check/typed.ts';
import { conditionalLaw, conditionalMean, type Law } from '../../src/derive/conditional.ts';
import { energyOf } from '../../src/derive/energy.ts';
import { explain } from '../../src/derive/explain.ts';
import { atNaturals, fixedArguments, unnormalisedLogDensity } from '../../src/derive/family/family.ts';
import { uniforms } from '../calculus/support.ts';
import { checked } from './support.ts';

const sizes = { units: 3, visible: 2, hidden: 3, rows: 2, columns: 3, classes: 3, example: 2 };
type Values = Record<string, NamedArray>;

interface Case {
  readonly words: string;
  readonly model: string;
  readonly name: string;
  readonly kind: Law['kind'];
  readonly coupled: readonly string[];
  /** Values that one unit may take, for laws on the line. */
  readonly values?: readonly number[];
}

const axes = Object.keys(sizes)
  .filter((axis) => axis !== 'example')
  .map((axis) => `${axis}: dim = 3`)
  .join(', ');
const modelOf = (body: string): Model =>
  checked(`
    import { Bernoulli, Spin, Normal, Poisson, Gamma, Categorical, Exponential, Quartic } from "std/families"
    model M(${axes}) {
      param W: real[visible, hidden] = 0
      param V: real[units, units'] = 0
      param R: real[rows, rows'] = 0
      param U: real[hidden, classes] = 0
      param a: real[visible] = 0
      param b: real[hidden] = 0
      param c: real[units] = 0
      param k: positive[units] = 1
      ${body}
    }`).models[0]!;

const cases: readonly Case[] = [
  {
    words: 'hidden units of a restricted Boltzmann machine',
    model: `
      state v: binary[visible]
      state h: binary[hidden]
      energy coupling = -(v @ W @ h)
      energy biases = -sum(a * v) - sum(b * h)`,
    name: 'h',
    kind: 'two_point',
    coupled: [],
  },
  {
    words: 'spins of a Boltzmann machine with couplings of a unit to itself',
    model: 'state s: spin[units]\n energy all = -(s @ V @ s) / 2 - sum(c * s)',
    name: 's',
    kind: 'two_point',
    coupled: ['units'],
  },
  {
    words: 'spins of which only columns are coupled',
    model: 'state s: spin[rows, columns]\n energy all = -sum(s * (R @ s))',
    name: 's',
    kind: 'two_point',
    coupled: ['rows'],
  },
  {
    words: 'causes that explain each other away',
    model: 'latent h ~ Bernoulli(logit = b)\n observed x ~ Bernoulli(logit = W @ h)',
    name: 'h',
    kind: 'two_point',
    coupled: ['hidden'],
  },
  {
    words: 'effects of causes',
    model: 'latent h ~ Bernoulli(logit = b)\n observed x ~ Bernoulli(logit = W @ h)',
    name: 'x',
    kind: 'two_point',
    coupled: [],
  },
  {
    words: 'units with squares and cubes of their own',
    model: 'state h: binary[units]\n energy all = sum(k * (h - c)^2) + sum(c * h^3)',
    name: 'h',
    kind: 'two_point',
    coupled: [],
  },
  {
    words: 'units behind a kink each of its own',
    model: 'state h: binary[units]\n energy all = sum(relu(h + c)) - sum(abs(h * c))',
    name: 'h',
    kind: 'two_point',
    coupled: [],
  },
  {
    words: 'units behind one kink',
    model: 'state h: binary[units]\n energy all = relu(sum(c * h))',
    name: 'h',
    kind: 'two_point',
    coupled: ['units'],
  },
  {
    words: 'units of a modern Hopfield network',
    model: 'state s: spin[hidden]\n energy all = -log_sum_exp(W @ s over visible)',
    name: 's',
    kind: 'two_point',
    coupled: ['hidden'],
  },
  {
    words: 'a choice under linear evidence',
    model: `
      state h: binary[hidden]
      state y: one_hot over classes
      energy all = -(h @ U @ y)`,
    name: 'y',
    kind: 'choice',
    coupled: [],
  },
  {
    words: 'choices that are coupled, with squares of their own',
    model: `
      param J: real[classes, classes'] = 0
      state y: one_hot[units] over classes
      energy couplings = -sum(y * (V @ y))
      energy own = sum(sum(y * k over units) * sum(J * 1 over classes'))
      energy squares = sum((y - k)^2)`,
    name: 'y',
    kind: 'choice',
    coupled: ['units'],
  },
  {
    words: 'classes of a mixture',
    model: `
      param s: real[classes] = 0
      latent y ~ Categorical(logits = s)
      observed x ~ Normal(mean = sum(U * y over classes), sd = 1 + sum(exp(U) * y over classes))`,
    name: 'y',
    kind: 'choice',
    coupled: [],
  },
  {
    words: 'Gaussian units that binary ones drive',
    model: `
      state x: real[visible]
      state h: binary[hidden]
      energy own = sum((x - a)^2) / 2
      energy coupling = -(x @ W @ h)`,
    name: 'x',
    kind: 'normal',
    coupled: [],
    values: [-1.5, 0, 0.3, 2],
  },
  {
    words: 'Gaussian latents that share what they explain',
    model: 'latent z ~ Normal(mean = b, sd = 2)\n observed x ~ Normal(mean = W @ z, sd = 0.5)',
    name: 'z',
    kind: 'normal',
    coupled: ['hidden'],
    values: [-1.5, 0, 0.3, 2],
  },
  {
    words: 'Gaussian units whose precision other units set',
    model: 'state x: real[hidden]\n state y: real[units]\n energy own = sum(x^2) * sum(y^2) + sum(x * b)',
    name: 'x',
    kind: 'normal',
    coupled: [],
    values: [-1, 0, 2],
  },
  {
    words: 'counts of a family in an energy with binary units',
    model: `
      latent n ~ Poisson(log_rate = a)
      state h: binary[hidden]
      energy coupling = -(n @ W @ h)`,
    name: 'n',
    kind: 'member',
    coupled: [],
    values: [0, 1, 2, 5],
  },
  {
    words: 'rates of counts and waiting times',
    model: `
      latent r ~ Gamma(shape = k, rate = 2)
      observed n ~ Poisson(rate = r)
      observed t ~ Exponential(rate = r)`,
    name: 'r',
    kind: 'member',
    coupled: [],
    values: [0.3, 1, 2.5],
  },
  {
    words: 'a layer of which the log-partition is not known',
    model: 'latent q ~ Quartic(drive = c)\n observed x ~ Normal(mean = a, sd = 1)',
    name: 'q',
    kind: 'member',
    coupled: [],
    values: [-1, 0.5, 2],
  },
];

/** Random values of everything that a model has: of the right support. */
const random = (model: Model, seed: number): Values => {
  const next = uniforms(seed);
  const entry = (kind: string): number => {
    switch (kind) {
      case 'binary':
        return Math.round(next());
      case 'spin':
        return next() < 0.5 ? -1 : 1;
      case 'count':
        return Math.floor(4 * next());
      case 'positive':
        return 0.3 + next();
      default:
        return 2 * next() - 1;
    }
  };
  const values: Values = {};
  const fill = (name: string, indices: readonly string[], kind: string): void => {
    const shape = indices.map((index) => sizes[index.replaceAll("'", '') as keyof typeof sizes]);
    const length = shape.reduce((count, size) => count * size, 1);
    const array = Float64Array.from({ length }, () => entry(kind));
    if (kind === 'one_hot') {
      const classes = shape.at(-1)!;
      array.fill(0);
      for (let row = 0; row < length; row += classes) array[row + Math.floor(classes * next())] = 1;
    }
    values[name] = { indices, shape, values: array };
  };
  for (const { name, indices, support } of model.parameters) fill(name, indices, support.kind);
  for (const { name, indices, support } of model.variables) fill(name, ['example', ...indices], support.kind);
  return values;
};

/** Interneurons are not part of the law of their layer: any mean serves. */
const interneurons: NamedArray = { indices: [], shape: [2, 3], values: new Float64Array(6) };
const valueOf = (node: Expression, values: Values): NamedArray =>
  evaluate(node, (name) => values[name] ?? interneurons, sizes);
const withEntry = (
  values: Values,
  name: string,
  places: readonly number[],
  to: readonly number[],
): Values => {
  const changed = values[name]!.values.slice();
  places.forEach((place, n) => (changed[place] = to[n]!));
  return { ...values, [name]: { ...values[name]!, values: changed } };
};
/** An entry of an array that may lack some of the indices of the unit. */
const entryOf = (array: NamedArray, indices: readonly string[], place: number): number => {
  const shape = indices.map((index) => sizes[index as keyof typeof sizes]);
  let rest = place;
  const at = new Map<string, number>();
  for (let n = indices.length - 1; n >= 0; n--) {
    at.set(indices[n]!, rest % shape[n]!);
    rest = Math.floor(rest / shape[n]!);
  }
  return array.values[
    array.indices.reduce((offset, index, n) => offset * array.shape[n]! + at.get(index)!, 0)
  ]!;
};

/** The log density of a law at the values of one unit, up to a constant. */
const logDensity = (law: Law, values: Values, indices: readonly string[], place: number) => {
  const at = (node: Expression): number => entryOf(valueOf(node, values), indices, place);
  switch (law.kind) {
    case 'two_point': {
      const odds = at(law.logOdds);
      return (x: number): number => (x === law.high ? odds : 0);
    }
    case 'choice':
      throw new Error('a choice is compared whole');
    case 'normal': {
      const [mean, precision] = [at(law.mean), at(law.precision)];
      return (x: number): number => (-precision * (x - mean) ** 2) / 2;
    }
    case 'member': {
      const { family } = law.member;
      const eta = law.naturals.map(at);
      return (x: number): number => {
        const known: Values = { x: { indices: [], shape: [], values: Float64Array.of(x) } };
        family.natural.forEach(({ name }, i) => {
          known[name] = { indices: [], shape: [], values: Float64Array.of(eta[i]!) };
        });
        return valueOf(unnormalisedLogDensity(family), known).values[0]!;
      };
    }
  }
};

const exampleOf = (place: number, length: number): number => Math.floor(place / (length / sizes.example));

describe('the law of one unit given all others is exp(−E), normalised', () => {
  for (const { words, model: text, name, kind, coupled, values: line = [] } of cases) {
    it(words, () => {
      const model = modelOf(text);
      const variable = model.variables.find((one) => one.name === name)!;
      const found = conditionalLaw(model, variable);
      if (found.kind === 'none') expect.fail(found.why);
      const { law } = found;
      expect(law.kind).toBe(kind);
      expect(found.coupled).toEqual(coupled);
      const energy = energyOf(model);
      const values = random(model, 7);
      const all = values[name]!.values.length;
      const indices = ['example', ...variable.indices];
      const energyAt = (state: Values, place: number): number =>
        entryOf(valueOf(energy, state), ['example'], exampleOf(place, all));
      if (law.kind === 'choice') {
        const logits = valueOf(law.logits, values);
        for (let row = 0; row < all; row += sizes.classes) {
          const places = Array.from({ length: sizes.classes }, (_, n) => row + n);
          const gaps = places.map((_, chosen) => {
            const to = places.map((_, n) => Number(n === chosen));
            const e = energyAt(withEntry(values, name, places, to), row);
            return entryOf(logits, indices, row + chosen) + e;
          });
          gaps.forEach((gap) => expect(gap).toBeCloseTo(gaps[0]!, 10));
        }
        return;
      }
      const own = law.kind === 'two_point' ? [law.low, law.high] : line;
      expect(own.length).toBeGreaterThan(1);
      for (let place = 0; place < all; place++) {
        const density = logDensity(law, values, indices, place);
        const gaps = own.map((x) => energyAt(withEntry(values, name, [place], [x]), place) + density(x));
        gaps.forEach((gap) => expect(gap).toBeCloseTo(gaps[0]!, 10));
      }
    });
  }
});

describe('independent units have formulas that do not read the variable', () => {
  for (const { words, model: text, name, coupled } of cases) {
    if (coupled.length > 0) continue;
    it(words, () => {
      const model = modelOf(text);
      const found = conditionalLaw(
        model,
        model.variables.find((one) => one.name === name)!,
      );
      if (found.kind === 'none') expect.fail(found.why);
      const { law } = found;
      const formulas =
        law.kind === 'two_point'
          ? [law.logOdds]
          : law.kind === 'choice'
            ? [law.logits]
            : law.kind === 'normal'
              ? [law.mean, law.precision]
              : law.naturals;
      formulas.forEach((formula) => expect([...readNames(formula)]).not.toContain(name));
    });
  }
});

it('hidden units of a restricted Boltzmann machine have the mean σ(b + W v)', () => {
  const model = modelOf(cases[0]!.model);
  const found = conditionalLaw(model, model.variables[1]!);
  if (found.kind === 'none') expect.fail(found.why);
  expect(print(conditionalMean(found.law)!, { hide: ['example'] })).toBe('sigmoid(b + W @ v)');
});

const refusals: readonly (readonly [words: string, model: string, name: string, why: string])[] = [
  [
    'a bounded state without a family',
    'state s: unit[units]\n energy all = sum(s^2)',
    's',
    's is unit without a family: of states only binary, spin, one_hot and real ones have a known law',
  ],
  [
    'a real state in an energy of the fourth order',
    'state s: real[units]\n energy all = sum(s^4)',
    's',
    'the energy is not quadratic in a unit of s',
  ],
  [
    'a real state in an energy with kinks',
    'state s: real[units]\n energy all = sum(s^2) + sum(abs(s))',
    's',
    'the energy has kinks or jumps in s, so it is not quadratic in a unit of it',
  ],
  [
    'a real state in a linear energy',
    'state s: real[units]\n energy all = sum(c * s)',
    's',
    'the energy is linear in s: it has no least value in it',
  ],
  [
    'a real state in an energy without a floor',
    'state s: real[units]\n energy all = -sum(s^2)',
    's',
    'the energy falls without end in s: its curvature there is negative',
  ],
  [
    'a state of which no energy speaks',
    'state s: real[units]\n state h: binary[hidden]\n energy all = sum(b * h)',
    's',
    'the energy does not depend on s',
  ],
  [
    'counts in an energy that is quadratic in them',
    'latent n ~ Poisson(log_rate = b)\n observed x ~ Normal(mean = W @ n, sd = 1)',
    'n',
    'the energy is not linear in the statistics of Poisson, unit by unit of n',
  ],
  [
    'the parent of a layer without a log-partition',
    'latent h ~ Bernoulli(logit = b)\n latent q ~ Quartic(drive = W @ h)\n observed x ~ Normal(mean = q, sd = 1)',
    'h',
    'the log-partition of q depends on h and is intractable',
  ],
];
describe('there is no law, and it is said why, for', () => {
  for (const [words, text, name, why] of refusals)
    it(words, () => {
      const model = modelOf(text);
      const variable: Variable = model.variables.find((one) => one.name === name)!;
      expect(conditionalLaw(model, variable)).toEqual({ kind: 'none', why });
    });
});

it('a member is given by its natural parameters', () => {
  const model = modelOf(cases.find(({ name }) => name === 'n')!.model);
  const found = conditionalLaw(model, model.variables[0]!);
  if (found.kind === 'none' || found.law.kind !== 'member') expect.fail('no member');
  const { member, naturals } = found.law;
  expect(naturals.map((eta) => print(eta, { hide: ['example'] }))).toEqual(['a + W @ h']);
  expect(
    print(atNaturals(conditionalMean(found.law)!, member.family, naturals, fixedArguments(member)), {
      hide: ['example'],
    }),
  ).toBe('exp(a + W @ h)');
});

it('laws that a file draws from are explained, with the order in which units are drawn', () => {
  const { models } = explain(
    checked(`
      import { Poisson } from "std/families"
      import { Gibbs, SGD } from "std/dynamics"
      model M(units: dim = 3, hidden: dim = 2, classes: dim = 4) {
        param W: real[units, units'] = 0
        param V: real[units, hidden] = 0
        param U: real[hidden, classes] = 0
        state s: spin[units]
        latent n ~ Poisson(log_rate = 0 * sum(V over units))
        state y: one_hot over classes
        state x: real[units]
        energy pairs = -(s @ W @ s) / 2 - (s @ V @ n) - (n @ U @ y)
        energy own = sum((x - s)^2) / 2
      }
      inference I of M {
        start s = 1
        start y = position(classes) == 0
        start x = 0
        repeat 3 { sample n, y; descend energy over s by Gibbs() }
      }
      learning L of M by I {
        phase last { sample x }
        phase first { sample n }
        descend energy in last - energy in first over W by SGD(rate = 0.1)
      }`),
  );
  expect(models[0]!.laws).toEqual([
    { variable: 'n', law: 'Poisson with eta = U @ y + V @ s', order: 'all units at once' },
    { variable: 'y', law: 'P(y) = softmax(U @ n over classes)', order: 'all units at once' },
    {
      variable: 's',
      law: 'P(s = 1) = sigmoid(s @ W + W @ s + 2 · x + 2 · (V @ n) − 2 · W[units, units] · s)',
      order: 'one unit after the other along units, which couples them',
    },
    { variable: 'x', law: 'normal with mean s and precision 1', order: 'all units at once' },
  ]);
});
