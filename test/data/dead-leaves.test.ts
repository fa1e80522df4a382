import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { deadLeaves, standardLeaves } from '../../src/data/dead-leaves.ts';
import { loadData } from '../../src/data/load.ts';
import { bytesOf } from './files.ts';

const hash = (array: ArrayBufferView): string =>
  createHash('sha256').update(bytesOf(array)).digest('hex').slice(0, 16);
const tiny = { ...standardLeaves, side: 64, largest: 30, seed: 0 };

it('an image depends on its seed and number alone, to the bit', () => {
  expect(deadLeaves(3, tiny)).toEqual(deadLeaves(3, tiny));
  expect(deadLeaves(4, tiny)).not.toEqual(deadLeaves(3, tiny));
  expect(deadLeaves(3, { ...tiny, seed: 1 })).not.toEqual(deadLeaves(3, tiny));
  expect(hash(deadLeaves(3, tiny))).toMatchInlineSnapshot(`"3bf8a1045d73b341"`);
});

it('every pixel is covered by greys from 0 to 1, with a flat law', () => {
  const greys = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((number) => [...deadLeaves(number, tiny)]);
  expect(greys.every((grey) => grey >= 0 && grey <= 1)).toBe(true);
  const mean = greys.reduce((sum, grey) => sum + grey, 0) / greys.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
});

it('without anti-aliasing a pixel shows one leaf', () => {
  const image = deadLeaves(0, { ...tiny, smallest: 8, antialias: false });
  const neighboursEqual = image.filter((grey, pixel) => pixel % 64 > 0 && grey === image[pixel - 1]).length;
  expect(neighboursEqual / image.length).toBeGreaterThan(0.7);
  expect(new Set(image).size).toBeLessThan(300);
});

it('twenty thousand patches are made in time, whitened, of unit variance and heavy-tailed', async () => {
  const start = process.cpuUsage();
  const data = await loadData('dead-leaves:?size=16&count=20000');
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(3);
  expect(data).toMatchObject({ columns: 256, shape: [16, 16] });
  expect(data.rows).toBeGreaterThan(15000);
  const moment = (power: number): number =>
    data.values.reduce((sum, value) => sum + value ** power, 0) / data.values.length;
  expect(moment(2)).toBeCloseTo(1, 4);
  expect(moment(4)).toBeGreaterThan(3.5); // 3 for a Gaussian
  expect(data.note).toMatchInlineSnapshot(
    `"17383 patches of 16x16 from images 0 to 11 of generated dead-leaves images (256x256, radii p(r) ~ r^-3 from 2 to 120); whitened by f exp(-(f/0.4)^4); 20000 cut with seed 0 and those under 0.35 of the set's deviation dropped; scaled to unit variance as a set"`,
  );
  expect(hash(data.values)).toMatchInlineSnapshot(`"64a120b41de22907"`);
});
