/** Linear equations with a positive semidefinite matrix, which may be singular: Jacobi's rotations, then the pseudo-inverse. */

/** The shortest x with M x = v, as far as v lies in the range of M. */
export const solveSymmetric = (matrix: readonly Float64Array[], vector: Float64Array): Float64Array => {
  // Scaled to a unit diagonal, so that what counts as zero does not depend on the units of the entries.
  const scale = matrix.map((row, n) => 1 / Math.sqrt(Math.max(row[n]!, 1e-300)));
  const scaled = matrix.map((row, n) => row.map((value, m) => value * scale[n]! * scale[m]!));
  const { values, vectors } = eigen(scaled);
  const least = 1e-13 * Math.max(...values, 0);
  const result = new Float64Array(vector.length);
  values.forEach((value, k) => {
    if (!(value > least)) return;
    const direction = vectors[k]!;
    const along = direction.reduce((total, entry, n) => total + entry * scale[n]! * vector[n]!, 0) / value;
    for (let n = 0; n < result.length; n++) result[n]! += along * direction[n]! * scale[n]!;
  });
  return result;
};

/** Eigenvalues and orthonormal eigenvectors (rows) of a symmetric matrix. */
export const eigen = (
  matrix: readonly Float64Array[],
): { readonly values: readonly number[]; readonly vectors: readonly Float64Array[] } => {
  const size = matrix.length;
  const a = matrix.map((row) => row.slice());
  const vectors = matrix.map((_, n) => Float64Array.from({ length: size }, (__, m) => (n === m ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off += a[p]![q]! ** 2;
    if (off < 1e-300) break;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        const cross = a[p]![q]!;
        if (cross === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * cross);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        const turn = (x: Float64Array, y: Float64Array): void => {
          for (let k = 0; k < size; k++) [x[k], y[k]] = [c * x[k]! - s * y[k]!, s * x[k]! + c * y[k]!];
        };
        turn(a[p]!, a[q]!);
        for (const row of a) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
        turn(vectors[p]!, vectors[q]!);
      }
  }
  return { values: a.map((row, n) => row[n]!), vectors };
};
