/**
 * Patches of images as training data: cut at random, the nearly empty ones dropped, the set scaled to unit
 * variance. A test set is scaled by its own variance, not by that of the training set.
 */
import { fillNoise } from '../runtime/noise.ts';
import { keyOf } from '../runtime/random.ts';
import { dataError, type DataError } from './error.ts';
import { dataStreams } from './streams.ts';
import type { PatchSettings, Whitening } from './uri.ts';
import { removeMean, whitenImage } from './whiten.ts';

/** Images of one size, with what to name when they are at fault. */
export interface ImageSet {
  readonly uri: string;
  readonly path: string | null;
  readonly height: number;
  readonly width: number;
  /** height * width pixels each. */
  readonly images: readonly Float32Array[];
}

export interface Patches {
  readonly rows: number;
  /** rows * size * size, of variance 1 about its mean. */
  readonly values: Float32Array<ArrayBuffer>;
  /** What every kept pixel was divided by. */
  readonly deviation: number;
}

/** An image ready to cut: whitened, or only with its mean removed. */
export function prepareImage(
  image: ArrayLike<number>,
  height: number,
  width: number,
  whiten: Whitening,
): Float32Array<ArrayBuffer> {
  switch (whiten) {
    case 'olshausen':
      return whitenImage(image, height, width);
    case 'none':
      return removeMean(image);
    default:
      return whiten satisfies never;
  }
}

/**
 * Cuts `count` square patches at uniform places of uniformly chosen images, drops those whose standard deviation
 * is under `minStd` of the standard deviation of all that were cut, and divides the rest by theirs. Patch i depends
 * on the seed and i alone. Throws a `DataError` when the images are too small, flat, or no patch is left.
 */
export function cutPatches(set: ImageSet, settings: PatchSettings): Patches {
  const { size, count, minStd } = settings;
  if (size > set.height || size > set.width) {
    const what = `patches of ${size}x${size} do not fit in images of ${set.height}x${set.width}`;
    const largest = Math.min(set.height, set.width);
    throw fault(set, what, 'option "size"', `write a size of at most ${largest}`);
  }
  const pixels = size * size;
  const values = copyPatches(set, settings);
  const deviation = standardDeviation(values);
  if (deviation === 0) {
    const what =
      'every patch is flat: all pixels of each image are equal, so there is no variance to scale to 1';
    throw fault(set, what, null, 'choose images that show something');
  }
  let rows = 0;
  for (let patch = 0; patch < count; patch += 1) {
    const cut = values.subarray(patch * pixels, (patch + 1) * pixels);
    if (standardDeviation(cut) < minStd * deviation) continue;
    values.copyWithin(rows * pixels, patch * pixels, (patch + 1) * pixels);
    rows += 1;
  }
  if (rows === 0) {
    const what = `none of the ${count} patches has a standard deviation of at least ${minStd} times the set's`;
    throw fault(set, what, 'option "min_std"', 'lower min_std (0 keeps every patch), or raise count');
  }
  const kept = values.slice(0, rows * pixels);
  const scale = standardDeviation(kept);
  if (scale === 0) {
    const what = `the only patches kept, ${rows} of ${count}, are flat, so there is no variance to scale to 1`;
    throw fault(set, what, 'options "size" and "count"', 'cut larger patches, or more of them');
  }
  return { rows, values: kept.map((value) => value / scale), deviation: scale };
}

function copyPatches(set: ImageSet, settings: PatchSettings): Float32Array<ArrayBuffer> {
  const { height, width, images } = set;
  const { size, count, seed } = settings;
  const key = keyOf(seed, dataStreams.patches);
  const values = new Float32Array(count * size * size);
  const place = new Float64Array(3);
  for (let patch = 0; patch < count; patch += 1) {
    fillNoise('standard_uniform', key, place, 3 * patch);
    const image = images[Math.floor(place[0]! * images.length)]!;
    const top = Math.floor(place[1]! * (height - size + 1));
    const left = Math.floor(place[2]! * (width - size + 1));
    for (let row = 0; row < size; row += 1) {
      const from = (top + row) * width + left;
      const to = (patch * size + row) * size;
      for (let column = 0; column < size; column += 1) values[to + column] = image[from + column]!;
    }
  }
  return values;
}

/** Population standard deviation about the mean, summed in float64 in order. */
export function standardDeviation(values: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let index = 0; index < values.length; index += 1) {
    const distance = values[index]! - mean;
    squares += distance * distance;
  }
  return Math.sqrt(squares / values.length);
}

const fault = (set: ImageSet, what: string, where: string | null, hint: string): DataError =>
  dataError({ uri: set.uri, path: set.path, what, where, hint });
