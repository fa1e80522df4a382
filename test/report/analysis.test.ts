import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyseDictionary } from '../../src/report/analysis.ts';
import { drawGabor, fitGabor } from '../../src/report/gabor.ts';
import { orientationSelectivity, windowEnergy } from '../../src/report/locality.ts';
import { principalComponents } from '../../src/report/pca.ts';
import { dictionaryOf, noisy, pictureOf, pixels, randomGabor, randomSource, shape, side } from './samples.ts';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, k) => make(k));
const shareOf = (pictures: readonly Float32Array[]): number =>
  analyseDictionary(dictionaryOf(pictures), pixels, pictures.length, shape).share;

describe('the share of localised and oriented elements', () => {
  const random = randomSource(1);

  it('is one for Gabors, also with noise of half their energy', () => {
    expect(shareOf(many(60, () => randomGabor(random)))).toBe(1);
    expect(shareOf(many(60, () => noisy(randomGabor(random), 0.5, random)))).toBeGreaterThan(0.95);
  });

  it('does not depend on the sign or the scale of an element', () => {
    const gabors = many(20, () => noisy(randomGabor(random), 0.5, random));
    const other = gabors.map((gabor) => gabor.map((value) => -1e-3 * value));
    expect(shareOf(other)).toBe(shareOf(gabors));
  });

  it.each([
    ['white noise', () => pictureOf(() => random.normal())],
    ['single pixels', (k: number) => pictureOf((x, y) => (y * side + x === 10 * k ? 1 : 0))],
    [
      'single pixels in noise',
      (k: number) =>
        noisy(
          pictureOf((x, y) => (y * side + x === 10 * k ? 1 : 0)),
          0.2,
          random,
        ),
    ],
    ['constants', () => pictureOf(() => 1)],
    ['fine checkerboards', () => pictureOf((x, y) => ((x + y) % 2 ? 1 : -1))],
    ['coarse checkerboards', () => pictureOf((x, y) => (((x >> 1) + (y >> 1)) % 2 ? 1 : -1))],
    [
      'round spots',
      () => {
        const [left, top, deviation] = [
          3 + 9 * random.uniform(),
          3 + 9 * random.uniform(),
          0.7 + 1.5 * random.uniform(),
        ];
        return pictureOf((x, y) => Math.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * deviation ** 2)));
      },
    ],
    [
      'centres with a surround',
      () => {
        const [left, top, deviation] = [
          4 + 7 * random.uniform(),
          4 + 7 * random.uniform(),
          0.8 + random.uniform(),
        ];
        return pictureOf((x, y) => {
          const distance = ((x - left) ** 2 + (y - top) ** 2) / (2 * deviation ** 2);
          return Math.exp(-distance) - Math.exp(-distance / 2.56) / 2.56;
        });
      },
    ],
    [
      'gratings over the whole picture',
      () => {
        const [angle, frequency, phase] = [
          Math.PI * random.uniform(),
          0.08 + 0.3 * random.uniform(),
          6 * random.uniform(),
        ];
        return pictureOf((x, y) =>
          Math.cos(phase + 2 * Math.PI * frequency * (x * Math.cos(angle) + y * Math.sin(angle))),
        );
      },
    ],
  ])('is zero for %s', (_, make) => {
    expect(shareOf(many(25, make))).toBe(0);
  });

  it('is small for the principal components of pictures made of Gabors, and they are the control', () => {
    const gabors = many(200, () => randomGabor(random));
    const rows = 1500;
    const data = new Float32Array(rows * pixels);
    for (let row = 0; row < rows; row++) {
      for (let part = 0; part < 12; part++) {
        const gabor = gabors[Math.floor(random.uniform() * gabors.length)]!;
        const amplitude = random.normal();
        for (let pixel = 0; pixel < pixels; pixel++) {
          data[row * pixels + pixel] = data[row * pixels + pixel]! + amplitude * gabor[pixel]!;
        }
      }
    }
    const { components, count } = principalComponents(data, rows, pixels, 128);
    const control = { values: components, count };
    const result = analyseDictionary(dictionaryOf(gabors), pixels, gabors.length, shape, { control });
    expect(result.share).toBe(1);
    expect(result.control?.measure.elements).toHaveLength(128);
    expect(result.control?.measure.share).toBeLessThan(0.1);
  });

  const natural = new URL('../../../shared/data/natural/shouval25_gray_u8.npy.gz', import.meta.url);
  it.skipIf(!existsSync(natural))(
    'is below 5 % for principal components of natural pictures (skipped without ../shared/data)',
    () => {
      const file = gunzipSync(readFileSync(natural));
      const start = 10 + file.readUInt16LE(8);
      const rows = 2000;
      const data = Float32Array.from({ length: rows * pixels }, (_, place) => {
        const [row, pixel] = [Math.floor(place / pixels), place % pixels];
        const [picture, top, left] = [row % 20, (row * 37) % 240, (row * 101) % 240];
        return file[
          start + picture * 65536 + (top + Math.floor(pixel / side)) * 256 + left + (pixel % side)
        ]!;
      });
      const { components, count } = principalComponents(data, rows, pixels, 128);
      expect(analyseDictionary(components, pixels, count, shape).share).toBeLessThan(0.05);
    },
  );
});

describe('which elements are used', () => {
  const random = randomSource(2);

  it('leaves out elements that never grew, and counts the share among the others', () => {
    const pictures = [
      ...many(10, () => randomGabor(random)),
      ...many(10, () => pictureOf(() => random.normal() / side)),
      ...many(20, () => randomGabor(random).map((value) => 1e-3 * value)),
    ];
    const result = analyseDictionary(dictionaryOf(pictures), pixels, 40, shape);
    expect([result.used, result.localisedAndOriented, result.share]).toEqual([20, 10, 0.5]);
    expect(result.elements[30]).toMatchObject({ element: 30, used: false, localised: false, gabor: null });
  });

  it('leaves out elements whose unit never fires, and says so', () => {
    const pictures = many(10, () => randomGabor(random));
    const activity = Float32Array.from({ length: 10 }, (_, unit) => (unit < 4 ? 0 : 0.1));
    const result = analyseDictionary(dictionaryOf(pictures), pixels, 10, shape, { activity });
    expect(result.used).toBe(6);
    expect(result.description).toContain('its expected count is at least 0.001');
  });

  it('is none for a dictionary of zeros, with a share of zero', () => {
    const result = analyseDictionary(new Float32Array(pixels * 3), pixels, 3, shape);
    expect([result.used, result.share]).toEqual([0, 0]);
  });

  it('leaves out elements that are not finite', () => {
    const pictures = [pictureOf(() => NaN), randomGabor(random), randomGabor(random)];
    expect(analyseDictionary(dictionaryOf(pictures), pixels, 3, shape).used).toBe(2);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => analyseDictionary(new Float32Array(10), 5, 2, [2, 2])).toThrow('2 elements of 2 x 2 pixels');
    expect(() =>
      analyseDictionary(new Float32Array(8), 4, 2, [2, 2], { activity: new Float32Array(3) }),
    ).toThrow('3 activities');
  });

  it('states every limit in the description', () => {
    const thresholds = { norm: 0.11, windowEnergy: 0.61, selectivity: 0.37, gaborR2: 0.71 };
    const { description } = analyseDictionary(new Float32Array(pixels), pixels, 1, shape, { thresholds });
    for (const limit of ['11 %', '61 %', '0.37', '71 %', '8 × 8']) expect(description).toContain(limit);
  });
});

describe('the parts of the measure', () => {
  it('a Gabor fit finds the Gabor that was drawn', () => {
    const gabor = { x: 6.3, y: 9.1, orientation: 0.7, frequency: 0.17, along: 2.1, across: 3 };
    const { gabor: found, r2 } = fitGabor(Float64Array.from(drawGabor(gabor, 1.1, shape)), shape, {
      x: 7,
      y: 8,
    });
    expect(r2).toBeGreaterThan(0.999);
    expect(found.x).toBeCloseTo(gabor.x, 1);
    expect(found.y).toBeCloseTo(gabor.y, 1);
    expect(found.orientation).toBeCloseTo(gabor.orientation, 1);
    expect(found.frequency).toBeCloseTo(gabor.frequency, 1);
  });

  it('the best window holds all of a spot, and a quarter of a constant', () => {
    const spot = windowEnergy(Float64Array.from(pictureOf((x, y) => (x === 3 && y === 12 ? -2 : 0))), shape);
    expect(spot).toEqual({ share: 1, x: 3, y: 12 });
    expect(windowEnergy(new Float64Array(pixels).fill(1), shape).share).toBeCloseTo(0.25);
  });

  it('orientation selectivity is the same for a picture and its transpose, and works off squares', () => {
    const random = randomSource(3);
    const gabor = randomGabor(random);
    const select = orientationSelectivity(shape);
    const transposed = pictureOf((x, y) => gabor[x * side + y]!);
    expect(select(Float64Array.from(transposed))).toBeCloseTo(select(Float64Array.from(gabor)), 6);
    const bars = Float64Array.from({ length: 6 * 20 }, (_, pixel) => Math.sin((pixel % 20) * 1.5));
    expect(orientationSelectivity([6, 20])(bars)).toBeGreaterThan(0.7);
  });
});

it('measures 512 elements of 16 x 16 in less than 10 seconds', () => {
  const random = randomSource(4);
  const pictures = many(512, () => noisy(randomGabor(random), 0.5, random));
  const start = performance.now();
  analyseDictionary(dictionaryOf(pictures), pixels, 512, shape);
  expect(performance.now() - start).toBeLessThan(10_000);
});
