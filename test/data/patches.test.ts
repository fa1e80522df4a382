import { expect, it } from 'vitest';
import { cutPatches, standardDeviation } from '../../src/data/patches.ts';

const settings = { size: 3, count: 200, whiten: 'none', minStd: 0, seed: 0 } as const;
const ramp = Float32Array.from({ length: 8 * 10 }, (_, pixel) => pixel);
const set = {
  uri: 'patches:a',
  path: 'a',
  height: 8,
  width: 10,
  images: [ramp, ramp.map((value) => value + 1000)],
};

it('patches are windows of the images, scaled as one set', () => {
  const { rows, values, deviation } = cutPatches(set, settings);
  expect(rows).toBe(200);
  expect(standardDeviation(values)).toBeCloseTo(1, 5);
  const corners = new Set<number>();
  for (let patch = 0; patch < rows; patch += 1) {
    const pixels = [...values.subarray(9 * patch, 9 * patch + 9)].map((value) =>
      Math.round(value * deviation),
    );
    const corner = pixels[0]!;
    corners.add(corner);
    expect(pixels).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22].map((step) => corner + step));
    expect((corner % 1000) % 10).toBeLessThan(8);
  }
  expect(corners.size).toBeGreaterThan(75); // of 2 * 6 * 8 places
});

it('a longer set begins with the shorter one', () => {
  const [short, long] = [cutPatches(set, settings), cutPatches(set, { ...settings, count: 300 })];
  const ratio = long.deviation / short.deviation;
  for (let at = 0; at < 200 * 9; at += 1) expect(long.values[at]! * ratio).toBeCloseTo(short.values[at]!, 5);
});

it('patches of low contrast are dropped, against the deviation of all that were cut', () => {
  const step = ramp.map((_, pixel) => (pixel % 10 < 5 ? 0 : 1));
  const { rows, values } = cutPatches({ ...set, images: [step] }, { ...settings, minStd: 0.35 });
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(100); // 2 of 8 columns hold the edge
  for (let patch = 0; patch < rows; patch += 1) {
    expect(standardDeviation(values.subarray(9 * patch, 9 * patch + 9))).toBeGreaterThan(0);
  }
});
