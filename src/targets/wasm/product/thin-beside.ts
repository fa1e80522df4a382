/** A product with few rows or places, B[inner, columns] being stored by rows. */
import { assign, countUp, i32, load, local, operate, read } from '../assembler/build.ts';
import type { Local, Statement, WasmFunction } from '../assembler/code.ts';
import { addresses, floatBytes, minus, plus, plusProduct, times } from './parts.ts';
import { byRows, loadColumns, maskOf, parametersOfThin, partsOf, storeColumns, type Width } from './thin.ts';

const parameters = parametersOfThin();
const { columns, inner, a, rowBytes, placeBytes, b, bStride, c, cStride, keep } = parameters;
const [place, column, end] = [local('place', 'i32'), local('column', 'i32'), local('end', 'i32')];
const [left, right] = [local('left', 'i32'), local('right', 'i32')];
const [kept, vector] = [local('kept', 'v128'), local('vector', 'v128')];

/** Places that are taken at a time with 2 rows and with 1: eight factors are what registers hold beside sums. */
const placesWith = { 2: [4, 1], 1: [8, 2, 1] } as const;

/** Adds the products of so many rows and places, to all columns of C. */
const pass = (rowCount: number, placeCount: number): readonly Statement[] => {
  const strips = Array.from({ length: placeCount }, () => local('strip', 'i32'));
  const factors = Array.from({ length: rowCount }, () => strips.map(() => local('factor', 'v128')));
  const inA = addresses(read(left), read(rowBytes), rowCount);
  const inB = addresses(read(right), read(bStride), placeCount);
  return [
    ...factors.flatMap((ofRow, row) => {
      const places = addresses(inA[row]!, read(placeBytes), placeCount);
      return ofRow.map((factor, at) => assign(factor, load('v128.load32_splat', [places[at]!])));
    }),
    ...strips.map((strip, at) => assign(strip, inB[at]!)),
    assign(column, i32(0)),
    ...([8, 4, 1] as const).map((width) =>
      countUp(
        column,
        minus(read(end), i32((width - 1) * floatBytes)),
        i32(width * floatBytes),
        addProducts(width, strips, factors),
      ),
    ),
    assign(kept, maskOf(i32(-1))),
    assign(left, plus(read(left), times(read(placeBytes), i32(placeCount)))),
    assign(right, plus(read(right), times(read(bStride), i32(placeCount)))),
  ];
};

const addProducts = (
  width: Width,
  strips: readonly Local<'i32'>[],
  factors: readonly (readonly Local<'v128'>[])[],
): readonly Statement[] => {
  const inC = addresses(plus(read(c), read(column)), read(cStride), factors.length);
  const sums = partsOf(width).flatMap((part) =>
    inC.map((address, row) => ({ sum: local('sum', 'v128'), address, row, part })),
  );
  return [
    ...sums.map(({ sum, address, part }) =>
      assign(sum, operate('v128.and', loadColumns(width, address, part), read(kept))),
    ),
    ...strips.flatMap((strip, at) =>
      partsOf(width).flatMap((part) => [
        assign(vector, loadColumns(width, plus(read(strip), read(column)), part)),
        ...sums
          .filter((one) => one.part === part)
          .map(({ sum, row }) => assign(sum, plusProduct(read(sum), read(factors[row]![at]!), read(vector)))),
      ]),
    ),
    ...sums.map(({ sum, address, part }) => storeColumns(width, address, part, read(sum))),
  ];
};

/**
 * Rows of B, a few at a time, are multiplied and added to rows of C, which pass through the registers as often as there are
 * such groups: at least once, so there has to be a place.
 */
export const thinBeside: WasmFunction = {
  name: 'thin_beside',
  parameters: Object.values<Local<'i32'>>({ ...parameters }),
  result: null,
  body: [
    assign(end, times(read(columns), i32(floatBytes))),
    ...byRows(parameters, [2, 1], (rowCount) => [
      assign(kept, maskOf(read(keep))),
      assign(left, read(a)),
      assign(right, read(b)),
      assign(place, i32(0)),
      ...placesWith[rowCount].map((placeCount) =>
        countUp(place, minus(read(inner), i32(placeCount - 1)), i32(placeCount), pass(rowCount, placeCount)),
      ),
    ]),
  ],
};
