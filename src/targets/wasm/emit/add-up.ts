/** Sums over the chunks. */
import { assign, countUp, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { Value, WasmFunction } from '../assembler/code.ts';

const [to, from, bytes] = [local('to', 'i32'), local('from', 'i32'), local('bytes', 'i32')];
const offset = local('offset', 'i32');
const at = (address: Value<'i32'>): Value<'i32'> => operate('i32.add', address, read(offset));

/** `add_up(to, from, bytes)`: adds one array to another; `bytes` is a multiple of 16. */
export const addUp: WasmFunction = {
  name: 'add_up',
  parameters: [to, from, bytes],
  result: null,
  body: [
    assign(offset, i32(0)),
    countUp(offset, read(bytes), i32(16), [
      store('v128.store', [
        at(read(to)),
        operate('f32x4.add', load('v128.load', [at(read(to))]), load('v128.load', [at(read(from))])),
      ]),
    ]),
  ],
};
