/** The first words of blocks, for draws that take a block to an element. */
import {
  assign,
  assignTogether,
  countUp,
  i32,
  i32x4Lanes,
  local,
  locals,
  operate,
  read,
  store,
  storeSome,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { fourLanes } from '../math/lanes.ts';
import { keySchedule, roundsOf, type Pair } from './threefry.ts';

const wordBytes = 4;
/** Fours that are computed by turns: each operation of one waits for the one before it, and meanwhile the others go on. */
const chains = 4;

/** `first_words(key0, key1, low, high, count, address)`: writes those of the blocks from number `low` + 2^32 `high` on. */
export const firstWords: WasmFunction = (() => {
  const given = locals('i32', ['key0', 'key1', 'low', 'high', 'count', 'address']);
  const { key0, key1, low, high, count, address } = given;
  const element = local('element', 'i32');
  const { lowest, highest } = locals('v128', ['lowest', 'highest']);
  const splat = (word: Local<'i32'>): Value<'v128'> => operate('i32x4.splat', read(word));
  const computed = keySchedule(fourLanes, [splat(key0), splat(key1)]);
  const places = new Map(computed.flat().map((word) => [word, local('schedule', 'v128')]));
  const kept = (word: Value<'v128'>): Value<'v128'> => read(places.get(word)!);
  const schedule = computed.map(([first, second]): Pair<'f32x4'> => [kept(first), kept(second)]);
  const here = operate('i32.add', read(address), operate('i32.shl', read(element), i32(2)));

  const counterOf = (chain: number): Pair<'f32x4'> => {
    const base = 4 * chain;
    const steps = operate('i32x4.add', splat(element), i32x4Lanes(base, base + 1, base + 2, base + 3));
    const lows = operate('i32x4.add', read(lowest), steps);
    // A lower word that has gone round is below where it began; a comparison is -1 where it holds.
    return [lows, operate('i32x4.sub', read(highest), operate('i32x4.lt_u', lows, read(lowest)))];
  };
  const words = Array.from({ length: chains }, () => locals('v128', ['first', 'second']));
  /** Some fours of blocks, step by step. */
  const blocks = (some: typeof words): readonly Statement[] => [
    ...some.map((pair, chain) => {
      const [lows, highs] = counterOf(chain);
      return assignTogether([pair.first, lows], [pair.second, highs]);
    }),
    ...roundsOf(fourLanes, schedule).flatMap((round) =>
      some.map((pair) => {
        const [first, second] = round([read(pair.first), read(pair.second)]);
        return assignTogether([pair.first, first], [pair.second, second]);
      }),
    ),
  ];
  return {
    name: 'first_words',
    parameters: Object.values(given),
    result: null,
    body: [
      assignTogether(...[...places].map(([word, variable]) => [variable, word] as const)),
      assign(lowest, splat(low)),
      assign(highest, splat(high)),
      assign(element, i32(0)),
      countUp(element, operate('i32.sub', read(count), i32(4 * chains - 1)), i32(4 * chains), [
        ...blocks(words),
        ...words.map(({ first }, chain) =>
          store('v128.store', [here, read(first)], { offset: 4 * chain * wordBytes, alignment: wordBytes }),
        ),
      ]),
      countUp(element, read(count), i32(4), [
        ...blocks(words.slice(0, 1)),
        storeSome(here, operate('i32.sub', read(count), read(element)), read(words[0]!.first)),
      ]),
    ],
  };
})();
