/** Which rows of a left operand are sparse. */
import {
  assign,
  call,
  countUp,
  i32,
  i32x4,
  invoke,
  load,
  local,
  operate,
  operateLanes,
  read,
  store,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { stripRows } from './listed.ts';
import { packing } from './pack.ts';
import { floatBytes, minus, plus, times, vectorBytes, type LaneOrder } from './parts.ts';
import { tileBytes } from './tile.ts';

/** Rows that are marked at a time: their marks take the place of a tile. */
export const markedRows = tileBytes / floatBytes;

/** Rows beside each other whose zeros are counted at a time: those of a line of memory. */
const lineRows = 16;

/** One more in each lane where there is a zero in the vector that is so many after `from`: what is true is -1 in its lane. */
const plusZeros = (count: Local<'v128'>, from: Local<'i32'>, at: number): Value<'v128'> => {
  const numbers = load('v128.load', [read(from)], { offset: at * vectorBytes });
  return operate('i32x4.sub', read(count), operate('f32x4.eq', numbers, i32x4(0)));
};

/** How many numbers are zero, in each lane of the vectors from `from` up to `end`. */
const zeros = ((): WasmFunction & { readonly result: Value<'v128'> } => {
  const [from, end, count] = [local('from', 'i32'), local('end', 'i32'), local('count', 'v128')];
  const turn = (vectors: number): Statement =>
    countUp(
      from,
      minus(read(end), i32((vectors - 1) * vectorBytes)),
      i32(vectors * vectorBytes),
      Array.from({ length: vectors }, (_, at) => assign(count, plusZeros(count, from, at))),
    );
  return {
    name: 'zeros',
    parameters: [from, end],
    body: [assign(count, i32x4(0)), turn(4), turn(1)],
    result: read(count),
  };
})();

const markingOf = (order: LaneOrder): WasmFunction & { readonly result: Value<'i32'> } => {
  const [rows, inner, least] = [local('rows', 'i32'), local('inner', 'i32'), local('least', 'i32')];
  const [a, stride, scratch] = [local('a', 'i32'), local('stride', 'i32'), local('scratch', 'i32')];
  const [row, found, counts] = [local('row', 'i32'), local('found', 'i32'), local('counts', 'v128')];
  const strip = plus(read(scratch), i32(tileBytes));
  const mark = plus(read(scratch), times(read(row), i32(floatBytes)));
  const places = { beside: read(inner), apart: operate('i32.and', read(inner), i32(-4)) }[order];
  const [first, second, third, fourth] = [0, 1, 2, 3].map((lane) =>
    operateLanes('i32x4.extract_lane', [lane], read(counts)),
  );
  const isBelow = operate('i32.lt_s', plus(plus(first!, second!), plus(third!, fourth!)), read(least));
  const [from, place] = [local('from', 'i32'), local('place', 'i32')];
  const inLine = Array.from({ length: lineRows / stripRows }, () => local('counts', 'v128'));
  const isBelowIn = (of: Local<'v128'>): Value<'v128'> =>
    operate('i32x4.lt_s', read(of), operate('i32x4.splat', read(least)));
  const marks: Readonly<Record<LaneOrder, readonly Statement[]>> = {
    apart: [
      countUp(row, read(rows), i32(1), [
        assign(counts, call(zeros, read(a), plus(read(a), times(places, i32(floatBytes))))),
        store('i32.store', [mark, minus(i32(0), isBelow)]),
        assign(a, plus(read(a), read(stride))),
      ]),
    ],
    beside: [
      countUp(row, minus(read(rows), i32(lineRows - 1)), i32(lineRows), [
        ...inLine.map((vector) => assign(vector, i32x4(0))),
        assign(from, read(a)),
        assign(place, i32(0)),
        countUp(place, places, i32(1), [
          ...inLine.map((vector, at) => assign(vector, plusZeros(vector, from, at))),
          assign(from, plus(read(from), read(stride))),
        ]),
        ...inLine.map((vector, at) =>
          store('v128.store', [mark, isBelowIn(vector)], { offset: at * vectorBytes }),
        ),
        assign(a, plus(read(a), i32(lineRows * floatBytes))),
      ]),
      countUp(row, read(rows), i32(stripRows), [
        invoke(
          packing[stripRows].beside,
          minus(read(rows), read(row)),
          ...[inner, a, stride].map(read),
          strip,
          i32(vectorBytes),
        ),
        assign(counts, call(zeros, strip, plus(strip, times(places, i32(vectorBytes))))),
        store('v128.store', [mark, isBelowIn(counts)]),
        assign(a, plus(read(a), i32(vectorBytes))),
      ]),
    ],
  };
  return {
    name: `mark_rows_${order}`,
    parameters: [rows, inner, least, a, stride, scratch],
    body: [
      assign(least, operate('i32.shr_u', times(places, read(least)), i32(4))),
      assign(row, i32(0)),
      ...marks[order],
      assign(found, i32(0)),
      assign(row, i32(0)),
      countUp(row, read(rows), i32(1), [
        assign(found, operate('i32.or', read(found), operate('i32.eqz', load('i32.load', [mark])))),
      ]),
    ],
    result: read(found),
  };
};

/**
 * `mark_rows_beside(rows, inner, least, a, stride, scratch)`: marks are 0 for rows of which at least so many of 16 places are
 * zero, else -1; the last places do not count where rows are apart. The result is whether there is a 0. A mark depends
 * on its row alone.
 */
export const markRows: Readonly<Record<LaneOrder, WasmFunction & { readonly result: Value<'i32'> }>> = {
  beside: markingOf('beside'),
  apart: markingOf('apart'),
};
