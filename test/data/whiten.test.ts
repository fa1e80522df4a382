import { describe, expect, it } from 'vitest';
import { filterImage, fourier } from '../../src/data/fourier.ts';
import { decay, rootOfUnity } from '../../src/data/portable.ts';
import { whitenImage, whiteningGain } from '../../src/data/whiten.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';

/** X[k] = sum of x[j] exp(-2 pi i j k / n), term by term. */
function naive(input: Float64Array): Float64Array {
  const size = input.length / 2;
  const output = new Float64Array(2 * size);
  for (let k = 0; k < size; k += 1) {
    for (let j = 0; j < size; j += 1) {
      const angle = (-2 * Math.PI * ((j * k) % size)) / size;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      output[2 * k]! += input[2 * j]! * cosine - input[2 * j + 1]! * sine;
      output[2 * k + 1]! += input[2 * j]! * sine + input[2 * j + 1]! * cosine;
    }
  }
  return output;
}

const noise = (length: number, seed: number): Float64Array => {
  const values = new Float64Array(length);
  fillNoise('standard_normal', keyOf(seed), values, 0);
  return values;
};

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from({ length: a.length }, (_, at) => Math.abs(a[at]! - b[at]!)).reduce(
    (most, each) => Math.max(most, each),
    0,
  );

describe('portable functions', () => {
  it('roots of unity agree with the engine', () => {
    for (const n of [1, 2, 3, 4, 7, 8, 12, 768, 1000]) {
      for (let k = -3; k <= n + 3; k += 1) {
        const angle = (2 * Math.PI * k) / n;
        expect(worst(rootOfUnity(k, n), [Math.cos(angle), Math.sin(angle)])).toBeLessThan(5e-15);
      }
    }
    expect(rootOfUnity(1, 4)[1]).toBe(1);
  });

  it('decay is exp(-x)', () => {
    for (let x = 0; x <= 50; x += 0.37) expect(Math.abs(decay(x) / Math.exp(-x) - 1)).toBeLessThan(1e-13);
  });
});

describe('Fourier transform', () => {
  it.each([1, 2, 3, 4, 5, 8, 12, 17, 64, 100, 768])('of length %i is the sum it stands for', (size) => {
    const input = noise(2 * size, size);
    const output = new Float64Array(2 * size);
    const transform = fourier(size);
    transform(output, noise(2 * size, 1)); // a second call must not see the first
    transform(output, input);
    expect(worst(output, naive(input))).toBeLessThan(1e-11);
  });

  it('a gain of 1 gives the image back, at any shape', () => {
    for (const [height, width] of [
      [4, 8],
      [3, 5],
      [1, 6],
      [12, 7],
    ] as const) {
      const image = noise(height * width, 2);
      expect(
        worst(
          filterImage(image, height, width, () => 1),
          image,
        ),
      ).toBeLessThan(1e-13);
    }
  });

  it('the gain is read in cycles per pixel, each axis its own', () => {
    const [height, width] = [6, 16];
    const wave = Float64Array.from({ length: height * width }, (_, pixel) => {
      const [row, column] = [Math.floor(pixel / width), pixel % width];
      return Math.cos(2 * Math.PI * ((2 * row) / height + (3 * column) / width));
    });
    const gain = (vertical: number, horizontal: number): number => 10 * vertical + horizontal;
    const expected = wave.map((value) => value * (10 * (2 / 6) + 3 / 16));
    expect(worst(filterImage(wave, height, width, gain), expected)).toBeLessThan(1e-13);
  });
});

describe('whitening', () => {
  it('has the published gain', () => {
    expect(whiteningGain(0)).toBe(0);
    for (const f of [0.1, 0.25, 0.5, 0.7])
      expect(whiteningGain(f)).toBeCloseTo(f * Math.exp(-((f / 0.4) ** 4)), 14);
  });

  it('removes the mean', () => {
    const white = whitenImage(
      noise(48, 3).map((value) => value + 100),
      6,
      8,
    );
    expect(Math.abs(white.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-4);
  });

  it('flattens the spectrum of a 1/f image below the cut-off', () => {
    const side = 64;
    const radius = (v: number, h: number): number => Math.sqrt(v * v + h * h);
    const natural = filterImage(
      noise(side * side, 4),
      side,
      side,
      (v, h) => 1 / Math.max(radius(v, h), 1 / side),
    );
    const slope = (image: ArrayLike<number>): number => {
      const power = (low: number, high: number): number => {
        const inBand = (v: number, h: number): boolean => radius(v, h) >= low && radius(v, h) < high;
        const band = filterImage(image, side, side, (v, h) => (inBand(v, h) ? 1 : 0));
        const area = Math.PI * (high * high - low * low);
        return band.reduce((sum, value) => sum + value * value, 0) / area;
      };
      return Math.log(power(0.15, 0.22) / power(0.03, 0.06)) / Math.log(0.185 / 0.045);
    };
    expect(slope(natural)).toBeLessThan(-1.7); // power 1/f^2
    expect(Math.abs(slope(whitenImage(natural, side, side)))).toBeLessThan(0.2);
  });
});
