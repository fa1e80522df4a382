/** Symmetric products in WebAssembly: the bits of the whole product at and below the diagonal, and their mirror image. */
import { expect, it } from 'vitest';
import { matrixProduct, scratchBytes } from '../../../src/targets/wasm/product/product.ts';
import { symmetricProduct } from '../../../src/targets/wasm/product/symmetric.ts';
import { instantiate } from './arrays.ts';

const layouts = ['plain', 'transposed_right', 'transposed_left'] as const;
const targets = ['overwritten', 'added'] as const;
const { memory, functions } = instantiate(
  layouts.flatMap((layout) =>
    targets.flatMap((target) => [matrixProduct(layout, target), symmetricProduct(layout, target)]),
  ),
  40,
);
const floats = new Float32Array(memory.buffer);
/** Floats between the end of a row and the next one. */
const gap = 3;
const [a, b, c] = [0, 50_000, 100_000];

const cases = layouts.flatMap((layout) =>
  targets.flatMap((target) =>
    [0, 1, 3, 8, 16, 17, 23, 64, 131, 140].map((size) => [layout, target, size] as const),
  ),
);

it.each(cases)('%s and %s, of size %d', (layout, target, size) => {
  const inner = 37;
  const stride = size + gap;
  const aStride = (layout === 'transposed_left' ? size : inner) + gap;
  const bStride = (layout === 'transposed_right' ? inner : size) + gap;
  const scratch = c + size * stride + 1;
  expect(scratch + scratchBytes(inner) / 4).toBeLessThan(floats.length);
  const prepare = (): void => {
    for (let at = 0; at < scratch; at++) floats[at] = Math.sin(at * 12.9898) * 2 ** (at % 7);
  };
  const addresses = [a, b, c, aStride, bStride, stride, scratch].map((at) => 4 * at);
  prepare();
  functions[`product_${layout}_${target}`]!(size, size, inner, ...addresses);
  const expected = floats.slice(0, scratch);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < row; column++)
      expected[c + column * stride + row] = expected[c + row * stride + column]!;
  prepare();
  functions[`symmetric_${layout}_${target}`]!(size, inner, ...addresses);
  expect(floats.slice(0, scratch)).toEqual(expected);
});
