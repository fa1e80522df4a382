/** Products that a turn adds to a carried array are added where they are made. */
import { beforeAll, describe, expect, it } from 'vitest';
import { add, constant, multiply, read, sum, zero } from '../../../src/calculus/build.ts';
import { renameIndices } from '../../../src/calculus/substitute.ts';
import type { Expression } from '../../../src/calculus/expression.ts';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import type { Program } from '../../../src/schedule/program.ts';
import { interpret } from '../../../src/targets/interpreter.ts';
import { asKernels } from '../../../src/targets/plan.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { accumulate } from '../../../src/targets/wasm/kernels/accumulate.ts';
import { group } from '../../../src/targets/wasm/kernels/group.ts';
import type { Product, Step } from '../../../src/targets/wasm/kernels/kernels.ts';
import { separate } from '../../../src/targets/wasm/kernels/separate.ts';
import { assign, contextOf, expectNear, program, random, repeat, runTensors, tensor } from '../support.ts';

const sizes = { units: 70, example: 37 };
const inputs = {
  start: random(['example', 'units'], sizes, 1, (x) => (x > 1 ? x : 0)),
  bias: random(['units', "units'"], sizes, 2),
};
const start = tensor('start', 'example', 'units');
const bias = tensor('bias', 'units', "units'");
const [z, zEnd] = [tensor('z', 'example', 'units'), tensor('z_end', 'example', 'units')];
const [total, totalEnd] = [tensor('total', 'units', "units'"), tensor('total_end', 'units', "units'")];
const gram = tensor('gram', 'units', "units'");
const valueOf = ({ name, indices }: typeof z): Expression => read(name, indices);
const transposed = (value: Expression): Expression =>
  renameIndices(
    value,
    new Map([
      ['units', "units'"],
      ["units'", 'units'],
    ]),
  );
const prime = (value: Expression): Expression => renameIndices(value, new Map([['units', "units'"]]));

const [Z, Total, Gram] = [z, total, gram].map(valueOf) as [Expression, Expression, Expression];

/** Turns that move z and add up its second moments. */
const summing = (next: Expression, nextZ: Expression = multiply(Z, Z)): Program =>
  program(
    'summing',
    [start, bias],
    [
      repeat('turns', {
        times: constant(3),
        first: zero,
        direction: 'forward',
        carried: [
          { register: z, initial: valueOf(start), next: nextZ, result: zEnd },
          { register: total, initial: valueOf(bias), next, result: totalEnd },
        ],
        body: [assign(gram, sum(['example'], multiply(Z, prime(Z))))],
        saved: [],
        replays: null,
        whileAny: null,
      }),
    ],
    [zEnd, totalEnd],
  );

let tf: TensorFlow;
beforeAll(async () => {
  tf = (await loadBackend('wasm')).tf;
});

/** Where the second moments go, and the arrays of the kernels; the values are those of float64. */
const madeOf = (made: Program) => {
  const context = contextOf(sizes);
  expectNear(runTensors(tf, made, inputs, context, asKernels), interpret(made, inputs, context));
  const { body, areas } = accumulate(group(separate(made)));
  const inLoops = (step: Step): readonly Step[] =>
    step.kind === 'turns' ? step.body.flatMap(inLoops) : [step];
  const product = body.flatMap(inLoops).find((step): step is Product => step.kind === 'product')!;
  return { target: product.target, isAdded: product.isAdded, areas: areas.map(({ name }) => name) };
};

describe('a product of examples', () => {
  it('is added to the sum of all turns, without an array of its own', () => {
    const { target, isAdded, areas } = madeOf(summing(add(Total, Gram)));
    expect([target, isAdded]).toEqual(['total', true]);
    expect(areas).not.toContain('gram');
  });

  it('is so with other terms beside it, which stay', () => {
    const { target, isAdded } = madeOf(summing(add(Total, Gram, multiply(constant(0.5), valueOf(bias)))));
    expect([target, isAdded]).toEqual(['total', true]);
  });

  it.each([
    ['it is read once more', summing(add(Total, Gram, multiply(Gram, Gram)))],
    ['it is scaled', summing(add(Total, multiply(constant(-1), Gram)))],
    [
      'the turn needs the sum as it was',
      summing(add(Total, Gram), multiply(Z, sum(['units', "units'"], Total))),
    ],
    ['the sum is turned around', summing(add(transposed(Total), Gram))],
  ])('has its array where %s', (_, made) => {
    const { target, isAdded, areas } = madeOf(made);
    expect([target, isAdded]).toEqual(['gram', false]);
    expect(areas).toContain('gram');
  });
});
