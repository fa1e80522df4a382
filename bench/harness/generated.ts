/** Numbers for inputs, the same on every machine. */
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { sizeOf, type NumberArray } from '../../src/runtime/state.ts';

const seed = 5;

/** Normal numbers of standard deviation `sd`; `which` tells arrays apart. */
export const normal = (which: number, shape: readonly number[], sd: number): NumberArray => {
  const values = new Float32Array(sizeOf(shape));
  fillNoise('standard_normal', keyOf(seed, which), values, 0);
  return { shape, values: values.map((value) => sd * value) };
};

/** 1 with a probability, else 0. */
export const chosen = (which: number, shape: readonly number[], probability: number): NumberArray => {
  const values = new Float32Array(sizeOf(shape));
  fillNoise('standard_uniform', keyOf(seed, which), values, 0);
  return { shape, values: values.map((value) => (value < probability ? 1 : 0)) };
};

export const filled = (shape: readonly number[], value: number): NumberArray => ({
  shape,
  values: new Float32Array(sizeOf(shape)).fill(value),
});

/** Rows of `left` times rows of `right`: `[n, k]` and `[m, k]` give `[n, m]`. */
export const productOfRows = (left: NumberArray, right: NumberArray): NumberArray => {
  const [[n, k], [m]] = [left.shape as [number, number], right.shape as [number, number]];
  const values = new Float32Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += left.values[i * k + l]! * right.values[j * k + l]!;
      values[i * m + j] = sum;
    }
  return { shape: [n, m], values };
};

export const plus = ({ shape, values }: NumberArray, other: NumberArray): NumberArray => ({
  shape,
  values: values.map((value, place) => value + other.values[place]!),
});
