/** Loops that count bytes. */
import {
  assign,
  block,
  branch,
  f32,
  i32,
  local,
  loop,
  operate,
  read,
  store,
  when,
} from '../assembler/build.ts';
import type { Local, Statement } from '../assembler/code.ts';
import { bytes, plus, type Whole } from './width.ts';

/** In steps of `width` bytes, while at least so many more are there. */
export const counted = (
  counter: Local<'i32'>,
  length: Local<'i32'>,
  width: number,
  least: number,
  body: readonly Statement[],
): readonly Statement[] => {
  const next = plus(read(counter), i32(width));
  const isLeft =
    least === bytes
      ? operate('i32.lt_s', read(counter), read(length))
      : operate('i32.le_s', next, read(length));
  return [loop('turn', [when(isLeft, [...body, assign(counter, next), branch('turn')])])];
};

/** Every element of an array of so many bytes is set to one number. */
export const fillArea = (address: Whole, length: Whole, value: number): readonly Statement[] => {
  const pointer = local('pointer', 'i32');
  const end = local('end', 'i32');
  return [
    assign(pointer, address),
    assign(end, plus(address, length)),
    block('filled', [
      loop('fill', [
        branch('filled', operate('i32.ge_u', read(pointer), read(end))),
        store('f32.store', [read(pointer), f32(value)]),
        assign(pointer, plus(read(pointer), i32(bytes))),
        branch('fill'),
      ]),
    ]),
  ];
};

/** How many elements a counter of bytes is beyond, and some more. */
export const elementAt = (counter: Local<'i32'>, shift: number): Whole => {
  const element = operate('i32.shr_u', read(counter), i32(2));
  return shift === 0 ? element : plus(element, i32(shift));
};
