/** Symmetric products in WebAssembly: the bits of the whole product at and below the diagonal, and their mirror image. */
import { describe, expect, it } from 'vitest';
import { matrixProduct, scratchBytes, type Layout } from '../../../src/targets/wasm/product/product.ts';
import { symmetricProduct } from '../../../src/targets/wasm/product/symmetric.ts';
import { instantiate } from './arrays.ts';

const layouts = ['plain', 'transposed_right', 'transposed_left'] as const;
const { memory, functions } = instantiate(
  layouts.flatMap((layout) => [matrixProduct(layout, 'overwritten'), symmetricProduct(layout)]),
  40,
);
const floats = new Float32Array(memory.buffer);
/** Floats between the end of a row and the next one. */
const gap = 3;
const [a, b, c] = [0, 50_000, 100_000];

/** Memory after the whole product and after the symmetric one; of the left operand so many of 16 numbers are not zero. */
const both = (layout: Layout, size: number, inner: number, share: number) => {
  const stride = size + gap;
  const aStride = (layout === 'transposed_left' ? size : inner) + gap;
  const bStride = (layout === 'transposed_right' ? inner : size) + gap;
  const scratch = c + size * stride + 1;
  expect(scratch + scratchBytes(inner) / 4).toBeLessThan(floats.length);
  const addresses = [a, b, c, aStride, bStride, stride, scratch].map((at) => 4 * at);
  const after = (name: string, sizes: readonly number[]): Float32Array => {
    for (let at = 0; at < scratch; at++) floats[at] = Math.sin(at * 12.9898) * 2 ** (at % 7);
    for (let at = a; at < b; at++) if ((at * 11) % 16 >= share) floats[at] = 0;
    functions[name]!(...sizes, ...addresses);
    return floats.slice(0, scratch);
  };
  return {
    stride,
    whole: after(`product_${layout}_overwritten`, [size, size, inner]),
    symmetric: after(`symmetric_${layout}`, [size, inner]),
  };
};

const mirrored = (whole: Float32Array, size: number, stride: number): Float32Array => {
  const expected = whole.slice();
  for (let row = 0; row < size; row++)
    for (let column = 0; column < row; column++)
      expected[c + column * stride + row] = expected[c + row * stride + column]!;
  return expected;
};

describe.each(layouts)('a symmetric product of layout %s', (layout) => {
  it.each([96, 97, 128, 131, 140, 200])('of size %d has its upper half from its lower one', (size) => {
    for (const [inner, share] of [
      [64, 16],
      [77, 16],
      [90, 3],
    ] as const) {
      const { whole, symmetric, stride } = both(layout, size, inner, share);
      expect(symmetric, `${inner} places`).toEqual(mirrored(whole, size, stride));
    }
  });

  it.each([
    [0, 70],
    [1, 70],
    [8, 70],
    [95, 70],
    [130, 63],
    [130, 0],
  ])('is the whole one where it is too small to gain, as %d with %d places', (size, inner) => {
    const { whole, symmetric } = both(layout, size, inner, 16);
    expect(symmetric).toEqual(whole);
  });
});
