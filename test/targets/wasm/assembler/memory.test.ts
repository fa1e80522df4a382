/** Many bytes at once, and one number in all lanes. */
import { describe, expect, it } from 'vitest';
import {
  copyMemory,
  f32,
  fillMemory,
  i32,
  load,
  store,
} from '../../../../src/targets/wasm/assembler/build.ts';
import type { Statement, Value } from '../../../../src/targets/wasm/assembler/code.ts';
import { instantiate } from '../arrays.ts';
import { functionOf } from '../single.ts';

/** Bytes of memory after statements, which find 1, 2, 3, ... in it. */
const after = (...body: readonly Statement[]): Uint8Array => {
  const { memory, functions } = instantiate([functionOf('f', null, body)], 1);
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(Array.from({ length: 32 }, (_, at) => at + 1));
  functions['f']!();
  return bytes;
};

describe('memory', () => {
  it('is copied as if through a copy, where the two overlap', () => {
    const copied = after(copyMemory(i32(2), i32(0), i32(5)));
    expect([...copied.subarray(0, 9)]).toEqual([1, 2, 1, 2, 3, 4, 5, 8, 9]);
  });
  it('is filled with the lowest byte of a number', () => {
    const filled = after(fillMemory(i32(1), i32(0x1_23), i32(3)));
    expect([...filled.subarray(0, 5)]).toEqual([1, 0x23, 0x23, 0x23, 5]);
  });
  it('stays as it is where nothing is copied or filled', () => {
    const same = after(copyMemory(i32(2), i32(0), i32(0)), fillMemory(i32(0), i32(9), i32(0)));
    expect([...same.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
  });
  it('is read into all lanes', () => {
    const bytes = after(
      store('f32.store', [i32(4), f32(2.5)]),
      store('v128.store', [i32(16), load('v128.load32_splat', [i32(0)], { offset: 4 })]),
    );
    expect([...new Float32Array(bytes.buffer, 16, 4)]).toEqual([2.5, 2.5, 2.5, 2.5]);
  });
  it('has addresses and numbers of bytes that are whole', () => {
    expect(() => fillMemory(i32(0), f32(1) as Value as Value<'i32'>, i32(1))).toThrow(
      new Error('memory.fill takes (i32, i32, i32), but was given (i32, f32, i32)'),
    );
  });
});
