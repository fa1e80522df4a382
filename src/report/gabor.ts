import { minimiseSimplex } from './simplex.ts';

/** Height and width of a picture, in pixels. */
export type ImageShape = readonly [height: number, width: number];

/**
 * A Gabor function without its amplitude and phase: an elliptical Gaussian window on a sinusoidal carrier.
 * Lengths are in pixels, frequency in cycles per pixel, orientation in radians: the direction in which the
 * carrier oscillates, modulo pi.
 */
export interface Gabor {
  readonly x: number;
  readonly y: number;
  readonly orientation: number;
  readonly frequency: number;
  /** Standard deviation of the window along the carrier. */
  readonly along: number;
  /** Standard deviation of the window across the carrier, that is along the bars. */
  readonly across: number;
}

export interface GaborFit {
  readonly gabor: Gabor;
  /** Share of the picture's energy that the best amplitude and phase of this Gabor explain, 0 to 1. */
  readonly r2: number;
}

/** Windows narrower than this would fit single pixels. */
const smallestWindow = 0.8;
/** Beyond 4.5 standard deviations the window is below 4e-5 and is skipped. */
const windowReach = 10;

/**
 * The Gabor function that explains most of a picture's energy. Amplitude and phase are linear and solved
 * exactly; a coarse grid over position, orientation, frequency and width gives the starts, and the best two
 * are refined by the simplex method within 0.8 pixels <= widths <= half the shorter side and
 * frequency <= 0.5 cycles per pixel.
 *
 * @param picture row-major, height times width values
 * @param centre where the picture's energy is; starts are placed around it
 */
export function fitGabor(
  picture: Float64Array,
  shape: ImageShape,
  centre: { x: number; y: number },
): GaborFit {
  const [height, width] = shape;
  const side = Math.min(height, width);
  const energy = picture.reduce((sum, value) => sum + value * value, 0);
  const unfitted: Gabor = { ...centre, orientation: 0, frequency: 0, along: side / 2, across: side / 2 };
  if (!(energy > 0)) return { gabor: unfitted, r2: 0 };

  const starts: { point: number[]; r2: number }[] = [];
  const offset = side / 10;
  for (const [right, down] of [
    [0, 0],
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    // prettier-ignore
    for (let direction = 0; direction < 8; direction++) {
      for (const frequency of [0.04, 0.09, 0.15, 0.23, 0.33]) {
        for (const deviation of [0.09 * side, 0.18 * side]) {
          const point = [
            centre.x + right * offset,
            centre.y + down * offset,
            (direction * Math.PI) / 8,
            frequency,
            Math.log(deviation),
            Math.log(deviation),
          ];
          starts.push({ point, r2: explained(picture, shape, bounded(point, shape), energy) });
        }
      }
    }
  }
  starts.sort((a, b) => b.r2 - a.r2);
  let best: GaborFit = { gabor: unfitted, r2: 0 };
  for (const { point } of starts.slice(0, 2)) {
    const objective = (candidate: Float64Array): number =>
      -explained(picture, shape, bounded(candidate, shape), energy);
    const found = minimiseSimplex(objective, point, [1, 1, 0.2, 0.03, 0.3, 0.3], 220, 1e-4);
    if (-found.value > best.r2) best = { gabor: bounded(found.point, shape), r2: -found.value };
  }
  return best;
}

/** Nearest allowed Gabor to a point (x, y, orientation, frequency, log along, log across). */
function bounded(point: ArrayLike<number>, [height, width]: ImageShape): Gabor {
  const clip = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  const widest = Math.min(height, width) / 2;
  const turn = point[2]! % Math.PI;
  return {
    x: clip(point[0]!, 0, width - 1),
    y: clip(point[1]!, 0, height - 1),
    orientation: turn < 0 ? turn + Math.PI : turn,
    frequency: clip(point[3]!, 0, 0.5),
    along: clip(Math.exp(point[4]!), smallestWindow, widest),
    across: clip(Math.exp(point[5]!), smallestWindow, widest),
  };
}

/**
 * Share of `energy` explained by the even and odd Gabor together: the squared length of the picture's
 * projection on the plane they span.
 */
function explained(picture: Float64Array, [height, width]: ImageShape, gabor: Gabor, energy: number): number {
  const cosine = Math.cos(gabor.orientation);
  const sine = Math.sin(gabor.orientation);
  const precisionAlong = 1 / (2 * gabor.along ** 2);
  const precisionAcross = 1 / (2 * gabor.across ** 2);
  const wave = 2 * Math.PI * gabor.frequency;
  const turnCosine = Math.cos(wave * cosine);
  const turnSine = Math.sin(wave * cosine);
  let evenEven = 0;
  let oddOdd = 0;
  let evenOdd = 0;
  let pictureEven = 0;
  let pictureOdd = 0;
  for (let row = 0; row < height; row++) {
    const down = row - gabor.y;
    const phase = wave * (-gabor.x * cosine + down * sine);
    let carrierEven = Math.cos(phase);
    let carrierOdd = Math.sin(phase);
    for (let column = 0; column < width; column++) {
      const right = column - gabor.x;
      const u = right * cosine + down * sine;
      const v = down * cosine - right * sine;
      const distance = u * u * precisionAlong + v * v * precisionAcross;
      if (distance < windowReach) {
        const window = Math.exp(-distance);
        const even = window * carrierEven;
        const odd = window * carrierOdd;
        const value = picture[row * width + column]!;
        evenEven += even * even;
        oddOdd += odd * odd;
        evenOdd += even * odd;
        pictureEven += value * even;
        pictureOdd += value * odd;
      }
      const turned = carrierEven * turnCosine - carrierOdd * turnSine;
      carrierOdd = carrierEven * turnSine + carrierOdd * turnCosine;
      carrierEven = turned;
    }
  }
  const determinant = evenEven * oddOdd - evenOdd * evenOdd;
  if (!(determinant > 1e-9 * evenEven * oddOdd)) {
    // Frequency 0, or a window that sees one pixel: the plane is a line.
    return evenEven > 0 ? pictureEven ** 2 / (evenEven * energy) : 0;
  }
  const projection =
    (pictureEven ** 2 * oddOdd - 2 * pictureEven * pictureOdd * evenOdd + pictureOdd ** 2 * evenEven) /
    determinant;
  return Math.min(1, projection / energy);
}

/** A Gabor drawn on a grid, largest possible value 1; `phase` in radians, 0 for even. Row-major, [height, width]. */
export function drawGabor(gabor: Gabor, phase: number, [height, width]: ImageShape): Float32Array {
  const picture = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const right = column - gabor.x;
      const down = row - gabor.y;
      const u = right * Math.cos(gabor.orientation) + down * Math.sin(gabor.orientation);
      const v = down * Math.cos(gabor.orientation) - right * Math.sin(gabor.orientation);
      const distance = u ** 2 / (2 * gabor.along ** 2) + v ** 2 / (2 * gabor.across ** 2);
      picture[row * width + column] =
        Math.exp(-distance) * Math.cos(2 * Math.PI * gabor.frequency * u + phase);
    }
  }
  return picture;
}
