/** The reference that `npm run teacher` compares students by. */
import { describe, expect, it } from 'vitest';
import { logLikelihoods } from '../../bench/quartic-likelihood.ts';
import type { NumberArrays } from '../../src/runtime/state.ts';

const parameters: NumberArrays = {
  W: { shape: [1, 2], values: Float32Array.of(1.5, -0.75) },
  b0: { shape: [1], values: Float32Array.of(0.5) },
  b1: { shape: [2], values: Float32Array.of(-0.25, 1) },
};
const step = 0.05;
const points = Float64Array.from({ length: 201 }, (_, i) => -5 + step * i);

describe('the log-likelihood of two layers of Quartic units', () => {
  // The trapezoidal rule of the sum over x has no error to speak of: the integrand vanishes smoothly at both ends.
  it.each([
    ['with a normaliser for each layer', true],
    ['with one for both', false],
  ])('integrates to 1 %s', (_, isDirected) => {
    const total = logLikelihoods(parameters, points, isDirected).reduce(
      (sum, value) => sum + Math.exp(value),
      0,
    );
    expect(step * total).toBeCloseTo(1, 8);
  });

  it('is that of independent units where nothing couples them', () => {
    const alone = { ...parameters, W: { shape: [1, 2], values: Float32Array.of(0, 0) } };
    const density = points.map((x) => Math.exp(0.5 * x - x ** 4 / 4));
    const partition = Math.log(density.reduce((sum, value) => sum + step * value, 0));
    for (const isDirected of [true, false])
      logLikelihoods(alone, points.slice(80, 120), isDirected).forEach((value, i) => {
        const x = points[80 + i]!;
        expect(value).toBeCloseTo(0.5 * x - x ** 4 / 4 - partition, 8);
      });
  });
});
