/**
 * Products of the rows that are at work, and of what has changed in them: such rows are gathered, multiplied and put back. Where most of
 * a row has changed, or it was never computed (NaN before), the whole of it is multiplied, so that roundings do not pile up for long.
 */
import {
  assign,
  copyMemory,
  countUp,
  f32,
  i32,
  invoke,
  load,
  local,
  operate,
  read,
  store,
  when,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { plus, times } from './parts.ts';
import { matrixProduct, type Layout, type Target } from './product.ts';

type RowLayout = Exclude<Layout, 'transposed_left'>;

const [mask, before] = [local('mask', 'i32'), local('before', 'i32')];
const [rows, columns, inner] = [local('rows', 'i32'), local('columns', 'i32'), local('inner', 'i32')];
const [a, b, c] = [local('a', 'i32'), local('b', 'i32'), local('c', 'i32')];
const [bStride, scratch, gathered] = [
  local('b_stride', 'i32'),
  local('scratch', 'i32'),
  local('gathered', 'i32'),
];
const [row, taken, results] = [local('row', 'i32'), local('taken', 'i32'), local('results', 'i32')];

const floats = (count: Local<'i32'>): Value<'i32'> => operate('i32.shl', read(count), i32(2));
const rowOf = (matrix: Local<'i32'>, width: Local<'i32'>, at: Local<'i32'>): Value<'i32'> =>
  plus(read(matrix), times(read(at), floats(width)));
const oneMore = (count: Local<'i32'>): Statement => assign(count, plus(read(count), i32(1)));
const eachRow = (body: readonly Statement[]): readonly Statement[] => [
  assign(row, i32(0)),
  countUp(row, read(rows), i32(1), body),
];
const isAtWork = operate('f32.ne', load('f32.load', [plus(read(mask), floats(row))]), f32(0));

const multiply = (layout: RowLayout, target: Target): Statement =>
  when(operate('i32.gt_s', read(taken), i32(0)), [
    invoke(
      matrixProduct(layout, target),
      ...[taken, columns, inner, gathered, b, results].map(read),
      ...[floats(inner), read(bStride), floats(columns), read(scratch)],
    ),
  ]);

const ofRows = (layout: RowLayout): WasmFunction => ({
  name: `product_of_rows_${layout}`,
  parameters: [mask, before, rows, columns, inner, a, b, c, bStride, scratch, gathered],
  result: null,
  body: [
    assign(taken, i32(0)),
    ...eachRow([
      when(isAtWork, [
        copyMemory(rowOf(gathered, inner, taken), rowOf(a, inner, row), floats(inner)),
        oneMore(taken),
      ]),
    ]),
    assign(results, rowOf(gathered, inner, rows)),
    multiply(layout, 'overwritten'),
    assign(taken, i32(0)),
    ...eachRow([
      when(isAtWork, [
        copyMemory(rowOf(c, columns, row), rowOf(results, columns, taken), floats(columns)),
        oneMore(taken),
      ]),
    ]),
  ],
});

const [from, old] = [local('from', 'i32'), local('old', 'i32')];
const [end, changed, changes] = [local('end', 'i32'), local('change', 'f32'), local('changes', 'i32')];

/** Of the row: what it is less what it was, in place of what it was; and how many entries are not 0. */
const takeChanges: readonly Statement[] = [
  assign(from, rowOf(a, inner, row)),
  assign(old, rowOf(before, inner, row)),
  assign(end, plus(read(from), floats(inner))),
  assign(changes, i32(0)),
  countUp(from, read(end), i32(4), [
    assign(changed, operate('f32.sub', load('f32.load', [read(from)]), load('f32.load', [read(old)]))),
    store('f32.store', [read(old), read(changed)]),
    assign(changes, plus(read(changes), operate('f32.ne', read(changed), f32(0)))),
    assign(old, plus(read(old), i32(4))),
  ]),
];
/** Where half of a row has changed, the changes alone take as long as the whole. */
const isFew = operate('i32.lt_s', plus(read(changes), read(changes)), read(inner));

/** One kind of rows after the other: such as are multiplied as a whole, and such of which the changes are. */
const ofChanges = (layout: RowLayout): WasmFunction => {
  const [kind, isOfKind] = [local('kind', 'i32'), local('is_of_kind', 'i32')];
  const chosen = plus(read(gathered), times(read(rows), plus(floats(inner), floats(columns))));
  const kinds = local('kinds', 'i32');
  const kindOfRow = plus(read(kinds), floats(row));
  const rowsOfKind = (body: readonly Statement[]): readonly Statement[] =>
    eachRow([
      assign(isOfKind, operate('i32.eq', load('i32.load', [kindOfRow]), read(kind))),
      when(read(isOfKind), body),
    ]);
  const part = (number: number, target: Target): readonly Statement[] => [
    assign(kind, i32(number)),
    assign(taken, i32(0)),
    ...rowsOfKind([
      copyMemory(
        rowOf(gathered, inner, taken),
        target === 'added' ? rowOf(before, inner, row) : rowOf(a, inner, row),
        floats(inner),
      ),
      ...(target === 'added'
        ? [copyMemory(rowOf(results, columns, taken), rowOf(c, columns, row), floats(columns))]
        : []),
      oneMore(taken),
    ]),
    multiply(layout, target),
    assign(taken, i32(0)),
    ...rowsOfKind([
      copyMemory(rowOf(c, columns, row), rowOf(results, columns, taken), floats(columns)),
      copyMemory(rowOf(before, inner, row), rowOf(a, inner, row), floats(inner)),
      oneMore(taken),
    ]),
  ];
  return {
    name: `product_of_changes_${layout}`,
    parameters: [mask, before, rows, columns, inner, a, b, c, bStride, scratch, gathered],
    result: null,
    body: [
      assign(results, rowOf(gathered, inner, rows)),
      assign(kinds, chosen),
      ...eachRow([
        when(
          isAtWork,
          [...takeChanges, store('i32.store', [kindOfRow, operate('i32.select', i32(2), i32(1), isFew)])],
          [store('i32.store', [kindOfRow, i32(0)])],
        ),
      ]),
      ...part(1, 'overwritten'),
      ...part(2, 'added'),
    ],
  };
};

const products = {
  rows: { plain: ofRows('plain'), transposed_right: ofRows('transposed_right') },
  changes: { plain: ofChanges('plain'), transposed_right: ofChanges('transposed_right') },
};

/**
 * `product_of_changes_plain(mask, before, rows, columns, inner, a, b, c, b_stride, scratch, gathered)`: rows of C = A B whose entry in
 * the mask is not 0, from what C was for A as it was `before`, which becomes A; or regardless of that. The rows of A and C follow each
 * other. `gathered` is memory for as many more rows of both, and a word for each.
 */
export const productAtWork = (layout: RowLayout, what: 'rows' | 'changes'): WasmFunction =>
  products[what][layout];
