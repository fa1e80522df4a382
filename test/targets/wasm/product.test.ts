/** Products of matrices in WebAssembly: every bit is that of a sum in order, so that no tolerance hides a mistake. */
import { describe, expect, it } from 'vitest';
import {
  matrixProduct,
  scratchBytes,
  type Layout,
  type Target,
} from '../../../src/targets/wasm/product/product.ts';
import { instantiate } from './arrays.ts';

const layouts = ['plain', 'transposed_right', 'transposed_left'] as const;
const targets = ['overwritten', 'added'] as const;
const { memory, functions, bytes } = instantiate(
  layouts.flatMap((layout) => targets.map((target) => matrixProduct(layout, target))),
  80,
);
const floats = new Float32Array(memory.buffer);
const wordsOf = (values: Float32Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length);

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}
/** Floats between the end of a row and the next one. */
const gap = 3;
/** What is in memory where nothing is to be written. */
const untouched = 77;

/** Places of the operands in memory, in floats, and their strides; the scratch area comes last. */
const placed = (layout: Layout, { rows, columns, inner }: Shape) => {
  const [aRows, aColumns] = layout === 'transposed_left' ? [inner, rows] : [rows, inner];
  const [bRows, bColumns] = layout === 'transposed_right' ? [columns, inner] : [inner, columns];
  const [aStride, bStride, cStride] = [aColumns + gap, bColumns + gap, columns + gap];
  const b = 5 + aRows * aStride;
  const c = b + bRows * bStride;
  const scratch = c + rows * cStride + 16;
  const a = (row: number, place: number): number =>
    5 + (layout === 'transposed_left' ? place * aStride + row : row * aStride + place);
  const bAt = (place: number, column: number): number =>
    b + (layout === 'transposed_right' ? column * bStride + place : place * bStride + column);
  const cAt = (row: number, column: number): number => c + row * cStride + column;
  return { aStride, bStride, cStride, a, b: bAt, c: cAt, scratch };
};

/** Numbers of both signs and of several sizes. */
const prepare = (shape: Shape, layout: Layout): void => {
  const { scratch } = placed(layout, shape);
  const end = scratch + scratchBytes(shape.inner) / 4;
  for (let i = 0; i < scratch; i++) floats[i] = Math.sin(i * 12.9898) * 2 ** (i % 7);
  floats.fill(NaN, scratch, end).fill(untouched, end, end + 16);
};

/** @param from the first of the rows that are computed */
const compute = (layout: Layout, target: Target, shape: Shape, from = 0, to = shape.rows): void => {
  const { aStride, bStride, cStride, a, b, c, scratch } = placed(layout, shape);
  const addresses = [a(from, 0), b(0, 0), c(from, 0), aStride, bStride, cStride, scratch].map((at) => 4 * at);
  functions[`product_${layout}_${target}`]!(to - from, shape.columns, shape.inner, ...addresses);
};

/** Memory as it should be after a product, from what is there before. */
const expected = (layout: Layout, target: Target, shape: Shape): Float32Array => {
  const { a, b, c, scratch } = placed(layout, shape);
  const after = floats.slice(0, scratch);
  for (let row = 0; row < shape.rows; row++)
    for (let column = 0; column < shape.columns; column++) {
      let sum = target === 'added' ? floats[c(row, column)]! : 0;
      for (let place = 0; place < shape.inner; place++)
        sum = Math.fround(sum + Math.fround(floats[a(row, place)]! * floats[b(place, column)]!));
      after[c(row, column)] = sum;
    }
  return after;
};

const cases = layouts.flatMap((layout) => targets.map((target) => [layout, target] as const));

describe.each(cases)('a %s product that is %s', (layout, target) => {
  const check = (shape: Shape): void => {
    prepare(shape, layout);
    const after = expected(layout, target, shape);
    compute(layout, target, shape);
    const { scratch } = placed(layout, shape);
    expect(wordsOf(floats.slice(0, scratch)), JSON.stringify(shape)).toEqual(wordsOf(after));
    const end = scratch + scratchBytes(shape.inner) / 4;
    expect([...floats.subarray(end, end + 16)].every((value) => value === untouched)).toBe(true);
  };

  it('has the bits of sums in order, at all edges, and writes nothing beside them', () => {
    for (const rows of [0, 1, 2, 3, 4, 5, 8, 11])
      for (const columns of [0, 1, 3, 4, 7, 8, 9, 18])
        for (const inner of [0, 1, 2, 3, 4, 5, 8, 11]) check({ rows, columns, inner });
  });
  it.each([
    [128, 16, 5],
    [131, 9, 30],
    [16, 64, 256],
    [300, 24, 16],
    [9, 10, 1024],
    [300, 7, 12],
    [300, 7, 13],
    [530, 3, 40],
    [9, 7, 8],
    [16, 33, 30],
  ])('has them for %d rows, %d columns and %d places', (rows, columns, inner) => {
    check({ rows, columns, inner });
  });

  it('has rows that are the same bits whichever rows are computed with them', () => {
    const shape = { rows: 140, columns: 21, inner: 37 };
    prepare(shape, layout);
    compute(layout, target, shape);
    const { scratch } = placed(layout, shape);
    const together = floats.slice(0, scratch);
    for (const length of [1, 6, 64]) {
      prepare(shape, layout);
      for (let from = 0; from < shape.rows; from += length)
        compute(layout, target, shape, from, Math.min(from + length, shape.rows));
      expect(wordsOf(floats.slice(0, scratch))).toEqual(wordsOf(together));
    }
  });

  it('is the product in float64 up to 2^-24 for each rounding, relative to the sum of sizes', () => {
    for (const shape of [
      { rows: 7, columns: 13, inner: 1000 },
      { rows: 50, columns: 20, inner: 64 },
    ]) {
      prepare(shape, layout);
      const before = floats.slice();
      compute(layout, target, shape);
      const { a, b, c } = placed(layout, shape);
      for (let row = 0; row < shape.rows; row++)
        for (let column = 0; column < shape.columns; column++) {
          let sum = target === 'added' ? before[c(row, column)]! : 0;
          let size = Math.abs(sum);
          for (let place = 0; place < shape.inner; place++) {
            const term = before[a(row, place)]! * before[b(place, column)]!;
            sum += term;
            size += Math.abs(term);
          }
          const tolerance = (shape.inner + 1) * 2 ** -24 * size;
          expect(Math.abs(floats[c(row, column)]! - sum)).toBeLessThan(tolerance);
        }
    }
  });
});

/** Of each row of the left operand, as many of 16 places as the row asks for are not zero, in no order. */
const thinOut = (shape: Shape, layout: Layout, share: (row: number) => number): void => {
  const { a } = placed(layout, shape);
  for (let row = 0; row < shape.rows; row++)
    for (let place = 0; place < shape.inner; place++)
      if (((row + 7 * place + (place >> 4)) * 11) % 16 >= share(row))
        floats[a(row, place)] = place % 3 ? 0 : -0;
};
const shares: Readonly<Record<string, (row: number) => number>> = {
  'no numbers': () => 0,
  'few numbers': () => 2,
  'as many numbers as rows have that are sparse, or more': (row) => 5 + (row % 7),
  'few numbers in one row': (row) => (row === 41 ? 1 : 16),
  'few numbers in most rows': (row) => (row % 5 === 2 ? 16 : 1),
  'few numbers in rows that come late': (row) => (row < 64 ? 16 : 3),
};

describe.each(cases)('a %s product that is %s, of rows that are sparse', (layout, target) => {
  it.each(Object.entries(shares))('has the bits of sums in order, with %s', (_, share) => {
    for (const shape of [
      { rows: 100, columns: 77, inner: 31 },
      { rows: 42, columns: 64, inner: 9 },
      { rows: 16, columns: 97, inner: 64 },
      { rows: 1, columns: 67, inner: 50 },
    ]) {
      prepare(shape, layout);
      thinOut(shape, layout, share);
      const after = expected(layout, target, shape);
      compute(layout, target, shape);
      const { scratch } = placed(layout, shape);
      expect(wordsOf(floats.slice(0, scratch)), JSON.stringify(shape)).toEqual(wordsOf(after));
      const end = scratch + scratchBytes(shape.inner) / 4;
      expect([...floats.subarray(end, end + 16)].every((value) => value === untouched)).toBe(true);
    }
  });

  it('has the same rows whichever are computed with them, also where B is not finite', () => {
    const shape = { rows: 80, columns: 70, inner: 32 };
    const prepared = (): void => {
      prepare(shape, layout);
      thinOut(shape, layout, (row) => row % 17);
      const { b } = placed(layout, shape);
      for (let column = 0; column < shape.columns; column++) floats[b(column % 9, column)] = Infinity;
    };
    prepared();
    compute(layout, target, shape);
    const { scratch } = placed(layout, shape);
    const together = floats.slice(0, scratch);
    for (const length of [1, 5, 16]) {
      prepared();
      for (let from = 0; from < shape.rows; from += length)
        compute(layout, target, shape, from, Math.min(from + length, shape.rows));
      expect(floats.slice(0, scratch)).toEqual(together);
    }
  });
});

it('an infinite number reaches its row and its column, and no more', () => {
  const shape = { rows: 6, columns: 10, inner: 5 };
  prepare(shape, 'plain');
  const { a, b, c } = placed('plain', shape);
  for (let place = 0; place < 5; place++) floats[a(1, place)] = floats[b(place, 9)] = 1;
  floats[a(5, 2)] = Infinity;
  floats[b(3, 9)] = NaN;
  compute('plain', 'overwritten', shape);
  const isFinite = (row: number, column: number): boolean => Number.isFinite(floats[c(row, column)]!);
  expect([0, 1, 4].every((row) => [0, 7, 8].every((column) => isFinite(row, column)))).toBe(true);
  expect([isFinite(5, 0), isFinite(5, 8), isFinite(0, 9), isFinite(1, 9)]).toEqual(Array(4).fill(false));
});

it('a zero of a sparse row meets nothing, that of a dense row makes NaN of what is infinite', () => {
  const shape = { rows: 2, columns: 64, inner: 32 };
  prepare(shape, 'plain');
  thinOut(shape, 'plain', (row) => (row === 0 ? 4 : 15));
  const { a, b, c } = placed('plain', shape);
  floats[a(0, 20)] = floats[a(1, 20)] = 0;
  floats[b(20, 50)] = Infinity;
  compute('plain', 'overwritten', shape);
  expect([floats[c(0, 50)], floats[c(1, 50)]].map(Number.isFinite)).toEqual([true, false]);
});

it('all six are a module of 24 KB', () => {
  expect(bytes.length).toBeLessThan(24_000);
});
