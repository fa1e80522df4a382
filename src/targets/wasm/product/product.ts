/**
 * Products of matrices, C = A B: sums over an inner index. Operands are packed in strips, and tiles of C are computed
 * from two strips each (Goto and van de Geijn, 2008).
 */
import { assign, countUp, i32, invoke, local, operate, read, when } from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { copyElements } from './copy.ts';
import { packing, type LaneOrder } from './pack.ts';
import { floatBytes, rightBytes, tileBytes, tileColumns, tileRows, tiles, type Target } from './tile.ts';

export type { Target } from './tile.ts';

/**
 * How operands are stored, by rows: A[rows, inner] and B[inner, columns] when `plain`, B[columns, inner] when
 * `transposed_right`, A[inner, rows] when `transposed_left`.
 */
export type Layout = 'plain' | 'transposed_right' | 'transposed_left';

const orders: Readonly<Record<Layout, { readonly left: LaneOrder; readonly right: LaneOrder }>> = {
  plain: { left: 'apart', right: 'beside' },
  transposed_right: { left: 'apart', right: 'apart' },
  transposed_left: { left: 'beside', right: 'beside' },
};

/** Rows whose strips are kept at a time. */
const chunkRows = 128;

/** What a product needs beside its operands, for inner indices up to `inner`: a tile, a strip of B, strips of A. */
export const scratchBytes = (inner: number): number =>
  tileBytes + inner * (rightBytes + chunkRows * floatBytes);

const productOf = (layout: Layout, target: Target): WasmFunction => {
  const [rows, columns, inner] = [local('rows', 'i32'), local('columns', 'i32'), local('inner', 'i32')];
  const [a, b, c] = [local('a', 'i32'), local('b', 'i32'), local('c', 'i32')];
  const [aStride, bStride, cStride] = [
    local('a_stride', 'i32'),
    local('b_stride', 'i32'),
    local('c_stride', 'i32'),
  ];
  const scratch = local('scratch', 'i32');
  const [chunk, chunkEnd] = [local('chunk', 'i32'), local('chunk_end', 'i32')];
  const [row, column] = [local('row', 'i32'), local('column', 'i32')];
  const order = orders[layout];

  const tileAt = read(scratch);
  const rightStrip = plus(tileAt, i32(tileBytes));
  const leftStrips = plus(rightStrip, times(read(inner), i32(rightBytes)));
  const leftStrip = plus(
    leftStrips,
    times(minus(read(row), read(chunk)), times(read(inner), i32(floatBytes))),
  );
  const [rowsLeft, columnsLeft] = [minus(read(chunkEnd), read(row)), minus(read(columns), read(column))];
  const place = plus(read(c), plus(times(read(row), read(cStride)), times(read(column), i32(floatBytes))));
  /** The address of a lane, which is a row of A or a column of B. */
  const laneAt = (
    matrix: Local<'i32'>,
    stride: Local<'i32'>,
    lane: Local<'i32'>,
    stored: LaneOrder,
  ): Value<'i32'> =>
    plus(read(matrix), times(read(lane), stored === 'apart' ? read(stride) : i32(floatBytes)));

  const packLeft = invoke(
    packing[tileRows][order.left],
    rowsLeft,
    read(inner),
    laneAt(a, aStride, row, order.left),
    read(aStride),
    leftStrip,
  );
  const packRight = invoke(
    packing[tileColumns][order.right],
    columnsLeft,
    read(inner),
    laneAt(b, bStride, column, order.right),
    read(bStride),
    rightStrip,
  );
  const computeAt = (address: Value<'i32'>, stride: Value<'i32'>): Statement =>
    invoke(tiles[target], read(inner), leftStrip, rightStrip, address, stride);
  const apart = [tileAt, i32(rightBytes)] as const;
  const inC = [place, read(cStride)] as const;
  const edge = [rowsLeft, columnsLeft] as const;
  const isWhole = operate(
    'i32.and',
    operate('i32.ge_s', rowsLeft, i32(tileRows)),
    operate('i32.ge_s', columnsLeft, i32(tileColumns)),
  );
  return {
    name: `product_${layout}_${target}`,
    parameters: [rows, columns, inner, a, b, c, aStride, bStride, cStride, scratch],
    result: null,
    body: [
      assign(chunk, i32(0)),
      countUp(chunk, read(rows), i32(chunkRows), [
        assign(chunkEnd, smaller(plus(read(chunk), i32(chunkRows)), read(rows))),
        assign(row, read(chunk)),
        countUp(row, read(chunkEnd), i32(tileRows), [packLeft]),
        assign(column, i32(0)),
        countUp(column, read(columns), i32(tileColumns), [
          packRight,
          assign(row, read(chunk)),
          countUp(row, read(chunkEnd), i32(tileRows), [
            when(
              isWhole,
              [computeAt(...inC)],
              // At an edge of C, a tile is computed apart, and what of it is in C is copied.
              [
                ...(target === 'added' ? [invoke(copyElements, ...edge, ...inC, ...apart)] : []),
                computeAt(...apart),
                invoke(copyElements, ...edge, ...apart, ...inC),
              ],
            ),
          ]),
        ]),
      ]),
    ],
  };
};

const plus = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> => operate('i32.add', left, right);
const minus = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> => operate('i32.sub', left, right);
const times = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> => operate('i32.mul', left, right);
const smaller = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> =>
  operate('i32.select', left, right, operate('i32.lt_s', left, right));

const inBothWays = (layout: Layout): Readonly<Record<Target, WasmFunction>> => ({
  overwritten: productOf(layout, 'overwritten'),
  added: productOf(layout, 'added'),
});
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
