/**
 * Products of matrices, C = A B: sums over an inner index. Operands are packed in strips, and tiles of C are computed
 * from two strips each (Goto and van de Geijn, 2008); thin products read what they need where it is; zeros are skipped.
 */
import { i32, invoke, local, operate, read, when } from '../assembler/build.ts';
import type { Local, Value, WasmFunction } from '../assembler/code.ts';
import { blocked } from './blocked.ts';
import { narrow, narrowColumns, narrowPlaces, thin } from './narrow.ts';
import { laneBytes, operandsOfProduct, orders, placeBytes, type Layout } from './operands.ts';
import type { LaneOrder } from './parts.ts';
import { sparse } from './sparse.ts';

export { scratchBytes } from './blocked.ts';
export type { Layout } from './operands.ts';

/** Whether a product replaces what was in its place, or is added to it. */
export type Target = 'overwritten' | 'added';

/** As many rows are computed faster without packing; so are products of few places, where rows of B are in lanes. */
const thinRows: Readonly<Record<LaneOrder, number>> = { beside: 11, apart: 7 };
const thinPlaces = 8;

const either = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> => operate('i32.or', left, right);
const both = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> => operate('i32.and', left, right);
const isAtMost = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> => operate('i32.le_s', left, right);

/** The fastest way to a product of the given sizes, whatever is in its operands; all ways give the same bits. */
export const denseProduct = (layout: Layout): WasmFunction => {
  const operands = operandsOfProduct();
  const { rows, columns, inner, a, b, c, aStride, bStride, cStride } = operands;
  const keep = local('keep', 'i32');
  const parameters: readonly Local<'i32'>[] = [...Object.values<Local<'i32'>>({ ...operands }), keep];
  const { left, right } = orders[layout];
  const hasFewRows = isAtMost(read(rows), i32(thinRows[right]));
  const isThin = right === 'beside' ? either(hasFewRows, isAtMost(read(inner), i32(thinPlaces))) : hasFewRows;
  const isNarrow = both(isAtMost(read(columns), i32(narrowColumns - 1)), isAtMost(read(columns), read(rows)));
  return {
    name: `dense_${layout}`,
    parameters,
    result: null,
    body: [
      when(
        both(isNarrow, isAtMost(i32(narrowPlaces), read(inner))),
        [invoke(narrow(layout), ...parameters.map(read))],
        [
          when(
            both(isThin, isAtMost(i32(1), read(inner))),
            [
              invoke(
                thin[right],
                ...[rows, columns, inner, a].map(read),
                laneBytes(left, aStride),
                placeBytes(left, aStride),
                ...[b, bStride, c, cStride, keep].map(read),
              ),
            ],
            [invoke(blocked(layout), ...parameters.map(read))],
          ),
        ],
      ),
    ],
  };
};

/** With fewer columns or places, looking costs too much. Rows do not count: a share of them is treated as all are. */
const lookingColumns = 64;
const lookingPlaces = 9;

/** Looks for rows that are mostly zeros, where that costs little beside the product. */
const chosenOf = (layout: Layout): WasmFunction => {
  const dense = denseProduct(layout);
  const operands = operandsOfProduct();
  const { columns, inner } = operands;
  const parameters: readonly Local<'i32'>[] = [
    ...Object.values<Local<'i32'>>({ ...operands }),
    local('keep', 'i32'),
  ];
  const isWorthLooking = both(
    isAtMost(i32(lookingColumns), read(columns)),
    isAtMost(i32(lookingPlaces), read(inner)),
  );
  return {
    name: `product_${layout}`,
    parameters,
    result: null,
    body: [
      when(
        isWorthLooking,
        [invoke(sparse(layout, dense), ...parameters.map(read))],
        [invoke(dense, ...parameters.map(read))],
      ),
    ],
  };
};

const inBothWays = (layout: Layout): Readonly<Record<Target, WasmFunction>> => {
  const chosen = chosenOf(layout);
  const named = (target: Target, keep: number): WasmFunction => {
    const parameters = Object.values<Local<'i32'>>({ ...operandsOfProduct() });
    return {
      name: `product_${layout}_${target}`,
      parameters,
      result: null,
      body: [invoke(chosen, ...parameters.map(read), i32(keep))],
    };
  };
  return { overwritten: named('overwritten', 0), added: named('added', -1) };
};
const products: Readonly<Record<Layout, Readonly<Record<Target, WasmFunction>>>> = {
  plain: inBothWays('plain'),
  transposed_right: inBothWays('transposed_right'),
  transposed_left: inBothWays('transposed_left'),
};

/**
 * `product_plain_overwritten(rows, columns, inner, a, b, c, a_stride, b_stride, c_stride, scratch)`: C = A B, or C + A B
 * when `added`. Addresses and the strides of rows are in bytes, all of multiples of 4; nothing overlaps.
 *
 * Each number of C is summed in the order of the inner index, from 0 or from what was there, and every product and sum is
 * rounded to float32. So its bits depend on its row of A and its column of B alone: not on how many other rows
 * there are, how rows are shared among calls and workers, or the processor.
 */
export const matrixProduct = (layout: Layout, target: Target): WasmFunction => products[layout][target];
