/** Kernels of programs that make symmetric arrays. */
import { beforeAll, expect, it } from 'vitest';
import { multiply, read, sum } from '../../../src/calculus/build.ts';
import type { Expression } from '../../../src/calculus/expression.ts';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import { interpret } from '../../../src/targets/interpreter.ts';
import { asKernels } from '../../../src/targets/plan.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { assign, contextOf, expectNear, program, random, runTensors, tensor } from '../support.ts';

const sizes = { pixels: 610, units: 103 };
const inputs = {
  W: random(['pixels', 'units'], sizes, 1),
  V: random(['pixels', 'units'], sizes, 2),
  w: random(['pixels'], sizes, 3, Math.exp),
};
const W = read('W', ['pixels', 'units']);
const w = read('w', ['pixels']);

let tf: TensorFlow;
beforeAll(async () => {
  tf = (await loadBackend('wasm')).tf;
});

/** Wᵀ of something, in float32; compared with float64. */
const product = (right: Expression): ArrayLike<number> => {
  const [weighted, gram] = [tensor('weighted', 'pixels', "units'"), tensor('gram', 'units', "units'")];
  const made = program(
    'made',
    [tensor('W', 'pixels', 'units'), tensor('V', 'pixels', 'units'), tensor('w', 'pixels')],
    [assign(weighted, right), assign(gram, sum(['pixels'], multiply(W, read('weighted', weighted.indices))))],
    [gram],
  );
  const found = runTensors(tf, made, inputs, contextOf(sizes), asKernels);
  expectNear(found, interpret(made, inputs, contextOf(sizes)));
  return found['gram']!.values;
};

/** Entries that differ from those at the other side of the diagonal. */
const differing = (matrix: ArrayLike<number>): number =>
  Array.from(matrix).filter((value, at) => {
    const [row, column] = [Math.floor(at / sizes.units), at % sizes.units];
    return value !== matrix[column * sizes.units + row];
  }).length;

it('both halves of a symmetric product have the same bits, though its factors are rounded in different ways', () => {
  expect(differing(product(multiply(w, read('W', ['pixels', "units'"]))))).toBe(0);
});

it('both halves of any other product are computed', () => {
  expect(differing(product(multiply(w, read('V', ['pixels', "units'"]))))).toBe(
    sizes.units * (sizes.units - 1),
  );
});
