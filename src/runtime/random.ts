/**
 * Counter-based random numbers: Threefry-2x32 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A key names a stream, a counter names a place in it, and every word is a pure function of
 * both: draws do not depend on the order, the chunks or the number of workers in which they are made.
 *
 * 20 rounds. 13 is the least the authors found to pass every test of BigCrush; 20 is their default with a
 * safety margin, and 13 rounds would save only a tenth of the time of a Poisson draw.
 */

/** Names a stream: two unsigned 32-bit words. */
export type Key = readonly [number, number];

const parityConstant = 0x1bd11bda;
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const twoTo32 = 2 ** 32;
/** Set in the second counter word of keys, never in that of draws: no key is a block of another stream. */
const foldDomain = 0x8000_0000;

/**
 * One Threefry-2x32 block: 64 bits from a key and a counter of two words each. Plain and general in the number of
 * rounds (0 to 32); {@link fillBlocks} is the fast form of 20 rounds.
 */
export function threefry2x32(key: Key, counter: readonly [number, number], rounds = 20): Key {
  const schedule = [key[0], key[1], parityConstant ^ key[0] ^ key[1]] as const;
  let first = (counter[0] + schedule[0]) | 0;
  let second = (counter[1] + schedule[1]) | 0;
  for (let round = 0; round < rounds; round++) {
    const rotation = rotations[round % 8]!;
    first = (first + second) | 0;
    second = ((second << rotation) | (second >>> (32 - rotation))) ^ first;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      first = (first + schedule[injection % 3]!) | 0;
      second = (second + schedule[(injection + 1) % 3]! + injection) | 0;
    }
  }
  return [first >>> 0, second >>> 0];
}

/**
 * The key of a seed and a list of folds (draw site, iteration, loop counters, ...). Lists that differ in a value,
 * in order or in length give unrelated streams.
 *
 * @param seed whole number from 0 to 2^53 - 1
 * @param folds whole numbers from 0 to 2^53 - 1
 * @throws Error when a number is negative, fractional or too large
 */
export function keyOf(seed: number, ...folds: readonly number[]): Key {
  requireCounter(seed, 'seed');
  // One block mixes the raw seed, so that seeds do not share streams with keys reached by folding.
  let key = threefry2x32([seed >>> 0, Math.floor(seed / twoTo32)], [0, twoTo32 - 1]);
  for (const fold of folds) key = foldKey(key, fold);
  return key;
}

/** The key one fold further: `keyOf(seed, a, b)` is `foldKey(keyOf(seed, a), b)`. Same limits as {@link keyOf}. */
export function foldKey(key: Key, fold: number): Key {
  requireCounter(fold, 'fold');
  return threefry2x32(key, [fold >>> 0, (foldDomain | Math.floor(fold / twoTo32)) >>> 0]);
}

function requireCounter(value: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new Error(`a ${name} of random numbers must be a whole number from 0 to 2^53 - 1, but is ${value}`);
}

/**
 * Writes the words of blocks `firstBlock`, `firstBlock + 1`, ... to the front of `words`, two per block.
 * Allocates nothing.
 *
 * @param firstBlock whole number from 0 to 2^53 - 1 - `count`
 * @param words at least `2 * count` long
 */
export function fillBlocks(key: Key, firstBlock: number, count: number, words: Int32Array): void {
  const key0 = key[0] | 0;
  const key1 = key[1] | 0;
  const key2 = parityConstant ^ key0 ^ key1;
  let low = firstBlock | 0;
  let high = Math.floor(firstBlock / twoTo32) | 0;
  for (let block = 0; block < count; block++) {
    let a = (low + key0) | 0;
    let b = (high + key1) | 0;
    // prettier-ignore
    {
      a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
      a = (a + key1) | 0; b = (b + key2 + 1) | 0;
      a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a;
      a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a;
      a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a;
      a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a;
      a = (a + key2) | 0; b = (b + key0 + 2) | 0;
      a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
      a = (a + key0) | 0; b = (b + key1 + 3) | 0;
      a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a;
      a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a;
      a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a;
      a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a;
      a = (a + key1) | 0; b = (b + key2 + 4) | 0;
      a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
      a = (a + key2) | 0; b = (b + key0 + 5) | 0;
    }
    words[2 * block] = a;
    words[2 * block + 1] = b;
    low = (low + 1) | 0;
    if (low === 0) high = (high + 1) | 0;
  }
}

/** Uniform on (0, 1), open at both ends, from one word: the middle of one of 2^32 equal cells. */
export function openUniform(word: number): number {
  return ((word >>> 0) + 0.5) * 2 ** -32;
}

/** Uniform on [0, 1) from the 53 highest bits of a block. */
export function uniform53(firstWord: number, secondWord: number): number {
  return ((firstWord >>> 0) * 2 ** 21 + (secondWord >>> 11)) * 2 ** -53;
}
