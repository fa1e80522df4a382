/** Costs of programs, counted by hand. */
import { describe, expect, it } from 'vitest';
import type { Expression } from '../../src/calculus/expression.ts';
import { renameIndices } from '../../src/calculus/substitute.ts';
import { symmetricArrays } from '../../src/optimize/symmetry.ts';
import type { Program } from '../../src/schedule/program.ts';
import { add, apply, constant, multiply, sum, zero } from '../../src/calculus/build.ts';
import { programCost } from '../../src/optimize/program-cost.ts';
import { readRegister } from '../../src/schedule/names.ts';
import { assign, host, program, repeat, tensor } from '../targets/support.ts';

const sizes = { example: 10, pixels: 30, units: 20 };
const hints = { sizes, scalars: { steps: 7 } };
const [x, W, y, last] = [
  tensor('x', 'example', 'pixels'),
  tensor('W', 'pixels', 'units'),
  tensor('y', 'example', 'units'),
  tensor('last', 'example', 'units'),
];
const product = sum(['pixels'], multiply(readRegister(x), readRegister(W)));
const costOf = (...body: Parameters<typeof program>[2]) =>
  programCost(program('made', [x, W, host('steps')], body, [last]), hints);

describe('a program costs', () => {
  it('two operations for each term of a matrix product, and four bytes for each entry that it reads or writes', () => {
    const { run, arena } = costOf(assign(last, product));
    expect(run).toMatchObject({ operations: 2 * 10 * 30 * 20, kernels: 1 });
    expect(run.bytes).toBe(4 * (10 * 30 + 30 * 20 + 10 * 20));
    expect(arena).toBe(run.bytes);
  });

  it('one operation for each entry of a sum or a function', () => {
    const value = apply('exp', add(readRegister(x), constant(1)));
    expect(costOf(assign({ ...last, indices: x.indices }, value)).run.operations).toBe(2 * 10 * 30);
  });

  it('a turn of a loop as often as it turns, what it saves for the way back once for every turn', () => {
    const loop = repeat('turns', {
      times: readRegister(host('steps')),
      first: zero,
      direction: 'forward',
      carried: [{ register: y, initial: zero, next: add(readRegister(y), product), result: last }],
      body: [],
      saved: [],
      replays: null,
      whileAny: null,
    });
    const { run, loops, arena } = costOf(loop);
    const [turn] = loops;
    expect(turn).toMatchObject({ label: 'turns', times: 7 });
    expect(turn!.turn.operations).toBe(2 * 10 * 30 * 20 + 10 * 20);
    expect(run.operations).toBe(7 * turn!.turn.operations);
    expect(costOf({ ...loop, saved: [y] }).arena).toBe(arena + 7 * 4 * 10 * 20);
  });
});

describe('symmetric products', () => {
  const [w, A, V] = [tensor('w', 'pixels'), tensor('A', 'pixels', "units'"), tensor('V', 'pixels', 'units')];
  const [gram, sums, total] = [
    tensor('gram', 'units', "units'"),
    tensor('sums', 'units', "units'"),
    tensor('total', 'units', "units'"),
  ];
  const prime = (node: Expression): Expression => renameIndices(node, new Map([['units', "units'"]]));
  const weighted = assign(A, multiply(readRegister(w), prime(readRegister(W))));
  const loop = (next: Expression) =>
    repeat('turns', {
      times: readRegister(host('steps')),
      first: zero,
      direction: 'forward',
      carried: [{ register: sums, initial: zero, next: add(readRegister(sums), next), result: total }],
      body: [],
      saved: [],
      replays: null,
      whileAny: null,
    });
  const made = (right: Expression, ...more: Parameters<typeof program>[2]) =>
    program(
      'made',
      [W, V, w, x, host('steps')],
      [weighted, assign(gram, sum(['pixels'], multiply(readRegister(W), right))), ...more],
      [gram],
    );

  it('cost half of others, and are told to targets, though their weights are another array', () => {
    const [symmetric, other] = [made(readRegister(A)), made(prime(readRegister(V)))];
    expect([...symmetricArrays(symmetric)]).toEqual(['gram']);
    expect([...symmetricArrays(other)]).toEqual([]);
    const operations = (one: Program): number => programCost(one, hints).run.operations;
    expect(operations(other) - operations(symmetric)).toBe(30 * 20 * 20);
  });

  it('stay symmetric when they are summed in a loop', () => {
    const pairs = sum(
      ['example', 'pixels'],
      multiply(readRegister(x), readRegister(W), prime(readRegister(W))),
    );
    expect(symmetricArrays(made(readRegister(A), loop(pairs)))).toEqual(new Set(['gram', 'sums', 'total']));
    const oneSided = multiply(readRegister(w), readRegister(W));
    const mixed = sum(['pixels'], multiply(oneSided, prime(readRegister(V))));
    expect(symmetricArrays(made(readRegister(A), loop(mixed)))).toEqual(new Set(['gram']));
  });
});
