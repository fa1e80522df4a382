/** One element or four at a time: what differs between them, and how the last loop of a nest reaches its arrays. */
import {
  call,
  i32,
  i32x4Lanes,
  load,
  local,
  operate,
  operateLanes,
  read,
  store,
} from '../assembler/build.ts';
import type { Local, Statement, Value } from '../assembler/code.ts';
import { inline, ofOne } from '../math/functions.ts';
import { fourLanes, oneLane, type Float, type Width } from '../math/lanes.ts';
import { lanesOf, type Readings } from './element.ts';

export const bytes = 4;
export type Whole = Value<'i32'>;
export const plus = (left: Whole, right: Whole): Whole => operate('i32.add', left, right);
export const times = (left: Whole, right: Whole): Whole => operate('i32.mul', left, right);

interface Far {
  readonly kind: 'far';
  readonly pointer: Local<'i32'>;
  readonly stride: Whole;
}
/** How the last loop reaches an array: neighbours, steps of its own, or one value throughout. */
export type Reach =
  | Far
  | { readonly kind: 'unit'; readonly pointer: Local<'i32'> }
  | { readonly kind: 'still'; readonly one: Local<'f32'>; readonly four: Local<'v128'> };

/** What differs between one element and four. */
export interface WidthPart<W extends Width> {
  readonly count: number;
  readonly readings: Omit<Readings<W>, 'array' | 'place'>;
  readonly of: (pair: { readonly one: Local<'f32'>; readonly four: Local<'v128'> }) => Local;
  readonly fresh: (name: string) => Local;
  readonly load: (address: Whole, offset: number) => Float<W>;
  readonly gather: (far: Far) => Float<W>;
  readonly put: (
    reach: Reach,
    value: Float<W>,
    addressOf: (reach: Reach) => Whole,
    offset: number,
  ) => readonly Statement[];
  readonly placeOf: (counter: Whole) => Float<W>;
  readonly lanePlaces: (first: Whole) => Float<W>;
}

export const oneWide: WidthPart<'f32'> = {
  count: 1,
  readings: {
    lanes: oneLane,
    // What a loop leaves over takes little time, and many functions would take much space.
    math: (name, x) => call(ofOne[name], x),
    floor: (x) => operate('f32.floor', x),
    eachLane: (f, x) => f(...x),
  },
  of: ({ one }) => one,
  fresh: (name) => local(name, 'f32'),
  load: (address, offset) => load('f32.load', [address], { offset }),
  gather: ({ pointer }) => load('f32.load', [read(pointer)]),
  put: (reach, value, addressOf, offset) => [store('f32.store', [addressOf(reach), value], { offset })],
  placeOf: (counter) => operate('f32.convert_i32_s', counter),
  lanePlaces: (first) => operate('f32.convert_i32_s', first),
};

export const fourWide: WidthPart<'f32x4'> = {
  count: 4,
  readings: {
    lanes: fourLanes,
    math: (name, x) => inline[name](fourLanes, x),
    floor: (x) => operate('f32x4.floor', x),
    eachLane: (f, x) => {
      const parts = x.map(lanesOf);
      return joined([0, 1, 2, 3].map((lane) => f(...parts.map((part) => part[lane]!))));
    },
  },
  of: ({ four }) => four,
  fresh: (name) => local(name, 'v128'),
  load: (address, offset) => load('v128.load', [address], { alignment: bytes, offset }),
  gather: ({ pointer, stride }) =>
    joined([0, 1, 2, 3].map((lane) => load('f32.load', [plus(read(pointer), times(stride, i32(lane)))]))),
  put: (reach, value, addressOf, offset) => {
    if (reach.kind !== 'far')
      return [store('v128.store', [addressOf(reach), value], { alignment: bytes, offset })];
    const { pointer, stride } = reach;
    return lanesOf(value).map((each, lane) =>
      store('f32.store', [plus(read(pointer), times(stride, i32(lane))), each]),
    );
  },
  placeOf: (counter) => operate('f32x4.splat', operate('f32.convert_i32_s', counter)),
  lanePlaces: (first) =>
    operate(
      'f32x4.convert_i32x4_s',
      operate('i32x4.add', operate('i32x4.splat', first), i32x4Lanes(0, 1, 2, 3)),
    ),
};

const joined = ([first, ...rest]: readonly Value<'f32'>[]): Value<'v128'> =>
  rest.reduce<Value<'v128'>>(
    (vector, value, place) => operateLanes('f32x4.replace_lane', [place + 1], vector, value),
    operate('f32x4.splat', first!),
  );
