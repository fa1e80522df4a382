import { encode } from 'fast-png';
import { columnNorms } from './analysis.ts';
import type { ImageShape } from './gabor.ts';
import type { Reconstruction } from './input.ts';

/** A tile of a mosaic: one grey level per pixel, row-major. */
type Tile = Uint8Array;

export interface DictionaryPictureOptions {
  /** `norm` puts the largest element first; `given` keeps the order of the columns. Default `norm`. */
  readonly order?: 'norm' | 'given';
  /** Elements whose picture this one should match in the size of its tiles; by default itself. */
  readonly sizedFor?: number;
}

/**
 * All elements of a dictionary in one picture, each scaled symmetrically about grey: its largest absolute
 * value is black or white and zero is middle grey. Gaps are transparent.
 *
 * @param values row-major [pixels, neurons]: element k is column k
 * @returns a PNG file
 * @throws RangeError when the sizes do not fit
 */
export function dictionaryPicture(
  values: Float32Array,
  pixels: number,
  neurons: number,
  shape: ImageShape,
  options: DictionaryPictureOptions = {},
): Uint8Array {
  if (values.length !== pixels * neurons || pixels !== shape[0] * shape[1]) {
    throw new RangeError(
      `dictionaryPicture: ${values.length} values are not ${neurons} elements of ${shape[0]} x ${shape[1]} pixels`,
    );
  }
  const order = Array.from({ length: neurons }, (_, neuron) => neuron);
  if ((options.order ?? 'norm') === 'norm') {
    const norms = columnNorms(values, pixels, neurons);
    order.sort((a, b) => norms[b]! - norms[a]!);
  }
  const tiles = order.map((neuron) => {
    const element = Float32Array.from({ length: pixels }, (_, pixel) => values[pixel * neurons + neuron]!);
    const extent = largestMagnitude(element);
    return greyTile(element, -extent, extent);
  });
  return mosaic(tiles, shape, columnsFor(Math.max(neurons, options.sizedFor ?? neurons)));
}

/**
 * Originals above their reconstructions, `columns` pairs to a band. Each pair shares one grey scale: that of
 * its original, from zero to its maximum, or symmetric about grey when the original has negative values.
 *
 * @returns a PNG file
 */
export function reconstructionPicture(
  pairs: readonly Reconstruction[],
  shape: ImageShape,
  columns = Math.min(10, pairs.length),
): Uint8Array {
  const tiles: (Tile | null)[] = [];
  for (let start = 0; start < pairs.length; start += columns) {
    const band = Array.from({ length: columns }, (_, column) => pairs[start + column] ?? null);
    tiles.push(...band.map((pair) => pair && pairTile(pair.original, pair.original)));
    tiles.push(...band.map((pair) => pair && pairTile(pair.original, pair.reconstruction)));
  }
  return mosaic(tiles, shape, columns, { bandRows: 2 });
}

/**
 * Draws in one picture, all on one grey scale: from zero to the largest, or symmetric about grey when some are negative. Gaps are
 * grey, since draws may be black and white up to their edges.
 *
 * @param values row-major [draws, pixels], of which the first `count` are shown
 * @returns a PNG file
 */
export function samplesPicture(values: Float32Array, count: number, shape: ImageShape): Uint8Array {
  const pixels = shape[0] * shape[1];
  const shown = values.subarray(0, count * pixels);
  const extent = largestMagnitude(shown);
  const low = shown.some((value) => value < 0) ? -extent : 0;
  const tiles = Array.from({ length: count }, (_, draw) =>
    greyTile(shown.subarray(draw * pixels, (draw + 1) * pixels), low, extent),
  );
  return mosaic(tiles, shape, columnsFor(count), { gaps: greyGap });
}

/** A PNG file as an address that needs no network. */
export function pngAddress(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

function pairTile(original: Float32Array, shown: Float32Array): Tile {
  const extent = largestMagnitude(original);
  const negative = original.some((value) => value < 0);
  return greyTile(shown, negative ? -extent : 0, extent);
}

function largestMagnitude(values: Float32Array): number {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}

/** Linear from `low` (black) to `high` (white), clipped; values that are not finite, and flat tiles, are grey. */
function greyTile(values: Float32Array, low: number, high: number): Tile {
  return Uint8Array.from(values, (value) => {
    if (!(high > low) || !Number.isFinite(value)) return low < 0 || high === low ? 128 : 0;
    return Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low))));
  });
}

/** Columns between 1 and 2 times the square root that leave the fewest empty cells, near 1.4 where several do. */
function columnsFor(count: number): number {
  const root = Math.sqrt(count);
  let best = Math.max(1, Math.ceil(root));
  const cost = (columns: number): number =>
    Math.ceil(count / columns) * columns - count + Math.abs(columns / root - 1.41);
  for (let columns = best; columns <= Math.max(best, 2 * root); columns++) {
    if (cost(columns) < cost(best)) best = columns;
  }
  return best;
}

/** A grey level and how opaque it is. */
type Gap = readonly [grey: number, alpha: number];
const clearGap: Gap = [0, 0];
const greyGap: Gap = [112, 255];

interface MosaicOptions {
  /** Rows that belong together. */
  readonly bandRows?: number;
  readonly gaps?: Gap;
}

/** Tiles on a grid as a grey PNG, magnified by a whole number to about 1000 pixels. */
function mosaic(
  tiles: readonly (Tile | null)[],
  [height, width]: ImageShape,
  widest: number,
  { bandRows = 0, gaps = clearGap }: MosaicOptions = {},
): Uint8Array {
  const scale = Math.max(1, Math.min(8, Math.round(1000 / (Math.max(1, widest) * (width + 1)))));
  const columns = Math.max(1, Math.min(widest, tiles.length));
  const gap = Math.max(1, Math.round(scale * 0.75));
  const bandGap = bandRows > 0 ? 6 * gap : 0;
  const rows = Math.ceil(tiles.length / columns);
  const bands = bandRows > 0 ? Math.floor(Math.max(0, rows - 1) / bandRows) : 0;
  const pictureWidth = Math.max(1, columns * (width * scale + gap) - gap);
  const pictureHeight = Math.max(1, rows * (height * scale + gap) - gap + bands * bandGap);
  const data = new Uint8Array(2 * pictureWidth * pictureHeight).map((_, place) => gaps[place % 2]!);
  tiles.forEach((tile, place) => {
    if (!tile) return;
    const row = Math.floor(place / columns);
    const band = bandRows > 0 ? Math.floor(row / bandRows) : 0;
    const top = row * (height * scale + gap) + band * bandGap;
    const left = (place % columns) * (width * scale + gap);
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const to = 2 * ((top + y) * pictureWidth + left + x);
        data[to] = tile[Math.floor(y / scale) * width + Math.floor(x / scale)]!;
        data[to + 1] = 255;
      }
    }
  });
  return encode({ width: pictureWidth, height: pictureHeight, data, depth: 8, channels: 2 });
}
