import { drawGabor } from '../../src/report/gabor.ts';
import type { Metric } from '../../src/report/metrics.ts';

/** Uniform and normal numbers from a fixed seed, so that every run sees the same pictures. */
export function randomSource(seed: number): { uniform: () => number; normal: () => number } {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

export const side = 16;
export const pixels = side * side;
export const shape = [side, side] as const;

/** Row-major [pixels, count] from one picture per element. */
export function dictionaryOf(pictures: readonly ArrayLike<number>[]): Float32Array {
  const count = pictures.length;
  const size = pictures[0]?.length ?? 0;
  const values = new Float32Array(size * count);
  pictures.forEach((picture, element) => {
    for (let pixel = 0; pixel < size; pixel++) values[pixel * count + element] = picture[pixel]!;
  });
  return values;
}

export function pictureOf(value: (x: number, y: number) => number): Float32Array {
  return Float32Array.from({ length: pixels }, (_, pixel) => value(pixel % side, Math.floor(pixel / side)));
}

/** A Gabor of simple-cell proportions at a random place, as a unit vector. */
export function randomGabor({ uniform }: { uniform: () => number }): Float32Array {
  const frequency = 0.08 + 0.25 * uniform();
  const deviation = Math.max(1, (0.3 + 0.3 * uniform()) / frequency);
  const picture = drawGabor(
    {
      x: 3 + 9 * uniform(),
      y: 3 + 9 * uniform(),
      orientation: Math.PI * uniform(),
      frequency,
      along: Math.min(deviation, 3),
      across: Math.min(deviation * (1 + uniform()), 4),
    },
    2 * Math.PI * uniform(),
    shape,
  );
  const norm = Math.hypot(...picture);
  return picture.map((value) => value / norm);
}

/** Adds white noise whose expected energy is `energy`. */
export function noisy(
  picture: Float32Array,
  energy: number,
  { normal }: { normal: () => number },
): Float32Array {
  return picture.map((value) => value + Math.sqrt(energy / picture.length) * normal());
}

/** The metrics of an inference with beliefs. */
export const beliefMetrics: readonly Metric[] = [
  { name: 'r2', label: 'R²', doc: 'Share of the squares that is explained.', unit: 'explained' },
  { name: 'zeros', label: 'zeros', doc: 'Share of values that are zero.', unit: 'share' },
  { name: 'free_energy', label: 'free energy', doc: 'Free energy.', unit: 'nats' },
];
