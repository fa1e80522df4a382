/** Products that are known to be symmetric, such as A A': half of them is computed. */
import { assign, countUp, i32, invoke, local, operate, read, when } from '../assembler/build.ts';
import type { Local, WasmFunction } from '../assembler/code.ts';
import { mirror } from './mirror.ts';
import { laneAt, operandsOfProduct, orders, type Layout } from './operands.ts';
import { minus, plus, smaller, times } from './parts.ts';
import { matrixProduct } from './product.ts';

/** Rows that are computed together, up to the diagonal: as many as zeros are looked for at a time. */
const blockRows = 32;

/** Smaller products are nearly all edge; with fewer places, copying half of the result costs what is saved. */
const leastSize = 96;
const leastPlaces = 64;

const symmetricOf = (layout: Layout): WasmFunction => {
  const { inner, a, b, c, aStride, bStride, cStride, scratch } = operandsOfProduct();
  const [size, row] = [local('size', 'i32'), local('row', 'i32')];
  const multiply = matrixProduct(layout, 'overwritten');
  const strides = [aStride, bStride, cStride, scratch].map(read);
  const isLarge = operate(
    'i32.and',
    operate('i32.ge_s', read(size), i32(leastSize)),
    operate('i32.ge_s', read(inner), i32(leastPlaces)),
  );
  const parameters: readonly Local<'i32'>[] = [size, inner, a, b, c, aStride, bStride, cStride, scratch];
  return {
    name: `symmetric_${layout}`,
    parameters,
    result: null,
    body: [
      when(
        isLarge,
        [
          assign(row, i32(0)),
          countUp(row, read(size), i32(blockRows), [
            invoke(
              multiply,
              smaller(i32(blockRows), minus(read(size), read(row))),
              smaller(plus(read(row), i32(blockRows)), read(size)),
              read(inner),
              laneAt(orders[layout].left, a, aStride, read(row)),
              read(b),
              plus(read(c), times(read(row), read(cStride))),
              ...strides,
            ),
          ]),
          invoke(mirror, read(size), read(c), read(cStride)),
        ],
        [invoke(multiply, ...[size, size, inner, a, b, c].map(read), ...strides)],
      ),
    ],
  };
};

const products: Readonly<Record<Layout, WasmFunction>> = {
  plain: symmetricOf('plain'),
  transposed_right: symmetricOf('transposed_right'),
  transposed_left: symmetricOf('transposed_left'),
};

/**
 * `symmetric_plain(size, inner, a, b, c, a_stride, b_stride, c_stride, scratch)`: what `matrixProduct` gives with as many rows as
 * columns; where that is worth it, what is above the diagonal is a copy of what is below it.
 */
export const symmetricProduct = (layout: Layout): WasmFunction => products[layout];
