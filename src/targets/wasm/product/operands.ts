/** What a product is given, and where things are in it. */
import { i32, local, read } from '../assembler/build.ts';
import type { Local, Value } from '../assembler/code.ts';
import { floatBytes, plus, times, type LaneOrder } from './parts.ts';

/**
 * How operands are stored, by rows: A[rows, inner] and B[inner, columns] when `plain`, B[columns, inner] when
 * `transposed_right`, A[inner, rows] when `transposed_left`.
 */
export type Layout = 'plain' | 'transposed_right' | 'transposed_left';

export const orders: Readonly<Record<Layout, { readonly left: LaneOrder; readonly right: LaneOrder }>> = {
  plain: { left: 'apart', right: 'beside' },
  transposed_right: { left: 'apart', right: 'apart' },
  transposed_left: { left: 'beside', right: 'beside' },
};

export interface Operands {
  readonly rows: Local<'i32'>;
  readonly columns: Local<'i32'>;
  readonly inner: Local<'i32'>;
  readonly a: Local<'i32'>;
  readonly b: Local<'i32'>;
  readonly c: Local<'i32'>;
  readonly aStride: Local<'i32'>;
  readonly bStride: Local<'i32'>;
  readonly cStride: Local<'i32'>;
  readonly scratch: Local<'i32'>;
}
export const operandsOfProduct = (): Operands => ({
  rows: local('rows', 'i32'),
  columns: local('columns', 'i32'),
  inner: local('inner', 'i32'),
  a: local('a', 'i32'),
  b: local('b', 'i32'),
  c: local('c', 'i32'),
  aStride: local('a_stride', 'i32'),
  bStride: local('b_stride', 'i32'),
  cStride: local('c_stride', 'i32'),
  scratch: local('scratch', 'i32'),
});

/** Bytes from a lane to the next one, and from a place of the inner index to the next one. */
export const laneBytes = (order: LaneOrder, stride: Local<'i32'>): Value<'i32'> =>
  order === 'apart' ? read(stride) : i32(floatBytes);
export const placeBytes = (order: LaneOrder, stride: Local<'i32'>): Value<'i32'> =>
  order === 'apart' ? i32(floatBytes) : read(stride);

export const laneAt = (
  order: LaneOrder,
  matrix: Local<'i32'>,
  stride: Local<'i32'>,
  lane: Value<'i32'>,
): Value<'i32'> => plus(read(matrix), times(lane, laneBytes(order, stride)));
