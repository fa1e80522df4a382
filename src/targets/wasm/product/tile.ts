/** The innermost part of a product: four rows and eight columns of it, kept in registers while the inner index goes by. */
import { assign, countUp, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { Local, Statement, WasmFunction } from '../assembler/code.ts';
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
const [from, fromStride] = [local('from', 'i32'), local('from_stride', 'i32')];
const [to, stride, keep] = [local('to', 'i32'), local('stride', 'i32'), local('keep', 'i32')];
const [end, factor] = [local('end', 'i32'), local('factor', 'v128')];
const columns = [local('low', 'v128'), local('high', 'v128')];
const sums = addresses(read(to), read(stride), tileRows).map((address) =>
  columns.map(({ name }, part) => ({ sum: local(`sum_${name}`, 'v128'), address, part })),
);

/** Where the right operand is read: from its packed strip, or where it lies, which packs it by the way. */
type Source = 'packed' | 'in_place';

/** The vectors of one place of the right operand. */
const readRight: Readonly<Record<Source, (at: number) => readonly Statement[]>> = {
  packed: (at) =>
    columns.map((vector, part) =>
      assign(vector, load('v128.load', [read(right)], { offset: at * rightBytes + part * vectorBytes })),
    ),
  in_place: (at) => [
    ...columns.map((vector, part) =>
      assign(vector, load('v128.load', [read(from)], { offset: part * vectorBytes })),
    ),
    ...columns.map((vector, part) =>
      store('v128.store', [read(right), read(vector)], { offset: at * rightBytes + part * vectorBytes }),
    ),
    assign(from, plus(read(from), read(fromStride))),
  ],
};

const addProducts = (source: Source, at: number): readonly Statement[] => [
  ...readRight[source](at),
  ...sums.flatMap((row, lane) => [
    assign(factor, load('v128.load32_splat', [read(left)], { offset: at * leftBytes + lane * floatBytes })),
    ...row.map(({ sum, part }) => assign(sum, plusProduct(read(sum), read(factor), read(columns[part]!)))),
  ]),
];
const turn = (source: Source, places: number): Statement =>
  countUp(right, minus(read(end), i32((places - 1) * rightBytes)), i32(places * rightBytes), [
    ...Array.from({ length: places }, (_, at) => addProducts(source, at)).flat(),
    assign(left, plus(read(left), i32(places * leftBytes))),
  ]);

const tileOf = (name: string, source: Source, more: readonly Local<'i32'>[]): WasmFunction => ({
  name,
  parameters: [inner, left, right, to, stride, keep, ...more],
  result: null,
  body: [
    assign(end, plus(read(right), times(read(inner), i32(rightBytes)))),
    ...sums.flat().map(({ sum, address, part }) => {
      const before = load('v128.load', [address], { offset: part * vectorBytes });
      return assign(sum, operate('v128.and', before, operate('i32x4.splat', read(keep))));
    }),
    turn(source, unrolled),
    turn(source, 1),
    ...sums
      .flat()
      .map(({ sum, address, part }) =>
        store('v128.store', [address, read(sum)], { offset: part * vectorBytes }),
      ),
  ],
});

/**
 * `tile(inner, left, right, to, stride, keep)`: the product of two packed strips. Each number of it is summed in the order of the
 * inner index, in float32, from 0, or from what was there where `keep` is -1.
 */
export const tile = tileOf('tile', 'packed', []);

/** The same, where the strip `right` is yet to be written: with places that are at `from`, so many bytes apart. */
export const packingTile = tileOf('packing_tile', 'in_place', [from, fromStride]);
