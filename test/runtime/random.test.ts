import { describe, expect, it } from 'vitest';
import {
  fillBlocks,
  foldKey,
  keyOf,
  openUniform,
  threefry2x32,
  uniform53,
  type Key,
} from '../../src/runtime/random.ts';
import { chiSquareTest, correlationTest, falseAlarm, normalTail } from '../support/goodness.ts';

// Statistical checks here: 8, each with the false alarm rate 1e-4 (together at most 8e-4).

function blocks(key: Key, first: number, count: number): Uint32Array {
  const words = new Int32Array(2 * count);
  fillBlocks(key, first, count, words);
  return new Uint32Array(words.buffer);
}

const ones = 0xffff_ffff;
const pi: { counter: Key; key: Key } = { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344] };

describe('Threefry-2x32', () => {
  // The known-answer vectors published with Random123 (kat_vectors).
  it.each([
    [13, [0, 0], [0, 0], [0x9d1c5ec6, 0x8bd50731]],
    [13, [ones, ones], [ones, ones], [0xfd36d048, 0x2d17272c]],
    [13, pi.counter, pi.key, [0xba3e4725, 0xf27d669e]],
    [20, [0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    [20, [ones, ones], [ones, ones], [0x1cb996fc, 0xbb002be7]],
    [20, pi.counter, pi.key, [0xc4923a9c, 0x483df7a0]],
    [32, [0, 0], [0, 0], [0xcee3d47e, 0xa23dfd5c]],
    [32, [ones, ones], [ones, ones], [0x6e2fe0d0, 0xb1b76f82]],
  ] as [number, Key, Key, Key][])(
    'gives the published words after %i rounds',
    (rounds, counter, key, words) => {
      expect(threefry2x32(key, counter, rounds)).toEqual(words);
    },
  );

  it('gives the published words in its unrolled form', () => {
    expect([...blocks([0, 0], 0, 1)]).toEqual([0x6b200159, 0x99ba4efe]);
  });

  it('is the same unrolled as in its plain form, also where the counter passes 2^32', () => {
    for (const first of [0, 77, 2 ** 32 - 3, 2 ** 40 + 2 ** 32 - 2]) {
      const words = blocks(pi.key, first, 6);
      for (let block = 0; block < 6; block++) {
        const counter = first + block;
        expect([words[2 * block], words[2 * block + 1]]).toEqual([
          ...threefry2x32(pi.key, [counter >>> 0, Math.floor(counter / 2 ** 32)]),
        ]);
      }
    }
  });

  it('flips every output bit with probability 1/2 when any bit of key or counter flips', () => {
    const trials = 400;
    const flips = new Float64Array(128 * 64);
    for (let trial = 0; trial < trials; trial++) {
      const [a, b, c, d] = [...blocks(keyOf(11), 2 * trial, 2)] as [number, number, number, number];
      const before = threefry2x32([a, b], [c, d]);
      for (let bit = 0; bit < 128; bit++) {
        const input = [a, b, c, d] as [number, number, number, number];
        input[bit >> 5] = (input[bit >> 5]! ^ (1 << (bit & 31))) >>> 0;
        const after = threefry2x32([input[0], input[1]], [input[2], input[3]]);
        for (let out = 0; out < 64; out++) {
          flips[64 * bit + out]! += ((before[out >> 5]! ^ after[out >> 5]!) >>> (out & 31)) & 1;
        }
      }
    }
    const largest = flips.reduce((most, count) => Math.max(most, Math.abs(count - trials / 2)), 0);
    // One check of 8192 cells by Bonferroni's inequality.
    expect(normalTail((largest - 0.5) / Math.sqrt(trials / 4)) * flips.length).toBeGreaterThan(falseAlarm);
    const total = flips.reduce((sum, count) => sum + count, 0);
    expect(
      normalTail((total - (trials * flips.length) / 2) / Math.sqrt((trials * flips.length) / 4)),
    ).toBeGreaterThan(falseAlarm);
  });

  it('has uniform bytes in every place of a word', () => {
    const words = blocks(keyOf(12), 0, 50_000);
    for (let byte = 0; byte < 4; byte++) {
      const counts = new Float64Array(256);
      for (const word of words) counts[(word >>> (8 * byte)) & 255]!++;
      expect(
        chiSquareTest(
          counts,
          counts.map(() => words.length / 256),
        ),
      ).toBeGreaterThan(falseAlarm);
    }
  });
});

describe('keys', () => {
  it('differ for lists of folds that differ in value, order or length', () => {
    const lists = [
      [],
      [0],
      [1],
      [1, 0],
      [0, 1],
      [1, 2],
      [2, 1],
      [0, 0],
      [0, 0, 0],
      [1, 2, 0],
      [2 ** 32],
      [2 ** 32 + 1],
    ];
    const keys = [1, 2 ** 32 + 1, 2 ** 53 - 1].flatMap((seed) =>
      lists.map((folds) => keyOf(seed, ...folds).join()),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('do not collide over a grid of seeds, sites, iterations and counters', () => {
    const keys = new Set<number>();
    for (let seed = 0; seed < 10; seed++) {
      for (let site = 0; site < 10; site++) {
        for (let iteration = 0; iteration < 100; iteration++) {
          for (const [a, b] of [keyOf(seed, site, iteration), keyOf(seed, site, 0, iteration)])
            keys.add(a * 2 ** 21 + b);
        }
      }
    }
    expect(keys.size).toBe(20_000);
  });

  it('are folded one number at a time', () => {
    expect(foldKey(foldKey(keyOf(5), 6), 7)).toEqual(keyOf(5, 6, 7));
  });

  it('are never words of their parent stream', () => {
    const parent = keyOf(3);
    const words = blocks(parent, 0, 4);
    for (let fold = 0; fold < 4; fold++) {
      expect(foldKey(parent, fold)).not.toEqual([words[2 * fold], words[2 * fold + 1]]);
    }
  });

  it('of neighbours give uncorrelated streams', () => {
    const stream = (key: Key) => Float64Array.from(blocks(key, 0, 20_000), openUniform);
    const base = stream(keyOf(0, 1));
    expect(correlationTest(base, stream(keyOf(1, 1)))).toBeGreaterThan(falseAlarm);
    expect(correlationTest(base, stream(keyOf(0, 2)))).toBeGreaterThan(falseAlarm);
  });

  it.each([-1, 0.5, NaN, 2 ** 53, Infinity])('cannot be made from %d', (number) => {
    expect(() => keyOf(number)).toThrow(/seed .* whole number from 0 to 2\^53 - 1/);
    expect(() => keyOf(0, number)).toThrow(/fold .* whole number/);
  });
});

describe('uniforms', () => {
  it('stay inside their interval at the extreme words', () => {
    expect(openUniform(0)).toBe(2 ** -33);
    expect(openUniform(-1)).toBe(1 - 2 ** -33);
    expect(uniform53(0, 0)).toBe(0);
    expect(uniform53(-1, -1)).toBe(1 - 2 ** -53);
  });
});
