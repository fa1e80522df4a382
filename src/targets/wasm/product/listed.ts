/** Products of rows that are mostly zeros, by lists of the numbers in them that are not. */
import { assign, countUp, i32, i32x4, load, local, operate, read, store, when } from '../assembler/build.ts';
import type { Local, Statement, WasmFunction } from '../assembler/code.ts';
import { addresses, floatBytes, plus, plusProduct, times, vectorBytes } from './parts.ts';
import { loadColumns, partsOf, storeColumns, type Width } from './thin.ts';

/** Rows of which lists are made together: those of a strip. */
export const stripRows = 4;

/** What a list has of each number: where its row of B begins, after the first one, and the number. */
export const entryBytes = 8;

const listing = (): WasmFunction => {
  const [inner, strip, bStride] = [local('inner', 'i32'), local('strip', 'i32'), local('b_stride', 'i32')];
  const [marks, lists] = [local('marks', 'i32'), local('lists', 'i32')];
  const [end, offset, bits] = [local('end', 'i32'), local('offset', 'i32'), local('bits', 'i32')];
  const [numbers, whole] = [local('numbers', 'v128'), local('whole', 'v128')];
  const ends = Array.from({ length: stripRows }, () => local('end_of_list', 'i32'));
  const starts = addresses(read(lists), times(read(inner), i32(entryBytes)), stripRows);
  const isNeeded = operate('v128.or', operate('f32x4.ne', read(numbers), i32x4(0)), read(whole));
  return {
    name: 'list_rows',
    parameters: [inner, strip, bStride, marks, lists],
    result: null,
    body: [
      ...ends.map((endOfList, lane) => assign(endOfList, starts[lane]!)),
      assign(whole, load('v128.load', [read(marks)])),
      assign(offset, i32(0)),
      assign(end, plus(read(strip), times(read(inner), i32(vectorBytes)))),
      countUp(strip, read(end), i32(vectorBytes), [
        assign(numbers, load('v128.load', [read(strip)])),
        assign(bits, operate('i32x4.bitmask', isNeeded)),
        when(
          read(bits),
          ends.flatMap((endOfList, lane) => [
            store('i32.store', [read(endOfList), read(offset)]),
            store('v128.store32_lane', [read(endOfList), read(numbers)], { lane, offset: floatBytes }),
            // What is not needed is written over by what comes next.
            assign(
              endOfList,
              plus(
                read(endOfList),
                times(
                  operate('i32.and', operate('i32.shr_u', read(bits), i32(lane)), i32(1)),
                  i32(entryBytes),
                ),
              ),
            ),
          ]),
        ),
        assign(offset, plus(read(offset), read(bStride))),
      ]),
      ...ends.map((endOfList, lane) =>
        store('i32.store', [read(marks), read(endOfList)], { offset: lane * floatBytes }),
      ),
    ],
  };
};

/**
 * `list_rows(inner, strip, b_stride, marks, lists)`: lists of a packed strip, each with room for all places. Zeros are left
 * out where a row's mark is 0, and are in the list where it is -1. Marks become addresses where lists end.
 */
export const listRows = listing();

const multiplying = (): WasmFunction => {
  const [rows, columns, b] = [local('rows', 'i32'), local('columns', 'i32'), local('b', 'i32')];
  const [lists, listBytes, ends] = [local('lists', 'i32'), local('list_bytes', 'i32'), local('ends', 'i32')];
  const [c, cStride, keep] = [local('c', 'i32'), local('c_stride', 'i32'), local('keep', 'i32')];
  const [column, row, list] = [local('column', 'i32'), local('row', 'i32'), local('list', 'i32')];
  const [endAt, end, to] = [local('end_at', 'i32'), local('end', 'i32'), local('to', 'i32')];
  const [entry, right] = [local('entry', 'i32'), local('right', 'i32')];
  const factor = local('factor', 'v128');

  const rowOf = (width: Width): readonly Statement[] => {
    const sums = partsOf(width).map((part) => [local('sum', 'v128'), part] as const);
    return [
      ...sums.map(([sum]) => assign(sum, i32x4(0))),
      when(
        read(keep),
        sums.map(([sum, part]) => assign(sum, loadColumns(width, read(to), part))),
      ),
      assign(entry, read(list)),
      assign(end, load('i32.load', [read(endAt)])),
      countUp(entry, read(end), i32(entryBytes), [
        assign(right, plus(read(b), load('i32.load', [read(entry)]))),
        assign(factor, load('v128.load32_splat', [read(entry)], { offset: floatBytes })),
        ...sums.map(([sum, part]) =>
          assign(sum, plusProduct(read(sum), read(factor), loadColumns(width, read(right), part))),
        ),
      ]),
      ...sums.map(([sum, part]) => storeColumns(width, read(to), part, read(sum))),
    ];
  };
  const forward = (variable: Local<'i32'>, bytes: ReturnType<typeof i32>): Statement =>
    assign(variable, plus(read(variable), bytes));
  return {
    name: 'multiply_listed',
    parameters: [rows, columns, b, lists, listBytes, ends, c, cStride, keep],
    result: null,
    body: [
      assign(column, i32(0)),
      ...([32, 8, 4, 1] as const).map((width) =>
        countUp(column, plus(read(columns), i32(1 - width)), i32(width), [
          assign(list, read(lists)),
          assign(endAt, read(ends)),
          assign(to, read(c)),
          assign(row, i32(0)),
          countUp(row, read(rows), i32(1), [
            ...rowOf(width),
            forward(list, read(listBytes)),
            forward(endAt, i32(floatBytes)),
            forward(to, read(cStride)),
          ]),
          forward(b, i32(width * floatBytes)),
          forward(c, i32(width * floatBytes)),
        ]),
      ),
    ],
  };
};

/**
 * `multiply_listed(rows, columns, b, lists, list_bytes, ends, c, c_stride, keep)`: sums go by the lists, and stay in
 * registers while they do. So a row costs what is in its list.
 */
export const multiplyListed = multiplying();
