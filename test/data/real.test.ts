/** Against real data where it is; it belongs to others and is read in place. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDataFile } from '../../src/data/file.ts';
import { loadData } from '../../src/data/load.ts';

const folder = new URL('../../../shared/data/', import.meta.url).pathname;
const images = `${folder}mnist/t10k-images-idx3-ubyte.gz`;
const labels = `${folder}mnist/t10k-labels-idx1-ubyte.gz`;
const shouval = `${folder}natural/shouval25_gray_u8.npy.gz`;
const kodak = `${folder}natural/kodak24_gray_u8.npy.gz`;

const absent = (path: string): boolean => !existsSync(path);
const title = (name: string, path: string): string =>
  absent(path) ? `${name} (skipped: ${path} is absent)` : name;
const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(absent(images))(title('MNIST test set', images), () => {
  it('has the original bytes once decompressed', async () => {
    const { bytes } = await readDataFile('idx:t10k', images);
    expect(createHash('md5').update(bytes).digest('hex')).toBe('2646ac647ad5339dbf082846283269ea');
  });

  it('has ten thousand images of mean 0.1325', async () => {
    const data = await loadData(`idx:${images}`);
    expect(data).toMatchObject({ rows: 10000, columns: 784, shape: [28, 28] });
    expect(mean(data.values)).toBeCloseTo(0.1325, 4);
    const part = await loadData(`idx:${images}?offset=9990&limit=10`);
    expect(part.values).toEqual(data.values.slice(9990 * 784));
  });

  it.skipIf(absent(labels))('has labels that start 7 2 1 0 4', async () => {
    const data = await loadData(`idx:${labels}?limit=5`);
    expect([...data.values]).toEqual([7, 2, 1, 0, 4]);
  });
});

describe.skipIf(absent(shouval))(title('natural images', shouval), () => {
  it('are read as stored', async () => {
    const data = await loadData(`npy:${shouval}`);
    expect(data).toMatchObject({ rows: 25, columns: 65536, shape: [256, 256] });
    expect(Math.max(...data.values.subarray(0, 65536))).toBeLessThanOrEqual(255);
  });

  it('give patches of unit variance, zero mean and heavy tails, and test patches of their own', async () => {
    const train = await loadData(`patches:${shouval}?count=4000&images=0-19`);
    const test = await loadData(`patches:${shouval}?count=1000&images=20-24`);
    for (const { values, rows, columns } of [train, test]) {
      expect(values.length).toBe(rows * columns);
      expect(Math.abs(mean(values))).toBeLessThan(0.02);
      expect(mean(values.map((value) => value * value))).toBeCloseTo(1, 3);
      expect(mean(values.map((value) => value ** 4))).toBeGreaterThan(3.5);
    }
    expect(train.rows).toBeGreaterThan(3000);
  });

  it.skipIf(absent(kodak))('may be rectangles whose sides are no powers of two', async () => {
    const data = await loadData(`patches:${kodak}?count=500&images=3`);
    expect(data.rows).toBeGreaterThan(100);
  });
});
