/** The generator of `src/runtime/random.ts`, Threefry-2x32 with 20 rounds, one block to a lane: the same words. */
import type { Lanes, Whole, Width } from '../math/lanes.ts';

const parityConstant = 0x1bd11bda;
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const groups = [1, 2, 3, 4, 5] as const;

export type Pair<W extends Width> = readonly [first: Whole<W>, second: Whole<W>];

/** What is added to the two words, at the start and after every four rounds: six pairs, the same for all blocks of a key. */
export const keySchedule = <W extends Width>(lanes: Lanes<W>, key: Pair<W>): readonly Pair<W>[] => {
  const parity = lanes.xor(lanes.whole(parityConstant), lanes.xor(...key));
  const words = [...key, parity];
  const later = groups.map((group): Pair<W> => [
    words[group % 3]!,
    lanes.addWhole(words[(group + 1) % 3]!, lanes.whole(group)),
  ]);
  return [key, ...later];
};

/** The two words of each block. */
export const blockWords = <W extends Width>(
  lanes: Lanes<W>,
  schedule: readonly Pair<W>[],
  counter: Pair<W>,
): Pair<W> => roundsOf(lanes, schedule).reduce((pair, round) => round(pair), counter);

/** The steps from a counter to its words. */
export const roundsOf = <W extends Width>(
  lanes: Lanes<W>,
  schedule: readonly Pair<W>[],
): readonly ((pair: Pair<W>) => Pair<W>)[] => {
  const inject =
    (group: number) =>
    ([first, second]: Pair<W>): Pair<W> => [
      lanes.addWhole(first, schedule[group]![0]),
      lanes.addWhole(second, schedule[group]![1]),
    ];
  const round =
    (rotation: number) =>
    ([first, second]: Pair<W>): Pair<W> => {
      const sum = lanes.addWhole(first, second);
      return [sum, lanes.xor(lanes.rotateLeft(second, rotation), sum)];
    };
  const turns = [rotations.slice(0, 4), rotations.slice(4)];
  return [inject(0), ...groups.flatMap((group) => [...turns[(group + 1) % 2]!.map(round), inject(group)])];
};
