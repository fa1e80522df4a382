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
import {
  fourLanes,
  oneLane,
  type Float,
  type Lanes,
  type Types,
  type Whole,
  type Width,
} from '../math/lanes.ts';
import { noise, type NoiseName } from './noise.ts';
import { blockWords, keySchedule, type Pair } from './threefry.ts';

const elementBytes = 4;
/** Four blocks. */
const turnBytes = 8 * elementBytes;

/**
 * `fill_standard_normal(key0, key1, low, high, count, address)`: writes the noise of the elements from number
 * `low` + 2^32 `high` on. Elements 2k and 2k + 1 are those of block k.
 */
export const fill = (name: NoiseName): WasmFunction => {
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

  const one = drawing(oneLane, { float: 'f32', whole: 'i32' }, name, key);
  const four = drawing(fourLanes, { float: 'v128', whole: 'v128' }, name, spread(key));
  const next = (blocks: number): readonly Statement[] => [
    assign(low, operate('i32.add', read(low), i32(blocks))),
    // The lower word has gone round when it is below what was added.
    assign(high, operate('i32.add', read(high), operate('i32.lt_u', read(low), i32(blocks)))),
  ];
  const [first, second] = one.results;
  const [firsts, seconds] = four.results;
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
        one.draw(block),
        store('f32.store', [at, read(second)]),
        assign(address, after(elementBytes)),
        ...next(1),
      ]),
      countUp(address, operate('i32.sub', read(end), i32(turnBytes - 1)), i32(turnBytes), [
        four.draw(following(block)),
        store('v128.store', [at, shuffleWords([0, 4, 1, 5], read(firsts), read(seconds))]),
        store('v128.store', [at, shuffleWords([2, 6, 3, 7], read(firsts), read(seconds))], { offset: 16 }),
        ...next(4),
      ]),
      countUp(address, read(end), i32(2 * elementBytes), [
        one.draw(block),
        store('f32.store', [at, read(first)]),
        when(operate('i32.lt_s', after(elementBytes), read(end)), [
          store('f32.store', [at, read(second)], { offset: elementBytes }),
        ]),
        ...next(1),
      ]),
    ],
  };
};

/** The schedule of a key is kept in locals by `start`; `draw` then leaves the two numbers of each block in `results`. */
const drawing = <W extends Width>(
  lanes: Lanes<W>,
  types: Pick<Types[W], 'float' | 'whole'>,
  name: NoiseName,
  key: Pair<W>,
): {
  readonly start: readonly Statement[];
  readonly draw: (block: Pair<W>) => Statement;
  readonly results: readonly [Local<Types[W]['float']>, Local<Types[W]['float']>];
} => {
  const computed = keySchedule(lanes, key);
  const locals = new Map(computed.flat().map((word) => [word, local('schedule', types.whole)]));
  const kept = (word: Whole<W>): Whole<W> => read(locals.get(word)!);
  const schedule = computed.map(([first, second]): Pair<W> => [kept(first), kept(second)]);
  const results = [local('first', types.float), local('second', types.float)] as const;
  return {
    start: [assignTogether(...[...locals].map(([word, variable]) => [variable, word] as const))],
    draw: (block) => {
      const drawn: readonly [Float<W>, Float<W>] = noise(lanes, name, blockWords(lanes, schedule, block));
      return assignTogether([results[0], drawn[0]], [results[1], drawn[1]]);
    },
    results,
  };
};

const spread = ([first, second]: Pair<'f32'>): Pair<'f32x4'> => [
  operate('i32x4.splat', first),
  operate('i32x4.splat', second),
];

/** A block and the three after it. */
const following = (block: Pair<'f32'>): Pair<'f32x4'> => {
  const [low, high] = spread(block);
  const lows = operate('i32x4.add', low, i32x4Lanes(0, 1, 2, 3));
  // A comparison is -1 where it holds.
  return [lows, operate('i32x4.sub', high, operate('i32x4.lt_u', lows, low))];
};
