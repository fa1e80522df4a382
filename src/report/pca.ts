import { symmetricEigen } from './eigen.ts';

export interface PrincipalComponents {
  /** [columns, count], row-major: component k is column k, a unit vector, in order of falling variance. */
  readonly components: Float32Array;
  /** Variance along each component, [count]. */
  readonly variance: Float64Array;
  /** Components returned: fewer than asked for when the data have fewer directions with any variance. */
  readonly count: number;
}

/**
 * Principal components of a data set: eigenvectors of its covariance, computed in float64. The covariance
 * costs rows * columns^2 / 2 multiplications; some thousand rows are enough for a few hundred columns.
 *
 * @param values row-major [rows, columns], one example per row
 * @param count components wanted
 * @throws RangeError when the sizes do not fit or a value is not finite
 */
export function principalComponents(
  values: Float32Array,
  rows: number,
  columns: number,
  count: number,
): PrincipalComponents {
  if (values.length !== rows * columns || rows < 2 || columns < 1) {
    throw new RangeError(
      `principalComponents: ${values.length} values are not ${rows} rows (at least 2) of ${columns} columns`,
    );
  }
  if (!values.every(Number.isFinite)) {
    throw new RangeError('principalComponents: some values are not finite');
  }
  const covariance = covarianceOf(values, rows, columns);
  const eigen = symmetricEigen(covariance, columns);
  const floor = 1e-9 * Math.max(eigen.values[0]!, 0);
  let kept = 0;
  while (kept < Math.min(count, columns) && eigen.values[kept]! > floor) kept += 1;
  const components = new Float32Array(columns * kept);
  for (let component = 0; component < kept; component++) {
    for (let column = 0; column < columns; column++) {
      components[column * kept + component] = eigen.vectors[component * columns + column]!;
    }
  }
  return { components, variance: eigen.values.slice(0, kept), count: kept };
}

function covarianceOf(values: Float32Array, rows: number, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      mean[column] = mean[column]! + values[row * columns + column]! / rows;
    }
  }
  const covariance = new Float64Array(columns * columns);
  const centred = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      centred[column] = values[row * columns + column]! - mean[column]!;
    }
    for (let column = 0; column < columns; column++) {
      const value = centred[column]!;
      if (value === 0) continue;
      const start = column * columns;
      for (let other = column; other < columns; other++) {
        covariance[start + other] = covariance[start + other]! + value * centred[other]!;
      }
    }
  }
  for (let column = 0; column < columns; column++) {
    for (let other = column; other < columns; other++) {
      const entry = covariance[column * columns + other]! / (rows - 1);
      covariance[column * columns + other] = entry;
      covariance[other * columns + column] = entry;
    }
  }
  return covariance;
}
