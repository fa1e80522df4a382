import type { ImageShape } from './gabor.ts';

/** Height and width of examples that are pictures: two axes, or one whose length is a square from 9. */
export function pictureShape(shape: readonly number[], columns: number): ImageShape | null {
  const [height, width, ...rest] = shape;
  if (height !== undefined && width !== undefined && rest.length === 0) return [height, width];
  const side = Math.sqrt(columns);
  return shape.length === 1 && Number.isInteger(side) && side > 2 ? [side, side] : null;
}
