/**
 * All eigenvalues and eigenvectors of a real symmetric matrix in float64: Householder reduction to
 * tridiagonal form, then QL with implicit shifts (Golub and Van Loan, Matrix Computations, section 8.3).
 * About 3 n^3 multiplications; 784 dimensions take a few seconds.
 *
 * @param matrix row-major [size, size]; only read
 * @returns values in descending order; row k of `vectors` [size, size] is the unit eigenvector of value k
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { values: Float64Array; vectors: Float64Array } {
  const { diagonal, beside, basis } = tridiagonalise(Float64Array.from(matrix), size);
  diagonalise(diagonal, beside, basis, size);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]!);
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => vectors.set(basis.subarray(from * size, (from + 1) * size), to * size));
  return { values: Float64Array.from(order, (from) => diagonal[from]!), vectors };
}

/** Orthogonal `basis` (rows) with basis A basisᵀ tridiagonal; beside[k] couples k and k + 1. Overwrites `a`. */
function tridiagonalise(
  a: Float64Array,
  size: number,
): { diagonal: Float64Array; beside: Float64Array; basis: Float64Array } {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  const reflectors: { first: number; v: Float64Array; scale: number }[] = [];
  const w = new Float64Array(size);
  for (let column = 0; column + 2 < size; column++) {
    const first = column + 1;
    const v = new Float64Array(size);
    let norm = 0;
    for (let row = first; row < size; row++) {
      v[row] = a[column * size + row]!;
      norm += v[row]! ** 2;
    }
    norm = Math.sqrt(norm);
    if (norm === 0) continue;
    // Reflect v onto -sign(v[first]) norm e[first], the choice without cancellation.
    const image = v[first]! > 0 ? -norm : norm;
    v[first] = v[first]! - image;
    const scale = -1 / (image * v[first]);
    // A <- (1 - scale v vᵀ) A (1 - scale v vᵀ) = A - v wᵀ - w vᵀ on the rows that are left.
    let overlap = 0;
    for (let row = first; row < size; row++) {
      let sum = 0;
      for (let other = first; other < size; other++) sum += a[row * size + other]! * v[other]!;
      w[row] = scale * sum;
      overlap += v[row]! * w[row]!;
    }
    for (let row = first; row < size; row++) w[row] = w[row]! - (scale * overlap * v[row]!) / 2;
    for (let row = first; row < size; row++) {
      const vRow = v[row]!;
      const wRow = w[row]!;
      const start = row * size;
      for (let other = first; other < size; other++) {
        a[start + other] = a[start + other]! - vRow * w[other]! - wRow * v[other]!;
      }
    }
    a[column * size + first] = image;
    for (let row = first + 1; row < size; row++) a[column * size + row] = 0;
    reflectors.push({ first, v, scale });
  }
  for (let row = 0; row < size; row++) {
    diagonal[row] = a[row * size + row]!;
    beside[row] = row + 1 < size ? a[row * size + row + 1]! : 0;
  }
  // basis = H_last ... H_1, built so that each reflector only touches the block it acts on.
  const basis = new Float64Array(size * size);
  for (let row = 0; row < size; row++) basis[row * size + row] = 1;
  for (const { first, v, scale } of reflectors.reverse()) {
    for (let row = first; row < size; row++) {
      const start = row * size;
      let sum = 0;
      for (let other = first; other < size; other++) sum += basis[start + other]! * v[other]!;
      sum *= scale;
      for (let other = first; other < size; other++) {
        basis[start + other] = basis[start + other]! - sum * v[other]!;
      }
    }
  }
  return { diagonal, beside, basis };
}

/** QL sweeps until every coupling is negligible; the rotations are applied to the rows of `basis`. */
function diagonalise(diagonal: Float64Array, beside: Float64Array, basis: Float64Array, size: number): void {
  // Relative to the whole matrix: a singular one has couplings between zeros that never settle among themselves.
  const largest = diagonal.reduce(
    (most, value, row) => Math.max(most, Math.abs(value) + Math.abs(beside[row]!)),
    0,
  );
  const negligible = Number.EPSILON * largest;
  for (let start = 0; start < size; start++) {
    for (let sweep = 0; ; sweep++) {
      let end = start;
      while (end + 1 < size && Math.abs(beside[end]!) > negligible) end += 1;
      if (end === start) break;
      if (sweep === 60)
        throw new RangeError('symmetricEigen: no convergence; are all values of the matrix finite?');
      const half = (diagonal[start + 1]! - diagonal[start]!) / (2 * beside[start]!);
      const root = Math.hypot(half, 1);
      let g = diagonal[end]! - diagonal[start]! + beside[start]! / (half + (half >= 0 ? root : -root));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let row = end - 1;
      for (; row >= start; row--) {
        const f = sine * beside[row]!;
        const b = cosine * beside[row]!;
        const length = Math.hypot(f, g);
        beside[row + 1] = length;
        if (length === 0) {
          diagonal[row + 1] = diagonal[row + 1]! - shift;
          beside[end] = 0;
          break;
        }
        sine = f / length;
        cosine = g / length;
        g = diagonal[row + 1]! - shift;
        const turned = (diagonal[row]! - g) * sine + 2 * cosine * b;
        shift = sine * turned;
        diagonal[row + 1] = g + shift;
        g = cosine * turned - b;
        const upper = row * size;
        const lower = upper + size;
        for (let column = 0; column < size; column++) {
          const below = basis[lower + column]!;
          const above = basis[upper + column]!;
          basis[lower + column] = sine * above + cosine * below;
          basis[upper + column] = cosine * above - sine * below;
        }
      }
      if (row >= start) continue;
      diagonal[start] = diagonal[start]! - shift;
      beside[start] = g;
      beside[end] = 0;
    }
  }
}
