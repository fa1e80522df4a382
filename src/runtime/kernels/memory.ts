/** Where frames and areas of kernels lie in memory, for given sizes, and which chunks the examples are cut into. */
import { lengthOf, type Index } from '../../calculus/expression.ts';
import { scalarValue } from '../../calculus/scalar-value.ts';
import { aligned } from './heap.ts';
import type { AreaPlan, KernelModule } from './module.ts';
import { placeBlocks } from './place.ts';

export type Numbers = Readonly<Record<string, number>>;

/** Plain data, so that it can be sent to another thread. Addresses and lengths are in bytes, all within the workspace. */
export interface MemoryPlan {
  /** Of each axis that is cut: the first place of each chunk, and after them the length. The same for any number of workers. */
  readonly chunkStarts: Readonly<Record<string, readonly number[]>>;
  /** Frame of what is done once, where the workspace begins; frames of the workers follow, `frameBytes` apart. */
  readonly frame: number;
  readonly frameBytes: number;
  /** Memory of each worker, `workerBytes` apart: scratch of products, rows they gather, then areas that a chunk alone needs. */
  readonly workers: number;
  readonly workerBytes: number;
  readonly scratchBytes: number;
  readonly areas: readonly PlacedArea[];
  /** The most turns of the loops that keep values. */
  readonly turns: Numbers;
  readonly end: number;
}

export interface PlacedArea {
  readonly name: string;
  readonly kept: AreaPlan['kept'];
  /** An address, or from where a worker's memory begins; null for what comes in or goes out, which lies where its tensor does. */
  readonly at: number | null;
  /** Of one entry: of all examples, or of the largest chunk in a worker's memory. */
  readonly bytes: number;
  /** The first axis, and the bytes of one of its places, over all turns that are kept. */
  readonly axis: string;
  readonly rowBytes: number;
  /** How many entries there are, one for each turn that is kept. */
  readonly entries: number;
  /** Where the chunks' own areas begin, `bytes` apart. */
  readonly own: number;
}

/** Rows that products compute together. */
const productRows = 4;
/** Few chunks are as many as two or four workers can share evenly, unless they would have less than so many examples. */
const evenly = 4;
const leastExamples = 16;

/** Chunks of nearly equal numbers of examples, about `most` at the most. */
export const chunksOf = (examples: number, most: number): readonly number[] => {
  const count = Math.max(Math.ceil(examples / most), Math.min(evenly, Math.floor(examples / leastExamples)));
  return cut(examples, count <= 2 ? Math.max(1, count) : evenly * Math.ceil(count / evenly));
};

/** Of what the examples share, so many: each has sums of its own. */
const sharedChunks = 8;

const cut = (length: number, most: number): readonly number[] => {
  const groups = Math.ceil(length / productRows);
  const count = Math.max(1, Math.min(most, groups));
  const starts = Array.from(
    { length: count },
    (_, chunk) => productRows * Math.floor((chunk * groups) / count),
  );
  return [...starts, length];
};

export const chunkCount = ({ chunkStarts }: MemoryPlan, axis: string): number =>
  chunkStarts[axis]!.length - 1;

/** The first place of a chunk, and the one after its last. */
export const chunkRange = (
  { chunkStarts }: MemoryPlan,
  axis: string,
  chunk: number,
): readonly [number, number] => [chunkStarts[axis]![chunk]!, chunkStarts[axis]![chunk + 1]!];

export const shapeWith = (indices: readonly Index[], sizes: Numbers): readonly number[] =>
  indices.map((index) => lengthOf(index, sizes)!);
export const countWith = (indices: readonly Index[], sizes: Numbers): number =>
  shapeWith(indices, sizes).reduce((product, size) => product * size, 1);

/**
 * The plan of a workspace that begins at 0.
 *
 * @param turns the most turns of the loops that keep values
 * @param isWhole whether all examples are one chunk
 */
export const planMemory = (
  kernels: KernelModule,
  sizes: Numbers,
  turns: Numbers,
  workers: number,
  isWhole: boolean,
): MemoryPlan => {
  const examples = sizes['example'] ?? 1;
  const chunkStarts: Record<string, readonly number[]> = {
    example: isWhole ? [0, examples] : chunksOf(examples, kernels.chunkExamples),
  };
  for (const { chunked } of kernels.phases)
    chunkStarts[chunked] ??= cut(lengthOf(chunked, sizes)!, sharedChunks);
  const starts = chunkStarts['example']!;
  const largest = Math.max(...starts.slice(1).map((end, chunk) => end - starts[chunk]!));
  const ownCount = Math.max(...Object.values(chunkStarts).map(({ length }) => length - 1));
  const frameBytes = aligned(kernels.frame.bytes);
  const { bytes: least, bytesEach, inner, gathered } = kernels.scratch;
  const longest = Math.max(0, ...inner.map((indices) => countWith(indices, sizes)));
  const scratchBytes = aligned(least + longest * bytesEach);
  const chunkSizes = { ...sizes, example: largest };
  // Of both arrays of a product, at the most.
  const most = Math.max(0, ...gathered.map((indices) => countWith(indices, chunkSizes)));
  const sized = kernels.areas.map((area) => ({
    ...area,
    bytes: aligned(4 * countWith(area.indices, area.kept === 'chunk' ? chunkSizes : sizes)),
    entries: area.stacks.reduce((count, label) => count * turns[label]!, 1),
  }));
  const given = boundAreas(kernels);
  const [ofChunk, shared] = [true, false].map((isOfChunk) =>
    placeBlocks(
      sized
        .filter(({ kept }) => (kept === 'chunk') === isOfChunk)
        .flatMap(({ name, alive, ownAlive, bytes, entries }) => [
          ...(given.has(name) ? [] : [{ name, bytes: bytes * entries, alive }]),
          ...(ownAlive === null ? [] : [{ name: ownName(name), bytes: bytes * ownCount, alive: ownAlive }]),
        ]),
    ),
  );
  const before = (workers + 1) * frameBytes;
  const own = scratchBytes + aligned(8 * most + 4 * largest);
  const areas = sized.map(({ name, indices, kept, bytes, entries, ownAlive }): PlacedArea => ({
    name,
    kept,
    bytes,
    entries,
    axis: indices[0] ?? '',
    rowBytes: 4 * entries * countWith(indices.slice(1), sizes),
    at: given.has(name)
      ? null
      : kept === 'chunk'
        ? own + ofChunk!.at.get(name)!
        : before + shared!.at.get(name)!,
    own: ownAlive === null ? 0 : before + shared!.at.get(ownName(name))!,
  }));
  const end = before + shared!.bytes;
  const workerBytes = own + ofChunk!.bytes;
  return {
    chunkStarts,
    frame: 0,
    frameBytes,
    workers: end,
    workerBytes,
    scratchBytes,
    areas,
    turns,
    end: end + workers * workerBytes,
  };
};

/** Areas that lie where tensors do: what comes in, and what goes out. */
const boundAreas = ({ inputs, outputs }: KernelModule): ReadonlySet<string> =>
  new Set([
    ...inputs.filter(({ indices }) => indices !== null).map(({ name }) => name),
    ...outputs.filter(({ indices }) => indices !== null).map(({ register }) => register),
  ]);

/** The plan of a workspace that begins elsewhere. */
export const startingAt = (plan: MemoryPlan, start: number): MemoryPlan => ({
  ...plan,
  frame: start,
  workers: start + plan.workers,
  areas: plan.areas.map((area) =>
    area.kept === 'chunk'
      ? area
      : { ...area, at: area.at === null ? null : start + area.at, own: start + area.own },
  ),
  end: start + plan.end,
});

/** Of what the chunks have of an area. */
const ownName = (area: string): string => `${area}°own`;

/** Turns of the loops that keep values, from the numbers that the program is given. */
export const turnsOf = (kernels: KernelModule, sizes: Numbers, host: Numbers): Numbers => {
  const known: Record<string, number> = { ...sizes, ...host };
  for (const { name, value } of kernels.schedule) known[name] = scalarValue(value, known);
  return Object.fromEntries(
    Object.entries(kernels.turns).map(([label, times]) => [label, Math.ceil(scalarValue(times, known))]),
  );
};
