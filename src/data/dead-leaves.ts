/**
 * Dead leaves: discs that hide one another, the simplest images with the edges, occlusions and scale invariance of
 * natural scenes (Lee, Mumford and Huang 2001, "Occlusion models for natural images", IJCV 41). Radii follow
 * p(r) = c r^-3 between two ends, places and greys are uniform. The image is a torus, as whitening takes it to be.
 */
import { fillNoise } from '../runtime/noise.ts';
import { keyOf } from '../runtime/random.ts';
import { dataStreams } from './streams.ts';

export interface LeavesSettings {
  readonly seed: number;
  /** Side of the square image in pixels. A power of two whitens fastest. */
  readonly side: number;
  /** Ends of the power law, in pixels; the larger is under half the side. */
  readonly smallest: number;
  readonly largest: number;
  /** Pixels on a rim are covered in part. */
  readonly antialias: boolean;
}

/** Images of 256 x 256, leaves from 2 pixels to nearly half the side. */
export const standardLeaves: Omit<LeavesSettings, 'seed'> = {
  side: 256,
  smallest: 2,
  largest: 120,
  antialias: true,
};

/** Light that still passes where a pixel counts as covered: under one grey level of 256. */
const covered = 1 / 256;
const leavesAtOnce = 1024;

/**
 * Image `number` of a seed: side * side greys in [0, 1]. Leaves are laid from the front to the back until no pixel
 * is open, which draws the stationary law exactly (Kendall and Thoennes 1999). Only +, -, *, / and square roots
 * are used, so the image is the same on every machine.
 */
export function deadLeaves(number: number, settings: LeavesSettings): Float32Array<ArrayBuffer> {
  const { seed, side, smallest, largest } = settings;
  const canvas: Canvas = {
    side,
    light: new Float64Array(side * side),
    open: new Float64Array(side * side).fill(1),
  };
  const draws = new Float64Array(4 * leavesAtOnce);
  let left = side * side;
  for (let block = 0; left > 0; block += 1) {
    fillNoise('standard_uniform', keyOf(seed, dataStreams.leaves, number, block), draws, 0);
    for (let leaf = 0; leaf < draws.length && left > 0; leaf += 4) {
      const u = draws[leaf + 2]!;
      // Inverse of the distribution function of c r^-3.
      const radius = 1 / Math.sqrt((1 - u) / (smallest * smallest) + u / (largest * largest));
      const [x, y, grey] = [draws[leaf]! * side, draws[leaf + 1]! * side, draws[leaf + 3]!];
      left -= layLeaf(canvas, { x, y, radius, grey, rim: settings.antialias ? 0.5 : 0 });
    }
  }
  // What little light still passes shows the leaf in front.
  return Float32Array.from(canvas.light, (light, pixel) => light / (1 - canvas.open[pixel]!));
}

interface Canvas {
  readonly side: number;
  /** Light gathered so far, and the share of it that comes from further back. */
  readonly light: Float64Array;
  readonly open: Float64Array;
}
interface Leaf {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly grey: number;
  /** Half the width over which cover falls from 1 to 0. */
  readonly rim: number;
}

/** Lays a leaf behind all earlier ones; returns how many pixels it closed. */
function layLeaf(canvas: Canvas, leaf: Leaf): number {
  const { side, light, open } = canvas;
  const reach = leaf.radius + leaf.rim;
  let closed = 0;
  for (let y = Math.ceil(leaf.y - reach); y <= leaf.y + reach; y += 1) {
    const row = ((y + side) % side) * side;
    const vertical = (y - leaf.y) * (y - leaf.y);
    for (let x = Math.ceil(leaf.x - reach); x <= leaf.x + reach; x += 1) {
      const pixel = row + ((x + side) % side);
      const before = open[pixel]!;
      if (before <= covered) continue;
      const distance = Math.sqrt(vertical + (x - leaf.x) * (x - leaf.x));
      if (distance >= reach) continue;
      const cover = leaf.rim === 0 ? 1 : Math.min(1, reach - distance);
      const after = before * (1 - cover);
      light[pixel] = light[pixel]! + (before - after) * leaf.grey;
      open[pixel] = after;
      if (after <= covered) closed += 1;
    }
  }
  return closed;
}
