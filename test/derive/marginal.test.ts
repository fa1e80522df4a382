/**
 * Variables summed or integrated out, against sums over all of their states and integrals on a grid; and energies at conditional
 * means, whose gradients are those of the marginals.
 */
import { describe, expect, it } from 'vitest';
import { dependsOn, derivative } from '../../src/calculus/differentiate.ts';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { print } from '../../src/calculus/print.ts';
import type { Model } from '../../src/check/typed.ts';
import { energyOf } from '../../src/derive/energy.ts';
import { marginal, withMean } from '../../src/derive/marginal.ts';
import { uniforms } from '../calculus/support.ts';
import { checked } from './support.ts';

const sizes = { visible: 2, hidden: 3, classes: 3, few: 2, example: 2 };
type Values = Record<string, NamedArray>;

const modelOf = (body: string): Model =>
  checked(`
    import { Bernoulli, Normal, Poisson, Categorical } from "std/families"
    model M(visible: dim = 2, hidden: dim = 3, classes: dim = 3, few: dim = 2) {
      param W: real[visible, hidden] = 0
      param U: real[visible, few] = 0
      param V: real[visible, few, classes] = 0
      param J: real[hidden, few] = 0
      param a: real[visible] = 0
      param b: real[hidden] = 0
      param c: real[few] = 0
      param k: positive[few] = 1
      ${body}
    }`).models[0]!;

interface Case {
  readonly words: string;
  readonly model: string;
  readonly names: readonly string[];
  /** Values that one unit of each may take, or the grid of an integral over them. */
  readonly values: readonly (readonly number[])[];
  /** Parameters in which the gradients are compared. */
  readonly wrt: readonly string[];
}

const step = 0.02;
const line = Array.from({ length: 1001 }, (_, n) => (n - 500) * step);
const counts = Array.from({ length: 40 }, (_, n) => n);

const cases: readonly Case[] = [
  {
    words: 'hidden units of a restricted Boltzmann machine',
    model:
      'state v: binary[visible]\n state h: binary[hidden]\n energy all = -(v @ W @ h) - sum(a * v) - sum(b * h)',
    names: ['h'],
    values: [[0, 1]],
    wrt: ['W', 'a', 'b'],
  },
  {
    words: 'spins with squares and cubes of their own',
    model:
      'state v: binary[visible]\n state h: spin[hidden]\n energy all = -(v @ W @ h) + sum((h - b)^2) + sum(b * h^3)',
    names: ['h'],
    values: [[-1, 1]],
    wrt: ['W', 'b'],
  },
  {
    words: 'spins behind kinks of their own',
    model:
      'state v: binary[visible]\n state h: spin[hidden]\n energy all = sum(relu(h + v @ W)) - sum(abs(h * b))',
    names: ['h'],
    values: [[-1, 1]],
    wrt: ['W', 'b'],
  },
  {
    words: 'two groups of hidden units',
    model:
      'state v: binary[visible]\n state h: binary[hidden]\n state g: spin[few]\n energy all = -(v @ W @ h) - (v @ U @ g) - sum(b * h) - sum(c * g)',
    names: ['h', 'g'],
    values: [
      [0, 1],
      [-1, 1],
    ],
    wrt: ['W', 'U', 'b', 'c'],
  },
  {
    words: 'choices',
    model:
      'state v: binary[visible]\n state y: one_hot[few] over classes\n energy all = -sum(v @ V * y) - sum(a * v)',
    names: ['y'],
    values: [[0, 1, 2]],
    wrt: ['V', 'a'],
  },
  {
    words: 'causes with a law of their own',
    model: 'latent h ~ Bernoulli(logit = b)\n state v: binary[visible]\n energy all = -(v @ W @ h)',
    names: ['h'],
    values: [[0, 1]],
    wrt: ['W', 'b'],
  },
  {
    words: 'Gaussian units, integrated',
    model:
      'state v: binary[visible]\n state x: real[few]\n energy own = sum(k * (x - c)^2)\n energy coupling = -(v @ U @ x)',
    names: ['x'],
    values: [line],
    wrt: ['U', 'c', 'k'],
  },
  {
    words: 'counts of a family',
    model: 'latent n ~ Poisson(log_rate = c)\n state v: binary[visible]\n energy coupling = -(v @ U @ n)',
    names: ['n'],
    values: [counts],
    wrt: ['U', 'c'],
  },
];

const random = (model: Model, seed: number): Values => {
  const next = uniforms(seed);
  const values: Values = {};
  const fill = (name: string, indices: readonly string[], entry: () => number): void => {
    const shape = indices.map((index) => sizes[index as keyof typeof sizes]);
    const length = shape.reduce((count, size) => count * size, 1);
    values[name] = { indices, shape, values: Float64Array.from({ length }, entry) };
  };
  for (const { name, indices } of model.parameters) fill(name, indices, () => 2 * next() - 1);
  // Its stored values are its logarithm elsewhere; here they are used as they are.
  values['k'] = { ...values['k']!, values: values['k']!.values.map((x) => 0.7 + Math.abs(x)) };
  for (const { name, indices } of model.variables)
    fill(name, ['example', ...indices], () => Math.round(next()));
  return values;
};
const valueOf = (node: Expression, values: Values): NamedArray =>
  evaluate(node, (name) => values[name]!, sizes);

/** −log Σ exp(−E) of each example over all states of the variables: all combinations of values of all units. */
const enumerated = (model: Model, { names, values: own }: Case, values: Values): readonly number[] => {
  const energy = energyOf(model);
  const units = names.flatMap((name, n) => {
    const { shape } = values[name]!;
    const isChoice = model.variables.find((one) => one.name === name)!.support.kind === 'one_hot';
    const perExample = shape.slice(1, isChoice ? -1 : undefined).reduce((count, size) => count * size, 1);
    return Array.from({ length: perExample }, (_, unit) => ({ name, unit, isChoice, line: own[n]! }));
  });
  const totals = new Float64Array(sizes.example);
  const visit = (n: number, state: Values): void => {
    const unit = units[n];
    if (unit === undefined) {
      const at = valueOf(energy, state);
      for (let e = 0; e < sizes.example; e++)
        totals[e]! += Math.exp(-at.values[at.values.length === 1 ? 0 : e]!);
      return;
    }
    for (const x of unit.line) {
      const array = state[unit.name]!;
      const changed = array.values.slice();
      const perExample = changed.length / sizes.example;
      for (let e = 0; e < sizes.example; e++)
        if (unit.isChoice)
          for (let k = 0; k < sizes.classes; k++)
            changed[e * perExample + unit.unit * sizes.classes + k] = Number(k === x);
        else changed[e * perExample + unit.unit] = x;
      visit(n + 1, { ...state, [unit.name]: { ...array, values: changed } });
    }
  };
  // An integral or a long sum over several units is a product of one for each: the units are independent.
  if (units.length > 1 && units[0]!.line.length > 3) return productOfUnits(model, units, values);
  visit(0, values);
  return [...totals].map((total) => -Math.log(total));
};

const productOfUnits = (
  model: Model,
  units: readonly { readonly name: string; readonly unit: number; readonly line: readonly number[] }[],
  values: Values,
): readonly number[] => {
  const energy = energyOf(model);
  const at = (state: Values): Float64Array => valueOf(energy, state).values;
  const [first] = units;
  const array = values[first!.name]!;
  const perExample = array.values.length / sizes.example;
  const origin = { ...values, [first!.name]: { ...array, values: array.values.map(() => 0) } };
  const base = at(origin);
  const result = [...base];
  for (const { name, unit, line: own } of units) {
    const width = own === line ? step : 1;
    const totals = new Float64Array(sizes.example);
    for (const x of own) {
      const changed = new Float64Array(array.values.length);
      for (let e = 0; e < sizes.example; e++) changed[e * perExample + unit] = x;
      const found = at({ ...origin, [name]: { ...array, values: changed } });
      for (let e = 0; e < sizes.example; e++) totals[e]! += width * Math.exp(base[e]! - found[e]!);
    }
    totals.forEach((total, e) => (result[e]! -= Math.log(total)));
  }
  return result;
};

describe('what is left when variables are summed out', () => {
  for (const one of cases)
    it(`is −log of the sum over all states: ${one.words}`, () => {
      const model = modelOf(one.model);
      const found = marginal(model, energyOf(model), one.names);
      if (found.kind === 'none') expect.fail(found.why);
      one.names.forEach((name) => expect(dependsOn(found.value, name)).toBe(false));
      const values = random(model, 3);
      const left = valueOf(found.value, values);
      // The grid of an integral of a Gaussian errs by less than 1e-10 here; sums are exact.
      enumerated(model, one, values).forEach((wanted, e) =>
        expect(left.values[left.values.length === 1 ? 0 : e]!).toBeCloseTo(wanted, 9),
      );
    });

  for (const one of cases)
    it(`has the gradient of the energy at conditional means: ${one.words}`, () => {
      const model = modelOf(one.model);
      const energy = energyOf(model);
      const [free, mean] = [marginal(model, energy, one.names), withMean(model, energy, one.names)];
      if (free.kind === 'none' || mean.kind === 'none') expect.fail('no energy');
      one.names.forEach((name) => expect(dependsOn(mean.value, name)).toBe(false));
      const values = random(model, 5);
      for (const name of one.wrt) {
        const indices = model.parameters.find((param) => param.name === name)!.indices;
        const [wanted, found] = [free.value, mean.value].map((value) => {
          const slope = valueOf(derivative(value, name, indices), values);
          expect(
            slope.values.some((entry) => Math.abs(entry) > 1e-6),
            name,
          ).toBe(true);
          return slope;
        });
        expect(found!.indices).toEqual(wanted!.indices);
        found!.values.forEach((entry, n) => expect(entry).toBeCloseTo(wanted!.values[n]!, 10));
      }
    });
});

it('the free energy of a restricted Boltzmann machine reads as it is written', () => {
  const model = modelOf(cases[0]!.model);
  const found = marginal(model, energyOf(model), ['h']);
  if (found.kind === 'none') expect.fail(found.why);
  expect(print(found.value, { hide: ['example'] })).toBe(
    '−sum(softplus(b + W @ v) over hidden) − sum(a · v over visible)',
  );
});

describe('no energy is left, and it is said why,', () => {
  const refused = (body: string, names: readonly string[], by: typeof marginal): string => {
    const model = modelOf(body);
    const found = by(model, energyOf(model), names);
    return found.kind === 'none' ? found.why : expect.fail('there is one');
  };
  const coupled = 'latent h ~ Bernoulli(logit = b)\n observed x ~ Bernoulli(logit = W @ h)';
  const deep =
    'state v: binary[visible]\n state h: binary[hidden]\n state g: binary[few]\n energy all = -(v @ W @ h) - (h @ J @ g)';

  it('where units of the variable are coupled', () => {
    expect(refused(coupled, ['h'], marginal)).toBe(
      'units of h are coupled along hidden, so they have no law each of its own',
    );
    expect(refused(coupled, ['h'], withMean)).toBe(
      'units of h are coupled along hidden, so they have no law each of its own',
    );
  });

  it('where two variables at their means depend on each other', () => {
    expect(refused(deep, ['h', 'g'], withMean)).toBe(
      'h and g depend on each other: the mean of a product is not the product of the means',
    );
  });

  it('where summing one variable out couples the units of the next', () => {
    expect(refused(deep, ['h', 'g'], marginal)).toBe(
      'units of g are coupled along few, so they have no law each of its own',
    );
  });

  it('but either of two layers alone can be summed out', () => {
    const model = modelOf(deep);
    expect(marginal(model, energyOf(model), ['g']).kind).toBe('energy');
    expect(marginal(model, energyOf(model), ['h']).kind).toBe('energy');
  });
});
