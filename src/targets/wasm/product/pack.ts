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
  store,
  when,
} from '../assembler/build.ts';
import type { Statement, Value, WasmFunction } from '../assembler/code.ts';
import {
  addresses,
  floatBytes,
  minus,
  plus,
  smaller,
  times,
  transpose,
  vectorBytes,
  type LaneOrder,
} from './parts.ts';

const pack = (lanes: 4 | 8, order: LaneOrder): WasmFunction => {
  const [count, inner] = [local('count', 'i32'), local('inner', 'i32')];
  const [from, stride, to] = [local('from', 'i32'), local('stride', 'i32'), local('to', 'i32')];
  const step = local('step', 'i32');
  const [end, lane] = [local('end', 'i32'), local('lane', 'i32')];
  /** From a lane to the next one; nothing where that is not there, so that the last one is read again. */
  const strides = Array.from({ length: lanes - 1 }, () => local('stride_of_lane', 'i32'));
  const bytes = times(read(inner), read(step));
  const places = addresses(read(to), read(step), 4);
  const forward = (distance: Value<'i32'>): Statement => assign(from, plus(read(from), distance));
  const body: Readonly<Record<LaneOrder, readonly Statement[]>> = {
    beside: [
      when(
        operate('i32.ge_s', read(count), i32(lanes)),
        [
          countUp(to, read(end), read(step), [
            ...vectorsOf(lanes).map((offset) =>
              store('v128.store', [read(to), load('v128.load', [read(from)], { offset })], { offset }),
            ),
            forward(read(stride)),
          ]),
        ],
        [fillMemory(read(to), i32(0), bytes)],
      ),
    ],
    apart: [
      ...strides.map((variable, before) =>
        assign(
          variable,
          operate('i32.select', read(stride), i32(0), operate('i32.gt_s', read(count), i32(before + 1))),
        ),
      ),
      assign(count, smaller(read(count), i32(lanes))),
      countUp(to, minus(read(end), times(read(step), i32(3))), times(read(step), i32(4)), [
        ...transposed(read(from), strides.map(read)).flatMap((place, at) =>
          place.map((vector, part) =>
            store('v128.store', [places[at]!, vector], { offset: part * vectorBytes }),
          ),
        ),
        forward(i32(4 * floatBytes)),
      ]),
    ],
  };
  const laneBytes = { beside: i32(floatBytes), apart: read(stride) }[order];
  const nextPlace = { beside: read(stride), apart: i32(floatBytes) }[order];
  const offsetOf = (bytesEach: Value<'i32'>): Value<'i32'> => times(read(lane), bytesEach);
  return {
    name: `pack_${lanes}_${order}`,
    parameters: [count, inner, from, stride, to, step],
    result: null,
    body: [
      assign(end, plus(read(to), bytes)),
      ...body[order],
      // What is left: the last places, or a strip with less lanes.
      countUp(to, read(end), read(step), [
        assign(lane, i32(0)),
        countUp(lane, read(count), i32(1), [
          store('f32.store', [
            plus(read(to), offsetOf(i32(floatBytes))),
            load('f32.load', [plus(read(from), offsetOf(laneBytes))]),
          ]),
        ]),
        forward(nextPlace),
      ]),
    ],
  };
};

/** Where the vectors of a place begin. */
const vectorsOf = (lanes: number): readonly number[] => (lanes === 4 ? [0] : [0, vectorBytes]);

/** Four places of all lanes, from four neighbours in each lane. */
const transposed = (
  from: Value<'i32'>,
  strides: readonly Value<'i32'>[],
): readonly (readonly Value<'v128'>[])[] => {
  const starts = strides.reduce((all, stride) => [...all, plus(all.at(-1)!, stride)], [from]);
  const rows = starts.map((address) => load('v128.load', [address]));
  const parts = vectorsOf(rows.length).map((_, part) => transpose(rows.slice(4 * part, 4 * part + 4)));
  return [0, 1, 2, 3].map((place) => parts.map((part) => part[place]!));
};

/**
 * `pack_8_beside(count, inner, from, stride, to, step)`: writes `inner` places of so many lanes, `step` bytes apart. Where there
 * are less than that in `count`, what is in the others means nothing. `step` is that of the lanes where they are beside each other.
 */
export const packing: Readonly<Record<4 | 8, Readonly<Record<LaneOrder, WasmFunction>>>> = {
  4: { beside: pack(4, 'beside'), apart: pack(4, 'apart') },
  8: { beside: pack(8, 'beside'), apart: pack(8, 'apart') },
};
