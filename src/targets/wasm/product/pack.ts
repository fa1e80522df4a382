/**
 * Strips of a matrix in the order in which a product reads them: a few lanes (rows of the left operand, columns of the
 * right one), for each place of the inner index one after the other. Read many times, they stay near, whatever the stride.
 */
import {
  assign,
  countUp,
  fillMemory,
  i32,
  load,
  local,
  operate,
  read,
  shuffleWords,
  store,
  when,
} from '../assembler/build.ts';
import type { Statement, Value, WasmFunction } from '../assembler/code.ts';

/** Whether the lanes of one place lie beside each other in memory, or a stride apart, each lane's places being neighbours. */
export type LaneOrder = 'beside' | 'apart';

const floatBytes = 4;
const vectorBytes = 16;

const pack = (lanes: 4 | 8, order: LaneOrder): WasmFunction => {
  const [count, inner] = [local('count', 'i32'), local('inner', 'i32')];
  const [from, stride, to] = [local('from', 'i32'), local('stride', 'i32'), local('to', 'i32')];
  const [end, lane] = [local('end', 'i32'), local('lane', 'i32')];
  const placeBytes = lanes * floatBytes;
  const bytes = operate('i32.mul', read(inner), i32(placeBytes));
  const forward = (distance: Value<'i32'>): Statement =>
    assign(from, operate('i32.add', read(from), distance));
  const wholeStrips: Readonly<Record<LaneOrder, Statement>> = {
    beside: countUp(to, read(end), i32(placeBytes), [
      ...vectorsOf(lanes).map((offset) =>
        store('v128.store', [read(to), load('v128.load', [read(from)], { offset })], { offset }),
      ),
      forward(read(stride)),
    ]),
    apart: countUp(to, operate('i32.sub', read(end), i32(3 * placeBytes)), i32(4 * placeBytes), [
      ...transposed(lanes, read(from), read(stride)).flatMap((place, at) =>
        place.map((vector, part) =>
          store('v128.store', [read(to), vector], { offset: at * placeBytes + part * vectorBytes }),
        ),
      ),
      forward(i32(4 * floatBytes)),
    ]),
  };
  const laneBytes = { beside: i32(floatBytes), apart: read(stride) }[order];
  const nextPlace = { beside: read(stride), apart: i32(floatBytes) }[order];
  const offsetOf = (bytesEach: Value<'i32'>): Value<'i32'> => operate('i32.mul', read(lane), bytesEach);
  return {
    name: `pack_${lanes}_${order}`,
    parameters: [count, inner, from, stride, to],
    result: null,
    body: [
      assign(end, operate('i32.add', read(to), bytes)),
      when(
        operate('i32.ge_s', read(count), i32(lanes)),
        [wholeStrips[order], assign(count, i32(lanes))],
        [fillMemory(read(to), i32(0), bytes)],
      ),
      // What is left: the last places, or a strip with less lanes.
      countUp(to, read(end), i32(placeBytes), [
        assign(lane, i32(0)),
        countUp(lane, read(count), i32(1), [
          store('f32.store', [
            operate('i32.add', read(to), offsetOf(i32(floatBytes))),
            load('f32.load', [operate('i32.add', read(from), offsetOf(laneBytes))]),
          ]),
        ]),
        forward(nextPlace),
      ]),
    ],
  };
};

/** Where the vectors of a place begin. */
const vectorsOf = (lanes: 4 | 8): readonly number[] => (lanes === 4 ? [0] : [0, vectorBytes]);

/** Four places of all lanes, from four neighbours in each lane. */
const transposed = (
  lanes: 4 | 8,
  from: Value<'i32'>,
  stride: Value<'i32'>,
): readonly (readonly Value<'v128'>[])[] => {
  const addresses = [from];
  while (addresses.length < lanes) addresses.push(operate('i32.add', addresses.at(-1)!, stride));
  const rows = addresses.map((address) => load('v128.load', [address]));
  const parts = vectorsOf(lanes).map((_, part) => transpose(rows.slice(4 * part, 4 * part + 4)));
  return [0, 1, 2, 3].map((place) => parts.map((part) => part[place]!));
};

const transpose = (rows: readonly Value<'v128'>[]): readonly Value<'v128'>[] => {
  const [a, b, c, d] = [rows[0]!, rows[1]!, rows[2]!, rows[3]!];
  const [lowA, highA] = [shuffleWords([0, 4, 1, 5], a, b), shuffleWords([2, 6, 3, 7], a, b)];
  const [lowC, highC] = [shuffleWords([0, 4, 1, 5], c, d), shuffleWords([2, 6, 3, 7], c, d)];
  return [
    shuffleWords([0, 1, 4, 5], lowA, lowC),
    shuffleWords([2, 3, 6, 7], lowA, lowC),
    shuffleWords([0, 1, 4, 5], highA, highC),
    shuffleWords([2, 3, 6, 7], highA, highC),
  ];
};

/**
 * `pack_8_beside(count, inner, from, stride, to)`: writes `inner` places of so many lanes, zeros where there are less than
 * that in `count`.
 */
export const packing: Readonly<Record<4 | 8, Readonly<Record<LaneOrder, WasmFunction>>>> = {
  4: { beside: pack(4, 'beside'), apart: pack(4, 'apart') },
  8: { beside: pack(8, 'beside'), apart: pack(8, 'apart') },
};
