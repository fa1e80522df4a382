/**
 * What products share that read their right operand where it is: with few rows, or few places, packing it would cost more
 * than it saves.
 */
import { assign, countUp, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { Local, Statement, Value } from '../assembler/code.ts';
import { minus, plus, times, vectorBytes } from './parts.ts';

/** How many columns are computed at once: one number is the first lane of a vector. */
export type Width = 1 | 4 | 8 | 32;

/** Numbers of the vectors of so many columns. */
export const partsOf = (width: Width): readonly number[] =>
  Array.from({ length: Math.ceil(width / 4) }, (_, part) => part);

export const loadColumns = (width: Width, address: Value<'i32'>, part: number): Value<'v128'> =>
  width === 1
    ? load('v128.load32_zero', [address])
    : load('v128.load', [address], { offset: part * vectorBytes });

export const storeColumns = (
  width: Width,
  address: Value<'i32'>,
  part: number,
  vector: Value<'v128'>,
): Statement =>
  width === 1
    ? store('v128.store32_lane', [address, vector], { lane: 0 })
    : store('v128.store', [address, vector], { offset: part * vectorBytes });

/** All bits of a vector, or none. */
export const maskOf = (keep: Value<'i32'>): Value<'v128'> => operate('i32x4.splat', keep);

/** Parameters of a function, and their order. */
export interface Parameters {
  readonly rows: Local<'i32'>;
  readonly columns: Local<'i32'>;
  readonly inner: Local<'i32'>;
  readonly a: Local<'i32'>;
  readonly rowBytes: Local<'i32'>;
  readonly placeBytes: Local<'i32'>;
  readonly b: Local<'i32'>;
  readonly bStride: Local<'i32'>;
  readonly c: Local<'i32'>;
  readonly cStride: Local<'i32'>;
  readonly keep: Local<'i32'>;
}

/**
 * `rowBytes` are those from a row of A to the next one, `placeBytes` those from a place of the inner index to the next one.
 * What is in C is kept, and added to, where `keep` is -1, and is not read where it is 0.
 */
export const parametersOfThin = (): Parameters => ({
  rows: local('rows', 'i32'),
  columns: local('columns', 'i32'),
  inner: local('inner', 'i32'),
  a: local('a', 'i32'),
  rowBytes: local('row_bytes', 'i32'),
  placeBytes: local('place_bytes', 'i32'),
  b: local('b', 'i32'),
  bStride: local('b_stride', 'i32'),
  c: local('c', 'i32'),
  cStride: local('c_stride', 'i32'),
  keep: local('keep', 'i32'),
});

/** Takes so many rows at a time, and for what is left the next one of the numbers, of which the last is 1. */
export const byRows = <Count extends number>(
  { rows, a, c, rowBytes, cStride }: Parameters,
  counts: readonly Count[],
  body: (count: Count) => readonly Statement[],
): readonly Statement[] => {
  const row = local('row', 'i32');
  return [
    assign(row, i32(0)),
    ...counts.map((count) =>
      countUp(row, minus(read(rows), i32(count - 1)), i32(count), [
        ...body(count),
        assign(a, plus(read(a), times(read(rowBytes), i32(count)))),
        assign(c, plus(read(c), times(read(cStride), i32(count)))),
      ]),
    ),
  ];
};
