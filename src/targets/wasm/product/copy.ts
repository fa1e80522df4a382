/** At the edges of a matrix, where a tile is not whole. */
import { assign, countUp, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { Value, WasmFunction } from '../assembler/code.ts';
import { floatBytes, tileColumns, tileRows } from './tile.ts';

const [rows, columns] = [local('rows', 'i32'), local('columns', 'i32')];
const [from, fromStride] = [local('from', 'i32'), local('from_stride', 'i32')];
const [to, toStride] = [local('to', 'i32'), local('to_stride', 'i32')];
const [row, offset] = [local('row', 'i32'), local('offset', 'i32')];

const plus = (left: Value<'i32'>, right: Value<'i32'>): Value<'i32'> => operate('i32.add', left, right);
const atMost = (count: Value<'i32'>, limit: number): Value<'i32'> =>
  operate('i32.select', count, i32(limit), operate('i32.lt_s', count, i32(limit)));

/** Of so many rows and columns those that are in one tile. */
export const copyElements: WasmFunction = {
  name: 'copy_elements',
  parameters: [rows, columns, from, fromStride, to, toStride],
  result: null,
  body: [
    assign(rows, atMost(read(rows), tileRows)),
    assign(columns, operate('i32.mul', atMost(read(columns), tileColumns), i32(floatBytes))),
    assign(row, i32(0)),
    countUp(row, read(rows), i32(1), [
      assign(offset, i32(0)),
      countUp(offset, read(columns), i32(floatBytes), [
        store('f32.store', [
          plus(read(to), read(offset)),
          load('f32.load', [plus(read(from), read(offset))]),
        ]),
      ]),
      assign(from, plus(read(from), read(fromStride))),
      assign(to, plus(read(to), read(toStride))),
    ]),
  ],
};
