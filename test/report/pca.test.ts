import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '../../src/report/eigen.ts';
import { principalComponents } from '../../src/report/pca.ts';
import { minimiseSimplex } from '../../src/report/simplex.ts';
import { randomSource } from './samples.ts';

function matrixOf(size: number, entry: (row: number, column: number) => number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, place) =>
    entry(Math.floor(place / size), place % size),
  );
}

/** Largest entry of A v - lambda v over all pairs, and of V Vᵀ - 1. */
function errors(matrix: Float64Array, size: number): { residual: number; orthogonality: number } {
  const { values, vectors } = symmetricEigen(matrix, size);
  let residual = 0;
  let orthogonality = 0;
  for (let pair = 0; pair < size; pair++) {
    const vector = vectors.subarray(pair * size, (pair + 1) * size);
    for (let row = 0; row < size; row++) {
      let image = 0;
      let overlap = 0;
      for (let column = 0; column < size; column++) {
        image += matrix[row * size + column]! * vector[column]!;
        overlap += vectors[row * size + column]! * vector[column]!;
      }
      residual = Math.max(residual, Math.abs(image - values[pair]! * vector[row]!));
      orthogonality = Math.max(orthogonality, Math.abs(overlap - (row === pair ? 1 : 0)));
    }
  }
  return { residual, orthogonality };
}

describe('symmetricEigen', () => {
  it('finds the spectrum of the second-difference matrix, 2 - 2 cos(k pi / (n + 1))', () => {
    const size = 50;
    const matrix = matrixOf(size, (row, column) =>
      row === column ? 2 : Math.abs(row - column) === 1 ? -1 : 0,
    );
    const { values } = symmetricEigen(matrix, size);
    values.forEach((value, place) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((size - place) * Math.PI) / (size + 1)), 12);
    });
  });

  it('finds the circulant spectrum, whose values come in equal pairs', () => {
    const size = 24;
    const ring = (row: number, column: number): number =>
      Math.min((row - column + size) % size, (column - row + size) % size);
    const matrix = matrixOf(size, (row, column) => 0.5 ** ring(row, column));
    const expected = Array.from({ length: size }, (_, k) =>
      Array.from(
        { length: size },
        (_, j) => 0.5 ** ring(0, j) * Math.cos((2 * Math.PI * j * k) / size),
      ).reduce((a, b) => a + b),
    ).sort((a, b) => b - a);
    Array.from(symmetricEigen(matrix, size).values).forEach((value, k) =>
      expect(value).toBeCloseTo(expected[k]!, 12),
    );
    expect(errors(matrix, size).orthogonality).toBeLessThan(1e-12);
  });

  it('gives orthonormal eigenvectors of random, diagonal, singular and zero matrices', () => {
    const { normal } = randomSource(5);
    const size = 40;
    const factor = matrixOf(size, () => normal());
    const at = (row: number, column: number): number => factor[row * size + column]!;
    const rank = (terms: number) =>
      matrixOf(size, (row, column) =>
        Array.from({ length: terms }, (_, k) => at(row, k) * at(column, k)).reduce((a, b) => a + b, 0),
      );
    const cases = [
      matrixOf(size, (row, column) => at(row, column) + at(column, row)),
      matrixOf(size, (row, column) => (row === column ? row - 7 : 0)),
      rank(3),
      matrixOf(size, (row, column) => (row < 20 || column < 20 ? 0 : at(row, column) + at(column, row))),
      matrixOf(size, () => 0),
      matrixOf(size, () => 1),
    ];
    for (const matrix of cases) {
      const { residual, orthogonality } = errors(matrix, size);
      expect(residual).toBeLessThan(1e-10);
      expect(orthogonality).toBeLessThan(1e-12);
    }
  });

  it('handles the smallest sizes', () => {
    expect(symmetricEigen(Float64Array.of(4), 1)).toEqual({
      values: Float64Array.of(4),
      vectors: Float64Array.of(1),
    });
    expect(Array.from(symmetricEigen(Float64Array.of(0, 1, 1, 0), 2).values)).toEqual([
      expect.closeTo(1, 14),
      expect.closeTo(-1, 14),
    ]);
  });
});

describe('principalComponents', () => {
  it('finds planted directions and their variances, largest first, whatever the mean', () => {
    const { normal } = randomSource(6);
    const [rows, columns] = [4000, 30];
    // Two orthogonal waves with standard deviations 5 and 2, and white noise of 0.1.
    const wave = (column: number, k: number): number =>
      Math.sqrt(2 / columns) * Math.cos((2 * Math.PI * k * column) / columns);
    const data = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const [first, second] = [5 * normal(), 2 * normal()];
      for (let column = 0; column < columns; column++) {
        data[row * columns + column] =
          100 + first * wave(column, 2) + second * wave(column, 5) + 0.1 * normal();
      }
    }
    const { components, variance, count } = principalComponents(data, rows, columns, 3);
    expect(count).toBe(3);
    expect(Math.abs(variance[0]! / 25 - 1)).toBeLessThan(0.08);
    expect(Math.abs(variance[1]! / 4 - 1)).toBeLessThan(0.08);
    expect(variance[2]!).toBeLessThan(0.02);
    for (const [component, k] of [
      [0, 2],
      [1, 5],
    ] as const) {
      // prettier-ignore
      let overlap = 0;
      for (let column = 0; column < columns; column++)
        overlap += components[column * count + component]! * wave(column, k);
      expect(Math.abs(overlap)).toBeGreaterThan(0.999);
    }
  });

  it('leaves out directions without variance', () => {
    const { normal } = randomSource(7);
    const data = Float32Array.from({ length: 100 * 6 }, (_, place) => (place % 6 < 2 ? normal() : 3));
    expect(principalComponents(data, 100, 6, 6).count).toBe(2);
  });

  it('refuses sizes that do not fit and values that are not finite', () => {
    expect(() => principalComponents(new Float32Array(7), 2, 3, 1)).toThrow(RangeError);
    expect(() => principalComponents(Float32Array.of(1, NaN, 2, 3), 2, 2, 1)).toThrow('not finite');
  });
});

it('minimiseSimplex finds the minimum of a curved valley', () => {
  const rosenbrock = (point: Float64Array): number =>
    100 * (point[1]! - point[0]! ** 2) ** 2 + (1 - point[0]!) ** 2;
  const { point, value } = minimiseSimplex(rosenbrock, [-1.2, 1], [0.5, 0.5], 1000, 1e-14);
  expect(value).toBeLessThan(1e-10);
  expect(point[0]).toBeCloseTo(1, 4);
});
