/** Arrays of numbers over event axes. */
import type { NamedArray } from '../../calculus/evaluate.ts';
import { axisOf, type Index } from '../../calculus/expression.ts';

/** Entries along each axis. */
export type Sizes = Readonly<Record<string, number>>;

/** An array over the given indices, by position; a number (or an array without axes) is repeated along them. */
export const filled = (value: number | NamedArray, indices: readonly Index[], sizes: Sizes): NamedArray => {
  const shape = indices.map((index) => {
    const size = sizes[axisOf(index)];
    if (size === undefined) throw new Error(`the axis "${axisOf(index)}" has no size`);
    return size;
  });
  if (typeof value !== 'number' && value.shape.join() === shape.join()) return { ...value, indices };
  if (typeof value !== 'number' && value.shape.length > 0)
    throw new Error(`an array of shape [${value.shape.join(', ')}] where [${shape.join(', ')}] is meant`);
  const number = typeof value === 'number' ? value : value.values[0]!;
  const length = shape.reduce((count, size) => count * size, 1);
  return { indices, shape, values: new Float64Array(length).fill(number) };
};

/** An array from its entries; none: zeros. */
export const arrayOver = (indices: readonly Index[], sizes: Sizes, values: ArrayLike<number>): NamedArray => {
  const shape = indices.map((index) => sizes[axisOf(index)]!);
  const length = shape.reduce((count, size) => count * size, 1);
  return {
    indices,
    shape,
    values: values.length === 0 ? new Float64Array(length) : Float64Array.from(values),
  };
};

/** The same values repeated along the indices that the array lacks. */
export const spread = (
  array: NamedArray,
  indices: readonly Index[],
  shape: readonly number[],
): Float64Array => {
  const length = shape.reduce((count, size) => count * size, 1);
  return Float64Array.from({ length }, (_, position) => {
    let rest = position;
    const places = new Map<Index, number>();
    for (let axis = indices.length - 1; axis >= 0; axis--) {
      places.set(indices[axis]!, rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
    let offset = 0;
    array.indices.forEach((index, axis) => (offset = offset * array.shape[axis]! + places.get(index)!));
    return array.values[offset]!;
  });
};

/** One after the other. */
export const joined = (parts: readonly Float64Array[]): Float64Array => {
  const result = new Float64Array(parts.reduce((count, part) => count + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
};
