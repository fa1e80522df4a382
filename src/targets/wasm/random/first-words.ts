/** The first words of blocks, for draws that take a block to an element. */
import { assign, assignTogether, countUp, i32, i32x4Lanes, local, operate, read, store } from '../assembler/build.ts'; // prettier-ignore
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { fourLanes } from '../math/lanes.ts';
import { keySchedule, roundsOf, type Pair } from './threefry.ts';

const wordBytes = 4;
/** Fours that are computed by turns: each operation of one waits for the one before it, and meanwhile the others go on. */
const chains = 4;

/** `first_words(key0, key1, low, high, count, address)`: writes those of the blocks from number `low` + 2^32 `high` on. */
export const firstWords: WasmFunction = (() => {
  const [key0, key1, low, high, count, address] = ['key0', 'key1', 'low', 'high', 'count', 'address'].map((name) => local(name, 'i32')) as [Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>]; // prettier-ignore
  const [element, lowest, highest] = [local('element', 'i32'), local('lowest', 'v128'), local('highest', 'v128')]; // prettier-ignore
  const splat = (word: Local<'i32'>): Value<'v128'> => operate('i32x4.splat', read(word));
  const computed = keySchedule(fourLanes, [splat(key0), splat(key1)]);
  const locals = new Map(computed.flat().map((word) => [word, local('schedule', 'v128')]));
  const kept = (word: Value<'v128'>): Value<'v128'> => read(locals.get(word)!);
  const schedule = computed.map(([first, second]): Pair<'f32x4'> => [kept(first), kept(second)]);
  const here = operate('i32.add', read(address), operate('i32.shl', read(element), i32(2)));

  const counterOf = (chain: number): Pair<'f32x4'> => {
    const base = 4 * chain;
    const steps = operate('i32x4.add', splat(element), i32x4Lanes(base, base + 1, base + 2, base + 3));
    const lows = operate('i32x4.add', read(lowest), steps);
    // A lower word that has gone round is below where it began; a comparison is -1 where it holds.
    return [lows, operate('i32x4.sub', read(highest), operate('i32x4.lt_u', lows, read(lowest)))];
  };
  const words = Array.from(
    { length: chains },
    () => [local('first', 'v128'), local('second', 'v128')] as const,
  );
  /** Some fours of blocks, step by step. */
  const blocks = (some: typeof words): readonly Statement[] => [
    ...some.map((pair, chain) => {
      const [first, second] = counterOf(chain);
      return assignTogether([pair[0], first], [pair[1], second]);
    }),
    ...roundsOf(fourLanes, schedule).flatMap((round) =>
      some.map((pair) => {
        const [first, second] = round([read(pair[0]), read(pair[1])]);
        return assignTogether([pair[0], first], [pair[1], second]);
      }),
    ),
  ];
  return {
    name: 'first_words',
    parameters: [key0, key1, low, high, count, address],
    result: null,
    body: [
      assignTogether(...[...locals].map(([word, variable]) => [variable, word] as const)),
      assign(lowest, splat(low)),
      assign(highest, splat(high)),
      assign(element, i32(0)),
      countUp(element, operate('i32.sub', read(count), i32(4 * chains - 1)), i32(4 * chains), [
        ...blocks(words),
        ...words.map(([first], chain) =>
          store('v128.store', [here, read(first)], { offset: 4 * chain * wordBytes, alignment: wordBytes }),
        ),
      ]),
      countUp(element, read(count), i32(1), [
        ...blocks(words.slice(0, 1)),
        store('v128.store32_lane', [here, read(words[0]![0])], { lane: 0 }),
      ]),
    ],
  };
})();
