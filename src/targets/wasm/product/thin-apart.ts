/** A product with few rows, B[columns, inner] being stored by columns. */
import { assign, assignTogether, countUp, i32, load, local, operate, read } from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { addresses, floatBytes, minus, plus, plusProduct, times, transpose } from './parts.ts';
import { byRows, loadColumns, maskOf, parametersOfThin, partsOf, storeColumns, type Width } from './thin.ts';

const parameters = parametersOfThin();
const { columns, inner, a, rowBytes, placeBytes, b, bStride, c, cStride, keep } = parameters;
const [place, column, to] = [local('place', 'i32'), local('column', 'i32'), local('to', 'i32')];
const [left, right, strip] = [local('left', 'i32'), local('right', 'i32'), local('strip', 'i32')];
const [kept, factor] = [local('kept', 'v128'), local('factor', 'v128')];

/** Computes so many rows and columns of C, which stay in registers while the inner index goes by. */
const tile = (rowCount: number, width: Width): readonly Statement[] => {
  const inC = addresses(read(to), read(cStride), rowCount);
  const sums = inC.map((address) =>
    partsOf(width).map((part) => ({ sum: local('sum', 'v128'), address, part })),
  );
  const rows = sums.map((row) => row.map(({ sum }) => sum));
  return [
    ...sums
      .flat()
      .map(({ sum, address, part }) =>
        assign(sum, operate('v128.and', loadColumns(width, address, part), read(kept))),
      ),
    assign(left, read(a)),
    assign(right, read(strip)),
    assign(place, i32(0)),
    ...(width === 1 ? ([1] as const) : ([4, 1] as const)).map((placeCount) =>
      countUp(
        place,
        minus(read(inner), i32(placeCount - 1)),
        i32(placeCount),
        addProducts(rows, width, placeCount),
      ),
    ),
    ...sums.flat().map(({ sum, address, part }) => storeColumns(width, address, part, read(sum))),
    assign(strip, plus(read(strip), times(read(bStride), i32(width)))),
    assign(to, plus(read(to), i32(width * floatBytes))),
  ];
};

const addProducts = (
  sums: readonly (readonly Local<'v128'>[])[],
  width: Width,
  placeCount: 1 | 4,
): readonly Statement[] => {
  const inA = addresses(read(left), read(rowBytes), sums.length);
  const inB = addresses(read(right), read(bStride), width);
  const vectors = partsOf(width).map((part) =>
    lanesOf(inB.slice(4 * part, 4 * part + 4), placeCount).map(
      (value) => [local('vector', 'v128'), value] as const,
    ),
  );
  return [
    ...vectors.map((ofPart) => assignTogether(...ofPart)),
    ...Array.from({ length: placeCount }, (_, at) => [
      ...sums.flatMap((row, number) => [
        assign(factor, load('v128.load32_splat', [inA[number]!])),
        ...row.map((sum, part) =>
          assign(sum, plusProduct(read(sum), read(factor), read(vectors[part]![at]![0]))),
        ),
      ]),
      assign(left, plus(read(left), read(placeBytes))),
    ]).flat(),
    assign(right, plus(read(right), i32(placeCount * floatBytes))),
  ];
};

/** Places of up to four columns, each place a vector. */
const lanesOf = (inB: readonly Value<'i32'>[], placeCount: 1 | 4): readonly Value<'v128'>[] => {
  if (placeCount === 4) return transpose(inB.map((address) => load('v128.load', [address])));
  const [first, ...others] = inB;
  const start: Value<'v128'> = load('v128.load32_zero', [first!]);
  return [
    others.reduce<Value<'v128'>>(
      (vector, address, at) => load('v128.load32_lane', [address, vector], { lane: at + 1 }),
      start,
    ),
  ];
};

/** Columns of B, a few at a time, are multiplied with a few rows of A; neighbours in them are turned into lanes. */
export const thinApart: WasmFunction = {
  name: 'thin_apart',
  parameters: Object.values<Local<'i32'>>({ ...parameters }),
  result: null,
  body: [
    assign(kept, maskOf(read(keep))),
    ...byRows(parameters, [4, 1], (rowCount) => [
      assign(strip, read(b)),
      assign(to, read(c)),
      assign(column, i32(0)),
      ...([8, ...(rowCount === 1 ? [4 as const] : []), 1] as const).map((width) =>
        countUp(column, minus(read(columns), i32(width - 1)), i32(width), tile(rowCount, width)),
      ),
    ]),
  ],
};
