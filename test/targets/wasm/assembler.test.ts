/** The assembler: what it writes is read by the engine itself. */
import { describe, expect, it } from 'vitest';
import {
  assign,
  assignTogether,
  block,
  branch,
  call,
  countUp,
  f32,
  f64,
  i32,
  i32x4Lanes,
  invoke,
  load,
  local,
  loop,
  operate,
  operateLanes,
  read,
  store,
  v128,
  when,
} from '../../../src/targets/wasm/assembler/build.ts';
import { signed, unsigned } from '../../../src/targets/wasm/assembler/bytes.ts';
import type { Value, ValueType, WasmFunction } from '../../../src/targets/wasm/assembler/code.ts';
import { encodeModule } from '../../../src/targets/wasm/assembler/encode-module.ts';
import { instantiate } from './arrays.ts';
import { anyOperation, functionOf, isValid, onePage, valueOf } from './single.ts';

describe('bytes', () => {
  it('whole numbers are those of the LEB128 article and of its edges', () => {
    expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(signed(-123456n)).toEqual([0xc0, 0xbb, 0x78]);
    expect([signed(63n), signed(64n), signed(-64n), signed(-65n)]).toEqual([
      [63],
      [0xc0, 0],
      [0x40],
      [0xbf, 0x7f],
    ]);
    expect(unsigned(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    for (const value of [0, 1, -1, 127, -128, 2 ** 31 - 1, -(2 ** 31)])
      expect(valueOf(i32(value))).toBe(value);
  });
  it('a module is what the specification says, byte by byte', () => {
    const [a, b] = [local('a', 'i32'), local('b', 'i32')];
    const add: WasmFunction = {
      name: 'add',
      parameters: [a, b],
      body: [],
      result: operate('i32.add', read(a), read(b)),
    };
    // prettier-ignore
    expect([...encodeModule({ memory: onePage, exports: [add] })]).toEqual([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f,
      2, 15, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0, 1,
      3, 2, 1, 0,
      7, 7, 1, 3, 0x61, 0x64, 0x64, 0, 0,
      10, 9, 1, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b,
      0, 13, 4, 0x6e, 0x61, 0x6d, 0x65, 1, 6, 1, 0, 3, 0x61, 0x64, 0x64,
    ]);
  });
});

describe('values', () => {
  it('that occur in several places are computed once: forty doublings are forty additions', () => {
    const x = local('x', 'f64');
    let value = read(x);
    for (let doubling = 0; doubling < 40; doubling++) value = operate('f64.add', value, value);
    const { functions, bytes } = instantiate([{ name: 'f', parameters: [x], body: [], result: value }], 1);
    expect(functions['f']!(3)).toBe(3 * 2 ** 40);
    expect(bytes.length).toBeLessThan(350);
  });
  it('shared by the targets of one assignment are computed once, and before any is assigned', () => {
    const [a, b] = [local('a', 'f64'), local('b', 'f64')];
    const sum = operate('f64.add', read(a), read(b));
    const body = [
      assignTogether([a, operate('f64.mul', sum, f64(10))], [b, operate('f64.sub', sum, read(a))]),
    ];
    const f = { name: 'f', parameters: [a, b], body, result: operate('f64.add', read(a), read(b)) };
    expect(instantiate([f], 1).functions['f']!(2, 5)).toBe(75);
  });
  it('vectors of constants that a loop reads are made once, before it', () => {
    const [at, lanes] = [local('at', 'i32'), operate('f32x4.splat', f32(2.5))];
    const step = (offset: number) => store('v128.store', [read(at), lanes], { offset });
    const repeated = (count: number): number =>
      instantiate(
        [
          functionOf('f', null, [
            assign(at, i32(0)),
            countUp(
              at,
              i32(64),
              i32(16),
              Array.from({ length: count }, (_, i) => step(16 * i)),
            ),
          ]),
        ],
        1,
      ).bytes.length;
    // An address, a slot, a store with its alignment and an offset of two bytes; the constant itself has seven bytes.
    expect(repeated(20) - repeated(19)).toBe(2 + 2 + 3 + 2);
  });
});

describe('statements', () => {
  it('loops count, and branches leave blocks from inside', () => {
    const [n, i, sum] = [local('n', 'i32'), local('i', 'i32'), local('sum', 'i32')];
    const body = [
      assignTogether([i, i32(0)], [sum, i32(0)]),
      block('all', [
        countUp(i, read(n), i32(1), [
          branch('all', operate('i32.eq', read(i), i32(100))),
          assign(sum, operate('i32.add', read(sum), read(i))),
        ]),
      ]),
    ];
    const { functions } = instantiate([{ name: 'f', parameters: [n], body, result: read(sum) }], 1);
    expect([0, 1, 5, 100, 1000].map((count) => functions['f']!(count))).toEqual([0, 0, 10, 4950, 4950]);
  });
  it('a branch to a loop begins it anew', () => {
    const [n, steps] = [local('n', 'i32'), local('steps', 'i32')];
    const half = assign(n, operate('i32.div_u', read(n), i32(2)));
    const triple = assign(n, operate('i32.add', operate('i32.mul', read(n), i32(3)), i32(1)));
    const body = [
      assign(steps, i32(0)),
      loop('again', [
        when(operate('i32.ne', read(n), i32(1)), [
          when(operate('i32.and', read(n), i32(1)), [triple], [half]),
          assign(steps, operate('i32.add', read(steps), i32(1))),
          branch('again'),
        ]),
      ]),
    ];
    // Collatz: 27 takes 111 steps.
    expect(
      instantiate([{ name: 'f', parameters: [n], body, result: read(steps) }], 1).functions['f']!(27),
    ).toBe(111);
  });
  it('functions bring what they call into the module, under no name', () => {
    const x = local('x', 'f32');
    const square = {
      name: 'square',
      parameters: [x],
      body: [],
      result: operate('f32.mul', read(x), read(x)),
    };
    const mark = functionOf('mark', null, [store('f32.store', [i32(8), f32(6)])]);
    const f = functionOf('f', call(square, load('f32.load', [i32(8)])), [
      invoke(mark),
      invoke(square, f32(1)),
    ]);
    const { functions } = instantiate([f], 1);
    expect(Object.keys(functions)).toEqual(['f']);
    expect(functions['f']!()).toBe(36);
  });
});

describe('mistakes of a generator are told where they are made', () => {
  const x = local('x', 'f32');
  it.each([
    [
      'operands of another type',
      () => anyOperation('f32x4.add', f32(1), v128(Array(16).fill(0))),
      'f32x4.add takes (v128, v128), but was given (f32, v128)',
    ],
    [
      'too few operands',
      () => anyOperation('i32.add', i32(1)),
      'i32.add takes (i32, i32), but was given (i32)',
    ],
    [
      'values of another type than the local',
      () => assign<ValueType>(x, i32(1)),
      'the local "x" is of f32, not of i32',
    ],
    [
      'a condition that is no i32',
      () => when(f32(1) as Value as Value<'i32'>, []),
      'a condition takes (i32), but was given (f32)',
    ],
    [
      'locals that are never assigned',
      () => isValid([functionOf('f', read(x))]),
      'the function "f" reads the local "x", which is neither its parameter nor ever assigned',
    ],
    [
      'labels of no block around',
      () => isValid([functionOf('f', null, [block('here', []), branch('here')])]),
      'no block around the branch to "here" in "f" has that label',
    ],
    ['numbers out of range', () => i32(2 ** 32), 'an i32 is a whole number of 32 bits, not 4294967296'],
    [
      'lanes out of range',
      () => operateLanes('f32x4.extract_lane', [4], i32x4Lanes(0, 0, 0, 0)),
      'f32x4.extract_lane has no lanes 4',
    ],
    [
      'offsets below 0',
      () => load('f32.load', [i32(0)], { offset: -4 }),
      'the offset of f32.load is a whole number of bytes, not -4',
    ],
    [
      'alignments above the natural one',
      () => load('f32.load', [i32(0)], { alignment: 8 }),
      'the alignment of f32.load is a power of 2 up to 4, not 8',
    ],
    [
      'lanes of instructions without',
      () => load('f32.load', [i32(0)], { lane: 1 }),
      'f32.load has no lane 1',
    ],
    [
      'exports of one name',
      () => isValid([functionOf('f', i32(1)), functionOf('f', i32(2))]),
      'two exports have one name: f, f',
    ],
    [
      'shared memory without a maximum',
      () => isValid([], { minimum: 1, maximum: null, isShared: true }),
      'a shared memory has a maximum',
    ],
  ] as const)('%s', (_, make, message) => {
    expect(make).toThrow(new Error(message));
  });
});
