/**
 * Whitening of natural images (Olshausen and Field 1997, "Sparse coding with an overcomplete basis set"):
 * a radial gain f that flattens their 1/f amplitude, and a low pass that takes the noisy corners away.
 */
import { filterImage } from './fourier.ts';
import { decay } from './portable.ts';

/** Cut-off of the low pass, in cycles per pixel. */
export const cutoff = 0.4;

/** f exp(-(f / f0)^4), with f in cycles per pixel. */
export function whiteningGain(frequency: number): number {
  const ratio = frequency / cutoff;
  return frequency * decay(ratio * ratio * ratio * ratio);
}

/** One image, height x width and taken as periodic: its mean removed and its spectrum whitened. */
export function whitenImage(
  image: ArrayLike<number>,
  height: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const centred = removeMean(image);
  const gain = (vertical: number, horizontal: number): number =>
    whiteningGain(Math.sqrt(vertical * vertical + horizontal * horizontal));
  return Float32Array.from(filterImage(centred, height, width, gain));
}

/** The image less its mean pixel. */
export function removeMean(image: ArrayLike<number>): Float32Array<ArrayBuffer> {
  let sum = 0;
  for (let pixel = 0; pixel < image.length; pixel += 1) sum += image[pixel]!;
  const mean = sum / image.length;
  return Float32Array.from(image, (value) => value - mean);
}
