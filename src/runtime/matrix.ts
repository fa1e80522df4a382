/**
 * Functions of square matrices, in float64: small matrices, one after another, row-major. A matrix without a value (singular, not
 * positive definite) gives what float arithmetic gives for a number without one: infinities or NaN, no error.
 */

/** Inverses of a batch of matrices of `size` rows. */
export const invertMatrices = (matrices: ArrayLike<number>, size: number): Float64Array => {
  const result = new Float64Array(matrices.length);
  const work = new Float64Array(size * size);
  forEachMatrix(matrices, size, work, (start) => {
    const inverse = result.subarray(start, start + size * size);
    for (let i = 0; i < size; i++) inverse[i * size + i] = 1;
    const { sign } = eliminate(work, size, inverse);
    if (sign === 0) return void inverse.fill(NaN);
    for (let row = size - 1; row >= 0; row--) {
      for (let column = 0; column < size; column++) {
        let value = inverse[row * size + column]!;
        for (let k = row + 1; k < size; k++) value -= work[row * size + k]! * inverse[k * size + column]!;
        inverse[row * size + column] = value / work[row * size + row]!;
      }
    }
  });
  return result;
};

/** log |det M| of a batch of matrices of `size` rows; −∞ for singular ones. */
export const logDeterminants = (matrices: ArrayLike<number>, size: number): Float64Array => {
  const result = new Float64Array(size === 0 ? 0 : matrices.length / (size * size));
  const work = new Float64Array(size * size);
  forEachMatrix(matrices, size, work, (start) => {
    result[start / (size * size)] = eliminate(work, size, null).logDeterminant;
  });
  return result;
};

/** Lower Cholesky factors of the symmetric parts of a batch of matrices of `size` rows; NaN where one is not positive definite. */
export const choleskyFactors = (matrices: ArrayLike<number>, size: number): Float64Array => {
  const result = new Float64Array(matrices.length);
  const work = new Float64Array(size * size);
  forEachMatrix(matrices, size, work, (start) => {
    const factor = result.subarray(start, start + size * size);
    for (let row = 0; row < size; row++) {
      for (let column = 0; column <= row; column++) {
        let value = (work[row * size + column]! + work[column * size + row]!) / 2;
        for (let k = 0; k < column; k++) value -= factor[row * size + k]! * factor[column * size + k]!;
        // The square root of a number below zero is NaN, and what is computed from it too.
        factor[row * size + column] =
          row === column ? Math.sqrt(value) : value / factor[column * size + column]!;
      }
    }
  });
  return result;
};

/** Visits each matrix of a batch with a copy of it in `work`. */
const forEachMatrix = (
  matrices: ArrayLike<number>,
  size: number,
  work: Float64Array,
  visit: (start: number) => void,
): void => {
  const entries = size * size;
  for (let start = 0; start < matrices.length; start += entries) {
    for (let i = 0; i < entries; i++) work[i] = matrices[start + i]!;
    visit(start);
  }
};

/**
 * Gaussian elimination with row exchanges: leaves the upper triangle of `matrix` and does the same steps on `right`.
 * `sign` is that of the determinant, 0 for a singular matrix.
 */
const eliminate = (
  matrix: Float64Array,
  size: number,
  right: Float64Array | null,
): { readonly sign: number; readonly logDeterminant: number } => {
  let sign = 1;
  let logDeterminant = 0;
  for (let column = 0; column < size; column++) {
    let best = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(matrix[row * size + column]!) > Math.abs(matrix[best * size + column]!)) best = row;
    if (best !== column) {
      exchangeRows(matrix, size, best, column);
      if (right !== null) exchangeRows(right, size, best, column);
      sign = -sign;
    }
    const pivot = matrix[column * size + column]!;
    if (pivot === 0) return { sign: 0, logDeterminant: -Infinity };
    if (pivot < 0) sign = -sign;
    logDeterminant += Math.log(Math.abs(pivot));
    for (let row = column + 1; row < size; row++) {
      const multiple = matrix[row * size + column]! / pivot;
      if (multiple === 0) continue;
      subtractRow(matrix, size, row, column, multiple);
      if (right !== null) subtractRow(right, size, row, column, multiple);
    }
  }
  return { sign, logDeterminant };
};

const exchangeRows = (matrix: Float64Array, size: number, first: number, second: number): void => {
  for (let k = 0; k < size; k++) {
    const kept = matrix[first * size + k]!;
    matrix[first * size + k] = matrix[second * size + k]!;
    matrix[second * size + k] = kept;
  }
};

/** row −= multiple · pivot row. */
const subtractRow = (
  matrix: Float64Array,
  size: number,
  row: number,
  pivot: number,
  multiple: number,
): void => {
  for (let k = 0; k < size; k++) matrix[row * size + k]! -= multiple * matrix[pivot * size + k]!;
};
