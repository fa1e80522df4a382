/**
 * Products of which some rows of the left operand are mostly zeros, such as spikes or states that are rectified. A term that is
 * zero does not change a sum, so that leaving it out gives the same bits.
 */
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
  when,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { entryBytes, listRows, multiplyListed, stripRows } from './listed.ts';
import { laneAt, operandsOfProduct, orders, type Layout } from './operands.ts';
import { packing } from './pack.ts';
import { floatBytes, minus, plus, smaller, times, vectorBytes, type LaneOrder } from './parts.ts';
import { tileBytes } from './tile.ts';

/** A row is sparse when at least so many of 16 places are zero. */
const leastZeros = 8;
/** Rows that are listed at a time; their marks take the place of a tile. */
const chunkRows = tileBytes / floatBytes;

/** How many numbers are zero, in each lane of the vectors from `from` up to `end`. */
const zeros = ((): WasmFunction & { readonly result: Value<'v128'> } => {
  const [from, end, count] = [local('from', 'i32'), local('end', 'i32'), local('count', 'v128')];
  const turn = (vectors: number): Statement =>
    countUp(
      from,
      minus(read(end), i32((vectors - 1) * vectorBytes)),
      i32(vectors * vectorBytes),
      Array.from({ length: vectors }, (_, at) => {
        const isZero = operate(
          'f32x4.eq',
          load('v128.load', [read(from)], { offset: at * vectorBytes }),
          i32x4(0),
        );
        return assign(count, operate('i32x4.sub', read(count), isZero));
      }),
    );
  return {
    name: 'zeros',
    parameters: [from, end],
    body: [assign(count, i32x4(0)), turn(4), turn(1)],
    result: read(count),
  };
})();

/**
 * Writes a mark for each of a few rows: 0 when it is sparse, else -1. The result is whether one is. It depends on a row
 * alone, and not on others, whether it is sparse.
 */
const marking: Readonly<Record<LaneOrder, WasmFunction & { readonly result: Value<'i32'> }>> = (() => {
  const [count, inner, a] = [local('count', 'i32'), local('inner', 'i32'), local('a', 'i32')];
  const [aStride, scratch] = [local('a_stride', 'i32'), local('scratch', 'i32')];
  const [row, least, found] = [local('row', 'i32'), local('least', 'i32'), local('found', 'i32')];
  const inLanes = local('zeros', 'v128');
  const strip = plus(read(scratch), i32(tileBytes));
  const markAt = plus(read(scratch), times(read(row), i32(floatBytes)));
  const least16 = (places: Value<'i32'>): Statement =>
    assign(least, operate('i32.shr_u', times(places, i32(leastZeros)), i32(4)));
  const wholeVectors = operate('i32.and', read(inner), i32(-4));
  const lane = (number: number): Value<'i32'> => operateLanes('i32x4.extract_lane', [number], read(inLanes));
  const body: Readonly<Record<LaneOrder, readonly Statement[]>> = {
    apart: [
      least16(wholeVectors),
      countUp(row, read(count), i32(1), [
        assign(inLanes, call(zeros, read(a), plus(read(a), times(wholeVectors, i32(floatBytes))))),
        store('i32.store', [
          markAt,
          minus(
            i32(0),
            operate('i32.lt_s', plus(plus(lane(0), lane(1)), plus(lane(2), lane(3))), read(least)),
          ),
        ]),
        assign(a, plus(read(a), read(aStride))),
      ]),
    ],
    beside: [
      least16(read(inner)),
      countUp(row, read(count), i32(stripRows), [
        invoke(
          packing[stripRows].beside,
          minus(read(count), read(row)),
          read(inner),
          read(a),
          read(aStride),
          strip,
        ),
        assign(inLanes, call(zeros, strip, plus(strip, times(read(inner), i32(vectorBytes))))),
        store('v128.store', [
          markAt,
          operate('i32x4.lt_s', read(inLanes), operate('i32x4.splat', read(least))),
        ]),
        assign(a, plus(read(a), i32(vectorBytes))),
      ]),
    ],
  };
  const of = (order: LaneOrder): WasmFunction & { readonly result: Value<'i32'> } => ({
    name: `mark_${order}`,
    parameters: [count, inner, a, aStride, scratch],
    body: [
      assign(row, i32(0)),
      ...body[order],
      assign(found, i32(0)),
      assign(row, i32(0)),
      countUp(row, read(count), i32(1), [
        assign(found, operate('i32.or', read(found), operate('i32.eqz', load('i32.load', [markAt])))),
      ]),
    ],
    result: read(found),
  });
  return { apart: of('apart'), beside: of('beside') };
})();

/** With fewer columns or places, looking for zeros costs too much. */
export const leastColumns = 32;
export const leastPlaces = 9;

/**
 * Takes a few rows at a time, and lists them if one of them is sparse, the others with their zeros. Rows between such groups
 * are a product that is `dense`.
 */
export const sparse = (layout: Layout, dense: WasmFunction): WasmFunction => {
  const operands = operandsOfProduct();
  const { rows, columns, inner, a, b, c, aStride, bStride, cStride, scratch } = operands;
  const [keep, from, chunk] = [local('keep', 'i32'), local('from', 'i32'), local('chunk', 'i32')];
  const [count, row, found] = [local('count', 'i32'), local('row', 'i32'), local('found', 'i32')];
  const { left } = orders[layout];
  const strip = plus(read(scratch), i32(tileBytes));
  const lists = plus(strip, times(read(inner), i32(vectorBytes)));
  const listBytes = times(read(inner), i32(entryBytes));
  const inA = (lane: Local<'i32'>): Value<'i32'> => laneAt(left, a, aStride, lane);
  const inC = (lane: Local<'i32'>): Value<'i32'> => plus(read(c), times(read(lane), read(cStride)));
  const mark = assign(
    found,
    call(marking[left], read(count), read(inner), inA(chunk), read(aStride), read(scratch)),
  );
  const denseUpTo = (end: Local<'i32'>): Statement =>
    invoke(
      dense,
      minus(read(end), read(from)),
      ...[columns, inner].map(read),
      inA(from),
      read(b),
      inC(from),
      ...[aStride, bStride, cStride, scratch, keep].map(read),
    );
  return {
    name: `sparse_${layout}`,
    parameters: [...Object.values<Local<'i32'>>({ ...operands }), keep],
    result: null,
    body: [
      assign(from, i32(0)),
      assign(chunk, i32(0)),
      countUp(chunk, read(rows), i32(chunkRows), [
        assign(count, smaller(i32(chunkRows), minus(read(rows), read(chunk)))),
        mark,
        when(read(found), [
          // Marks are in scratch memory.
          when(operate('i32.lt_s', read(from), read(chunk)), [denseUpTo(chunk), mark]),
          assign(row, i32(0)),
          countUp(row, read(count), i32(stripRows), [
            invoke(
              packing[stripRows][left],
              minus(read(count), read(row)),
              read(inner),
              plus(inA(chunk), minus(laneAt(left, a, aStride, row), read(a))),
              read(aStride),
              strip,
            ),
            invoke(
              listRows,
              read(inner),
              strip,
              read(bStride),
              plus(read(scratch), times(read(row), i32(floatBytes))),
              plus(lists, times(read(row), listBytes)),
            ),
          ]),
          invoke(
            multiplyListed,
            read(count),
            read(columns),
            read(b),
            lists,
            listBytes,
            read(scratch),
            inC(chunk),
            read(cStride),
            read(keep),
          ),
          assign(from, plus(read(chunk), read(count))),
        ]),
      ]),
      when(operate('i32.lt_s', read(from), read(rows)), [denseUpTo(rows)]),
    ],
  };
};
