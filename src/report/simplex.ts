/**
 * Minimises a function of a few variables without derivatives (Nelder and Mead 1965, with the usual
 * coefficients: reflect 1, expand 2, contract 1/2, shrink 1/2).
 *
 * @param objective value at a point; must be finite
 * @param start first vertex of the simplex
 * @param steps first step along each coordinate, same length as `start`
 * @param evaluations budget of calls to `objective`
 * @param tolerance stop when the values at the vertices differ by less
 */
export function minimiseSimplex(
  objective: (point: Float64Array) => number,
  start: ArrayLike<number>,
  steps: ArrayLike<number>,
  evaluations = 200,
  tolerance = 1e-5,
): { point: Float64Array; value: number } {
  const size = start.length;
  interface Vertex {
    point: Float64Array;
    value: number;
  }
  let used = 0;
  const at = (point: Float64Array): Vertex => {
    used += 1;
    return { point, value: objective(point) };
  };
  const vertices: Vertex[] = [at(Float64Array.from(start))];
  for (let coordinate = 0; coordinate < size; coordinate++) {
    const point = Float64Array.from(start);
    point[coordinate] = point[coordinate]! + steps[coordinate]!;
    vertices.push(at(point));
  }
  const centroid = new Float64Array(size);
  /** The point centroid + amount * (centroid - worst). */
  const along = (worst: Float64Array, amount: number): Vertex =>
    at(centroid.map((centre, coordinate) => centre + amount * (centre - worst[coordinate]!)));

  for (;;) {
    vertices.sort((a, b) => a.value - b.value);
    const best = vertices[0]!;
    const worst = vertices[size]!;
    if (used >= evaluations || worst.value - best.value < tolerance) return best;
    centroid.fill(0);
    for (const { point } of vertices.slice(0, size)) {
      for (let coordinate = 0; coordinate < size; coordinate++) {
        centroid[coordinate] = centroid[coordinate]! + point[coordinate]! / size;
      }
    }
    const reflected = along(worst.point, 1);
    if (reflected.value < best.value) {
      const expanded = along(worst.point, 2);
      vertices[size] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < vertices[size - 1]!.value) {
      vertices[size] = reflected;
    } else {
      const contracted = along(worst.point, reflected.value < worst.value ? 0.5 : -0.5);
      if (contracted.value < Math.min(reflected.value, worst.value)) {
        vertices[size] = contracted;
      } else {
        for (let vertex = 1; vertex <= size; vertex++) {
          const { point } = vertices[vertex]!;
          vertices[vertex] = at(point.map((value, coordinate) => (value + best.point[coordinate]!) / 2));
        }
      }
    }
  }
}
