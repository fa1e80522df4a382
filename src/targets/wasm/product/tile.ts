/** The innermost part of a product: four rows and eight columns of it, kept in registers while the inner index goes by. */
import { assign, countUp, f32x4, i32, load, local, operate, read, store } from '../assembler/build.ts';
import type { Statement, Value, WasmFunction } from '../assembler/code.ts';

export const tileRows = 4;
export const tileColumns = 8;
export const floatBytes = 4;
const vectorBytes = 16;
/** Bytes of one place of the inner index in a strip of each operand. */
const leftBytes = tileRows * floatBytes;
export const rightBytes = tileColumns * floatBytes;
export const tileBytes = tileRows * rightBytes;

/** Whether a product replaces what was in its place, or is added to it. */
export type Target = 'overwritten' | 'added';

/** How many places are taken in a turn: counting costs as much as one of them. */
const unrolled = 4;

const tile = (target: Target): WasmFunction => {
  const [inner, left, right] = [local('inner', 'i32'), local('left', 'i32'), local('right', 'i32')];
  const [to, stride] = [local('to', 'i32'), local('stride', 'i32')];
  const [end, factor] = [local('end', 'i32'), local('factor', 'v128')];
  const columns = [local('low', 'v128'), local('high', 'v128')];
  const sums = Array.from({ length: tileRows }, () =>
    columns.map(({ name }) => local(`sum_${name}`, 'v128')),
  );
  const rowAddresses = [read(to)];
  while (rowAddresses.length < tileRows)
    rowAddresses.push(operate('i32.add', rowAddresses.at(-1)!, read(stride)));

  const place = (at: number): readonly Statement[] => [
    ...columns.map((vector, part) =>
      assign(vector, load('v128.load', [read(right)], { offset: at * rightBytes + part * vectorBytes })),
    ),
    ...sums.flatMap((row, lane) => [
      assign(factor, load('v128.load32_splat', [read(left)], { offset: at * leftBytes + lane * floatBytes })),
      ...row.map((sum, part) => assign(sum, plusProduct(read(sum), read(factor), read(columns[part]!)))),
    ]),
  ];
  const turn = (places: number): readonly Statement[] => [
    ...Array.from({ length: places }, (_, at) => place(at)).flat(),
    assign(left, operate('i32.add', read(left), i32(places * leftBytes))),
  ];
  const elements = sums.flatMap((row, at) =>
    row.map((sum, part) => ({ sum, address: rowAddresses[at]!, offset: part * vectorBytes })),
  );
  return {
    name: `tile_${target}`,
    parameters: [inner, left, right, to, stride],
    result: null,
    body: [
      assign(end, operate('i32.add', read(right), operate('i32.mul', read(inner), i32(rightBytes)))),
      ...elements.map(({ sum, address, offset }) =>
        assign(sum, target === 'added' ? load('v128.load', [address], { offset }) : f32x4(0)),
      ),
      countUp(
        right,
        operate('i32.sub', read(end), i32((unrolled - 1) * rightBytes)),
        i32(unrolled * rightBytes),
        turn(unrolled),
      ),
      countUp(right, read(end), i32(rightBytes), turn(1)),
      ...elements.map(({ sum, address, offset }) => store('v128.store', [address, read(sum)], { offset })),
    ],
  };
};

/** Rounded twice: a fused operation would depend on the processor. */
const plusProduct = (sum: Value<'v128'>, factor: Value<'v128'>, vector: Value<'v128'>): Value<'v128'> =>
  operate('f32x4.add', sum, operate('f32x4.mul', factor, vector));

/**
 * `tile_added(inner, left, right, to, stride)`: the product of two packed strips. Each number of it is summed in the order of the
 * inner index, in float32, from 0 or from what was there.
 */
export const tiles: Readonly<Record<Target, WasmFunction>> = {
  overwritten: tile('overwritten'),
  added: tile('added'),
};
