/** Multiplications and additions in one instruction: what becomes of code, and how exact it is. */
import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../src/runtime/random.ts';
import {
  assign,
  call,
  host,
  invoke,
  local,
  operate,
  operateRelaxed,
  read,
  when,
} from '../../../src/targets/wasm/assembler/build.ts';
import type { Value, WasmFunction } from '../../../src/targets/wasm/assembler/code.ts';
import { fuse } from '../../../src/targets/wasm/assembler/fuse.ts';
import { mathNames } from '../../../src/targets/wasm/math/functions.ts';
import { matrixProduct, scratchBytes, type Layout } from '../../../src/targets/wasm/product/product.ts';
import { fill } from '../../../src/targets/wasm/random/fill.ts';
import { noiseNames } from '../../../src/targets/wasm/random/noise.ts';
import { instantiate } from './arrays.ts';
import { scan } from './float-errors.ts';

describe('in code', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => read(local(name, 'v128'))) as [Four, Four, Four];
  type Four = Value<'v128'>;
  const times = (left: Four, right: Four): Four => operate('f32x4.mul', left, right);
  const plus = (left: Four, right: Four): Four => operate('f32x4.add', left, right);
  const minus = (left: Four, right: Four): Four => operate('f32x4.sub', left, right);
  const added = (left: Four, right: Four, to: Four): Four =>
    operateRelaxed('f32x4.relaxed_madd', left, right, to);
  const takenOff = (left: Four, right: Four, from: Four): Four =>
    operateRelaxed('f32x4.relaxed_nmadd', left, right, from);
  const result = local('result', 'v128');
  const functionOf = (value: Four): WasmFunction & { readonly result: Four } => ({
    name: 'made',
    parameters: [],
    body: [],
    result: value,
  });

  it.each([
    ['a product is added on either side', plus(times(a, b), c), added(a, b, c)],
    ['', plus(c, times(a, b)), added(a, b, c)],
    ['a product is taken off', minus(c, times(a, b)), takenOff(a, b, c)],
    ['one of two products is added to the other', plus(times(a, b), times(b, c)), added(b, c, times(a, b))],
    ['products of sums of products', plus(times(plus(times(a, b), c), b), a), added(added(a, b, c), b, a)],
  ])('%s', (_, value, fused) => {
    expect(fuse(functionOf(value)).result).toEqual(fused);
  });

  const square = times(a, a);
  it.each([
    ['what a product is taken from has no instruction', minus(times(a, b), c)],
    ['two equal products differ by 0', minus(times(a, b), times(b, a))],
    ['a product that is read elsewhere is computed once', times(plus(square, b), square)],
  ])('%s: it stays as it is', (_, value) => {
    expect(fuse(functionOf(value)).result).toEqual(value);
  });

  it('in all statements, and in what is called', () => {
    const [sum, fused] = [plus(times(a, b), c), added(a, b, c)];
    const callee = functionOf(sum);
    const outside = host('outside', [result], null);
    const body = (value: Four, called: typeof callee) => [
      assign(result, value),
      when(operate('v128.any_true', value), [invoke(outside, call(called))], [assign(result, value)]),
    ];
    const code = { ...functionOf(call(callee)), body: body(sum, callee) };
    const wanted = functionOf(fused);
    expect(fuse(code)).toEqual({ ...functionOf(call(wanted)), body: body(fused, wanted) });
    expect(fuse(callee)).toBe(fuse(callee));
  });
});

describe('every float function', () => {
  it.each(mathNames)('%s stays within 2 units in the last place, with its limits', (name) => {
    const { error, wrongLimits } = scan(name, 0, 2 ** 32, 5087, fuse);
    expect(error).toBeLessThan(2);
    expect(wrongLimits).toEqual([]);
  });
});

describe('random numbers', () => {
  it.each(noiseNames)('%s are the same, but for roundings', (name) => {
    const count = 1e5;
    const code = fill(name);
    const { memory, functions } = instantiate([code, { ...fuse(code), name: 'fused' }], 7);
    const drawn = ([code.name, 'fused'] as const).map((by) => {
      functions[by]!(...keyOf(3), 0, 0, count, 0);
      return new Float32Array(memory.buffer, 0, count).slice();
    });
    const [numbers, fused] = drawn as [Float32Array, Float32Array];
    if (name === 'words' || name === 'standard_uniform') expect(fused).toEqual(numbers);
    // No number in so many is beyond 12.
    else expect(Math.max(...numbers.map((x, at) => Math.abs(x - fused[at]!)))).toBeLessThan(12 * 2 ** -23);
  });
});

describe('products of matrices', () => {
  const layouts: readonly Layout[] = ['plain', 'transposed_left', 'transposed_right'];
  const { memory, functions } = instantiate(
    layouts.map((layout) => fuse(matrixProduct(layout, 'overwritten'))),
    20,
  );
  const floats = new Float32Array(memory.buffer);
  const cases = layouts.flatMap((layout) => [16, 2].map((share) => [layout, share] as const));

  it.each(cases)('%s agree with float64, %d of 16 numbers being other than 0', (layout, share) => {
    const [rows, columns, inner] = [50, 66, 300];
    const [b, c, scratch] = [
      rows * inner,
      (rows + columns) * inner,
      (rows + columns) * inner + rows * columns,
    ];
    for (let at = 0; at < c; at++)
      floats[at] = (at * 11) % 16 < share || at >= b ? Math.sin(at * 12.9898) : 0;
    floats.fill(NaN, c, scratch + scratchBytes(inner) / 4);
    const strides = [
      layout === 'transposed_left' ? rows : inner,
      layout === 'transposed_right' ? inner : columns,
      columns,
    ];
    const addresses = [0, b, c, ...strides, scratch].map((at) => 4 * at);
    functions[`product_${layout}_overwritten`]!(rows, columns, inner, ...addresses);
    const left = (row: number, place: number): number =>
      floats[layout === 'transposed_left' ? place * rows + row : row * inner + place]!;
    const right = (place: number, column: number): number =>
      floats[b + (layout === 'transposed_right' ? column * inner + place : place * columns + column)]!;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let [sum, size] = [0, 0];
        for (let place = 0; place < inner; place++) {
          const term = left(row, place) * right(place, column);
          [sum, size] = [sum + term, size + Math.abs(term)];
        }
        const error = Math.abs(floats[c + row * columns + column]! - sum);
        expect(error).toBeLessThanOrEqual((inner + 1) * 2 ** -24 * size);
      }
  });
});
