/** The innermost part of a product: four rows and eight columns of it, kept in registers while the inner index goes by. */
import { assign, countUp, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { Statement, WasmFunction } from '../assembler/code.ts';
import { addresses, floatBytes, minus, plus, plusProduct, times, vectorBytes } from './parts.ts';

export const tileRows = 4;
export const tileColumns = 8;
/** Bytes of one place of the inner index in a strip of each operand. */
const leftBytes = tileRows * floatBytes;
export const rightBytes = tileColumns * floatBytes;
export const tileBytes = tileRows * rightBytes;

/** How many places are taken in a turn: counting costs as much as one of them. */
const unrolled = 4;

const [inner, left, right] = [local('inner', 'i32'), local('left', 'i32'), local('right', 'i32')];
const [to, stride, keep] = [local('to', 'i32'), local('stride', 'i32'), local('keep', 'i32')];
const [end, factor] = [local('end', 'i32'), local('factor', 'v128')];
const columns = [local('low', 'v128'), local('high', 'v128')];
const sums = addresses(read(to), read(stride), tileRows).map((address) =>
  columns.map(({ name }, part) => ({ sum: local(`sum_${name}`, 'v128'), address, part })),
);

const addProducts = (at: number): readonly Statement[] => [
  ...columns.map((vector, part) =>
    assign(vector, load('v128.load', [read(right)], { offset: at * rightBytes + part * vectorBytes })),
  ),
  ...sums.flatMap((row, lane) => [
    assign(factor, load('v128.load32_splat', [read(left)], { offset: at * leftBytes + lane * floatBytes })),
    ...row.map(({ sum, part }) => assign(sum, plusProduct(read(sum), read(factor), read(columns[part]!)))),
  ]),
];
const turn = (places: number): Statement =>
  countUp(right, minus(read(end), i32((places - 1) * rightBytes)), i32(places * rightBytes), [
    ...Array.from({ length: places }, (_, at) => addProducts(at)).flat(),
    assign(left, plus(read(left), i32(places * leftBytes))),
  ]);

/**
 * The product of two packed strips. Each number of it is summed in the order of the inner index, in float32, from 0, or from
 * what was there where `keep` is -1.
 */
export const tile: WasmFunction = {
  name: 'tile',
  parameters: [inner, left, right, to, stride, keep],
  result: null,
  body: [
    assign(end, plus(read(right), times(read(inner), i32(rightBytes)))),
    ...sums.flat().map(({ sum, address, part }) => {
      const before = load('v128.load', [address], { offset: part * vectorBytes });
      return assign(sum, operate('v128.and', before, operate('i32x4.splat', read(keep))));
    }),
    turn(unrolled),
    turn(1),
    ...sums
      .flat()
      .map(({ sum, address, part }) =>
        store('v128.store', [address, read(sum)], { offset: part * vectorBytes }),
      ),
  ],
};
