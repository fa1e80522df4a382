/** Products of which every number of an operand is used often: operands are packed, and tiles of C computed from them. */
import { assign, countUp, i32, invoke, local, operate, read, when } from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { copyElements } from './copy.ts';
import { laneAt, operandsOfProduct, orders, type Layout } from './operands.ts';
import { packing } from './pack.ts';
import { floatBytes, minus, plus, smaller, times } from './parts.ts';
import { packingTile, rightBytes, tile, tileBytes, tileColumns, tileRows } from './tile.ts';

/** Rows whose strips are kept at a time. */
const chunkRows = 128;

/** What a product needs beside its operands, for inner indices up to `inner`: a tile, a strip of B, strips of A. */
export const scratchBytes = (inner: number): number =>
  tileBytes + inner * (rightBytes + chunkRows * floatBytes);

/** After the operands there is `keep`: -1 where what is in C is added to, 0 where it is not read. */
export const blocked = (layout: Layout): WasmFunction => {
  const operands = operandsOfProduct();
  const { rows, columns, inner, a, b, c, aStride, bStride, cStride, scratch } = operands;
  const keep = local('keep', 'i32');
  const [chunk, chunkEnd] = [local('chunk', 'i32'), local('chunk_end', 'i32')];
  const [row, column] = [local('row', 'i32'), local('column', 'i32')];
  const { left, right } = orders[layout];

  const tileAt = read(scratch);
  const rightStrip = plus(tileAt, i32(tileBytes));
  const leftStrips = plus(rightStrip, times(read(inner), i32(rightBytes)));
  const leftStrip = plus(
    leftStrips,
    times(minus(read(row), read(chunk)), times(read(inner), i32(floatBytes))),
  );
  const [rowsLeft, columnsLeft] = [minus(read(chunkEnd), read(row)), minus(read(columns), read(column))];
  const packLeft = invoke(
    packing[tileRows][left],
    rowsLeft,
    read(inner),
    laneAt(left, a, aStride, read(row)),
    read(aStride),
    leftStrip,
    i32(tileRows * floatBytes),
  );
  const inB = laneAt(right, b, bStride, read(column));
  const packRight = invoke(
    packing[tileColumns][right],
    columnsLeft,
    read(inner),
    inB,
    read(bStride),
    rightStrip,
    i32(rightBytes),
  );

  const inTile = [tileAt, i32(rightBytes)] as const;
  const inC = [
    plus(read(c), plus(times(read(row), read(cStride)), times(read(column), i32(floatBytes)))),
    read(cStride),
  ] as const;
  const computeIn = (...place: readonly [Value<'i32'>, Value<'i32'>]): Statement =>
    invoke(tile, read(inner), leftStrip, rightStrip, ...place, read(keep));
  const edge = [smaller(rowsLeft, i32(tileRows)), smaller(columnsLeft, i32(tileColumns))] as const;
  const isWhole = operate(
    'i32.and',
    operate('i32.ge_s', rowsLeft, i32(tileRows)),
    operate('i32.ge_s', columnsLeft, i32(tileColumns)),
  );
  const forward = assign(row, plus(read(row), i32(tileRows)));
  /** A strip that lies in lanes is packed by the first tile that reads it. */
  const begin: readonly Statement[] =
    right === 'apart'
      ? [packRight]
      : [
          when(
            isWhole,
            [
              invoke(packingTile, read(inner), leftStrip, rightStrip, ...inC, read(keep), inB, read(bStride)),
              forward,
            ],
            [packRight],
          ),
        ];
  return {
    name: `blocked_${layout}`,
    parameters: [...Object.values<Local<'i32'>>({ ...operands }), keep],
    result: null,
    body: [
      assign(chunk, i32(0)),
      countUp(chunk, read(rows), i32(chunkRows), [
        assign(chunkEnd, smaller(plus(read(chunk), i32(chunkRows)), read(rows))),
        assign(row, read(chunk)),
        countUp(row, read(chunkEnd), i32(tileRows), [packLeft]),
        assign(column, i32(0)),
        countUp(column, read(columns), i32(tileColumns), [
          assign(row, read(chunk)),
          ...begin,
          countUp(row, read(chunkEnd), i32(tileRows), [
            when(
              isWhole,
              [computeIn(...inC)],
              // At an edge of C, a tile is computed apart, and what of it is in C is copied.
              [
                when(read(keep), [invoke(copyElements, ...edge, ...inC, ...inTile)]),
                computeIn(...inTile),
                invoke(copyElements, ...edge, ...inTile, ...inC),
              ],
            ),
          ]),
        ]),
      ]),
    ],
  };
};
