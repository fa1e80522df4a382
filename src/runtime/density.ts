/** Draws from densities on the line, and how they move with their parameters, by functions made from `density-source.ts` and the like. */
import { elementStream, type ElementStream } from './element-stream.ts';
import type { Key } from './random.ts';

type Columns = readonly ArrayLike<number>[];

/** A family's own sampler: fills `values`, each from its entry in each column of parameters. */
export type DensitySampler = (
  stream: ElementStream,
  values: Float32Array | Float64Array,
  columns: Columns,
) => void;

/** How draws of a family move with one natural parameter: fills `slopes`. The first column holds the draws. */
export type ImplicitSlope = (slopes: Float32Array | Float64Array, columns: Columns) => void;

/**
 * Fills `target` with independent draws. A draw is NaN when a parameter is not finite, when the density cannot be normalised, or
 * after 1000 rejections.
 *
 * @param offset number of elements of the whole array before `target`, in flattened order
 * @throws Error when an array of parameters is not as long as `target`
 */
export function drawDensity(
  key: Key,
  target: Float32Array | Float64Array,
  offset: number,
  columns: Columns,
  sampler: DensitySampler,
): void {
  requireColumns(columns, target.length);
  sampler(elementStream(key, offset), target, columns);
}

/** Fills `target` with the slopes of draws. Throws as {@link drawDensity} does. */
export function fillSlopes(
  target: Float32Array | Float64Array,
  columns: Columns,
  slope: ImplicitSlope,
): void {
  requireColumns(columns, target.length);
  slope(target, columns);
}

function requireColumns(columns: Columns, draws: number): void {
  columns.forEach((values, number) => {
    if (values.length === draws) return;
    throw new Error(
      `parameter ${number + 1} of a draw has ${values.length} elements, but ${draws} draws were asked for: ` +
        `give one element per draw`,
    );
  });
}
