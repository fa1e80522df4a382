/** From the name of data to the data. */
import { setImmediate } from 'node:timers/promises';
import { readRows, showShape, type Rows } from './array.ts';
import { deadLeaves, standardLeaves } from './dead-leaves.ts';
import { encode } from './encode.ts';
import { dataError } from './error.ts';
import { readDataFile } from './file.ts';
import { readIdx } from './idx.ts';
import { readNpy, readNpyHeader } from './npy.ts';
import { cutPatches, prepareImage, type ImageSet } from './patches.ts';
import { parseDataUri, type ArrayUri, type DeadLeavesUri, type ImageRange, type PatchesUri } from './uri.ts';

export interface Dataset {
  readonly uri: string;
  readonly rows: number;
  readonly columns: number;
  /** Shape of one example, such as [28, 28]; [] when an example is one number. */
  readonly shape: readonly number[];
  /** rows * columns, row by row. */
  readonly values: Float32Array<ArrayBuffer>;
  /** One line: what it is and how it was made. */
  readonly note: string;
}

export interface LoadOptions {
  /** Stops between pieces of work; the promise is then rejected with the signal's reason or an AbortError. */
  readonly signal?: AbortSignal;
}

/** Loads or makes the data that a URI names (`src/data/uri.ts` has the forms). Throws a `DataError`. */
export async function loadData(uri: string, options: LoadOptions = {}): Promise<Dataset> {
  const { signal } = options;
  const parsed = parseDataUri(uri);
  signal?.throwIfAborted();
  switch (parsed.scheme) {
    case 'idx':
    case 'npy':
      return loadArray(parsed, signal);
    case 'patches':
      return cut(parsed, await imagesOfFile(parsed, signal), `natural images of ${parsed.path}`);
    case 'dead-leaves':
      return cut(parsed, await generatedImages(parsed, signal), describeLeaves);
    default:
      return parsed satisfies never;
  }
}

const { side, smallest, largest } = standardLeaves;
const describeLeaves = `generated dead-leaves images (${side}x${side}, radii p(r) ~ r^-3 from ${smallest} to ${largest})`;

async function loadArray(parsed: ArrayUri, signal: AbortSignal | undefined): Promise<Dataset> {
  const { uri, path, scheme } = parsed;
  const file = await readDataFile(uri, path, signal);
  const { how, ...data } = encode(parsed, scheme === 'idx' ? readIdx(file, parsed) : readNpy(file, parsed));
  const first = parsed.offset;
  const examples = data.shape.length === 0 ? 'single numbers' : `examples of ${showShape(data.shape)}`;
  const note = `${data.rows} ${examples}, rows ${first} to ${first + data.rows - 1} of ${path}; ${how}`;
  return { uri, ...data, note };
}

function cut(parsed: PatchesUri | DeadLeavesUri, set: ImageSet, source: string): Dataset {
  const { uri, size, count, seed, minStd } = parsed;
  const { rows, values } = cutPatches(set, parsed);
  const { first, last } = parsed.images ?? { first: 0, last: set.images.length - 1 };
  const steps = [
    `${rows} patches of ${size}x${size} from images ${first} to ${last} of ${source}`,
    parsed.whiten === 'olshausen' ? 'whitened by f exp(-(f/0.4)^4)' : 'mean removed per image, not whitened',
    `${count} cut with seed ${seed} and those under ${minStd} of the set's deviation dropped`,
    'scaled to unit variance as a set',
  ];
  return { uri, rows, columns: size * size, shape: [size, size], values, note: steps.join('; ') };
}

async function imagesOfFile(parsed: PatchesUri, signal: AbortSignal | undefined): Promise<ImageSet> {
  const { uri, path } = parsed;
  const file = await readDataFile(uri, path, signal);
  const header = readNpyHeader(file);
  if (header.shape.length !== 3) {
    const what = `patches are cut from images x height x width, but the shape is (${header.shape.join(', ')})`;
    const hint = 'save grey images as one array of three axes; a single image needs array[None]';
    throw dataError({ uri, path, what, where: `${file.unit} ${header.shapeAt}`, hint });
  }
  const total = header.shape[0]!;
  const range = parsed.images ?? { first: 0, last: Math.max(0, total - 1) };
  if (total > 0 && range.last >= total) throw pastTheEnd(parsed, range, total);
  const data = readRows(file, header, { offset: range.first, limit: range.last - range.first + 1 });
  return prepare(parsed, data, path, signal);
}

const pastTheEnd = (parsed: PatchesUri, range: ImageRange, total: number): Error =>
  dataError({
    uri: parsed.uri,
    path: parsed.path,
    what: `images=${range.first}-${range.last} is past the end: the file has ${total} images`,
    where: 'option "images"',
    hint: `images are counted from 0: write a range within 0-${total - 1}`,
  });

async function prepare(
  parsed: PatchesUri,
  data: Rows,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ImageSet> {
  const [height, width] = [data.shape[0]!, data.shape[1]!];
  const images: Float32Array[] = [];
  for (let image = 0; image < data.rows; image += 1) {
    await pause(signal);
    const pixels = data.values.subarray(image * data.columns, (image + 1) * data.columns);
    images.push(prepareImage(pixels, height, width, parsed.whiten));
  }
  return { uri: parsed.uri, path, height, width, images };
}

async function generatedImages(parsed: DeadLeavesUri, signal: AbortSignal | undefined): Promise<ImageSet> {
  const images: Float32Array[] = [];
  for (let number = parsed.images.first; number <= parsed.images.last; number += 1) {
    await pause(signal);
    const image = deadLeaves(number, { ...standardLeaves, seed: parsed.seed });
    images.push(prepareImage(image, side, side, parsed.whiten));
  }
  return { uri: parsed.uri, path: null, height: side, width: side, images };
}

/** Lets other work run between images, and stops where the caller asked for it. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
