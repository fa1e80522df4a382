/** Where the frame and the areas of kernels lie in memory, for given sizes. */
import { lengthOf, type Index } from '../../calculus/expression.ts';
import { scalarValue } from '../../calculus/scalar-value.ts';
import type { KernelModule } from './module.ts';

export type Numbers = Readonly<Record<string, number>>;

export interface MemoryPlan {
  /** Address of the frame. */
  readonly frame: number;
  /** Addresses of areas; of their first entry where they hold one for each turn. */
  readonly at: ReadonlyMap<string, number>;
  /** Bytes of one entry of an area. */
  readonly entryBytes: ReadonlyMap<string, number>;
  /** The most turns of the loops that keep values. */
  readonly turns: ReadonlyMap<string, number>;
  readonly scratch: number;
  /** Bytes in all, from 0. */
  readonly bytes: number;
}

const frameStart = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** A tile of 4 x 8, strips of 8 columns and of 128 rows: see `scratchBytes` of the products. */
const productBytes = (inner: number): number => 128 + inner * 4 * (8 + 128);

export const shapeWith = (indices: readonly Index[], sizes: Numbers): readonly number[] =>
  indices.map((index) => lengthOf(index, sizes)!);
export const countWith = (indices: readonly Index[], sizes: Numbers): number =>
  shapeWith(indices, sizes).reduce((product, size) => product * size, 1);

/** @param host numbers that the program is given */
export const planMemory = (kernels: KernelModule, sizes: Numbers, host: Numbers): MemoryPlan => {
  const known: Record<string, number> = { ...sizes, ...host };
  for (const { name, value } of kernels.schedule) known[name] = scalarValue(value, known);
  const turns = new Map(
    Object.entries(kernels.turns).map(([label, times]) => [label, Math.ceil(scalarValue(times, known))]),
  );
  const at = new Map<string, number>();
  const entryBytes = new Map<string, number>();
  let end = frameStart + aligned(kernels.frame.bytes);
  for (const { name, indices, stacks } of kernels.areas) {
    const bytes = aligned(4 * countWith(indices, sizes));
    at.set(name, end);
    entryBytes.set(name, bytes);
    end += stacks.reduce((entries, label) => entries * turns.get(label)!, 1) * bytes;
  }
  const scratch = end;
  const inner = Math.max(0, ...kernels.inner.map((indices) => countWith(indices, sizes)));
  return { frame: frameStart, at, entryBytes, turns, scratch, bytes: scratch + productBytes(inner) };
};
