/**
 * Programs with functions of matrices: gradients of the optimised program against central differences of the program as it is
 * written, and the TensorFlow.js target against the interpreter.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  constant,
  delta,
  exp,
  half,
  multiply,
  square,
  subtract,
  sum,
} from '../../src/calculus/build.ts';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { cholesky, inverse, logDeterminant, type Pair } from '../../src/calculus/matrix.ts';
import { renameIndices, walk } from '../../src/calculus/substitute.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { expressionsOf } from '../../src/schedule/inputs.ts';
import { readRegister } from '../../src/schedule/names.ts';
import type { Program, Register, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { centralDifferences, relativeError } from '../calculus/support.ts';
import {
  assign,
  contextOf,
  expectAgreement,
  program,
  random,
  repeat,
  tensor,
  type Inputs,
} from '../targets/support.ts';

let tf: TensorFlow;
beforeAll(async () => {
  ({ tf } = await loadBackend('cpu'));
});

const sizes = { example: 4, units: 3, causes: 2 };
const context = contextOf(sizes);
const pair: Pair = ['units', "units'"];
const prime = (node: Expression): Expression =>
  renameIndices(
    node,
    new Map([
      ['units', "units'"],
      ["units'", "units''"],
    ]),
  );
const inputs: Inputs = {
  x: random(['example', 'units'], sizes, 1),
  A: random(['units', 'causes'], sizes, 2),
  m: random(['units'], sizes, 3),
  g: random(['example'], sizes, 4),
  eps: random(['example', 'units'], sizes, 5),
};
const [x, A, m, g, eps] = [
  tensor('x', 'example', 'units'),
  tensor('A', 'units', 'causes'),
  tensor('m', 'units'),
  tensor('g', 'example'),
  tensor('eps', 'example', 'units'),
];
const gram = sum(['causes'], multiply(readRegister(A), prime(readRegister(A))));
/** A Aᵀ + I */
const covariance = add(gram, delta('units', "units'"));
/** One matrix for each example: A Aᵀ + exp(g) I. */
const covariances = add(gram, multiply(exp(readRegister(g)), delta('units', "units'")));
const residual = subtract(readRegister(x), readRegister(m));
const inverted = (matrix: Expression): Expression => inverse('units', "units'", pair, matrix);
/** −log p of a Gaussian, mean over examples, without its constant. */
const surprise = (matrix: Expression): Expression =>
  multiply(
    constant(1 / sizes.example),
    half,
    sum(
      ['example'],
      add(
        sum(['units', "units'"], multiply(residual, inverted(matrix), prime(residual))),
        logDeterminant(pair, matrix),
      ),
    ),
  );
/** Draws with this covariance, through its Cholesky factor, squared against a target. */
const drawn = (matrix: Expression): Expression => {
  const draw = add(
    readRegister(m),
    sum(["units'"], multiply(cholesky('units', "units'", pair, matrix), prime(readRegister(eps)))),
  );
  return sum(['example', 'units'], square(subtract(readRegister(x), draw)));
};

const objective = tensor('objective');
const learned: readonly Register[] = [A, m, g];
const all = [x, A, m, g, eps];
/** The program that gives its objective, and the same with gradients. */
const programs = (
  body: readonly Statement[],
  wrt: readonly Register[],
): { readonly plain: Program; readonly graded: Program } => {
  const results = wrt.map((of) => ({ of, result: { ...of, name: `${of.name}_gradient` } }));
  return {
    plain: program('value', all, body, [objective]),
    graded: program(
      'value',
      all,
      [...body, { kind: 'gradient', mode: 'total', objective, wrt: results }],
      [objective, ...results.map(({ result }) => result)],
    ),
  };
};
const hints = { sizes, scalars: {} };

const expectGradients = (body: readonly Statement[], wrt: readonly Register[]): Program => {
  const { plain, graded } = programs(body, wrt);
  const optimised = optimize(graded, hints);
  const found = interpret(optimised, inputs, context);
  for (const { name } of wrt) {
    const wanted = centralDifferences(
      (at) => interpret(plain, { ...inputs, [name]: at }, context)['objective']!.values[0]!,
      inputs[name] as NamedArray,
    );
    expect(Math.hypot(...wanted), `the slope in ${name} says something`).toBeGreaterThan(1e-3);
    // Fourth-order differences with a step of 1e-3.
    expect(relativeError(found[`${name}_gradient`]!.values, wanted), name).toBeLessThan(1e-8);
  }
  // Float32: the matrices have conditions of about 10.
  expectAgreement(tf, optimised, inputs, context, 5e-5);
  return optimised;
};

/** Functions of matrices that a program computes, in all of its blocks. */
const functionsOf = (statements: readonly Statement[]): readonly string[] =>
  statements.flatMap((statement) => {
    const kinds: string[] = [];
    expressionsOf(statement).forEach((value) =>
      walk(value, ({ kind }) => {
        if (kind === 'inverse' || kind === 'log_determinant' || kind === 'cholesky') kinds.push(kind);
      }),
    );
    return statement.kind === 'repeat' ? [...kinds, ...functionsOf(statement.body)] : kinds;
  });

describe('gradients of programs with functions of matrices', () => {
  it('go through the log density of a Gaussian with a learned covariance', () => {
    const made = expectGradients([assign(objective, surprise(covariance))], [A, m]);
    // The matrix is inverted once, for the value and for all gradients.
    expect([...functionsOf(made.body)].sort()).toEqual(['inverse', 'log_determinant']);
  });

  it('go through one matrix for each example', () => {
    const made = expectGradients([assign(objective, surprise(covariances))], learned);
    expect([...functionsOf(made.body)].sort()).toEqual(['inverse', 'log_determinant']);
  });

  it('go through draws by a Cholesky factor', () => {
    expectGradients([assign(objective, drawn(covariance))], [A, m]);
    expectGradients([assign(objective, drawn(covariances))], learned);
  });

  it('go through a loop, around which the inverse of what it does not change is taken', () => {
    const [state, last] = [tensor('state', 'example', 'units'), tensor('last', 'example', 'units')];
    const pulled = sum(
      ["units'"],
      multiply(inverted(covariance), prime(subtract(readRegister(state), readRegister(m)))),
    );
    const loop = repeat('steps', {
      times: constant(3),
      first: constant(0),
      direction: 'forward',
      carried: [
        {
          register: state,
          initial: readRegister(x),
          next: subtract(readRegister(state), multiply(constant(0.3), pulled)),
          result: last,
        },
      ],
      body: [],
      saved: [],
      replays: null,
      whileAny: null,
    });
    const made = expectGradients(
      [loop, assign(objective, sum(['example', 'units'], square(readRegister(last))))],
      [A, m],
    );
    const inside = made.body.flatMap((statement) => (statement.kind === 'repeat' ? statement.body : []));
    expect(functionsOf(inside)).toEqual([]);
    expect(functionsOf(made.body)).toEqual(['inverse']);
  });

  it('go through a matrix that changes in a loop', () => {
    const [scale, last] = [tensor('scale', 'example'), tensor('last', 'example')];
    const matrix = add(gram, multiply(exp(readRegister(scale)), delta('units', "units'")));
    const loop = repeat('steps', {
      times: constant(3),
      first: constant(0),
      direction: 'forward',
      carried: [
        {
          register: scale,
          initial: readRegister(g),
          next: multiply(constant(0.4), logDeterminant(pair, matrix)),
          result: last,
        },
      ],
      body: [],
      saved: [],
      replays: null,
      whileAny: null,
    });
    expectGradients([loop, assign(objective, sum(['example'], square(readRegister(last))))], [A, g]);
  });
});
