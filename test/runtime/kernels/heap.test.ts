/** Blocks of memory: apart from each other, and used again. */
import { expect, it } from 'vitest';
import { newHeap, type Block } from '../../../src/runtime/kernels/heap.ts';

/** A heap, and how far its memory has been used. */
const watched = () => {
  let most = 0;
  const heap = newHeap((end) => (most = Math.max(most, end)));
  return { ...heap, most: () => most };
};

it('blocks begin where a line of the cache does, and none at 0', () => {
  const { allocate } = watched();
  expect([allocate(1), allocate(65), allocate(0), allocate(64)]).toEqual([
    { at: 64, bytes: 64 },
    { at: 128, bytes: 128 },
    { at: 256, bytes: 64 },
    { at: 320, bytes: 64 },
  ]);
});

it('the smallest gap that is large enough is taken', () => {
  const { allocate, release } = watched();
  const [large, , small] = [allocate(640), allocate(64), allocate(128), allocate(64)];
  release(large);
  release(small);
  expect(allocate(128).at).toBe(small.at);
  expect(allocate(128).at).toBe(large.at);
});

it('gaps that touch become one', () => {
  const { allocate, release, most } = watched();
  const blocks = [allocate(64), allocate(64), allocate(64)];
  allocate(64);
  const before = most();
  for (const place of [0, 2, 1]) release(blocks[place]!);
  expect(allocate(192).at).toBe(blocks[0]!.at);
  expect(most()).toBe(before);
});

it('blocks never overlap, and when all are released the next one is the first again', () => {
  const { allocate, release, most } = watched();
  let [held, random]: [Block[], number] = [[], 1];
  const below = (count: number): number => (random = (random * 48271) % 2147483647) % count;
  for (let time = 0; time < 2000; time++) {
    if (below(2) === 0) held.push(allocate(1 + below(1000)));
    else held.splice(below(held.length + 1), 1).forEach(release);
    held = held.sort((one, other) => one.at - other.at);
    held.slice(1).forEach(({ at }, place) => {
      const { at: before, bytes } = held[place]!;
      if (at < before + bytes) expect.fail(`a block at ${at} begins within one of ${bytes} at ${before}`);
    });
  }
  expect(held.length).toBeGreaterThan(10);
  held.forEach(release);
  const before = most();
  expect(allocate(before - 64)).toEqual({ at: 64, bytes: before - 64 });
  expect(most()).toBe(before);
});
