/** Functions of matrices: their values against definitions, their normal forms, and their derivatives against central differences. */
import { describe, expect, it } from 'vitest';
import { difference } from '../../src/calculus/difference.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import { reorder, type NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression, Index } from '../../src/calculus/expression.ts';
import { cholesky, inverse, logDeterminant, triangle, type Pair } from '../../src/calculus/matrix.ts';
import { print } from '../../src/calculus/print.ts';
import { renameIndices, replaceReads } from '../../src/calculus/substitute.ts';
import {
  add,
  apply,
  centralDifferences,
  constant,
  delta,
  divide,
  multiply,
  negate,
  power,
  read,
  relativeError,
  sum,
  uniformArray,
  uniforms,
  valueOf,
  valuesOver,
  type Values,
} from './support.ts';
import { half, log, size, square } from '../../src/calculus/build.ts';

const sizes = { i: 3, k: 2, b: 2 };
const pair: Pair = ['i', "i'"];
const M = read('M', ['i', "i'"]);
const N = read('N', ['b', 'i', "i'"]);
const A = read('A', ['i', 'k']);
const v = read('v', ['i']);
const s = read('s');
/** A Aᵀ + 1.5 I: positive definite, and written so that it equals its transpose. */
const gram = add(
  sum(['k'], multiply(A, renameIndices(A, new Map([['i', "i'"]])))),
  multiply(constant(1.5), delta('i', "i'")),
);
const at = (node: Expression, row: Index, column: Index): Expression =>
  renameIndices(
    node,
    new Map([
      ['i', row],
      ["i'", column],
    ]),
  );

const next = uniforms(5);
/** The same with 2 on every diagonal: far from singular. */
const dominant = (array: NamedArray): NamedArray => ({
  ...array,
  values: array.values.map((value, place) => value + ((place % 9) % 4 === 0 ? 2 : 0)),
});
const values: Values = {
  M: uniformArray(next, ['i', "i'"], sizes),
  N: dominant(uniformArray(next, ['b', 'i', "i'"], sizes)),
  A: uniformArray(next, ['i', 'k'], sizes),
  v: uniformArray(next, ['i'], sizes, 0.3, 1.3),
  s: 0.7,
};
const over = (indices: readonly Index[], node: Expression): Float64Array =>
  valuesOver(indices, node, values, sizes);
/** Rounding of a few dozen operations on matrices whose condition is below 100. */
const rounding = 1e-12;

describe('values of functions of matrices', () => {
  it('an inverse times its matrix is the identity, for every matrix of a batch', () => {
    const inverses = inverse('i', "i'", pair, N);
    expect([...inverses.indices].sort()).toEqual(['b', 'i', "i'"]);
    // Evaluated apart, so that the product is not simplified away.
    const found = valuesOver(
      ['b', 'i', "i''"],
      sum(["i'"], multiply(at(read('V', ['i', "i'", 'b']), 'i', "i'"), at(N, "i'", "i''"))),
      { ...values, V: reorder(valueOf(inverses, values, sizes), ['i', "i'", 'b']) },
      sizes,
    );
    expect(
      relativeError(found, over(['b', 'i', "i''"], add(delta('i', "i''"), multiply(constant(0), s)))),
    ).toBeLessThan(rounding);
  });

  it('a determinant is the sum over permutations', () => {
    const m = over(pair, M);
    const permutations = [
      [0, 4, 8, 1],
      [1, 5, 6, 1],
      [2, 3, 7, 1],
      [2, 4, 6, -1],
      [1, 3, 8, -1],
      [0, 5, 7, -1],
    ] as const;
    const determinant = permutations.reduce(
      (total, [a, b, c, sign]) => total + sign * m[a]! * m[b]! * m[c]!,
      0,
    );
    expect(over([], logDeterminant(pair, M))[0]).toBeCloseTo(Math.log(Math.abs(determinant)), 12);
  });

  it('a Cholesky factor is lower triangular and gives back its matrix', () => {
    const factor = valueOf(cholesky('i', "i'", pair, gram), values, sizes);
    expect([1, 2, 5].map((place) => factor.values[place])).toEqual([0, 0, 0]);
    const L = read('L', ['i', "i'"]);
    const found = valuesOver(
      pair,
      sum(["i''"], multiply(at(L, 'i', "i''"), at(L, "i'", "i''"))),
      { L: factor },
      sizes,
    );
    expect(relativeError(found, over(pair, gram))).toBeLessThan(rounding);
  });

  it('a repeated index takes the diagonal, and an index of the batch its own matrix', () => {
    const whole = over(pair, inverse('i', "i'", pair, M));
    expect(over(['i'], inverse('i', 'i', pair, M))).toEqual(Float64Array.of(whole[0]!, whole[4]!, whole[8]!));
    // The matrix of example i is M + v[i]: its row i.
    const shifted = add(at(M, "i'", "i''"), v);
    const rows = over(['i', "i'"], inverse('i', "i'", ["i'", "i''"], shifted));
    const each = over(['i', "i'", "i''"], inverse("i'", "i''", ["i'", "i''"], shifted));
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) expect(rows[i * 3 + j]).toBe(each[i * 9 + i * 3 + j]);
  });

  it('a matrix without a value gives infinity or NaN', () => {
    const singular = multiply(v, at(v, "i'", "i'"), renameIndices(v, new Map([['i', "i'"]])));
    expect(over([], logDeterminant(pair, singular))[0]).toBeLessThan(-25);
    expect(over([], logDeterminant(pair, constant(1)))[0]).toBe(-Infinity);
    expect(over(pair, inverse('i', "i'", pair, constant(1)))).toEqual(new Float64Array(9).fill(NaN));
    const indefinite = add(delta('i', "i'"), multiply(constant(-3), v, at(v, "i'", "i'")));
    expect(over(pair, cholesky('i', "i'", pair, indefinite))[8]).toBeNaN();
  });
});

describe('normal forms of functions of matrices', () => {
  it('the inverse of an inverse is the matrix, and of a transposed inverse its transpose', () => {
    expect(inverse('i', "i'", pair, inverse('i', "i'", pair, M))).toBe(M);
    expect(inverse('i', "i'", pair, inverse("i'", 'i', pair, M))).toBe(at(M, "i'", 'i'));
    expect(inverse("i''", 'i', pair, inverse('i', "i'", pair, M))).toBe(at(M, "i''", 'i'));
  });

  it('factors without row and column leave', () => {
    expect(inverse('i', "i'", pair, multiply(constant(-2), s, M))).toBe(
      multiply(constant(-0.5), power(s, -1), inverse('i', "i'", pair, M)),
    );
    expect(logDeterminant(pair, multiply(constant(-2), M))).toBe(
      add(multiply(constant(Math.log(2)), size('i')), logDeterminant(pair, M)),
    );
    expect(cholesky('i', "i'", pair, multiply(constant(4), M))).toBe(
      multiply(constant(2), cholesky('i', "i'", pair, M)),
    );
  });

  it('diagonal matrices need no elimination', () => {
    const diagonal = multiply(v, delta('i', "i'"));
    expect(inverse('i', "i'", pair, diagonal)).toBe(divide(delta('i', "i'"), v));
    expect(logDeterminant(pair, diagonal)).toBe(sum(['i'], log(apply('abs', v))));
    expect(logDeterminant(pair, delta('i', "i'"))).toBe(constant(0));
    expect(cholesky('i', "i'", pair, diagonal)).toBe(multiply(delta('i', "i'"), power(v, 0.5)));
  });

  it('the log-determinant of an inverse is minus that of the matrix', () => {
    expect(logDeterminant(pair, inverse('i', "i'", pair, M))).toBe(negate(logDeterminant(pair, M)));
  });

  it('bound names do not matter, nor which of a matrix and its transpose is inverted', () => {
    expect(inverse('i', "i'", ["i''", 'i'], at(M, "i''", 'i'))).toBe(inverse('i', "i'", pair, M));
    expect(inverse('i', "i'", ["i'", 'i'], M)).toBe(inverse("i'", 'i', pair, M));
    expect(inverse("i'", 'i', pair, gram)).toBe(inverse('i', "i'", pair, gram));
    expect(inverse("i'", 'i', pair, M)).not.toBe(inverse('i', "i'", pair, M));
  });

  it('a matrix cancels against its inverse from both sides, and not against the inverse of its transpose', () => {
    const inverted = inverse('i', "i'", pair, M);
    expect(sum(["i'"], multiply(at(M, 'i', "i'"), at(inverted, "i'", "i''")))).toBe(delta('i', "i''"));
    expect(sum(["i'"], multiply(at(inverted, 'i', "i'"), at(M, "i'", "i''")))).toBe(delta('i', "i''"));
    expect(sum(["i'"], multiply(at(M, "i'", 'i'), at(inverted, "i'", "i''"))).kind).toBe('sum');
    const product = sum(["i'"], multiply(M, renameIndices(v, new Map([['i', "i'"]]))));
    expect(sum(['i'], multiply(at(inverted, "i''", 'i'), product))).toBe(
      renameIndices(v, new Map([['i', "i''"]])),
    );
  });

  it('renaming does not catch bound names', () => {
    const scaled = multiply(N, renameIndices(v, new Map([['i', "i''"]])));
    const node = logDeterminant(pair, scaled);
    const renamed = renameIndices(node, new Map([["i''", 'i']]));
    expect(renamed.indices).toEqual(['b', 'i']);
    expect(over(['b', 'i'], renamed)).toEqual(over(['b', "i''"], node));
    const entry = inverse('i', "i'", pair, add(M, renameIndices(v, new Map([['i', "i''"]]))));
    const swapped = renameIndices(
      entry,
      new Map([
        ['i', "i''"],
        ["i''", 'i'],
      ]),
    );
    expect(over(["i''", "i'", 'i'], swapped)).toEqual(over(['i', "i'", "i''"], entry));
  });
});

describe('derivatives of functions of matrices', () => {
  const weights = (node: Expression): Expression =>
    sum(node.indices, multiply(node, apply('sin', add(...node.indices.map((index) => read('q', [index]))))));
  const x = renameIndices(v, new Map([['i', "i'"]]));
  const cases: readonly [name: string, node: Expression, of: readonly ('M' | 'N' | 'A' | 'v')[]][] = [
    ['an inverse', inverse('i', "i'", pair, M), ['M']],
    ['a batch of inverses', inverse('i', "i'", pair, N), ['N']],
    ['the diagonal of an inverse', inverse('i', 'i', pair, M), ['M']],
    ['a log-determinant', logDeterminant(pair, M), ['M']],
    ['a batch of log-determinants', logDeterminant(pair, multiply(N, v)), ['N', 'v']],
    [
      'a quadratic form in an inverse',
      sum(['i', "i'"], multiply(v, inverse('i', "i'", pair, gram), x)),
      ['A', 'v'],
    ],
    ['a Cholesky factor', cholesky('i', "i'", pair, gram), ['A']],
    ['the inverse of a Cholesky factor', inverse('i', "i'", pair, cholesky('i', "i'", pair, gram)), ['A']],
    [
      'a batch of Cholesky factors',
      cholesky('i', "i'", pair, add(gram, multiply(delta('i', "i'"), square(read('w', ['b']))))),
      ['A'],
    ],
  ];
  const all: Values = { ...values, q: uniformArray(next, ['i'], sizes), w: uniformArray(next, ['b'], sizes) };
  const q = (node: Expression): Expression =>
    replaceReads(weights(node), (found) =>
      found.name === 'q' && found.subscripts[0] === 'b' ? read('w', ['b']) : null,
    );

  for (const [name, node, of] of cases)
    it(`of ${name} agree with central differences`, () => {
      for (const parameter of of) {
        const own = { M, N, A, v }[parameter];
        const target = own.subscripts.map((index) => `${index[0]!}''''${index.slice(1)}`);
        const value = q(node);
        const found = valuesOver(target, derivative(value, parameter, target), all, sizes);
        const wanted = centralDifferences(
          (moved) => valueOf(value, { ...all, [parameter]: moved }, sizes).values[0]!,
          all[parameter] as Parameters<typeof centralDifferences>[1],
        );
        // Fourth-order differences with a step of 1e-3.
        expect(relativeError(found, wanted), `in ${parameter}`).toBeLessThan(1e-8);
      }
    });

  it('of a Cholesky factor agree in a matrix that moves in its symmetric part only', () => {
    const P = read('P', ['i', "i'"]);
    const value = q(cholesky('i', "i'", pair, P));
    const given = { ...all, P: valueOf(gram, all, sizes) };
    const found = valuesOver(["i'''", "i''''"], derivative(value, 'P', ["i'''", "i''''"]), given, sizes);
    const wanted = centralDifferences(
      (moved) => valueOf(value, { ...given, P: moved }, sizes).values[0]!,
      given.P,
    );
    expect(relativeError(found, wanted)).toBeLessThan(1e-8);
  });

  it('second derivatives of a log-determinant are a product of inverses', () => {
    const inverted = (row: Index, column: Index): Expression => inverse(row, column, pair, M);
    const first = derivative(logDeterminant(pair, M), 'M', ['i', "i'"]);
    expect(first).toBe(inverted("i'", 'i'));
    expect(derivative(first, 'M', ["i''", "i'''"])).toBe(
      negate(multiply(inverted("i'", "i''"), inverted("i'''", 'i'))),
    );
  });

  it('finite differences are exact', () => {
    const by = multiply(constant(0.5), read('c', ["i'"]));
    const P = replaceReads(gram, (found) =>
      found.name === 'A' ? multiply(found, read('z', [found.subscripts[0]!])) : null,
    );
    const z = uniformArray(next, ['i'], sizes);
    const given = { ...all, z, c: uniformArray(next, ['i'], sizes) };
    const node = logDeterminant(pair, P);
    const found = valuesOver(["i'"], difference(node, 'z', ["i'"], by, []), given, sizes);
    const before = valueOf(node, given, sizes).values[0]!;
    const c = given.c.values;
    z.values.forEach((entry, place) => {
      const moved = { ...z, values: z.values.with(place, entry + 0.5 * c[place]!) };
      const after = valueOf(node, { ...given, z: moved }, sizes).values[0]!;
      expect(found[place]).toBeCloseTo(after - before, 12);
    });
  });
});

describe('printing functions of matrices', () => {
  it('names a stored matrix, and shows which entry is meant', () => {
    expect(print(inverse('i', "i'", pair, M))).toBe('M⁻¹[i, i′]');
    expect(print(inverse('i', "i'", pair, add(M, delta('i', "i'"))))).toBe('(M[i, i′] + [i = i′])⁻¹[i, i′]');
    expect(print(multiply(half, logDeterminant(pair, M)))).toBe('½ · log_determinant(M)');
    expect(print(cholesky('i', "i'", pair, N))).toBe('cholesky(N)[i, i′]');
    expect(print(cholesky('i', "i'", pair, inverse('i', "i'", pair, M)))).toBe('cholesky(M⁻¹)[i, i′]');
    expect(print(inverse('i', "i'", pair, cholesky('i', "i'", pair, M)))).toBe('cholesky(M)⁻¹[i, i′]');
    expect(print(triangle('i', "i'"))).toBe('tril[i, i′]');
  });

  it('writes products with vectors as `@` reads them', () => {
    const P = inverse('i', "i'", pair, M);
    const x = renameIndices(v, new Map([['i', "i'"]]));
    const u = read('u', ["i'"]);
    expect(print(sum(["i'"], multiply(P, x)))).toBe('M⁻¹ @ v');
    expect(print(sum(["i'"], multiply(at(P, "i'", 'i'), x)))).toBe('v @ M⁻¹');
    expect(print(sum(["i'"], multiply(M, add(x, u))))).toBe('M @ (u + v)');
    expect(print(sum(['i', "i'"], multiply(v, P, u)))).toBe('v @ M⁻¹ @ u');
    expect(print(sum(['i', "i'"], multiply(v, read('w', ['i']), at(P, "i'", 'i'), u)))).toBe(
      'u @ M⁻¹ @ (v · w)',
    );
    expect(print(sum(['i'], multiply(v, sum(["i'"], multiply(P, u)))))).toBe('v @ M⁻¹ @ u');
    // An entry of the result that is primed is shown as such.
    expect(print(sum(['i'], multiply(v, P)))).toBe('sum(v · M⁻¹[i, i′] over i)');
    expect(print(sum(["i'"], multiply(M, x, v)))).toBe('v · (M @ v)');
    expect(print(sum(["i'"], multiply(M, read('B', ['i', "i'"]))))).toBe('sum(B[i, i′] · M[i, i′] over i′)');
  });
});
