/**
 * Every operator and every shape of contraction on the TensorFlow.js backends against float64. Inputs are float32
 * numbers on both sides, so differences are those of float32 arithmetic alone.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  delta,
  divide,
  exp,
  log,
  maximum,
  multiply,
  negate,
  power,
  read,
  size,
  sqrt,
  square,
  subtract,
  sum,
} from '../../src/calculus/build.ts';
import { operators, type Expression, type Index, type Operator } from '../../src/calculus/expression.ts';
import { cholesky, inverse, logDeterminant, triangle } from '../../src/calculus/matrix.ts';
import { renameIndices } from '../../src/calculus/substitute.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { emitProgram } from '../../src/targets/tfjs/emit.ts';
import { assign, contextOf, expectAgreement, host, program, random, tensor, type Inputs } from './support.ts';

const sizes = { pixels: 5, neurons: 4, classes: 3, example: 6, units: 4 };
const context = contextOf(sizes);

/** Arrays to read: capital letters are matrices, `p_` ones are positive, `c` and `k` are host numbers. */
const axes: Readonly<Record<string, readonly Index[]>> = {
  X: ['example', 'pixels'],
  Z: ['example', 'neurons'],
  Phi: ['pixels', 'neurons'],
  G: ['neurons', 'classes'],
  W: ['units', "units'"],
  T: ['example', 'pixels', 'neurons'],
  S: ['example', 'neurons', 'classes'],
  a: ['neurons'],
  b: ['neurons'],
  w: ['pixels'],
  d: ['example'],
  s: [],
  p_X: ['example', 'pixels'],
  p_w: ['pixels'],
  v: ['units'],
};
const arrays: Inputs = {
  ...Object.fromEntries(
    Object.entries(axes).map(([name, indices], i) => [
      name,
      random(indices, sizes, i + 1, name.startsWith('p_') ? (x) => Math.exp(x) : undefined),
    ]),
  ),
  c: 1.5,
  k: -0.25,
};
const X = read('X', ['example', 'pixels']);
const Z = read('Z', ['example', 'neurons']);
const Phi = read('Phi', ['pixels', 'neurons']);
const G = read('G', ['neurons', 'classes']);
const T = read('T', ['example', 'pixels', 'neurons']);
const S = read('S', ['example', 'neurons', 'classes']);
const [a, b, w, d, s] = [
  read('a', ['neurons']),
  read('b', ['neurons']),
  read('w', ['pixels']),
  read('d', ['example']),
  read('s'),
];
const [pX, pw] = [read('p_X', ['example', 'pixels']), read('p_w', ['pixels'])];
const [c, k] = [read('c'), read('k')];

/** A program whose one output is the expression over the given axes. */
const programOf = (value: Expression, order: readonly Index[] = value.indices) =>
  program(
    'value',
    [...Object.entries(axes).map(([name, indices]) => tensor(name, ...indices)), host('c'), host('k')],
    [assign(tensor('result', ...order), value)],
    [tensor('result', ...order)],
  );

type Case = readonly [name: string, value: Expression, order?: readonly Index[]];

/** Operands of functions that count their derivatives, or are not defined on the whole line. */
const special: Readonly<Partial<Record<Operator, readonly Expression[]>>> = {
  polygamma: [constant(2), pX],
  log_bessel: [constant(1), X],
  log_mills: [constant(3), X],
  log_exprel: [constant(2), X],
  cumulant: [constant(2), X, ...[-1, 0.2, 0.5, -0.3, 2, -1].map(constant)],
  log_bessel_i: [pw, pX],
  log1m_exp: [negate(pX)],
};

const samples: Readonly<Record<Operator, Expression>> = Object.fromEntries(
  Object.entries(operators).map(([name, arity]) => {
    const operator = name as Operator;
    const needsPositive = ['log', 'log1p', 'log_gamma', 'digamma', 'trigamma'].includes(name);
    const operands = arity === 1 ? [needsPositive ? pX : X] : arity === 2 ? [X, w] : [apply('step', X), X, w];
    return [operator, apply(operator, ...(special[operator] ?? operands))];
  }),
) as Record<Operator, Expression>;

const elementwise: readonly Case[] = [
  ['a stored array in another order of axes', X, ['pixels', 'example']],
  ['a row over columns', add(X, w)],
  ['a column over rows', multiply(X, d)],
  ['a column and a row', add(multiply(X, d), w, s, constant(2))],
  ['two axes that no operand has together', add(d, w)],
  ['an outer product', multiply(d, w, a)],
  ['differences without a positive term', subtract(negate(X), w)],
  ['numbers of the host', add(multiply(c, X), multiply(k, w), c)],
  ['a number minus an array', subtract(c, X)],
  [
    'an array of a transposed one',
    add(Phi, multiply(read('T', ['example', 'pixels', 'neurons']), d)),
    ['neurons', 'example', 'pixels'],
  ],
  ['an array with nothing but a number, spread', constant(3), ['example', 'pixels']],
  ['a host number, spread', multiply(c, k), ['neurons']],
  ['a row, spread', w, ['example', 'pixels']],
  ['a column, spread', d, ['example', 'pixels']],
  ['a scalar tensor, spread', s, ['pixels']],
  ['quotients', divide(multiply(X, d), multiply(pX, pw))],
  ['a reciprocal', power(pX, -1)],
  ['a number over an array', divide(c, pw), ['pixels']],
  ['a narrow quotient', multiply(X, divide(w, square(pw)))],
  ['sizes', divide(X, size('pixels'))],
  ['the identity matrix', delta('units', "units'")],
  ['a matrix minus the identity', subtract(read('W', ['units', "units'"]), delta('units', "units'"))],
  ['a matrix plus its transpose', add(read('W', ['units', "units'"]), read('W', ["units'", 'units']))],
  ['a diagonal', read('W', ['units', 'units'])],
  ['a repeated subexpression', multiply(exp(X), add(exp(X), constant(1)))],
];

const powers: readonly Case[] = [0.5, -0.5, 2, 3, 4, 5, 7, -1, -2, 1.5, 2.5, -1.5, 0.3, -0.3].map(
  (exponent) => [`exponent ${exponent}`, power(pX, exponent)],
);
const morePowers: readonly Case[] = [
  ['whole powers of negative numbers', add(power(X, 3), power(X, 4))],
  ['an exponent of the host', power(pX, c)],
  ['an exponent that is an array', power(pX, w)],
  ['a number to an array', power(constant(2), w), ['pixels']],
  ['a host number to an array', power(c, w)],
  ['a host number to a host number', multiply(X, power(c, k))],
  ['a power of a sum', power(add(pX, pw), 3)],
  ['the root of a sum of squares', sqrt(sum(['pixels'], square(X)))],
];

const guards: readonly Case[] = [
  ['a lower bound', apply('max', X, constant(-0.5))],
  ['an upper bound', apply('min', X, constant(0.5))],
  ['both bounds', apply('min', apply('max', X, constant(-0.5)), constant(0.5))],
  ['bounds of the host', apply('min', apply('max', X, k), c)],
  ['bounds that cross', apply('min', apply('max', X, c), k)],
  ['bounds that are arrays', apply('min', apply('max', X, w), d)],
  ['a rectifier', apply('max', X, constant(0))],
  ['inside a bound', apply('less_equal', constant(0.5), X)],
  ['below a bound', apply('less', X, k)],
  ['a choice of numbers', apply('where', apply('less', X, w), constant(2), constant(-1))],
  ['a mask', apply('where', apply('less_equal', X, constant(0)), constant(1), constant(0))],
  ['a choice that keeps NaN out', apply('where', apply('less', constant(0), X), log(X), constant(0))],
  ['a choice between arrays of other axes', apply('where', apply('less', d, constant(0)), X, w)],
  ['a choice by a number of the host', apply('where', apply('less', k, c), X, w)],
  ['softplus far out', apply('softplus', multiply(constant(60), X))],
  ['sigmoid far out', apply('sigmoid', multiply(constant(60), X))],
  ['a Bessel function of a number for its order', apply('log_bessel_i', c, pX)],
  ['Bessel functions of many orders at a number', apply('log_bessel_i', pw, c), ['pixels']],
  ['Bessel functions of a column and a row', apply('log_bessel_i', square(d), pw), ['pixels', 'example']],
  ['angles of a column and a row', apply('atan2', d, w)],
  ['angles to a number of the host', apply('atan2', X, k)],
  ['the log of a ratio of a number', add(apply('log_mills', constant(1), c), X)],
];

const contractions: readonly Case[] = [
  ['matrix times matrix', sum(['neurons'], multiply(Phi, G))],
  ['matrix times transposed rows', sum(['neurons'], multiply(Phi, Z)), ['example', 'pixels']],
  ['the same, wanted the other way round', sum(['neurons'], multiply(Phi, Z)), ['pixels', 'example']],
  ['rows times matrix', sum(['pixels'], multiply(X, Phi)), ['example', 'neurons']],
  ['an outer product over examples', sum(['example'], multiply(X, Z)), ['pixels', 'neurons']],
  ['a Gram matrix', sum(['pixels'], multiply(Phi, read('Phi', ['pixels', "neurons'"])))],
  ['a weighted Gram matrix', sum(['pixels'], multiply(Phi, w, read('Phi', ['pixels', "neurons'"])))],
  ['matrix times vector', sum(['neurons'], multiply(Phi, a))],
  ['vector times matrix', sum(['pixels'], multiply(w, Phi))],
  ['a weighted matrix product', sum(['pixels'], multiply(X, w, Phi)), ['example', 'neurons']],
  ['dot products per example', sum(['neurons'], multiply(Z, read('Z', ['example', 'neurons']), a))],
  ['one dot product', sum(['neurons'], multiply(a, b))],
  ['a squared norm', sum(['example', 'pixels'], square(X))],
  ['a weighted squared norm', sum(['example', 'pixels'], multiply(square(X), w))],
  ['a sum over leading axes', sum(['example'], X)],
  ['a sum over two leading axes', sum(['example', 'pixels'], T)],
  ['a sum over the last axis', sum(['pixels'], X)],
  ['a sum over a middle axis', sum(['pixels'], T)],
  ['a sum over the outer axes', sum(['example', 'neurons'], T)],
  ['a sum of an exponential', sum(['pixels'], exp(add(X, w)))],
  ['matrices per example', sum(['neurons'], multiply(T, S))],
  ['matrices per example, transposed', sum(['neurons'], multiply(T, S)), ['example', 'classes', 'pixels']],
  ['two contracted axes', sum(['pixels', 'neurons'], multiply(T, Phi))],
  [
    'two contracted axes of transposed arrays',
    sum(['example', 'neurons'], multiply(T, S)),
    ['classes', 'pixels'],
  ],
  ['a batch with one free axis', sum(['pixels'], multiply(T, X))],
  ['three matrices', sum(['pixels', 'neurons'], multiply(X, Phi, G)), ['example', 'classes']],
  ['four factors', sum(['pixels', 'neurons'], multiply(X, Phi, G, d, w, a)), ['example', 'classes']],
  [
    'a quadratic form',
    sum(
      ['units', "units'"],
      multiply(read('v', ['units']), read('W', ['units', "units'"]), read('v', ["units'"])),
    ),
  ],
  ['a quotient inside', sum(['pixels'], divide(multiply(X, Phi), pw)), ['example', 'neurons']],
  [
    'a squared residual',
    sum(['example', 'pixels'], multiply(square(subtract(X, sum(['neurons'], multiply(Phi, Z)))), pw)),
  ],
  ['a summed power of a sum', sum(['pixels'], multiply(c, square(add(X, w))))],
  ['the largest entry', maximum(['pixels'], X)],
  [
    'a stable log of a sum',
    add(log(sum(['pixels'], exp(subtract(X, maximum(['pixels'], X))))), maximum(['pixels'], X)),
  ],
  ['sums that share no axis', multiply(sum(['pixels'], X), sum(['neurons'], Z))],
  [
    'a sum that picks entries',
    sum(
      ["neurons'"],
      multiply(
        read('b', ["neurons'"]),
        add(multiply(Z, delta('neurons', "neurons'")), read('Z', ['example', "neurons'"])),
      ),
    ),
  ],
  ['a number of the host times a product', multiply(k, sum(['neurons'], multiply(Phi, Z)))],
];

const units = ['units', "units'"] as const;
const W = read('W', units);
/** Positive definite: W Wᵀ + (1 + d²) I, one matrix for each example. */
const spread = add(
  sum(["units''"], multiply(read('W', ['units', "units''"]), read('W', ["units'", "units''"]))),
  multiply(add(square(d), constant(1)), delta(...units)),
);
const shifted = add(W, multiply(constant(4), delta(...units)));
const matrices: readonly Case[] = [
  ['an inverse', inverse(...units, units, shifted)],
  ['an inverse the other way round', inverse(...units, units, shifted), ["units'", 'units']],
  ['the diagonal of an inverse', inverse('units', 'units', units, shifted)],
  ['a log-determinant', logDeterminant(units, shifted)],
  ['a Cholesky factor', cholesky(...units, units, spread)],
  ['inverses of a batch', inverse(...units, units, spread), ['example', ...units]],
  ['log-determinants of a batch', logDeterminant(units, spread)],
  [
    'a matrix product with an inverse',
    sum(["units'"], multiply(inverse(...units, units, spread), read('v', ["units'"]))),
  ],
  [
    'rows of an inverse that changes with them',
    inverse(
      ...units,
      ["units'", "units''"],
      add(
        renameIndices(
          shifted,
          new Map([
            ['units', "units'"],
            ["units'", "units''"],
          ]),
        ),
        read('v', ['units']),
      ),
    ),
  ],
  ['a triangle', sum(["units'"], multiply(triangle(...units), read('v', ["units'"])))],
];

describe.each(['cpu', 'wasm'] as const)('TensorFlow.js on the %s backend', (name) => {
  let tf: TensorFlow;
  beforeAll(async () => {
    const backend = await loadBackend(name);
    expect(backend.name).toBe(name);
    tf = backend.tf;
  });
  const check = ([, value, order]: Case): void => {
    expectAgreement(tf, programOf(value, order), arrays, context);
  };
  it.each(Object.entries(samples))('computes %s as float64 does', (operator, value) =>
    check([operator, value]),
  );
  it.each(elementwise.map((test) => [test[0], test] as const))('computes %s', (_, test) => check(test));
  it.each([...powers, ...morePowers].map((test) => [test[0], test] as const))(
    'computes the power: %s',
    (_, test) => check(test),
  );
  it.each(guards.map((test) => [test[0], test] as const))('computes %s', (_, test) => check(test));
  it.each(matrices.map((test) => [test[0], test] as const))('computes %s', (_, test) => check(test));
  it.each(contractions.map((test) => [test[0], test] as const))('contracts %s', (_, test) => check(test));
});

describe('emitted text', () => {
  const bodyOf = (value: Expression, order?: readonly Index[]): string =>
    emitProgram(programOf(value, order));
  it('never calls tf.pow, and transposes before a matrix product rather than in it', () => {
    for (const [, value, order] of [...powers, ...morePowers, ...contractions]) {
      const text = bodyOf(value, order);
      expect(text).not.toContain('tf.pow');
      expect(text).not.toMatch(/matMul\([^;]*, (true|false)/);
    }
  });
  it('computes a repeated subexpression once', () => {
    expect(bodyOf(multiply(exp(X), add(exp(X), constant(1)))).match(/tf\.exp/g)).toHaveLength(1);
  });
  it('keeps numbers numbers', () => {
    expect(bodyOf(multiply(power(c, k), size('pixels'), X))).toContain('Math.pow(c, k)');
  });
  it('gives names that are no identifiers ones that are', () => {
    const made = program(
      'x',
      [tensor("Φ'", 'pixels'), tensor('class', 'pixels')],
      [assign(tensor('∇ u', 'pixels'), add(read("Φ'", ['pixels']), read('class', ['pixels'])), 'Σ of two.')],
      [tensor('∇ u', 'pixels')],
    );
    const text = emitProgram(made);
    expect(text).toContain("{ 'Φ\\'': Φ_prime, class: class_2 }");
    expect(text).toContain('// Σ of two.');
    expect(text).toContain("'∇ u': _u");
    expect(() => new Function(text)).not.toThrow();
  });
});
