/** A square matrix becomes symmetric: what is below its diagonal is copied to above it. */
import {
  assign,
  assignTogether,
  countUp,
  i32,
  load,
  local,
  operate,
  read,
  store,
} from '../assembler/build.ts';
import type { Local, Value, WasmFunction } from '../assembler/code.ts';
import { addresses, floatBytes, plus, times, transpose } from './parts.ts';

const size = local('size', 'i32');
const [matrix, stride] = [local('matrix', 'i32'), local('stride', 'i32')];
const [row, column, whole] = [local('row', 'i32'), local('column', 'i32'), local('whole', 'i32')];

const blockSize = 4;
const at = (inRow: Local<'i32'>, inColumn: Local<'i32'>): Value<'i32'> =>
  plus(read(matrix), plus(times(read(inRow), read(stride)), times(read(inColumn), i32(floatBytes))));
const blockAbove = addresses(at(column, row), read(stride), blockSize);
const blockBelow = transpose(
  addresses(at(row, column), read(stride), blockSize).map((address) => load('v128.load', [address])),
);
const vectors = blockBelow.map(() => local('vector', 'v128'));
const wholePart = (of: Local<'i32'>): Value<'i32'> => operate('i32.and', read(of), i32(-blockSize));

export const mirror: WasmFunction = {
  name: 'mirror',
  parameters: [size, matrix, stride],
  result: null,
  body: [
    assign(whole, wholePart(size)),
    assign(row, i32(0)),
    countUp(row, read(whole), i32(blockSize), [
      assign(column, i32(0)),
      countUp(column, read(row), i32(blockSize), [
        assignTogether(...blockBelow.map((vector, lane) => [vectors[lane]!, vector] as const)),
        ...vectors.map((vector, lane) => store('v128.store', [blockAbove[lane]!, read(vector)])),
      ]),
    ]),
    // Blocks on the diagonal, and rows that are in no whole block.
    assign(row, i32(0)),
    countUp(row, read(size), i32(1), [
      assign(
        column,
        operate('i32.select', wholePart(row), i32(0), operate('i32.lt_s', read(row), read(whole))),
      ),
      countUp(column, read(row), i32(1), [
        store('f32.store', [at(column, row), load('f32.load', [at(row, column)])]),
      ]),
    ]),
  ],
};
