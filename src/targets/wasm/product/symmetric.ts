/** Products that are known to be symmetric, such as A A': a half of them is computed. */
import { i32, invoke, local, operate, read, when } from '../assembler/build.ts';
import type { Local, WasmFunction } from '../assembler/code.ts';
import { blocked } from './blocked.ts';
import { mirror } from './mirror.ts';
import { operandsOfProduct, type Layout } from './operands.ts';
import { matrixProduct, type Target } from './product.ts';

/** A smaller product is nearly all edge. */
const smallSize = 16;

const symmetricOf = (layout: Layout, target: Target): WasmFunction => {
  const { inner, a, b, c, aStride, bStride, cStride, scratch } = operandsOfProduct();
  const size = local('size', 'i32');
  const parameters: readonly Local<'i32'>[] = [size, inner, a, b, c, aStride, bStride, cStride, scratch];
  const operands = [size, ...parameters].map(read);
  return {
    name: `symmetric_${layout}_${target}`,
    parameters,
    result: null,
    body: [
      when(
        operate('i32.le_s', read(size), i32(smallSize)),
        [invoke(matrixProduct(layout, target), ...operands)],
        [invoke(blocked(layout, 'lower'), ...operands, i32(target === 'added' ? -1 : 0))],
      ),
      invoke(mirror, read(size), read(c), read(cStride)),
    ],
  };
};

const inBothWays = (layout: Layout): Readonly<Record<Target, WasmFunction>> => ({
  overwritten: symmetricOf(layout, 'overwritten'),
  added: symmetricOf(layout, 'added'),
});
const products: Readonly<Record<Layout, Readonly<Record<Target, WasmFunction>>>> = {
  plain: inBothWays('plain'),
  transposed_right: inBothWays('transposed_right'),
  transposed_left: inBothWays('transposed_left'),
};

/**
 * `symmetric_plain_overwritten(size, inner, a, b, c, a_stride, b_stride, c_stride, scratch)`: what `matrixProduct` gives with
 * as many rows as columns, on the diagonal and below it; above it is what is below it, and what was there is not added to.
 */
export const symmetricProduct = (layout: Layout, target: Target): WasmFunction => products[layout][target];
