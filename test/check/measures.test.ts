/** `measure`: numbers of each example that a model reports, and the functions that they are often made of. */
import { describe, expect, it } from 'vitest';
import { constant, multiply, one, read, subtract } from '../../src/calculus/build.ts';
import { difference } from '../../src/calculus/difference.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import { evaluate, type NamedArray } from '../../src/calculus/evaluate.ts';
import { firstModel, modelText, problems } from './support.ts';

const model = (lines: string): string => `
model M(pixels: dim = 3, classes: dim = 3) {
  param W: real[pixels, classes] = 0
  observed x: real[pixels]
  state y: unit[classes]
  observed label: one_hot over classes
  energy coupling = -(x @ W @ y) + sum(y^2) / 2
  ${lines}
}`;

describe('a measure', () => {
  it('is one number of each example, with its documentation', () => {
    const { measures } = firstModel(
      model('/// Share told wrong.\n measure test_error = 1 - match(y, label)'),
    );
    expect(measures.map(({ name, doc }) => [name, doc])).toEqual([['test_error', 'Share told wrong.']]);
    expect(measures[0]!.value.indices).toEqual([]);
  });

  it('stands beside the energy, and is no part of it', () => {
    expect(modelText(model('measure size_of_y = sum(y^2)'))).toContain(
      'measure size_of_y = sum{classes}(y[classes]^2)',
    );
    expect(firstModel(model('measure size_of_y = sum(y^2)')).energies.map(({ name }) => name)).toEqual([
      'coupling',
    ]);
  });

  it('that is no single number is an error that says how to sum it', () => {
    expect(problems(model('measure size_of_y = y^2'))).toEqual(['NSM3007 y^2']);
  });

  it('cannot have the name of what is measured of every model', () => {
    for (const name of ['energy', 'r2', 'step', 'turns', 'r2_x'])
      expect(problems(model(`measure ${name} = sum(y)`))).toEqual([`NSM2012 ${name}`]);
  });

  it('cannot have the name of something else in the model', () => {
    expect(problems(model('measure y = sum(x)'))).toEqual(['NSM2006 y']);
  });

  it('makes no use of a latent: nothing depends on it all the same', () => {
    const text = `
      import { Normal } from "std/families"
      model L(units: dim = 2) {
        latent z ~ Normal(mean = 0, sd = 1)
        observed x ~ Normal(mean = 0, sd = 1)
        measure size_of_z = z^2
      }`;
    expect(problems(text)).toContain('NSM9004 z');
  });
});

const vector = (values: readonly number[]): NamedArray => ({
  indices: ['n'],
  shape: [values.length],
  values: Float64Array.from(values),
});

describe('winner and match', () => {
  const value = (formula: string, a: readonly number[], b: readonly number[]): number => {
    const [measure] = firstModel(
      `model V(n: dim = 3) {
        param a: real[n] = 0
        param b: real[n] = 0
        state s: real
        energy leak = s^2
        measure m = ${formula}
      }`,
    ).measures;
    return evaluate(measure!.value, (name) => vector(name === 'a' ? a : b), { n: 3 }).values[0]!;
  };

  it.each([
    [[1, 5, 2], 1],
    [[-3, -2, -7], 1],
    [[4, 0, 4], 0],
    [[0, 0, 0], 0],
    [[1, 2, Infinity], 2],
  ])('the winner among %j has the place %i: of equal ones the first', (entries, place) => {
    expect(value('winner(a)', entries, [0, 0, 0])).toBe(place);
  });

  it.each([
    [[1, 5, 2], [0, 1, 0], 1],
    [[1, 5, 2], [0, 0, 1], 0],
    [[-1, -5, -2], [1, 0, 0], 1],
  ])('%j and %j match: %i', (a, b, answer) => {
    expect(value('match(a, b)', a, b)).toBe(answer);
  });

  it('a network that says the same of all classes is not right about all of them', () => {
    expect(
      [0, 1, 2].map((k) =>
        value(
          'match(a, b)',
          [0, 0, 0],
          [0, 1, 2].map((j) => Number(j === k)),
        ),
      ),
    ).toEqual([1, 0, 0]);
  });

  it('a largest entry changes by as much as it is raised, and no further than past the others', () => {
    const [measure] = firstModel(
      'model V(n: dim = 3) { state a: binary[n]\n param w: real[n] = 0\n energy total = largest(w * a) }',
    ).energies.map(({ value }) => ({ value }));
    // From a to 1 − a, one entry at a time.
    const by = subtract(one, multiply(constant(2), read('a', ['n'])));
    const change = difference(measure!.value, 'a', ['n'], by, []);
    const w = [2, 5, -1];
    const a = [1, 0, 1];
    const best = (state: readonly number[]) => Math.max(...state.map((on, k) => on * w[k]!));
    const expected = a.map((_, k) => best(a.map((on, l) => (l === k ? 1 - on : on))) - best(a));
    const environment = (name: string) => vector(name === 'a' ? a : w);
    expect([...evaluate(change, environment, { n: 3 }).values]).toEqual(expected);
  });

  it('the largest entry has the slope 1 where it is, shared among equals', () => {
    const [measure] = firstModel(
      'model V(n: dim = 3) { param a: real[n] = 0\n state s: real\n energy leak = s^2\n measure m = largest(a)^2 }',
    ).measures;
    const slope = derivative(measure!.value, 'a', ['n']);
    const at = (values: readonly number[]) => [...evaluate(slope, () => vector(values), { n: 3 }).values];
    expect(at([1, 3, 2])).toEqual([0, 6, 0]);
    expect(at([3, 3, 2])).toEqual([3, 3, 0]);
  });
});
