/** Products of the rows that are still at work: they are gathered, multiplied and put back; other rows are set to 0. */
import {
  assign,
  copyMemory,
  countUp,
  fillMemory,
  i32,
  invoke,
  load,
  local,
  operate,
  read,
  when,
} from '../assembler/build.ts';
import type { Value, WasmFunction } from '../assembler/code.ts';
import { plus, times } from './parts.ts';
import { matrixProduct, type Layout } from './product.ts';

const activeProduct = (layout: Exclude<Layout, 'transposed_left'>): WasmFunction => {
  const [mask, rows, columns, inner] = [local('mask', 'i32'), local('rows', 'i32'), local('columns', 'i32'), local('inner', 'i32')]; // prettier-ignore
  const [a, b, c] = [local('a', 'i32'), local('b', 'i32'), local('c', 'i32')];
  const [bStride, scratch, gathered] = [
    local('b_stride', 'i32'),
    local('scratch', 'i32'),
    local('gathered', 'i32'),
  ];
  const [row, active, results] = [local('row', 'i32'), local('active', 'i32'), local('results', 'i32')];
  const [aBytes, cBytes] = [
    operate('i32.shl', read(inner), i32(2)),
    operate('i32.shl', read(columns), i32(2)),
  ];
  const isActive = operate(
    'f32.ne',
    load('f32.load', [plus(read(mask), operate('i32.shl', read(row), i32(2)))]),
    {
      kind: 'constant',
      type: 'f32',
      value: 0,
    },
  );
  const rowOf = (start: Value<'i32'>, bytes: Value<'i32'>, at = read(row)): Value<'i32'> =>
    plus(start, times(at, bytes));
  const product = matrixProduct(layout, 'overwritten');
  const count = assign(active, plus(read(active), i32(1)));
  return {
    name: `active_${layout}`,
    parameters: [mask, rows, columns, inner, a, b, c, bStride, scratch, gathered],
    result: null,
    body: [
      assign(active, i32(0)),
      assign(row, i32(0)),
      countUp(row, read(rows), i32(1), [
        when(
          isActive,
          [copyMemory(rowOf(read(gathered), aBytes, read(active)), rowOf(read(a), aBytes), aBytes), count],
          [fillMemory(rowOf(read(c), cBytes), i32(0), cBytes)],
        ),
      ]),
      assign(results, rowOf(read(gathered), aBytes, read(rows))),
      when(operate('i32.gt_s', read(active), i32(0)), [
        invoke(product, read(active), read(columns), read(inner), read(gathered), read(b), read(results), aBytes, read(bStride), cBytes, read(scratch)), // prettier-ignore
      ]),
      assign(active, i32(0)),
      assign(row, i32(0)),
      countUp(row, read(rows), i32(1), [
        when(isActive, [
          copyMemory(rowOf(read(c), cBytes), rowOf(read(results), cBytes, read(active)), cBytes),
          count,
        ]),
      ]),
    ],
  };
};

const products = { plain: activeProduct('plain'), transposed_right: activeProduct('transposed_right') };

/**
 * `active_plain(mask, rows, columns, inner, a, b, c, b_stride, scratch, gathered)`: rows of C = A B whose entry in the mask is not 0; the
 * rows of A and C follow each other. `gathered` is memory for as many more rows of both.
 */
export const activeRowsProduct = (layout: Exclude<Layout, 'transposed_left'>): WasmFunction =>
  products[layout];
