/**
 * The frame: a table in memory of what is known only when a program runs. Its places are fixed when the module is made; JavaScript
 * writes sizes, addresses and numbers there, and kernels read them.
 */
import { f64, i32, load, operate, read, store } from '../assembler/build.ts';
import type { Local, Statement, Value } from '../assembler/code.ts';
import { axisOf, lengthOf, type Index } from '../../../calculus/expression.ts';

export type Slot =
  /** Length of an axis: of that of the examples, in the chunk at hand and in all. */
  | `size:${string}`
  | `all:${string}`
  /** Address of an area; of one in a stack, where the present turn has its own. */
  | `at:${string}`
  /** Address of a stack, and bytes of one of its entries. */
  | `base:${string}`
  | `bytes:${string}`
  /** Present turn of a stack, from 0, and the most that there are. */
  | `turn:${string}`
  | `turns:${string}`
  /** Words of the key of a draw, without its counters, and the number of its first element. */
  | `key0:${number}`
  | `key1:${number}`
  | `low:${number}`
  | `high:${number}`
  /** Address of memory that products use. */
  | 'scratch'
  | 'gathered'
  /** 1 where draws come from a tape or go to one. */
  | 'is_taped';

export interface Frame {
  /** Bytes from its beginning. */
  readonly place: (slot: Slot) => number;
  readonly numberPlace: (name: string) => number;
  readonly whole: (frame: Local<'i32'>, slot: Slot) => Value<'i32'>;
  readonly setWhole: (frame: Local<'i32'>, slot: Slot, value: Value<'i32'>) => Statement;
  readonly number: (frame: Local<'i32'>, name: string) => Value<'f64'>;
  readonly setNumber: (frame: Local<'i32'>, name: string, value: Value<'f64'>) => Statement;
  /** Length of the axis of an index; of the examples, of those at hand. */
  readonly size: (frame: Local<'i32'>, index: Index) => Value<'i32'>;
  readonly fullSize: (frame: Local<'i32'>, index: Index) => Value<'i32'>;
  /** All that was asked for, when the module is complete. */
  readonly slots: () => ReadonlyMap<Slot, number>;
  readonly numbers: () => ReadonlyMap<string, number>;
  readonly bytes: () => number;
}

export const newFrame = (): Frame => {
  const slots = new Map<Slot, number>();
  const numbers = new Map<string, number>();
  let end = 0;
  const next = (): number => {
    end += 8;
    return end - 8;
  };
  const placeIn = <Key>(places: Map<Key, number>, key: Key): number => {
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = next();
    places.set(key, place);
    return place;
  };
  const place = (slot: Slot): number => placeIn(slots, slot);
  const numberPlace = (name: string): number => placeIn(numbers, name);
  const whole: Frame['whole'] = (frame, slot) => load('i32.load', [read(frame)], { offset: place(slot) });
  return {
    place,
    numberPlace,
    whole,
    setWhole: (frame, slot, value) => store('i32.store', [read(frame), value], { offset: place(slot) }),
    number: (frame, name) => load('f64.load', [read(frame)], { offset: numberPlace(name) }),
    setNumber: (frame, name, value) =>
      store('f64.store', [read(frame), value], { offset: numberPlace(name) }),
    size: (frame, index) => lengthOr(index, () => whole(frame, `size:${axisOf(index)}`)),
    fullSize: (frame, index) => lengthOr(index, () => whole(frame, `all:${axisOf(index)}`)),
    slots: () => slots,
    numbers: () => numbers,
    bytes: () => end,
  };
};

/** Some axes have a length of their own. */
const lengthOr = (index: Index, other: () => Value<'i32'>): Value<'i32'> => {
  const own = lengthOf(index, {});
  return own === undefined ? other() : i32(own);
};

/** The length of indices together. */
export const lengthIn = (frame: Frame, at: Local<'i32'>, indices: readonly Index[]): Value<'i32'> =>
  indices.length === 0
    ? i32(1)
    : indices
        .map((index) => frame.size(at, index))
        .reduce((product, size) => operate('i32.mul', product, size));

export const asFloat64 = (value: Value<'i32'>): Value<'f64'> => operate('f64.convert_i32_s', value);
export const zero64 = f64(0);
