/**
 * Products of which some rows of the left operand are mostly zeros, such as spikes or states that are rectified. A term that is
 * zero does not change a sum, so that leaving it out gives the same bits.
 */
import { assign, call, countUp, i32, invoke, load, local, operate, read, when } from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { entryBytes, listRows, multiplyListed, packedBytes, packedColumns, stripRows } from './listed.ts';
import { markRows, markedRows } from './mark.ts';
import { thin } from './narrow.ts';
import { laneAt, laneBytes, operandsOfProduct, orders, placeBytes, type Layout } from './operands.ts';
import { packing } from './pack.ts';
import { floatBytes, minus, plus, smaller, times, vectorBytes, type LaneOrder } from './parts.ts';
import { tileBytes, tileColumns } from './tile.ts';

/** A row is sparse when at least so many of 16 places are zero. Columns of B that are apart have to be packed, or gathered. */
const leastZeros: Readonly<Record<LaneOrder, number>> = { beside: 7, apart: 12 };

/** Packing costs as much as gathering the columns of so many bytes of lists for each place. */
const gatheredBytes = 10;

/**
 * Takes a few rows at a time. If one of them is sparse, lists are made of those that are, and others are computed in pairs. Rows
 * between such groups are a product that is `dense`.
 */
export const sparse = (layout: Layout, dense: WasmFunction): WasmFunction => {
  const operands = operandsOfProduct();
  const { rows, columns, inner, a, b, c, aStride, bStride, cStride, scratch } = operands;
  const [keep, from, chunk] = [local('keep', 'i32'), local('from', 'i32'), local('chunk', 'i32')];
  const [count, row, isSparse] = [local('count', 'i32'), local('row', 'i32'), local('is_sparse', 'i32')];
  const [listed, column, width] = [local('listed', 'i32'), local('column', 'i32'), local('width', 'i32')];
  const [lane, first] = [local('lane', 'i32'), local('first', 'i32')];
  const { left, right } = orders[layout];

  const leftStrip = plus(read(scratch), i32(tileBytes));
  const rightStrip = plus(leftStrip, times(read(inner), i32(vectorBytes)));
  const lists = plus(rightStrip, times(read(inner), i32(packedBytes)));
  const listBytes = times(read(inner), i32(entryBytes));
  const listAt = plus(lists, times(read(row), listBytes));
  const endAt = plus(read(scratch), times(read(row), i32(floatBytes)));
  const isListed = operate('i32.ne', load('i32.load', [endAt]), i32(-1));
  const inA = (of: Value<'i32'>): Value<'i32'> => laneAt(left, a, aStride, of);
  const inC = (of: Local<'i32'>): Value<'i32'> => plus(read(c), times(read(of), read(cStride)));

  const mark = assign(
    isSparse,
    call(
      markRows[left],
      read(count),
      read(inner),
      i32(leastZeros[right]),
      inA(read(chunk)),
      read(aStride),
      read(scratch),
    ),
  );
  const makeLists = countUp(row, read(count), i32(stripRows), [
    invoke(
      packing[stripRows][left],
      minus(read(count), read(row)),
      read(inner),
      inA(plus(read(chunk), read(row))),
      read(aStride),
      leftStrip,
      i32(vectorBytes),
    ),
    invoke(
      listRows,
      read(inner),
      leftStrip,
      { beside: read(bStride), apart: i32(packedBytes) }[right],
      endAt,
      listAt,
    ),
  ]);
  const multiply = (
    order: LaneOrder,
    columnCount: Value<'i32'>,
    inB: Value<'i32'>,
    offset: Value<'i32'>,
  ): Statement =>
    invoke(
      multiplyListed[order],
      read(count),
      columnCount,
      inB,
      read(bStride),
      lists,
      listBytes,
      read(scratch),
      plus(inC(chunk), offset),
      read(cStride),
      read(keep),
    );
  const inPlace = multiply(right, read(columns), read(b), i32(0));
  const packed: readonly Statement[] = [
    assign(column, i32(0)),
    countUp(column, read(columns), i32(packedColumns), [
      assign(width, smaller(i32(packedColumns), minus(read(columns), read(column)))),
      assign(lane, i32(0)),
      countUp(lane, read(width), i32(tileColumns), [
        invoke(
          packing[tileColumns].apart,
          minus(read(width), read(lane)),
          read(inner),
          laneAt('apart', b, bStride, plus(read(column), read(lane))),
          read(bStride),
          plus(rightStrip, times(read(lane), i32(floatBytes))),
          i32(packedBytes),
        ),
      ]),
      multiply('beside', read(width), rightStrip, times(read(column), i32(floatBytes))),
    ]),
  ];
  const byLists: Readonly<Record<LaneOrder, readonly Statement[]>> = {
    beside: [inPlace],
    apart: [
      assign(listed, i32(0)),
      assign(row, i32(0)),
      countUp(row, read(count), i32(1), [
        when(isListed, [assign(listed, plus(read(listed), minus(load('i32.load', [endAt]), listAt)))]),
      ]),
      when(operate('i32.lt_s', read(listed), times(read(inner), i32(gatheredBytes))), [inPlace], packed),
    ],
  };
  /** Two rows are a matrix, however far apart they are from each other. */
  const thinRows = (rowCount: number): Statement =>
    invoke(
      thin[right],
      i32(rowCount),
      ...[columns, inner].map(read),
      inA(plus(read(chunk), read(first))),
      times(minus(read(row), read(first)), laneBytes(left, aStride)),
      placeBytes(left, aStride),
      ...[b, bStride].map(read),
      plus(inC(chunk), times(read(first), read(cStride))),
      times(minus(read(row), read(first)), read(cStride)),
      read(keep),
    );
  const others: readonly Statement[] = [
    assign(first, i32(-1)),
    assign(row, i32(0)),
    countUp(row, read(count), i32(1), [
      when(
        isListed,
        [],
        [
          when(
            operate('i32.lt_s', read(first), i32(0)),
            [assign(first, read(row))],
            [thinRows(2), assign(first, i32(-1))],
          ),
        ],
      ),
    ]),
    when(operate('i32.ge_s', read(first), i32(0)), [thinRows(1)]),
  ];
  const denseUpTo = (end: Local<'i32'>): Statement =>
    invoke(
      dense,
      minus(read(end), read(from)),
      ...[columns, inner].map(read),
      inA(read(from)),
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
      countUp(chunk, read(rows), i32(markedRows), [
        assign(count, smaller(i32(markedRows), minus(read(rows), read(chunk)))),
        mark,
        when(read(isSparse), [
          // Marks are in scratch memory.
          when(operate('i32.lt_s', read(from), read(chunk)), [denseUpTo(chunk), mark]),
          assign(row, i32(0)),
          makeLists,
          ...byLists[right],
          ...others,
          assign(from, plus(read(chunk), read(count))),
        ]),
      ]),
      when(operate('i32.lt_s', read(from), read(rows)), [denseUpTo(rows)]),
    ],
  };
};
