/** Places in memory for blocks that are in use at different times. */
import type { Interval } from './module.ts';

export interface Block {
  readonly name: string;
  readonly bytes: number;
  readonly alive: Interval;
}

export interface Placement {
  /** From 0, by name. */
  readonly at: ReadonlyMap<string, number>;
  /** Of all together. */
  readonly bytes: number;
}

/**
 * Each block goes to the first place that is free while it is in use. The largest come first: what is small fits between them.
 * Lengths that are multiples of a number give places that are.
 */
export const placeBlocks = (blocks: readonly Block[]): Placement => {
  const placed: (Block & { readonly from: number })[] = [];
  for (const block of blocks.toSorted((one, other) => other.bytes - one.bytes)) {
    const inTheWay = placed
      .filter(({ alive }) => alive[0] <= block.alive[1] && block.alive[0] <= alive[1])
      .sort((one, other) => one.from - other.from);
    let from = 0;
    for (const other of inTheWay) {
      if (from + block.bytes <= other.from) break;
      from = Math.max(from, other.from + other.bytes);
    }
    placed.push({ ...block, from });
  }
  return {
    at: new Map(placed.map(({ name, from }) => [name, from])),
    bytes: placed.reduce((most, { from, bytes }) => Math.max(most, from + bytes), 0),
  };
};
