/** Products of rows that are mostly zeros, by lists of the numbers in them that are not. */
import {
  assign,
  assignTogether,
  countUp,
  i32,
  i32x4,
  load,
  local,
  operate,
  operateLanes,
  read,
  store,
  when,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { laneBytes } from './operands.ts';
import { addresses, floatBytes, plus, plusProduct, times, vectorBytes, type LaneOrder } from './parts.ts';
import { loadColumns, partsOf, storeColumns, type Width } from './thin.ts';

/** Rows of which lists are made together: those of a strip. */
export const stripRows = 4;

/** What a list has of each number: where its row of B begins, after the first one, and the number. */
export const entryBytes = 8;

const listing = (): WasmFunction => {
  const [inner, strip, step] = [local('inner', 'i32'), local('strip', 'i32'), local('step', 'i32')];
  const [marks, lists] = [local('marks', 'i32'), local('lists', 'i32')];
  const [end, offset, bits] = [local('end', 'i32'), local('offset', 'i32'), local('bits', 'i32')];
  const [numbers, isDense] = [local('numbers', 'v128'), local('is_dense', 'v128')];
  const ends = Array.from({ length: stripRows }, () => local('end_of_list', 'i32'));
  const starts = addresses(read(lists), times(read(inner), i32(entryBytes)), stripRows);
  const isNeeded = operate('v128.andnot', operate('f32x4.ne', read(numbers), i32x4(0)), read(isDense));
  return {
    name: 'list_rows',
    parameters: [inner, strip, step, marks, lists],
    result: null,
    body: [
      ...ends.map((endOfList, lane) => assign(endOfList, starts[lane]!)),
      assign(isDense, load('v128.load', [read(marks)])),
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
        assign(offset, plus(read(offset), read(step))),
      ]),
      // A mark that is -1 remains.
      ...ends.map((endOfList, lane) => {
        const mark = operateLanes('i32x4.extract_lane', [lane], read(isDense));
        return store('i32.store', [read(marks), operate('i32.or', read(endOfList), mark)], {
          offset: lane * floatBytes,
        });
      }),
    ],
  };
};

/**
 * `list_rows(inner, strip, step, marks, lists)`: lists of a packed strip, each with room for all places; B has its places
 * `step` bytes apart. Where the mark of a row is 0, it becomes the address where its list ends.
 */
export const listRows = listing();

/** How a row of B is read at a place of the inner index: a vector of columns beside each other, or of columns a stride apart. */
const loadRight: Readonly<
  Record<LaneOrder, (width: Width, at: Value<'i32'>, stride: Value<'i32'>, part: number) => Value<'v128'>>
> = {
  beside: (width, at, _, part) => loadColumns(width, at, part),
  apart: (width, at, stride, part) => {
    const [first, ...others] = addresses(at, stride, width).slice(4 * part, 4 * part + 4);
    const start: Value<'v128'> = load('v128.load32_zero', [first!]);
    return others.reduce<Value<'v128'>>(
      (vector, address, lane) => load('v128.load32_lane', [address, vector], { lane: lane + 1 }),
      start,
    );
  },
};

/** Lists are of a packed B where its columns are a stride apart, whether or not it is packed in the end. */
export const packedColumns = 32;
export const packedBytes = packedColumns * floatBytes;
const rightOffset: Readonly<Record<LaneOrder, (offset: Value<'i32'>) => Value<'i32'>>> = {
  beside: (offset) => offset,
  apart: (offset) => operate('i32.shr_u', offset, i32(Math.log2(packedColumns))),
};

/** How many columns are computed at a time. */
const widths: Readonly<Record<LaneOrder, readonly Width[]>> = { beside: [32, 8, 4, 1], apart: [8, 1] };

const multiplying = (order: LaneOrder): WasmFunction => {
  const [rows, columns] = [local('rows', 'i32'), local('columns', 'i32')];
  const [b, bStride] = [local('b', 'i32'), local('b_stride', 'i32')];
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
      countUp(entry, read(end), i32(entryBytes), [
        assign(right, plus(read(b), rightOffset[order](load('i32.load', [read(entry)])))),
        assign(factor, load('v128.load32_splat', [read(entry)], { offset: floatBytes })),
        assignTogether(
          ...sums.map(([sum, part]) => {
            const vector = loadRight[order](width, read(right), read(bStride), part);
            return [sum, plusProduct(read(sum), read(factor), vector)] as const;
          }),
        ),
      ]),
      ...sums.map(([sum, part]) => storeColumns(width, read(to), part, read(sum))),
    ];
  };
  /** A row with an empty list adds nothing. */
  const isComputed = operate(
    'i32.and',
    operate('i32.ne', read(end), i32(-1)),
    operate('i32.or', operate('i32.eqz', read(keep)), operate('i32.ne', read(end), read(list))),
  );
  const forward = (variable: Local<'i32'>, bytes: Value<'i32'>): Statement =>
    assign(variable, plus(read(variable), bytes));
  return {
    name: `multiply_listed_${order}`,
    parameters: [rows, columns, b, bStride, lists, listBytes, ends, c, cStride, keep],
    result: null,
    body: [
      assign(column, i32(0)),
      ...widths[order].map((width) =>
        countUp(column, plus(read(columns), i32(1 - width)), i32(width), [
          assign(list, read(lists)),
          assign(endAt, read(ends)),
          assign(to, read(c)),
          assign(row, i32(0)),
          countUp(row, read(rows), i32(1), [
            assign(end, load('i32.load', [read(endAt)])),
            when(isComputed, rowOf(width)),
            forward(list, read(listBytes)),
            forward(endAt, i32(floatBytes)),
            forward(to, read(cStride)),
          ]),
          forward(b, times(laneBytes(order, bStride), i32(width))),
          forward(c, i32(width * floatBytes)),
        ]),
      ),
    ],
  };
};

/**
 * `multiply_listed_beside(rows, columns, b, b_stride, lists, list_bytes, ends, c, c_stride, keep)`: sums go by the lists, and
 * stay in registers while they do. So a row costs what is in its list. Rows that have a mark in the place
 * of an end are left out. The stride of B is that of columns that are apart.
 */
export const multiplyListed: Readonly<Record<LaneOrder, WasmFunction>> = {
  beside: multiplying('beside'),
  apart: multiplying('apart'),
};
