import { describe, expect, it } from 'vitest';
import { initialise } from '../../src/runtime/initialise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import { falseAlarm, kolmogorovSmirnovTest, normalCumulative } from '../support/goodness.ts';

// Statistical checks here: 5, each with the false alarm rate 1e-4 (together at most 5e-4).

const uniformOn = (low: number, high: number) => (x: number) => (x - low) / (high - low);

describe('initialise', () => {
  it('fills a shape with a constant', () => {
    expect(initialise({ kind: 'constant', value: -2.5 }, [2, 2], keyOf(1))).toEqual(
      new Float32Array(4).fill(-2.5),
    );
    expect(initialise({ kind: 'constant', value: 3 }, [], keyOf(1))).toEqual(Float32Array.of(3));
    expect(initialise({ kind: 'constant', value: 3 }, [4, 0], keyOf(1)).length).toBe(0);
  });

  it('draws from a normal distribution of the given mean and standard deviation', () => {
    const values = initialise({ kind: 'normal', mean: 3, sd: 0.2 }, [100, 200], keyOf(2));
    expect(kolmogorovSmirnovTest(values, (x) => normalCumulative((x - 3) / 0.2))).toBeGreaterThan(falseAlarm);
  });

  it('draws uniformly between the ends', () => {
    const values = initialise({ kind: 'uniform', low: -6, high: -4 }, [20_000], keyOf(3));
    expect(values.every((value) => value >= -6 && value <= -4)).toBe(true);
    expect(kolmogorovSmirnovTest(values, uniformOn(-6, -4))).toBeGreaterThan(falseAlarm);
  });

  it('draws by Glorot with variance 2 / (fan in + fan out)', () => {
    const limit = (sum: number) => Math.sqrt(6 / sum);
    for (const [shape, fans] of [
      [[300, 100], 400],
      [[5, 40, 60], 500],
      [[20_000], 40_000],
    ] as const) {
      const values = initialise({ kind: 'glorot' }, shape, keyOf(4));
      expect(kolmogorovSmirnovTest(values, uniformOn(-limit(fans), limit(fans)))).toBeGreaterThan(falseAlarm);
    }
  });

  it('depends on its key alone', () => {
    const normal = { kind: 'normal', mean: 0, sd: 1 } as const;
    expect(initialise(normal, [50], keyOf(5))).toEqual(initialise(normal, [50], keyOf(5)));
    expect(initialise(normal, [50], keyOf(5))).not.toEqual(initialise(normal, [50], keyOf(6)));
  });

  it('refuses sizes, scales and intervals that make no sense', () => {
    expect(() => initialise({ kind: 'glorot' }, [2, 1.5], keyOf(1))).toThrow(
      /whole numbers, but its shape is \[2, 1\.5\]/,
    );
    expect(() => initialise({ kind: 'normal', mean: 0, sd: -1 }, [2], keyOf(1))).toThrow(/at least 0/);
    expect(() => initialise({ kind: 'uniform', low: 1, high: 0 }, [2], keyOf(1))).toThrow(/lower end first/);
  });
});
