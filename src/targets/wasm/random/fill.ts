/** Functions that fill memory with noise, as `fillNoise` and `fillBlocks` fill arrays. */
import {
  assign,
  assignTogether,
  countUp,
  i32,
  i32x4Lanes,
  invoke,
  local,
  locals,
  operate,
  read,
  shuffleWords,
  store,
  storeSome,
  when,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { interleave, type Assignment } from '../assembler/interleave.ts';
import { fourLanes } from '../math/lanes.ts';
import { noise, noiseNames, type NoiseName } from './noise.ts';
import { blockWords, keySchedule, type Pair } from './threefry.ts';

const elementBytes = 4;
/** Of four blocks. */
const numbersTogether = 8;
/** How often four blocks are computed at a time: one alone is a long chain of operations that wait for each other. */
const together = 4;

/**
 * `fill_standard_normal(key0, key1, low, high, count, address)`: writes the noise of the elements from number
 * `low` + 2^32 `high` on. Elements 2k and 2k + 1 are those of block k.
 */
export const fill = (name: NoiseName): WasmFunction => fills[name];

const parameters = () => locals('i32', ['key0', 'key1', 'low', 'high', 'address']);
const nextBlocks = (low: Local<'i32'>, high: Local<'i32'>, blocks: number): readonly Statement[] => [
  assign(low, operate('i32.add', read(low), i32(blocks))),
  // The lower word has gone round when it is below what was added.
  assign(high, operate('i32.add', read(high), operate('i32.lt_u', read(low), i32(blocks)))),
];
const inOrder = (firsts: Value<'v128'>, seconds: Value<'v128'>): readonly [Value<'v128'>, Value<'v128'>] => [
  shuffleWords([0, 4, 1, 5], firsts, seconds),
  shuffleWords([2, 6, 3, 7], firsts, seconds),
];

/** `some_standard_normal(key0, key1, low, high, address, skipped, left)`: of the eight numbers of four blocks those that are left. */
const someOf = (name: NoiseName): WasmFunction => {
  const given = parameters();
  const { key0, key1, low, high, address } = given;
  const [skipped, left] = [local('skipped', 'i32'), local('left', 'i32')];
  const { start, draw } = drawing(name, [key0, key1]);
  const [firsts, seconds] = [local('firsts', 'v128'), local('seconds', 'v128')];
  const [front, back] = [local('front', 'v128'), local('back', 'v128')];
  return {
    name: `some_${name}`,
    parameters: [...Object.values(given), skipped, left],
    result: null,
    body: [
      ...start,
      assignTogether(...draw(following([read(low), read(high)], 0), [firsts, seconds])),
      assignTogether(...pairsOf([front, back], inOrder(read(firsts), read(seconds)))),
      when(read(skipped), [
        assignTogether(
          [front, shuffleWords([1, 2, 3, 4], read(front), read(back))],
          [back, shuffleWords([1, 2, 3, 3], read(back), read(back))],
        ),
      ]),
      storeSome(read(address), read(left), read(front)),
      storeSome(
        operate('i32.add', read(address), i32(16)),
        operate('i32.sub', read(left), i32(4)),
        read(back),
      ),
    ],
  };
};

const pairsOf = (
  variables: readonly [Local<'v128'>, Local<'v128'>],
  values: readonly [Value<'v128'>, Value<'v128'>],
): readonly Assignment[] => variables.map((variable, at) => [variable, values[at]!] as const);

const fillOf = (name: NoiseName): WasmFunction => {
  const given = parameters();
  const { key0, key1, low, high, address } = given;
  const [count, end, isOdd] = [local('count', 'i32'), local('end', 'i32'), local('is_odd', 'i32')];
  const left = operate('i32.shr_s', operate('i32.sub', read(end), read(address)), i32(2));
  const some = someOf(name);
  const callSome = (skipped: 0 | 1): readonly Statement[] => [
    invoke(
      some,
      ...Object.values(given).map(read),
      i32(skipped),
      skipped === 0 ? left : smaller(left, i32(numbersTogether - skipped)),
    ),
    ...nextBlocks(low, high, 4),
  ];
  const { start, draw } = drawing(name, [key0, key1]);
  const numbers = Array.from(
    { length: together },
    () => [local('firsts', 'v128'), local('seconds', 'v128')] as const,
  );
  const bytesTogether = numbersTogether * elementBytes;
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
      assign(end, operate('i32.add', read(address), operate('i32.mul', read(count), i32(elementBytes)))),
      assignTogether(
        [isOdd, operate('i32.and', read(low), i32(1))],
        [low, halfLow],
        [high, operate('i32.shr_u', read(high), i32(1))],
      ),
      ...start,
      when(read(isOdd), [
        ...callSome(1),
        assign(address, operate('i32.add', read(address), i32(bytesTogether - elementBytes))),
      ]),
      countUp(
        address,
        operate('i32.sub', read(end), i32(together * bytesTogether - 1)),
        i32(together * bytesTogether),
        [
          ...interleave(numbers.map((pair, at) => draw(following([read(low), read(high)], 4 * at), pair))),
          ...numbers.flatMap(([firsts, seconds], at) =>
            inOrder(read(firsts), read(seconds)).map((four, half) =>
              store('v128.store', [read(address), four], { offset: at * bytesTogether + 16 * half }),
            ),
          ),
          ...nextBlocks(low, high, 4 * together),
        ],
      ),
      countUp(address, read(end), i32(bytesTogether), callSome(0)),
    ],
  };
};

const smaller = (one: Value<'i32'>, other: Value<'i32'>): Value<'i32'> =>
  operate('i32.select', one, other, operate('i32.lt_s', one, other));

/** The schedule of a key is kept in locals by `start`; `draw` is what leaves the two numbers of each block in two locals. */
const drawing = (
  name: NoiseName,
  key: readonly [Local<'i32'>, Local<'i32'>],
): {
  readonly start: readonly Statement[];
  readonly draw: (block: Pair<'f32x4'>, to: readonly [Local<'v128'>, Local<'v128'>]) => readonly Assignment[];
} => {
  const computed = keySchedule(fourLanes, spread([read(key[0]), read(key[1])]));
  const places = new Map(computed.flat().map((word) => [word, local('schedule', 'v128')]));
  const kept = (word: Value<'v128'>): Value<'v128'> => read(places.get(word)!);
  const schedule = computed.map(([first, second]): Pair<'f32x4'> => [kept(first), kept(second)]);
  return {
    start: [assignTogether(...[...places].map(([word, variable]) => [variable, word] as const))],
    draw: (block, to) => pairsOf(to, noise(fourLanes, name, blockWords(fourLanes, schedule, block))),
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
