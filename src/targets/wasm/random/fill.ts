/** Functions that fill memory with noise, as `fillNoise` and `fillBlocks` fill arrays. */
import {
  assign,
  assignTogether,
  countUp,
  i32,
  i32x4Lanes,
  local,
  operate,
  read,
  shuffleWords,
  store,
  when,
} from '../assembler/build.ts';
import type { Local, Statement, WasmFunction } from '../assembler/code.ts';
import { interleave, type Assignment } from '../assembler/interleave.ts';
import {
  fourLanes,
  oneLane,
  type Float,
  type Lanes,
  type Types,
  type Whole,
  type Width,
} from '../math/lanes.ts';
import { noise, noiseNames, type NoiseName } from './noise.ts';
import { blockWords, keySchedule, type Pair } from './threefry.ts';

const elementBytes = 4;
/** Four blocks. */
const turnBytes = 8 * elementBytes;
/** How often four blocks are computed at a time: one alone is a long chain of operations that wait for each other. */
const together = 4;

/**
 * `fill_standard_normal(key0, key1, low, high, count, address)`: writes the noise of the elements from number
 * `low` + 2^32 `high` on. Elements 2k and 2k + 1 are those of block k.
 */
export const fill = (name: NoiseName): WasmFunction => fills[name];

const fillOf = (name: NoiseName): WasmFunction => {
  const key0 = local('key0', 'i32');
  const key1 = local('key1', 'i32');
  const low = local('low', 'i32');
  const high = local('high', 'i32');
  const count = local('count', 'i32');
  const address = local('address', 'i32');
  const end = local('end', 'i32');
  const isOdd = local('is_odd', 'i32');
  const at = read(address);
  const key: Pair<'f32'> = [read(key0), read(key1)];
  const block: Pair<'f32'> = [read(low), read(high)];
  const after = (bytes: number): Whole<'f32'> => operate('i32.add', at, i32(bytes));

  const one = drawing(oneLane, 'i32', name, key);
  const four = drawing(fourLanes, 'v128', name, spread(key));
  const next = (blocks: number): readonly Statement[] => [
    assign(low, operate('i32.add', read(low), i32(blocks))),
    // The lower word has gone round when it is below what was added.
    assign(high, operate('i32.add', read(high), operate('i32.lt_u', read(low), i32(blocks)))),
  ];
  const [first, second] = [local('first', 'f32'), local('second', 'f32')];
  /** Four blocks, so many times. */
  const turn = (times: number): Statement => {
    const numbers = Array.from(
      { length: times },
      () => [local('firsts', 'v128'), local('seconds', 'v128')] as const,
    );
    return countUp(
      address,
      operate('i32.sub', read(end), i32(times * turnBytes - 1)),
      i32(times * turnBytes),
      [
        ...interleave(numbers.map((pair, at) => four.draw(following(block, 4 * at), pair))),
        ...numbers.flatMap(([firsts, seconds], at) => [
          store('v128.store', [read(address), shuffleWords([0, 4, 1, 5], read(firsts), read(seconds))], {
            offset: at * turnBytes,
          }),
          store('v128.store', [read(address), shuffleWords([2, 6, 3, 7], read(firsts), read(seconds))], {
            offset: at * turnBytes + 16,
          }),
        ]),
        ...next(4 * times),
      ],
    );
  };
  const halfLow = operate(
    'i32.or',
    operate('i32.shr_u', read(low), i32(1)),
    operate('i32.shl', read(high), i32(31)),
  );
  return {
    name: `fill_${name}`,
    parameters: [key0, key1, low, high, count, address],
    result: null,
    body: [
      assign(end, operate('i32.add', at, operate('i32.mul', read(count), i32(elementBytes)))),
      assignTogether(
        [isOdd, operate('i32.and', read(low), i32(1))],
        [low, halfLow],
        [high, operate('i32.shr_u', read(high), i32(1))],
      ),
      ...one.start,
      ...four.start,
      when(operate('i32.and', read(isOdd), operate('i32.lt_s', at, read(end))), [
        assignTogether(...one.draw(block, [first, second])),
        store('f32.store', [at, read(second)]),
        assign(address, after(elementBytes)),
        ...next(1),
      ]),
      ...[together, 1].map(turn),
      countUp(address, read(end), i32(2 * elementBytes), [
        assignTogether(...one.draw(block, [first, second])),
        store('f32.store', [at, read(first)]),
        when(operate('i32.lt_s', after(elementBytes), read(end)), [
          store('f32.store', [at, read(second)], { offset: elementBytes }),
        ]),
        ...next(1),
      ]),
    ],
  };
};

/** The schedule of a key is kept in locals by `start`; `draw` is what leaves the two numbers of each block in two locals. */
const drawing = <W extends Width>(
  lanes: Lanes<W>,
  wholeType: Types[W]['whole'],
  name: NoiseName,
  key: Pair<W>,
): {
  readonly start: readonly Statement[];
  readonly draw: (block: Pair<W>, to: readonly [Local, Local]) => readonly Assignment[];
} => {
  const computed = keySchedule(lanes, key);
  const locals = new Map(computed.flat().map((word) => [word, local('schedule', wholeType)]));
  const kept = (word: Whole<W>): Whole<W> => read(locals.get(word)!);
  const schedule = computed.map(([first, second]): Pair<W> => [kept(first), kept(second)]);
  return {
    start: [assignTogether(...[...locals].map(([word, variable]) => [variable, word] as const))],
    draw: (block, [first, second]) => {
      const numbers: readonly [Float<W>, Float<W>] = noise(lanes, name, blockWords(lanes, schedule, block));
      return [
        [first, numbers[0]],
        [second, numbers[1]],
      ];
    },
  };
};

const spread = ([first, second]: Pair<'f32'>): Pair<'f32x4'> => [
  operate('i32x4.splat', first),
  operate('i32x4.splat', second),
];

/** The four blocks from so many after the given one on. */
const following = (block: Pair<'f32'>, from: number): Pair<'f32x4'> => {
  const [low, high] = spread(block);
  const lows = operate('i32x4.add', low, i32x4Lanes(from, from + 1, from + 2, from + 3));
  // A comparison is -1 where it holds.
  return [lows, operate('i32x4.sub', high, operate('i32x4.lt_u', lows, low))];
};

const fills = Object.fromEntries(noiseNames.map((name) => [name, fillOf(name)])) as Readonly<
  Record<NoiseName, WasmFunction>
>;
