/** Starting values of parameters. */
import { fillNoise } from './noise.ts';
import type { Key } from './random.ts';

export type Initialiser =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  /** Uniform with variance 2 / (fan in + fan out) (Glorot and Bengio 2010). */
  | { readonly kind: 'glorot' };

/**
 * A new array of independent starting values, in row-major order.
 *
 * For `glorot` the last two axes are fan in and fan out, each times the product of the axes before them; a vector
 * counts its length, and a scalar 1, as both.
 *
 * @param shape sizes of the axes; empty for a scalar
 * @throws Error when a size is not a whole number, a scale is negative, or an interval is reversed
 */
export function initialise(kind: Initialiser, shape: readonly number[], key: Key): Float32Array {
  for (const size of shape) {
    if (Number.isSafeInteger(size) && size >= 0) continue;
    throw new Error(`the sizes of a parameter must be whole numbers, but its shape is [${shape.join(', ')}]`);
  }
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  switch (kind.kind) {
    case 'constant':
      return values.fill(kind.value);
    case 'normal': {
      const { mean, sd } = kind;
      if (!(sd >= 0)) throw new Error(`normal(${mean}, ${sd}) needs a standard deviation of at least 0`);
      fillNoise('standard_normal', key, values, 0);
      return values.map((noise) => mean + sd * noise);
    }
    case 'uniform':
      return uniform(kind.low, kind.high, values, key);
    case 'glorot': {
      const limit = glorotLimit(shape);
      return uniform(-limit, limit, values, key);
    }
    default:
      return kind satisfies never;
  }
}

function uniform(low: number, high: number, values: Float32Array, key: Key): Float32Array {
  if (!(low <= high)) throw new Error(`uniform(${low}, ${high}) needs its lower end first`);
  fillNoise('standard_uniform', key, values, 0);
  return values.map((noise) => low + (high - low) * noise);
}

/** A uniform on (-limit, limit) has variance limit^2 / 3. */
function glorotLimit(shape: readonly number[]): number {
  const fanOut = shape.at(-1) ?? 1;
  const fanIn = shape.at(-2) ?? fanOut;
  const field = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return Math.sqrt(6 / ((fanIn + fanOut) * field));
}
