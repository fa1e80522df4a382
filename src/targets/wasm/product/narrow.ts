/** Products with few columns: C' = B' A' has few rows. */
import { assign, countUp, i32, invoke, local, read, when } from '../assembler/build.ts';
import type { Local, WasmFunction } from '../assembler/code.ts';
import { copyTransposed } from './copy.ts';
import { laneAt, laneBytes, operandsOfProduct, orders, placeBytes, type Layout } from './operands.ts';
import { floatBytes, minus, plus, smaller, times, type LaneOrder } from './parts.ts';
import { thinApart } from './thin-apart.ts';
import { thinBeside } from './thin-beside.ts';

export const thin: Readonly<Record<LaneOrder, WasmFunction>> = { beside: thinBeside, apart: thinApart };

/** Products of fewer columns are narrow. */
export const narrowColumns = 8;
/** With fewer places, the scratch area of other products is too small for C', and not much is won. */
export const narrowPlaces = 13;
/** Rows that are computed at a time: columns of C', which is in the scratch area. */
const chunkRows = 256;
const chunkStride = i32(chunkRows * floatBytes);

/** After the operands there is `keep`: -1 where what is in C is added to, 0 where it is not read. */
export const narrow = (layout: Layout): WasmFunction => {
  const operands = operandsOfProduct();
  const { rows, columns, inner, a, b, c, aStride, bStride, cStride, scratch } = operands;
  const keep = local('keep', 'i32');
  const row = local('row', 'i32');
  const { left, right } = orders[layout];
  const count = smaller(minus(read(rows), read(row)), i32(chunkRows));
  const inC = [plus(read(c), times(read(row), read(cStride))), read(cStride)] as const;
  const inScratch = [read(scratch), chunkStride] as const;
  return {
    name: `narrow_${layout}`,
    parameters: [...Object.values<Local<'i32'>>({ ...operands }), keep],
    result: null,
    body: [
      assign(row, i32(0)),
      countUp(row, read(rows), i32(chunkRows), [
        when(read(keep), [invoke(copyTransposed, count, read(columns), ...inC, ...inScratch)]),
        invoke(
          thin[left],
          read(columns),
          count,
          read(inner),
          read(b),
          laneBytes(right, bStride),
          placeBytes(right, bStride),
          laneAt(left, a, aStride, read(row)),
          read(aStride),
          ...inScratch,
          read(keep),
        ),
        invoke(copyTransposed, read(columns), count, ...inScratch, ...inC),
      ]),
    ],
  };
};
