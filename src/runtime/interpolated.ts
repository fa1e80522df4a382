/**
 * A smooth function of one variable from a table of polynomials, one for each piece of an interval: some ten
 * multiplications where the function itself takes a series or a sum. The table is made at the first call.
 */

/** Degree of the polynomials. */
const degree = 10;
/** Chebyshev points of the first kind. */
const points = Float64Array.from({ length: degree + 1 }, (_, i) =>
  Math.cos((Math.PI * (i + 0.5)) / (degree + 1)),
);

/**
 * The function on [low, high) by interpolation in pieces of width 1 / perUnit, outside of it as it stands. The error is
 * that of rounding when singularities of the function lie many half widths away from the line.
 */
export function interpolated(
  of: (x: number) => number,
  low: number,
  high: number,
  perUnit: number,
): (x: number) => number {
  let table: Float64Array | null = null;
  return (x) => {
    if (!(x >= low && x < high)) return of(x);
    table ??= piecewise(of, low, high, perUnit);
    const place = (x - low) * perUnit;
    const piece = Math.floor(place);
    const t = 2 * (place - piece) - 1;
    const first = piece * (degree + 1);
    let sum = table[first + degree]!;
    for (let k = degree - 1; k >= 0; k--) sum = sum * t + table[first + k]!;
    return sum;
  };
}

const piecewise = (of: (x: number) => number, low: number, high: number, perUnit: number): Float64Array => {
  const pieces = Math.round((high - low) * perUnit);
  const table = new Float64Array(pieces * (degree + 1));
  for (let piece = 0; piece < pieces; piece++) {
    const middle = low + (piece + 0.5) / perUnit;
    const values = points.map((point) => of(middle + point / (2 * perUnit)));
    table.set(monomials(chebyshev(values)), piece * (degree + 1));
  }
  return table;
};

/** Coefficients of Chebyshev polynomials from values at `points`. */
const chebyshev = (values: Float64Array): Float64Array =>
  values.map((_, k) => {
    let sum = 0;
    for (let i = 0; i <= degree; i++) sum += values[i]! * Math.cos((Math.PI * k * (i + 0.5)) / (degree + 1));
    return ((k === 0 ? 1 : 2) * sum) / (degree + 1);
  });

/** The same polynomial by powers of t: T₀ = 1, T₁ = t, T_(k+1) = 2 t T_k − T_(k−1). */
const monomials = (coefficients: Float64Array): Float64Array => {
  const result = new Float64Array(degree + 1);
  let before = new Float64Array(degree + 1);
  let now = new Float64Array(degree + 1);
  before[0] = 1;
  now[1] = 1;
  for (let k = 0; k <= degree; k++) {
    for (let power = 0; power <= degree; power++) result[power]! += coefficients[k]! * before[power]!;
    const next = now.map((_, power) => (power === 0 ? 0 : 2 * now[power - 1]!) - before[power]!);
    [before, now] = [now, next];
  }
  return result;
};
