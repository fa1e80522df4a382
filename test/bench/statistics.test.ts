/** What `npm run bench` makes of times and of results. */
import { describe, expect, it } from 'vitest';
import {
  deviations,
  quantile,
  relativeDifference,
  shareOfOthers,
  spreadOf,
} from '../../bench/harness/statistics.ts';
import { threadCounts } from '../../bench/harness/variants.ts';
import { poisson } from '../../bench/harness/tensors.ts';
import { normal } from '../../bench/harness/generated.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';

describe('a spread', () => {
  it('has the median and the quartiles of Hyndman and Fan, as R and NumPy give them', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25 });
    expect(spreadOf([5])).toEqual({ median: 5, low: 5, high: 5 });
  });

  it('does not change the order of the values, and has nothing to say of none', () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('a difference', () => {
  it('is relative to the root mean square of what was expected', () => {
    expect(relativeDifference(Float32Array.of(3, 4.5), Float32Array.of(3, 4))).toBeCloseTo(0.1, 12);
    expect(relativeDifference(new Float32Array(2), new Float32Array(2))).toBe(0);
  });

  it('is infinite between arrays of other lengths, and not a number where one holds none', () => {
    expect(relativeDifference(new Float32Array(1), new Float32Array(2))).toBe(Infinity);
    expect(relativeDifference(Float32Array.of(NaN), Float32Array.of(1))).toBeNaN();
  });

  it('of counts is the share that differs', () => {
    expect(shareOfOthers(Float32Array.of(1, 2, 3, 5), Float32Array.of(1, 2, 3, 4))).toBe(0.25);
    expect(shareOfOthers(new Float32Array(1), new Float32Array(2))).toBe(1);
  });
});

describe('draws', () => {
  // Each figure is beyond 5 for right draws once in 1.7 million; the seed of the first is fixed.
  it('of a normal variable have mean 0 and variance 1', () => {
    for (const value of deviations(normal(0, [20_000], 1).values, { kind: 'normal' }))
      expect(Math.abs(value)).toBeLessThan(5);
  });

  it('that are shifted or too wide are found out', () => {
    const right = normal(0, [20_000], 1).values;
    expect(
      deviations(
        right.map((value) => value + 0.05),
        { kind: 'normal' },
      )[0],
    ).toBeGreaterThan(5);
    expect(
      deviations(
        right.map((value) => 1.05 * value),
        { kind: 'normal' },
      )[1],
    ).toBeGreaterThan(5);
  });

  it('of the hand-written Poisson sampler have the mean and the variance of their rates', async () => {
    const { tf } = await loadBackend('cpu');
    const logRates = normal(1, [40_000], 1).values;
    const rates = tf.tensor2d(logRates.map(Math.exp), [200, 200]);
    const counts = poisson(tf, rates);
    for (const value of deviations(counts.dataSync<'float32'>(), { kind: 'poisson', logRates }))
      expect(Math.abs(value)).toBeLessThan(5);
    tf.dispose([rates, counts]);
  });
});

it('threads are counted up by doubling, to all cores', () => {
  expect([1, 2, 4, 6].map(threadCounts)).toEqual([[1], [1, 2], [1, 2, 4], [1, 2, 4, 6]]);
});
