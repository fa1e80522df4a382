import { describe, expect, it } from 'vitest';
import {
  chiSquareTail,
  chiSquareTest,
  discreteTest,
  kolmogorovSmirnovTest,
  kolmogorovTail,
  normalCumulative,
} from './goodness.ts';

// Expected values: tables of the distributions and 50-digit arithmetic; none is read back from the code.
describe('goodness of fit', () => {
  it('knows the tail of chi-square', () => {
    expect(chiSquareTail(3.841458820694124, 1)).toBeCloseTo(0.05, 12);
    expect(chiSquareTail(29.588298445074415, 10)).toBeCloseTo(0.001, 12);
    expect(chiSquareTail(250, 200)).toBeCloseTo(0.0093791316688261, 12);
    expect(chiSquareTail(2, 2)).toBeCloseTo(Math.exp(-1), 14);
    expect(chiSquareTail(0, 3)).toBe(1);
  });

  it('knows the tail of the normal distribution', () => {
    expect(normalCumulative(-1.959963984540054)).toBeCloseTo(0.025, 12);
    expect(normalCumulative(3)).toBeCloseTo(0.9986501019683699, 12);
  });

  it('knows the tail of Kolmogorov, continuous where its two series meet', () => {
    expect(kolmogorovTail(1.358098)).toBeCloseTo(0.05, 5);
    expect(kolmogorovTail(1.627624)).toBeCloseTo(0.01, 5);
    expect(kolmogorovTail(1 - 1e-12)).toBeCloseTo(kolmogorovTail(1), 10);
  });

  it('gives evenly spaced points the p-value 1 and points of half the range 0', () => {
    const points = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
    expect(kolmogorovSmirnovTest(points, (x) => x)).toBe(1);
    expect(kolmogorovSmirnovTest(points, (x) => Math.min(1, 2 * x))).toBeLessThan(1e-12);
    expect(kolmogorovSmirnovTest([NaN, 0.5], (x) => x)).toBe(0);
  });

  it('pools small cells and refuses draws that are not in the support', () => {
    expect(chiSquareTest([50, 50, 1], [50, 50, 1])).toBe(1);
    expect(discreteTest([0, 1, 1.5], () => Math.log(0.5), 0, 1)).toBe(0);
    expect(discreteTest([0, 1, NaN], () => Math.log(0.5), 0, 1)).toBe(0);
    expect(discreteTest([0, 2], () => Math.log(0.5), 0, 1)).toBe(0);
  });
});
