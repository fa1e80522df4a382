/** Branches of −∂E/∂s, against the energy's own derivative, and where there are none. */
import { describe, expect, it } from 'vitest';
import { negate, subtract, add, multiply, read } from '../../src/calculus/build.ts';
import { print } from '../../src/calculus/print.ts';
import type { Model } from '../../src/check/typed.ts';
import { branchesOf, type Branching } from '../../src/derive/branches.ts';
import { energyGradient, energyOf } from '../../src/derive/energy.ts';
import { variableOf } from '../../src/derive/free-energy.ts';
import { isPositive } from '../../src/derive/sign.ts';
import { readNames, walk } from '../../src/calculus/substitute.ts';
import { relativeError, uniformArray, uniforms, valuesOver } from '../calculus/support.ts';
import { checked, checkedFile } from './support.ts';

const deep = checkedFile('stdlib/models/deep_attractor.nsm').models[0]!;
const attractor = checkedFile('stdlib/models/attractor.nsm').models[0]!;

/** A model in braces: what is declared, with sizes 3 and 4. */
const modelOf = (body: string, settings = ''): Model =>
  checked(`
    import { Normal, Quartic } from "std/families"
    model Small(pixels: dim = 3, units: dim = 4${settings}) { ${body} }
  `).models[0]!;

const branching = (model: Model, name: string): Extract<Branching, { kind: 'branches' }> => {
  const found = branchesOf(model, variableOf(model, name));
  if (found.kind === 'none') expect.fail(found.why);
  return found;
};
const inputs = (model: Model, name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    branching(model, name).branches.map((branch) => [
      branch.name,
      print(branch.input, { hide: ['example'] }),
    ]),
  );
const why = (model: Model, name: string): string => {
  const found = branchesOf(model, variableOf(model, name));
  return found.kind === 'none' ? found.why : 'it has branches';
};

describe('the branches of a unit', () => {
  it('are the energy terms that touch it besides its own leak', () => {
    expect(inputs(deep, 'x')).toEqual({ lower: 'a0 + W1 @ s1' });
    expect(inputs(deep, 's1')).toEqual({ lower: 'b1 + W1 @ x', upper: 'a1 + W2 @ s2' });
    expect(inputs(deep, 's2')).toEqual({ upper: 'b2 + W2 @ s1' });
    expect(print(branching(deep, 's1').leak)).toBe('2');
  });

  it('hear a tied weight in each term that has it', () => {
    expect(inputs(attractor, 's')).toEqual({ lower: 'b + W @ x', upper: 'b + W @ r' });
    expect(inputs(attractor, 'r')).toEqual({ upper: 'a + W @ s' });
  });

  it('are factors where the model is directed, the leak of each with its own precision', () => {
    const chain = modelOf(`
      param V: real[pixels, units] = glorot()
      param sd: positive[units] = 2
      observed x: real[pixels]
      latent z ~ Normal(mean = x @ V, sd = sd)
      latent y ~ Normal(mean = V @ z, sd = 1)
    `);
    expect(why(chain, 'z')).toBe('its units act on each other in `y`');
    expect(inputs(chain, 'y')).toEqual({ y: 'V @ z' });
  });

  it('share a current that comes from no other unit', () => {
    const biased = modelOf(`
      param V: real[pixels, units] = glorot()
      param b: real[units] = 0
      observed x: real[pixels]
      observed y: real[pixels]
      state s: real[units]
      energy leak = sum(s^2)
      energy one = -(x @ V @ s)
      energy two = -(y @ V @ s)
      energy bias = -sum(b * s)
    `);
    expect(inputs(biased, 's')).toEqual({ one: 'V @ x + ½ · b', two: 'V @ y + ½ · b' });
  });
});

describe('−∂E/∂s is the total of the branches minus the leak', () => {
  const sizes = { example: 2, pixels: 3, hidden: 4, hidden1: 4, hidden2: 5, units: 4 };
  const gated = modelOf(`
    param V: real[pixels, units] = glorot()
    param gain: positive[units] = 1
    observed x: real[pixels]
    state g: positive[units]
    state s: real[units]
    energy leak = sum(gain * (1 + g^2) * s^2) / 2
    energy input = -sum(g * s * (x @ V)) + sum((s - g)^2) / 2
  `);
  for (const [model, name] of [
    [deep, 'x'],
    [deep, 's1'],
    [deep, 's2'],
    [attractor, 's'],
    [attractor, 'r'],
    [gated, 's'],
  ] as const)
    it(`of ${name} of ${model.name}`, () => {
      const variable = variableOf(model, name);
      const { total, leak, branches } = branching(model, name);
      const own = read(name, ['example', ...variable.indices]);
      const force = negate(energyGradient(energyOf(model), variable));
      const next = uniforms(11);
      const arrays = new Map<string, ReturnType<typeof uniformArray>>();
      walk(add(force, total), (node) => {
        if (node.kind === 'read' && !arrays.has(node.name))
          arrays.set(node.name, uniformArray(next, node.subscripts, sizes, 0.1, 1));
      });
      const values = Object.fromEntries(arrays);
      const over = ['example', ...variable.indices];
      const wanted = valuesOver(over, force, values, sizes);
      const found = valuesOver(over, subtract(total, multiply(leak, own)), values, sizes);
      expect(relativeError(found, wanted)).toBeLessThan(1e-12);
      const summed = valuesOver(over, add(...branches.map(({ input }) => input)), values, sizes);
      expect(relativeError(summed, valuesOver(over, total, values, sizes))).toBeLessThan(1e-12);
      expect([...readNames(total)]).not.toContain(name);
    });
});

describe('a force is not solved for its own unit', () => {
  const pixels = 'observed x: real[pixels] param V: real[pixels, units] = glorot()';
  it('where units of one layer act on each other', () => {
    const explaining = modelOf(`${pixels} state s: real[units]
      energy leak = sum(s^2) / 2
      energy error = sum((x - V @ s)^2) / 2`);
    expect(why(explaining, 's')).toBe('its units act on each other in `error`');
  });

  it('where the force bends', () => {
    const bent = modelOf(`${pixels} state s: real[units]
      energy leak = sum(s^2) / 2
      energy input = -(x @ V @ relu(s))`);
    expect(why(bent, 's')).toBe('its force is not linear in its own state in `input`');
    const quartic = modelOf(`latent z ~ Quartic(drive = 0) observed x ~ Normal(mean = z, sd = 1)`);
    expect(why(quartic, 'z')).toContain('its force is not linear in its own state in `z`');
  });

  it('where nothing pulls the unit back, or not surely', () => {
    expect(why(modelOf(`${pixels} state s: unit[units] energy input = -(x @ V @ s)`), 's')).toBe(
      'the energy has no `s^2` that pulls it back',
    );
    const unsure = modelOf(`${pixels} param k: real = 1 state s: unit[units]
      energy leak = k * sum(s^2) energy input = -(x @ V @ s)`);
    expect(why(unsure, 's')).toBe('what pulls it back cannot be told to be positive');
  });

  it('where its values are not continuous', () => {
    const binary = modelOf(`${pixels} state s: binary[units] energy input = sum(s^2) - (x @ V @ s)`);
    expect(why(binary, 's')).toBe('its values are 0 and 1, and only a continuous state has a force');
  });
});

describe('a formula is told to be positive', () => {
  const model = modelOf(
    'param p: positive = 1 param q: real = 1 state u: unit[units] state s: real[units] energy leak = sum(s^2) + sum(u^2)',
    ', nudge: real = 0, pull: real = -1, rate: positive = 1',
  );
  const q = read('q');
  it.each([
    ['positive parameters and settings', multiply(read('p'), read('rate')), true],
    ['a square plus a positive number', add(multiply(q, q), read('p')), true],
    ['a setting declared as 0, added to a number', add(read('nudge'), read('p')), true],
    ['a square, which may be 0', multiply(q, q), false],
    ['a value that may be 0', read('u', ['units']), false],
    ['a real parameter', q, false],
    ['a setting below 0', read('pull'), false],
    ['a difference', subtract(read('p'), read('rate')), false],
  ])('%s', (_, node, wanted) => {
    expect(isPositive(node, model)).toBe(wanted);
  });
});
