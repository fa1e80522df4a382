/** The first words of blocks in WebAssembly against those of JavaScript, from the same keys. */
import { describe, expect, it } from 'vitest';
import { fillBlocks, keyOf, type Key } from '../../../src/runtime/random.ts';
import { firstWords } from '../../../src/targets/wasm/random/first-words.ts';
import { instantiate } from './arrays.ts';

const base = 16;
const { memory, functions } = instantiate([firstWords], 1);

const written = (key: Key, block: number, count: number): Int32Array => {
  functions['first_words']!(...key, block % 2 ** 32, Math.floor(block / 2 ** 32), count, base);
  return new Int32Array(memory.buffer, base, count).slice();
};

describe('first words are those of fillBlocks', () => {
  it.each([0, 1, 2 ** 32 - 5, 2 ** 32 - 21, 2 ** 53 - 100])(
    'from block %d on, for any number of them',
    (block) => {
      const key = keyOf(11, 2, block);
      const words = new Int32Array(128);
      fillBlocks(key, block, 64, words);
      const expected = words.filter((_, place) => place % 2 === 0);
      for (const count of [0, 1, 2, 3, 4, 7, 16, 17, 31, 50])
        expect(written(key, block, count), `${count} of them`).toEqual(expected.slice(0, count));
    },
  );

  it('and nothing is written beside them', () => {
    const around = new Int32Array(memory.buffer, base - 4, 25).fill(99);
    for (const count of [19, 20, 21, 22]) {
      written(keyOf(1), 3, count);
      expect([around[0], around[count + 1]]).toEqual([99, 99]);
    }
  });
});
