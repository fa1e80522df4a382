/** Blocks of a memory that only grows. Addresses and lengths are in bytes; all blocks begin where a line of the cache does. */

export interface Heap {
  /** A block of at least so many bytes, with anything in it. */
  readonly allocate: (bytes: number) => Block;
  readonly release: (block: Block) => void;
}

export interface Block {
  readonly at: number;
  readonly bytes: number;
}

const line = 64;
export const aligned = (bytes: number): number => Math.ceil(bytes / line) * line;

/**
 * Takes the smallest gap that is large enough, or what comes after all blocks.
 *
 * @param grow called before memory up to an address is used; may throw when there is no more
 */
export const newHeap = (grow: (end: number) => void): Heap => {
  /** By address. No two touch, and none touches the end. */
  const gaps: Block[] = [];
  /** Nothing is at the address 0. */
  let end = line;

  const allocate = (asked: number): Block => {
    const bytes = Math.max(line, aligned(asked));
    const best = gaps.reduce<Block | null>(
      (found, gap) => (gap.bytes >= bytes && gap.bytes < (found?.bytes ?? Infinity) ? gap : found),
      null,
    );
    if (best === null) {
      grow(end + bytes);
      end += bytes;
      return { at: end - bytes, bytes };
    }
    const rest = best.bytes - bytes;
    gaps.splice(gaps.indexOf(best), 1, ...(rest > 0 ? [{ at: best.at + bytes, bytes: rest }] : []));
    return { at: best.at, bytes };
  };

  const release = ({ at, bytes }: Block): void => {
    const after = gaps.findIndex((gap) => gap.at > at);
    const place = after < 0 ? gaps.length : after;
    const [before, behind] = [gaps[place - 1], gaps[place]];
    const joinsBefore = before !== undefined && before.at + before.bytes === at;
    const joinsBehind = behind?.at === at + bytes;
    const start = joinsBefore ? before.at : at;
    const stop = joinsBehind ? behind.at + behind.bytes : at + bytes;
    const isLast = stop === end;
    gaps.splice(
      joinsBefore ? place - 1 : place,
      Number(joinsBefore) + Number(joinsBehind),
      ...(isLast ? [] : [{ at: start, bytes: stop - start }]),
    );
    if (isLast) end = start;
  };

  return { allocate, release };
};
