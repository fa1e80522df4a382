import { describe, expect, it } from 'vitest';
import { fillNoise, permutation } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import type { Noise } from '../../src/schedule/program.ts';
import {
  chiSquareTest,
  correlationTest,
  falseAlarm,
  kolmogorovSmirnovTest,
  meanTest,
  normalCumulative,
  normalTail,
} from '../support/goodness.ts';

// Statistical checks here: 26, each with the false alarm rate 1e-4 (together at most 2.6e-3).

const n = 100_000;

function draw(kind: Noise, seed: number, count = n, offset = 0, rowLength?: number): Float64Array {
  const values = new Float64Array(count);
  fillNoise(kind, keyOf(seed), values, offset, rowLength);
  return values;
}

interface Law {
  readonly kind: Noise;
  readonly cumulative: (x: number) => number;
  readonly mean: number;
  readonly variance: number;
  readonly fourthCentralMoment: number;
}

const laws: readonly Law[] = [
  { kind: 'standard_normal', cumulative: normalCumulative, mean: 0, variance: 1, fourthCentralMoment: 3 },
  {
    kind: 'standard_uniform',
    cumulative: (x) => x,
    mean: 1 / 2,
    variance: 1 / 12,
    fourthCentralMoment: 1 / 80,
  },
  {
    kind: 'standard_exponential',
    cumulative: (x) => 1 - Math.exp(-x),
    mean: 1,
    variance: 1,
    fourthCentralMoment: 9,
  },
  {
    kind: 'standard_logistic',
    cumulative: (x) => 1 / (1 + Math.exp(-x)),
    mean: 0,
    variance: Math.PI ** 2 / 3,
    fourthCentralMoment: (7 * Math.PI ** 4) / 15,
  },
];

describe.each(laws)('$kind noise', ({ kind, cumulative, mean, variance, fourthCentralMoment }) => {
  const draws = draw(kind, 21);

  it('follows its distribution', () => {
    expect(kolmogorovSmirnovTest(draws, cumulative)).toBeGreaterThan(falseAlarm);
  });

  it('would be found out 2 percent too wide or 0.02 standard deviations off', () => {
    expect(
      kolmogorovSmirnovTest(
        draw(kind, 21, 10 * n).map((x) => mean + 1.02 * (x - mean)),
        cumulative,
      ),
    ).toBeLessThan(falseAlarm);
    expect(
      kolmogorovSmirnovTest(
        draws.map((x) => x + 0.02 * Math.sqrt(variance)),
        cumulative,
      ),
    ).toBeLessThan(falseAlarm);
  });

  it('has its mean and its variance', () => {
    expect(meanTest(draws, mean, variance)).toBeGreaterThan(falseAlarm);
    const squares = draws.map((x) => (x - mean) ** 2);
    expect(meanTest(squares, variance, fourthCentralMoment - variance ** 2)).toBeGreaterThan(falseAlarm);
  });

  it('does not depend on its neighbour, in the same block or the next', () => {
    const even = draws.filter((_, position) => position % 2 === 0);
    const odd = draws.filter((_, position) => position % 2 === 1);
    expect(correlationTest(even, odd)).toBeGreaterThan(falseAlarm);
    expect(correlationTest(odd.subarray(0, -1), even.subarray(1))).toBeGreaterThan(falseAlarm);
  });

  it('is the same whatever the chunks', () => {
    const whole = draw(kind, 22, 7001);
    const pieces = new Float64Array(7001);
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 2050],
      [2050, 4099],
      [4099, 7001],
    ] as const) {
      fillNoise(kind, keyOf(22), pieces.subarray(from, to), from);
    }
    expect(pieces).toEqual(whole);
  });

  it('is the same in float32, rounded, and finite', () => {
    const single = new Float32Array(n);
    fillNoise(kind, keyOf(21), single, 0);
    expect(single).toEqual(Float32Array.from(draws));
    expect(single.every(Number.isFinite)).toBe(true);
  });
});

describe('noise', () => {
  it('has the tails of the normal distribution', () => {
    const draws = draw('standard_normal', 23, 2_000_000);
    const edges = [2, 2.5, 3, 3.5, 4, 4.5, Infinity];
    const bins = edges.length - 1;
    const upper = edges.map((edge) => normalTail(edge) / 2);
    // The bins below -2, those above 2, and one for all between.
    const observed = new Float64Array(2 * bins + 1);
    for (const value of draws) {
      const bin = edges.findLastIndex((edge) => edge < Math.abs(value));
      observed[bin < 0 ? 2 * bins : value < 0 ? bin : bins + bin]!++;
    }
    const expected = observed.map((_, cell) => {
      const bin = cell % bins;
      return draws.length * (cell === 2 * bins ? 1 - 2 * upper[0]! : upper[bin]! - upper[bin + 1]!);
    });
    expect(chiSquareTest(observed, expected)).toBeGreaterThan(falseAlarm);
  });

  it('makes no float32 uniform 0 or 1', () => {
    // Elements whose words are the extremes cannot be waited for; 4 million draws still meet the last 2^-22.
    const draws = new Float32Array(4_000_000);
    fillNoise('standard_uniform', keyOf(24), draws, 0);
    let [least, most] = [1, 0];
    for (const value of draws) [least, most] = [Math.min(least, value), Math.max(most, value)];
    expect(least).toBeGreaterThan(0);
    expect(most).toBeLessThan(1);
    expect(most).toBeGreaterThan(1 - 2 ** -19);
  });

  it('goes on beyond 2^32 elements', () => {
    const far = draw('standard_normal', 25, 6, 2 ** 33 - 3);
    expect(far.subarray(3)).toEqual(draw('standard_normal', 25, 3, 2 ** 33));
    expect(far.subarray(3)).not.toEqual(draw('standard_normal', 25, 3, 0));
  });

  it('refuses an offset that is not a whole number', () => {
    expect(() => draw('standard_normal', 1, 2, -1)).toThrow(/offset .* whole number .* -1/);
  });
});

describe('arrival times', () => {
  it('rise within a row and start again in the next, with waiting times that are exponential', () => {
    const rowLength = 10;
    const times = draw('arrival_times', 26, n, 0, rowLength);
    const waits = times.map((time, position) =>
      position % rowLength === 0 ? time : time - times[position - 1]!,
    );
    expect(waits.every((wait) => wait > 0)).toBe(true);
    expect(kolmogorovSmirnovTest(waits, (x) => 1 - Math.exp(-x))).toBeGreaterThan(falseAlarm);
  });

  it('arrive before time 3 a Poisson number of times', () => {
    const [rowLength, rows] = [24, 20_000];
    const times = draw('arrival_times', 27, rows * rowLength, 0, rowLength);
    const counts = Array.from({ length: rows }, (_, row) => {
      const arrivals = times.subarray(row * rowLength, (row + 1) * rowLength);
      return arrivals.filter((time) => time < 3).length;
    });
    expect(meanTest(counts, 3, 3)).toBeGreaterThan(falseAlarm);
    // Var (N - 3)^2 = 3 + 2 * 3^2 for a Poisson N of mean 3.
    expect(
      meanTest(
        counts.map((count) => (count - 3) ** 2),
        3,
        21,
      ),
    ).toBeGreaterThan(falseAlarm);
  });

  it('are the same in pieces of whole rows, and refuse broken rows', () => {
    const whole = draw('arrival_times', 28, 700, 0, 7);
    expect(draw('arrival_times', 28, 350, 350, 7)).toEqual(whole.subarray(350));
    expect(() => draw('arrival_times', 28, 350, 3, 7)).toThrow(/whole rows of 7/);
    expect(() => draw('arrival_times', 28, 350)).toThrow(/length of the last axis/);
  });
});

describe('a permutation', () => {
  it('holds each number once', () => {
    for (const size of [0, 1, 2, 3, 1024, 1025, 5000]) {
      const order = permutation(keyOf(31, size), size);
      expect(order.toSorted()).toEqual(Uint32Array.from({ length: size }, (_, item) => item));
    }
  });

  it('is the same for the same key and another for another', () => {
    expect(permutation(keyOf(32), 1000)).toEqual(permutation(keyOf(32), 1000));
    expect(permutation(keyOf(32), 1000)).not.toEqual(permutation(keyOf(33), 1000));
  });

  it('makes each of the 120 orders of 5 items equally likely', () => {
    const counts = new Map<string, number>();
    const trials = 24_000;
    for (let trial = 0; trial < trials; trial++) {
      const order = permutation(keyOf(34, trial), 5).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(120);
    const observed = [...counts.values()];
    expect(
      chiSquareTest(
        observed,
        observed.map(() => trials / 120),
      ),
    ).toBeGreaterThan(falseAlarm);
  });

  it('sends an item anywhere, also across chunks', () => {
    const [size, trials, cells] = [2000, 1000, 20];
    const counts = new Float64Array(cells);
    for (let trial = 0; trial < trials; trial++) {
      counts[Math.floor((permutation(keyOf(35, trial), size).indexOf(1500) * cells) / size)]!++;
    }
    expect(
      chiSquareTest(
        counts,
        counts.map(() => trials / cells),
      ),
    ).toBeGreaterThan(falseAlarm);
  });

  it('refuses a number of items that is not whole', () => {
    expect(() => permutation(keyOf(1), 2.5)).toThrow(/whole number of items .* 2\.5/);
  });
});
