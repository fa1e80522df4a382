/** Places in memory: what is in use at once never overlaps, and what is not shares. */
import { describe, expect, it } from 'vitest';
import { placeBlocks, type Block } from '../../../src/runtime/kernels/place.ts';
import { fillNoise } from '../../../src/runtime/noise.ts';
import { keyOf } from '../../../src/runtime/random.ts';

const block = (name: string, bytes: number, from: number, to: number): Block => ({
  name,
  bytes,
  alive: [from, to],
});

/** Blocks of 64 to 640 bytes, in use for some of forty steps. */
const randomBlocks = (seed: number): readonly Block[] => {
  const count = 60;
  const noise = new Float32Array(3 * count);
  fillNoise('standard_uniform', keyOf(seed), noise, 0);
  return Array.from({ length: count }, (_, place) => {
    const [size, from, length] = noise.slice(3 * place, 3 * place + 3) as unknown as [number, number, number];
    const start = Math.floor(40 * from);
    return block(`block ${place}`, 64 * Math.ceil(10 * size), start, start + Math.floor(10 * length));
  });
};

const isApart = (one: Block, other: Block): boolean =>
  one.alive[1] < other.alive[0] || other.alive[1] < one.alive[0];

describe('blocks', () => {
  it('share a place if neither is in use while the other is, which one step is enough for', () => {
    const { at, bytes } = placeBlocks([block('a', 64, 0, 3), block('b', 128, 3, 5), block('c', 64, 4, 9)]);
    expect(Object.fromEntries(at)).toEqual({ b: 0, a: 128, c: 128 });
    expect(bytes).toBe(192);
  });

  it('go between others where there is room', () => {
    const { at } = placeBlocks([
      block('long', 640, 0, 1),
      block('before', 256, 2, 9),
      block('between', 128, 2, 5),
      block('after', 192, 2, 9),
      block('later', 64, 6, 9),
    ]);
    expect(Object.fromEntries(at)).toEqual({ long: 0, before: 0, after: 256, between: 448, later: 448 });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are apart while both are in use: %i', (seed) => {
    const blocks = randomBlocks(seed);
    const { at, bytes } = placeBlocks(blocks);
    for (const [place, one] of blocks.entries())
      for (const other of blocks.slice(place + 1)) {
        const [first, second] = [at.get(one.name)!, at.get(other.name)!];
        const isBeside = first + one.bytes <= second || second + other.bytes <= first;
        expect(isBeside || isApart(one, other), `${one.name} and ${other.name}`).toBe(true);
      }
    // No less than what is in use at once, and little more.
    const needed = Array.from({ length: 50 }, (_, step) =>
      blocks
        .filter(({ alive }) => alive[0] <= step && step <= alive[1])
        .reduce((sum, each) => sum + each.bytes, 0),
    );
    expect(bytes).toBeGreaterThanOrEqual(Math.max(...needed));
    expect(bytes).toBeLessThan(1.3 * Math.max(...needed));
    expect([...at.values()].every((address) => address % 64 === 0)).toBe(true);
  });
});
