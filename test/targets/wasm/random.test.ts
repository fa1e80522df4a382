/** Random numbers in WebAssembly against those of JavaScript, from the same keys. */
import { describe, expect, it } from 'vitest';
import { fillNoise } from '../../../src/runtime/noise.ts';
import { fillBlocks, keyOf, type Key } from '../../../src/runtime/random.ts';
import { fillArrivalTimes } from '../../../src/targets/wasm/random/arrivals.ts';
import { fill } from '../../../src/targets/wasm/random/fill.ts';
import { noiseNames, type NoiseName } from '../../../src/targets/wasm/random/noise.ts';
import { instantiate } from './arrays.ts';
import { unitInLastPlace } from './float-errors.ts';

const most = 2 ** 18;
const base = 16;
const { memory, functions, bytes } = instantiate(
  [...noiseNames.map(fill), fillArrivalTimes],
  (4 * most) / 2 ** 16 + 1,
);

/** Elements `offset`, `offset` + 1, ... of a draw. */
const drawn = (name: NoiseName, key: Key, offset: number, count: number): Float32Array => {
  functions[`fill_${name}`]!(...key, offset % 2 ** 32, Math.floor(offset / 2 ** 32), count, base);
  return new Float32Array(memory.buffer, base, count).slice();
};
const wordsOf = (floats: Float32Array): Int32Array => new Int32Array(floats.buffer);

describe('words are those of fillBlocks', () => {
  it.each([0, 1, 12, 2 ** 33 - 9, 2 ** 33 - 6, 2 ** 53 - 100])(
    'from word %d on, for any number of them',
    (offset) => {
      const key = keyOf(11, 2, offset);
      const expected = new Int32Array(64);
      fillBlocks(key, Math.floor(offset / 2), 32, expected);
      for (const count of [0, 1, 2, 7, 8, 9, 31, 32, 33, 50, 63])
        expect(wordsOf(drawn('words', key, offset, count))).toEqual(
          expected.slice(offset % 2, (offset % 2) + count),
        );
    },
  );

  it('nothing is written beside them', () => {
    const around = new Float32Array(memory.buffer, base - 4, 24).fill(99);
    drawn('standard_normal', keyOf(1), 3, 22);
    expect([around[0], around[23]]).toEqual([99, 99]);
  });
});

describe('noise', () => {
  const keys = [1, 2, 3, 4].map((seed) => keyOf(seed, 9));
  const expected = <T extends Float32Array | Float64Array>(name: NoiseName, key: Key, target: T): T => {
    if (name !== 'words') fillNoise(name, key, target, 5);
    return target;
  };

  it('uniform numbers are the same', () => {
    for (const key of keys) {
      const same = expected('standard_uniform', key, new Float32Array(most));
      expect(wordsOf(drawn('standard_uniform', key, 5, most))).toEqual(wordsOf(same));
    }
  });

  it.each([
    ['standard_normal', 5, 1e-6],
    ['standard_exponential', 2, 1.2e-6],
    ['standard_logistic', 7, 2e-6],
  ] as const)('%s numbers are those of float64 up to %d units in the last place', (name, units, size) => {
    for (const key of keys) {
      const values = drawn(name, key, 5, most);
      const exact = expected(name, key, new Float64Array(most));
      const errors = exact.map((x, i) => Math.abs(values[i]! - x));
      expect(
        errors.map((error, i) => error / unitInLastPlace(exact[i]!)).reduce((a, b) => Math.max(a, b)),
      ).toBeLessThan(units);
      expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(size);
    }
  });

  it('does not depend on where a draw is cut', () => {
    for (const name of noiseNames) {
      const whole = drawn(name, keys[0]!, 0, 100);
      const parts = [
        drawn(name, keys[0]!, 0, 33),
        drawn(name, keys[0]!, 33, 5),
        drawn(name, keys[0]!, 38, 62),
      ];
      expect(wordsOf(Float32Array.from(parts.flatMap((part) => [...part])))).toEqual(wordsOf(whole));
    }
  });

  it('arrival times are sums of waiting times in rows', () => {
    const [rowLength, count, offset] = [7, 21, 14];
    const waiting = drawn('standard_exponential', keys[0]!, offset, count);
    functions['fill_arrival_times']!(...keys[0]!, offset, 0, count, base, rowLength);
    let time = 0;
    const expected = waiting.map((wait, at) => (time = (at % rowLength === 0 ? 0 : time) + wait));
    expect(new Float32Array(memory.buffer, base, count)).toEqual(expected);
  });

  it('all kinds of it are a module of 60 KB', () => {
    expect(bytes.length).toBeLessThan(60_000);
  });
});
