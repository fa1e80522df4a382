import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadData } from '../../src/data/load.ts';
import { bytesOf, idx, npy, scratch } from './files.ts';

const { write } = scratch();

describe('npy', () => {
  const arrays: readonly (readonly [string, ArrayBufferView])[] = [
    ['|u1', Uint8Array.of(0, 1, 200, 255, 4, 5)],
    ['|i1', Int8Array.of(-128, 1, -2, 127, 4, 5)],
    ['|b1', Uint8Array.of(0, 1, 1, 0, 0, 1)],
    ['<u2', Uint16Array.of(0, 65535, 2, 3, 4, 5)],
    ['<i2', Int16Array.of(-32768, 1, 2, 3, 4, 32767)],
    ['<u4', Uint32Array.of(0, 4294967295, 2, 3, 4, 5)],
    ['<i4', Int32Array.of(-7, 1, 2, 3, 4, 5)],
    ['<i8', BigInt64Array.of(-7n, 1n, 2n, 3n, 4n, 5n)],
    ['<f4', Float32Array.of(-0.5, 1e-30, 2, 3, 3e38, 5)],
    ['<f8', Float64Array.of(-0.1, 1e-30, 2, 3, 3e38, 5)],
  ];
  it.each(arrays)('reads %s as it is stored, in either byte order', async (descr, array) => {
    const expected = Float32Array.from(array as unknown as ArrayLike<number>, Number);
    const little = await loadData(`npy:${write('little.npy', npy(descr, [3, 2], bytesOf(array)))}`);
    expect(little).toMatchObject({ rows: 3, columns: 2, shape: [2], values: expected });
    const width = array.byteLength / 6;
    const swapped = Uint8Array.from({ length: array.byteLength }, (_, at) => {
      return bytesOf(array)[at - (at % width) + (width - 1 - (at % width))]!;
    });
    const big = await loadData(`npy:${write('big.npy', npy(descr.replace('<', '>'), [3, 2], swapped))}`);
    expect(big.values).toEqual(expected);
  });

  it('reads gzip by its content, whatever the name says', async () => {
    const path = write('zipped.npy', gzipSync(npy('|u1', [2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))));
    const data = await loadData(`npy:${path}`);
    expect(data).toMatchObject({ rows: 2, columns: 4, shape: [2, 2] });
    expect([...data.values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('reads rows offset to offset + limit', async () => {
    const path = write('rows.npy', npy('<f4', [4, 2], bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7))));
    const some = await loadData(`npy:${path}?offset=1&limit=2`);
    expect([...some.values]).toEqual([2, 3, 4, 5]);
    expect(some.note).toBe(`2 examples of 2, rows 1 to 2 of ${path}; 32-bit floats, as stored`);
    expect((await loadData(`npy:${path}?offset=3`)).rows).toBe(1);
  });

  it('looks for bad numbers in the rows it reads alone', async () => {
    const path = write('half.npy', npy('<f4', [2, 2], bytesOf(Float32Array.of(0, 1, NaN, 3))));
    expect((await loadData(`npy:${path}?limit=1`)).rows).toBe(1);
  });

  it('reads one axis as single numbers', async () => {
    const data = await loadData(`npy:${write('line.npy', npy('|u1', [3], Uint8Array.of(7, 8, 9)))}`);
    expect(data).toMatchObject({ rows: 3, columns: 1, shape: [] });
  });
});

describe('an array of which something is made', () => {
  const labels = (...values: readonly number[]): string =>
    write('labels.idx', idx(0x08, [values.length], Uint8Array.from(values)));

  it('is 1 above a threshold and 0 elsewhere', async () => {
    const path = write('grey.npy', npy('<f4', [2, 2], bytesOf(Float32Array.of(0, 0.5, 0.75, 1))));
    const data = await loadData(`npy:${path}?threshold=0.5`);
    expect([...data.values]).toEqual([0, 0, 1, 1]);
    expect(data.note).toContain('1 above 0.5, else 0');
  });

  it('has labels as one-hot vectors', async () => {
    const data = await loadData(`idx:${labels(2, 0)}?one_hot=3`);
    expect(data).toMatchObject({ rows: 2, columns: 3, shape: [3] });
    expect([...data.values]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('says which row is no label', async () => {
    await expect(loadData(`idx:${labels(2, 0, 1, 9)}?one_hot=3&offset=1`)).rejects.toThrow(
      'the label 9 of row 3 is none of the 3 classes 0 to 2',
    );
  });

  it('is no label where a row holds several numbers', async () => {
    const path = write('pairs.npy', npy('|u1', [2, 2], Uint8Array.of(0, 1, 1, 0)));
    await expect(loadData(`npy:${path}?one_hot=2`)).rejects.toThrow('labels are one number each');
  });
});

describe('IDX', () => {
  it('divides bytes of images by 255', async () => {
    const path = write('images.idx', idx(0x08, [2, 1, 2], Uint8Array.of(0, 51, 102, 255)));
    const data = await loadData(`idx:${path}`);
    expect(data).toMatchObject({ rows: 2, columns: 2, shape: [1, 2] });
    expect(data.values).toEqual(Float32Array.of(0, 51 / 255, 102 / 255, 1));
    expect(data.note).toContain('8-bit pixels divided by 255');
  });

  it('takes labels as they are', async () => {
    const data = await loadData(`idx:${write('labels.idx', idx(0x08, [3], Uint8Array.of(7, 2, 1)))}`);
    expect([...data.values]).toEqual([7, 2, 1]);
  });

  it('takes big-endian floats and integers as they are', async () => {
    const floats = Buffer.alloc(8);
    floats.writeFloatBE(-1.5, 0);
    floats.writeFloatBE(0.25, 4);
    const data = await loadData(`idx:${write('floats.idx', idx(0x0d, [1, 2], floats))}`);
    expect([...data.values]).toEqual([-1.5, 0.25]);
    const integers = Buffer.alloc(4);
    integers.writeInt16BE(-300, 0);
    integers.writeInt16BE(300, 2);
    const small = await loadData(`idx:${write('small.idx', idx(0x0b, [2, 1], integers))}`);
    expect([...small.values]).toEqual([-300, 300]);
  });
});

describe('patches', () => {
  const pixels = Uint8Array.from({ length: 3 * 20 * 24 }, (_, at) => (at * at * 31 + at * 7) % 251);
  const path = write('images.npy', npy('|u1', [3, 20, 24], pixels));

  it('cuts the images it is told, the same for the same seed', async () => {
    const uri = `patches:${path}?size=5&count=50&images=1-2&min_std=0`;
    const [first, again] = [await loadData(uri), await loadData(uri)];
    expect(first).toMatchObject({ rows: 50, columns: 25, shape: [5, 5] });
    expect(first.values).toEqual(again.values);
    expect((await loadData(`${uri}&seed=1`)).values).not.toEqual(first.values);
    expect(first.note).toBe(
      `50 patches of 5x5 from images 1 to 2 of natural images of ${path}; whitened by f exp(-(f/0.4)^4); ` +
        `50 cut with seed 0 and those under 0 of the set's deviation dropped; scaled to unit variance as a set`,
    );
  });

  it('can leave them unwhitened', async () => {
    const data = await loadData(`patches:${path}?size=5&count=50&whiten=none&min_std=0`);
    expect(data.note).toContain('not whitened');
  });
});

it('stops when its signal says so', async () => {
  await expect(loadData('dead-leaves:', { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  const stop = new AbortController();
  const loading = loadData('dead-leaves:?images=0-99', { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 5);
  await expect(loading).rejects.toThrow('enough');
});
