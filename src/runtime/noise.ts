/**
 * Parameter-free noise, and the keyed order of the data. Element `offset + position` of a draw depends on the key
 * and on that number alone, so pieces of a batch join to the same array that one call would fill.
 *
 * One word per element: elements 2k and 2k + 1 share block k. `Math.log`, `sin` and `cos` may differ in the last
 * bit of a float64 between JavaScript engines; words, `standard_uniform` and permutations never do.
 */
import type { Noise } from '../schedule/program.ts';
import { fillBlocks, openUniform, uniform53, type Key } from './random.ts';

type FloatArray = Float32Array | Float64Array;

const chunkBlocks = 1024;
const words = new Int32Array(2 * chunkBlocks);

/**
 * Fills `target` with independent noise.
 *
 * @param offset number of elements of the whole array before `target`, in flattened order
 * @param rowLength length of the last axis; only `arrival_times` needs it, and then `target` is whole rows
 * @throws Error when `offset` is not a whole number, or `arrival_times` get no row length or broken rows
 */
export function fillNoise(
  kind: Noise,
  key: Key,
  target: FloatArray,
  offset: number,
  rowLength?: number,
): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new Error(`the offset of a draw must be a whole number from 0 to 2^53 - 1, but is ${offset}`);
  }
  switch (kind) {
    case 'standard_normal':
      return forEachChunk(key, target, offset, writeNormal);
    case 'standard_uniform':
      return forEachChunk(key, target, offset, writeUniform);
    case 'standard_exponential':
      return forEachChunk(key, target, offset, writeExponential);
    case 'standard_logistic':
      return forEachChunk(key, target, offset, writeLogistic);
    case 'arrival_times':
      forEachChunk(key, target, offset, writeExponential);
      return accumulateRows(target, offset, rowLength);
    default:
      return kind satisfies never;
  }
}

/** Writes `target[from .. to)`; the word of position `from` is `words[firstWord]`. */
type ChunkWriter = (target: FloatArray, from: number, to: number, firstWord: number) => void;

function forEachChunk(key: Key, target: FloatArray, offset: number, write: ChunkWriter): void {
  for (let from = 0; from < target.length;) {
    const element = offset + from;
    const firstWord = element % 2;
    const to = Math.min(target.length, from + 2 * chunkBlocks - firstWord);
    fillBlocks(key, Math.floor(element / 2), Math.ceil((firstWord + to - from) / 2), words);
    write(target, from, to, firstWord);
    from = to;
  }
}

/**
 * Box and Muller (1958): a block is a point of the plane, its first word the radius and its second the angle; the
 * two elements of the block are its coordinates. 32 bits of radius reach 6.7 standard deviations.
 */
function writeNormal(target: FloatArray, from: number, to: number, firstWord: number): void {
  let position = from;
  if (firstWord === 1) target[position++] = radius(words[0]!) * Math.sin(angle(words[1]!));
  let word = 2 * firstWord;
  for (; position + 1 < to; position += 2, word += 2) {
    const distance = radius(words[word]!);
    const direction = angle(words[word + 1]!);
    target[position] = distance * Math.cos(direction);
    target[position + 1] = distance * Math.sin(direction);
  }
  if (position < to) target[position] = radius(words[word]!) * Math.cos(angle(words[word + 1]!));
}

function radius(word: number): number {
  return Math.sqrt(-2 * Math.log(openUniform(word)));
}

/** Uniform on (-pi, pi): the word is read as a signed number, which keeps the angle small and the sine exact. */
function angle(word: number): number {
  return (word + 0.5) * (Math.PI * 2 ** -31);
}

/** The largest float32 below 1, where float32 would round the last 2^-25 of (0, 1) to 1. */
const largestFloat32 = 1 - 2 ** -24;

function writeUniform(target: FloatArray, from: number, to: number, firstWord: number): void {
  const largest = target instanceof Float32Array ? largestFloat32 : 1;
  const shift = firstWord - from;
  for (let position = from; position < to; position++) {
    target[position] = Math.min(openUniform(words[position + shift]!), largest);
  }
}

function writeExponential(target: FloatArray, from: number, to: number, firstWord: number): void {
  const shift = firstWord - from;
  for (let position = from; position < to; position++) {
    target[position] = -Math.log(openUniform(words[position + shift]!));
  }
}

function writeLogistic(target: FloatArray, from: number, to: number, firstWord: number): void {
  const shift = firstWord - from;
  for (let position = from; position < to; position++) {
    const uniform = openUniform(words[position + shift]!);
    target[position] = Math.log(uniform / (1 - uniform));
  }
}

/** Turns waiting times into arrival times: sums in float64 along each row. */
function accumulateRows(target: FloatArray, offset: number, rowLength: number | undefined): void {
  if (rowLength === undefined || !Number.isSafeInteger(rowLength) || rowLength < 1) {
    throw new Error(
      `arrival times need the length of the last axis, a whole number above 0, not ${rowLength}`,
    );
  }
  if (target.length % rowLength !== 0 || offset % rowLength !== 0) {
    throw new Error(
      `arrival times are drawn in whole rows of ${rowLength}, but ${target.length} elements from element ` +
        `${offset} were asked for: let both be multiples of ${rowLength}`,
    );
  }
  for (let start = 0; start < target.length; start += rowLength) {
    let time = 0;
    for (let position = start; position < start + rowLength; position++) {
      time += target[position]!;
      target[position] = time;
    }
  }
}

/**
 * A keyed order of 0 .. n - 1, every order equally likely up to 2^-53 n (Fisher and Yates; Durstenfeld 1964).
 * Time and memory O(n).
 *
 * @param n whole number from 0 to 2^32 - 1
 * @throws Error when `n` is not such a number
 */
export function permutation(key: Key, n: number): Uint32Array {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 32) {
    throw new Error(`a permutation orders a whole number of items from 0 to 2^32 - 1, not ${n}`);
  }
  const order = new Uint32Array(n);
  for (let position = 0; position < n; position++) order[position] = position;
  for (let from = 0; from < n; from += chunkBlocks) {
    const to = Math.min(n, from + chunkBlocks);
    fillBlocks(key, from, to - from, words);
    for (let step = from; step < to; step++) {
      const remaining = n - step;
      const last = remaining - 1;
      const word = 2 * (step - from);
      const chosen = Math.floor(uniform53(words[word]!, words[word + 1]!) * remaining);
      const moved = order[chosen]!;
      order[chosen] = order[last]!;
      order[last] = moved;
    }
  }
  return order;
}
