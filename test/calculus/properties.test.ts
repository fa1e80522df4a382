/** Properties of the calculus on random expressions: every rewriting keeps the value that the expression was built to have. */
import { describe, expect, it } from 'vitest';
import { completeSquares, simplest, together } from '../../src/calculus/collect.ts';
import { difference } from '../../src/calculus/difference.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import { distributeNested, expand } from '../../src/calculus/expand.ts';
import { reorder } from '../../src/calculus/evaluate.ts';
import type { Expression, Index } from '../../src/calculus/expression.ts';
import { print } from '../../src/calculus/print.ts';
import { renameIndices } from '../../src/calculus/substitute.ts';
import {
  add,
  centralDifferences,
  constant,
  multiply,
  numberOf,
  read,
  relativeError,
  sampleExpression,
  sampleNames,
  sampleSizes as sizes,
  sampleValues,
  sum,
  tabulate,
  uniforms,
  valueOf,
  valuesOver,
} from './support.ts';

/** Identity, without a structural comparison of two graphs of shared nodes when it fails. */
const expectSame = (found: Expression, wanted: Expression): void => {
  if (found !== wanted) expect.fail(`${print(found)} is not the node ${print(wanted)}`);
};

const samples = (seed: number, count: number, depth: number, differentiable: boolean) => {
  const next = uniforms(seed);
  return Array.from({ length: count }, () => {
    const values = sampleValues(next);
    return { values, sample: sampleExpression(next, values, depth, differentiable) };
  }).filter(({ sample }) => tabulate(sample, sample.free).every((value) => Math.abs(value) < 1e6));
};

const forms: readonly [string, (node: Expression) => Expression][] = [
  ['the constructors', (node) => node],
  ['expand', expand],
  ['distributeNested', distributeNested],
  ['completeSquares', completeSquares],
  ['together', together],
  ['simplest', simplest],
  ['expand, then completeSquares', (node) => completeSquares(expand(node))],
];

describe('rewriting keeps the value', () => {
  for (const [name, rewrite] of forms)
    it(`of 300 random expressions through ${name}`, () => {
      for (const { sample, values } of samples(11, 300, 4, false)) {
        const found = valuesOver(sample.free, rewrite(sample.expression), values, sizes);
        const wanted = tabulate(sample, sample.free);
        const scale = Math.max(1, ...wanted.map(Math.abs));
        for (let i = 0; i < wanted.length; i++)
          if (!(Math.abs(found[i]! - wanted[i]!) < 1e-8 * scale))
            expect.fail(
              `${print(sample.expression)} becomes ${print(rewrite(sample.expression))}: ${found[i]}, not ${wanted[i]}`,
            );
      }
    });
});

describe('the derivative', () => {
  for (const depth of [2, 3, 4, 5])
    it(`of random expressions ${depth} deep agrees with central differences to 1e-6`, () => {
      let compared = 0;
      for (const { sample, values } of samples(20 + depth, 60, depth, true)) {
        const scalar = sum(sample.free, sample.expression);
        for (const name of sampleNames) {
          const array = values[name]!;
          // B is stored over [i, i] and named apart here.
          const target = name === 'B' ? ['i', "i'"] : array.indices;
          const slope = derivative(scalar, name, target);
          const found = valuesOver(target, slope, values, sizes);
          const wanted = centralDifferences(
            (at) => numberOf(scalar, { ...values, [name]: at }, sizes),
            array,
          );
          const noise = 1e-10 * Math.abs(numberOf(scalar, values, sizes));
          const gap = relativeError(found, wanted);
          if (!(gap < 1e-6) && !wanted.every((value, i) => Math.abs(value - found[i]!) < 1e-8 + noise))
            expect.fail(
              `d ${print(scalar)} / d ${name} = ${print(slope)}: ${[...Array.from(found)]}, not ${[...wanted]}`,
            );
          compared += Number(wanted.some((value) => value !== 0));
        }
      }
      expect(compared).toBeGreaterThan(30);
    });

  it('has the free indices of both when neither is summed', () => {
    const A = read('A', ['i', 'j']);
    const product = sum(['j'], multiply(A, read('v', ['j'])));
    expect(print(derivative(product, 'A', ["i'", 'j']))).toBe('v · [i = i′]');
    expectSame(derivative(product, 'v', ['j']), A);
  });

  it('does not let a bound index catch the target of the same name', () => {
    const inner = sum(['j'], multiply(read('A', ['i', 'j']), read('v', ['j'])));
    const energy = sum(['i'], multiply(inner, inner));
    // dE/dv[j] = 2 Σ_i A[i, j] Σ_j' A[i, j'] v[j'].
    const wanted = multiply(
      constant(2),
      sum(['i', "j'"], multiply(read('A', ['i', 'j']), read('A', ['i', "j'"]), read('v', ["j'"]))),
    );
    expectSame(expand(derivative(energy, 'v', ['j'])), expand(wanted));
  });

  it('counts both reads of a repeated subscript', () => {
    const trace = sum(['i'], read('B', ['i', 'i']));
    expect(print(derivative(trace, 'B', ['i', "i'"]))).toBe('[i = i′]');
  });
});

describe('the finite difference', () => {
  for (const [by, change] of [
    ['one', () => constant(1)],
    ['a number of its own', () => constant(-0.7)],
    ['an array', () => read('w', ['i'])],
  ] as const)
    it(`by ${by} equals f at the changed entry minus f, in every entry`, () => {
      for (const { sample, values } of samples(31, 120, 4, true)) {
        const scalar = sum(sample.free, sample.expression);
        const found = valuesOver(['i'], difference(scalar, 'w', ['i'], change(), []), values, sizes);
        const before = numberOf(scalar, values, sizes);
        const array = values['w']!;
        const moves = valuesOver(['i'], change(), values, sizes);
        array.values.forEach((value, position) => {
          const by = moves[position]!;
          const moved = { ...array, values: array.values.with(position, value + by) };
          const wanted = numberOf(scalar, { ...values, w: moved }, sizes) - before;
          if (!(Math.abs(found[position]! - wanted) < 1e-9 * (1 + Math.abs(before) + Math.abs(wanted))))
            expect.fail(`${print(scalar)}: ${found[position]}, not ${wanted}`);
        });
      }
    });

  it('changes one entry per example when the example is shared', () => {
    const own = { example: 2, i: 2 };
    const values = {
      z: { indices: ['example', 'i'], shape: [2, 2], values: Float64Array.of(1, 2, 3, 4) },
      A: { indices: ['i', "i'"], shape: [2, 2], values: Float64Array.of(1, -1, 0.5, 2) },
    };
    const z = (index: Index) => read('z', ['example', index]);
    const f = sum(['i', "i'"], multiply(z('i'), read('A', ['i', "i'"]), z("i'")));
    const found = reorder(
      valueOf(difference(f, 'z', ['example', 'i'], constant(1), ['example']), values, own),
      ['example', 'i'],
    );
    for (const [n, i] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const moved = {
        ...values,
        z: { ...values.z, values: values.z.values.with(2 * n + i, values.z.values[2 * n + i]! + 1) },
      };
      const wanted = valueOf(f, moved, own).values[n]! - valueOf(f, values, own).values[n]!;
      expect(found.values[2 * n + i]).toBeCloseTo(wanted, 12);
    }
  });
});

describe('equal expressions are one object', () => {
  const body = (left: Index, right: Index) => multiply(read('A', [left, right]), read('v', [right]));

  it('whatever their bound indices were called', () => {
    expectSame(sum(["j'"], body('i', "j'")), sum(['j'], body('i', 'j')));
    expectSame(sum(["i'", 'j'], body("i'", 'j')), sum(['j', 'i'], body('i', 'j')));
  });

  it('whatever the order of two bound indices over one axis', () => {
    const form = (a: Index, b: Index) =>
      sum([a, b], multiply(read('v', [a]), read('C', [a, b]), read('u', [b])));
    expectSame(form("j'", 'j'), form('j', "j'"));
    expectSame(form("j'''", "j''"), form('j', "j'"));
  });

  it('whatever the order and nesting of terms and factors', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => read(name)) as [Expression, Expression, Expression];
    expectSame(add(add(a, b), c), add(c, add(b, a)));
    expectSame(multiply(multiply(a, b), c), multiply(c, multiply(b, a)));
    expectSame(sum(['i'], sum(['j'], body('i', 'j'))), sum(['i', 'j'], body('i', 'j')));
  });

  it('after renaming there and back, for 200 random expressions', () => {
    const there = new Map([
      ['i', "i'''"],
      ["i'", "i''''"],
      ['j', "j'''"],
      ["j'", "j''''"],
    ]);
    const back = new Map([...there].map(([from, to]) => [to, from]));
    for (const { sample } of samples(41, 200, 4, false))
      expectSame(renameIndices(renameIndices(sample.expression, there), back), sample.expression);
  });
});
