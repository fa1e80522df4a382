import type { ImageShape } from './gabor.ts';

/**
 * Largest share of a picture's energy inside any window of half its height and half its width: a quarter of
 * its area. Near 0.25 for gratings and constants, near 0.35 for white noise, 1 for a spot.
 *
 * @returns the share, and the centre of mass of the energy in that window, in pixels
 */
export function windowEnergy(
  picture: Float64Array,
  shape: ImageShape,
): { share: number; x: number; y: number } {
  const [height, width] = shape;
  const rows = Math.max(1, Math.round(height / 2));
  const columns = Math.max(1, Math.round(width / 2));
  // sums[r, c] is the energy above row r and left of column c.
  const stride = width + 1;
  const sums = new Float64Array((height + 1) * stride);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      sums[(row + 1) * stride + column + 1] =
        picture[row * width + column]! ** 2 +
        sums[row * stride + column + 1]! +
        sums[(row + 1) * stride + column]! -
        sums[row * stride + column]!;
    }
  }
  const total = sums[height * stride + width]!;
  if (!(total > 0)) return { share: 0, x: (width - 1) / 2, y: (height - 1) / 2 };
  let best = { energy: -1, top: 0, left: 0 };
  for (let top = 0; top + rows <= height; top++) {
    for (let left = 0; left + columns <= width; left++) {
      const energy =
        sums[(top + rows) * stride + left + columns]! -
        sums[top * stride + left + columns]! -
        sums[(top + rows) * stride + left]! +
        sums[top * stride + left]!;
      if (energy > best.energy) best = { energy, top, left };
    }
  }
  let x = 0;
  let y = 0;
  for (let row = best.top; row < best.top + rows; row++) {
    for (let column = best.left; column < best.left + columns; column++) {
      const energy = picture[row * width + column]! ** 2;
      x += (column * energy) / best.energy;
      y += (row * energy) / best.energy;
    }
  }
  return { share: best.energy / total, x, y };
}

/**
 * Orientation selectivity |sum P exp(2 i angle)| / sum P over the power spectrum P at frequencies from just
 * above 0 to 0.5 cycles per pixel in every direction: 0 for spots, constants, checkerboards and plaids,
 * near 0.1 for white noise, near 1 for a grating. The spectrum is sampled twice as finely as the picture.
 */
export function orientationSelectivity(shape: ImageShape): (picture: Float64Array) => number {
  const [height, width] = shape;
  const across = 2 * Math.max(height, width);
  const half = across / 2;
  const cosines = Float64Array.from({ length: across }, (_, step) => Math.cos((2 * Math.PI * step) / across));
  const sines = Float64Array.from({ length: across }, (_, step) => Math.sin((2 * Math.PI * step) / across));
  const rowReal = new Float64Array(height);
  const rowImaginary = new Float64Array(height);
  return (picture) => {
    let total = 0;
    let even = 0;
    let odd = 0;
    for (let horizontal = -half; horizontal <= half; horizontal++) {
      for (let row = 0; row < height; row++) {
        let real = 0;
        let imaginary = 0;
        for (let column = 0; column < width; column++) {
          const turn = (((horizontal * column) % across) + across) % across;
          real += picture[row * width + column]! * cosines[turn]!;
          imaginary -= picture[row * width + column]! * sines[turn]!;
        }
        rowReal[row] = real;
        rowImaginary[row] = imaginary;
      }
      // The spectrum of a real picture is even, so half of the plane is enough.
      for (let vertical = 0; vertical <= half; vertical++) {
        const radius = horizontal ** 2 + vertical ** 2;
        if (radius === 0 || radius > half ** 2 || (vertical === 0 && horizontal < 0)) continue;
        let real = 0;
        let imaginary = 0;
        for (let row = 0; row < height; row++) {
          const turn = (vertical * row) % across;
          real += rowReal[row]! * cosines[turn]! + rowImaginary[row]! * sines[turn]!;
          imaginary += rowImaginary[row]! * cosines[turn]! - rowReal[row]! * sines[turn]!;
        }
        const power = real * real + imaginary * imaginary;
        total += power;
        even += (power * (horizontal ** 2 - vertical ** 2)) / radius;
        odd += (power * 2 * horizontal * vertical) / radius;
      }
    }
    return total > 0 ? Math.hypot(even, odd) / total : 0;
  };
}
