/**
 * Draws of discrete families by inversion, four at a time: those that `drawBySampler` makes of the same uniform numbers. Where events
 * are rare, most draws are the least value, which is seen at once; the others are gathered, so that four of them are searched together.
 * What float32 does not decide is left to JavaScript: uniform numbers near the border of two values, large means, wrong parameters.
 */
import type { Expression } from '../../../calculus/expression.ts';
import { replaceNames } from '../../../calculus/substitute.ts';
import type { DrawSource, Register } from '../../../schedule/program.ts';
import {
  assign,
  block,
  branch,
  countUp,
  host,
  i32,
  i32x4,
  i64,
  invoke,
  load,
  local,
  locals,
  loop,
  operate,
  read,
  store,
  storeSome,
  when,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { fourLanes } from '../math/lanes.ts';
import { firstWords } from '../random/first-words.ts';
import { onHost } from './element.ts';
import { lengthIn, type Frame } from './frame.ts';
import { leastOfFour, searchFour, type Formulas, type Four } from './search.ts';

type Inversion = Extract<DrawSource, { kind: 'inversion' }>;

/** Elements between two looks at what is left: as many as an i64 has bits. */
const stretch = 64;
const elementBytes = 4;

/** `redraw(step, from, to, key0, key1)`: JavaScript draws those elements from `from` up to before `to` that are NaN. */
const redraw = host('redraw', Object.values(locals('i32', ['step', 'from', 'to', 'key0', 'key1'])), null);

/** What is drawn, and the number of the host step that draws the same. */
export interface InversionDraw {
  readonly target: Register;
  readonly source: Inversion;
  readonly site: number;
  readonly step: number;
  readonly key: readonly [Local<'i32'>, Local<'i32'>];
}

/**
 * The call of a function that draws, or null where all is left to JavaScript. Draws of one law are one function.
 *
 * @param at the frame
 * @param addressOf the address of an array
 */
export const emitInversion = (
  { target, source, site, step, key }: InversionDraw,
  frame: Frame,
  at: Local<'i32'>,
  addressOf: (name: string) => Value<'i32'>,
): Statement | null => {
  const code = drawing(source);
  if (code === null) return null;
  return invoke(
    code,
    ...key.map(read),
    frame.whole(at, `low:${site}`),
    frame.whole(at, `high:${site}`),
    lengthIn(frame, at, target.indices),
    i32(step),
    addressOf(target.name),
    ...source.parameters.map(({ value }) => addressOf(nameOf(value))),
  );
};

/** What is drawn from, and the function that draws. */
interface Drawing {
  readonly source: Inversion;
  readonly code: WasmFunction | null;
}
/** Programs of a model draw from the same laws: functions by the probabilities. */
const known = new WeakMap<Expression, Drawing[]>();

/** `draw_FAMILY(key0, key1, low, high, count, step, out, ...columns)`: the same object for the same law. */
const drawing = (source: Inversion): WasmFunction | null => {
  const alike = known.get(source.logMass) ?? [];
  known.set(source.logMass, alike);
  const found = alike.find((other) => isSameLaw(other.source, source));
  if (found !== undefined) return found.code;
  const formulas = formulasOf(source);
  const code = formulas === null ? null : drawingBy(formulas, source);
  alike.push({ source, code });
  return code;
};

const isSameLaw = (one: Inversion, other: Inversion): boolean =>
  one.mean === other.mean &&
  one.ratio === other.ratio &&
  one.low === other.low &&
  one.high === other.high &&
  one.parameters.map(({ name }) => name).join() === other.parameters.map(({ name }) => name).join();

const drawingBy = (formulas: Formulas, { family, parameters }: Inversion): WasmFunction => {
  const given = locals('i32', ['key0', 'key1', 'low', 'high', 'count', 'step']);
  const { key0, key1, low, high, count } = given;
  const { from, length } = locals('i32', ['from', 'length']);
  const asked = local('asked', 'v128');
  const pending = local('pending', 'i64');
  // The random words lie where the draws will.
  const words: Column = { address: local('out', 'i32'), four: local('word', 'v128') };
  const columns = parameters.map(({ name }) => {
    const column: Column = { address: local(name, 'i32'), four: local(name, 'v128') };
    return { name, column };
  });
  const stretchOf: Stretch = { from, length, columns: columns.map(({ column }) => column), words, pending };
  const four: Four = {
    parameters: new Map(columns.map(({ name, column }) => [name, read(column.four)])),
    word: read(words.four),
  };
  const rest = operate('i32.sub', read(count), read(from));
  const isWhole = operate('i32.lt_s', i32(stretch), rest);
  return {
    name: `draw_${family}`,
    parameters: [...Object.values(given), words.address, ...columns.map(({ column }) => column.address)],
    result: null,
    body: [
      assign(from, i32(0)),
      countUp(from, read(count), i32(stretch), [
        assign(length, operate('i32.select', i32(stretch), rest, isWhole)),
        invoke(firstWords, ...[key0, key1, low, high, length].map(read), placeOf(words, from)),
        assign(low, operate('i32.add', read(low), i32(stretch))),
        assign(high, operate('i32.add', read(high), operate('i32.lt_u', read(low), i32(stretch)))),
        ...drawLeast(formulas, four, stretchOf),
        assign(asked, i32x4(0)),
        ...drawOthers(formulas, four, stretchOf, asked),
        when(operate('v128.any_true', read(asked)), [
          invoke(redraw, read(given.step), read(from), endOf(stretchOf), read(key0), read(key1)),
        ]),
      ]),
    ],
  };
};

/** An array, and four of its elements. */
interface Column {
  readonly address: Local<'i32'>;
  readonly four: Local<'v128'>;
}
/** Elements, and a bit for each of them that is still to be drawn. */
interface Stretch {
  readonly from: Local<'i32'>;
  readonly length: Local<'i32'>;
  readonly columns: readonly Column[];
  readonly words: Column;
  readonly pending: Local<'i64'>;
}

const placeOf = ({ address }: Column, element: Local<'i32'>): Value<'i32'> =>
  operate('i32.add', read(address), operate('i32.mul', read(element), i32(elementBytes)));
const endOf = ({ from, length }: Stretch): Value<'i32'> => operate('i32.add', read(from), read(length));

/** All four by four: those that are the least value are drawn, the others are marked and keep their words. */
const drawLeast = (formulas: Formulas, four: Four, elements: Stretch): readonly Statement[] => {
  const { from, length, columns, words, pending } = elements;
  const element = local('element', 'i32');
  const { statements, least, isLeast } = leastOfFour(formulas, four);
  const bits = operate('i64.extend_i32_u', operate('i32x4.bitmask', operate('v128.not', isLeast)));
  const place = operate('i64.extend_i32_u', operate('i32.sub', read(element), read(from)));
  const beyond = operate('i64.extend_i32_u', operate('i32.sub', i32(stretch), read(length)));
  return [
    assign(pending, i64(0n)),
    assign(element, read(from)),
    // The last four may reach beyond the end, where memory is padded.
    countUp(element, endOf(elements), i32(4), [
      ...[...columns, words].map((column) =>
        assign(column.four, load('v128.load', [placeOf(column, element)], { alignment: elementBytes })),
      ),
      ...statements,
      assign(pending, operate('i64.or', read(pending), operate('i64.shl', bits, place))),
      storeSome(
        placeOf(words, element),
        operate('i32.sub', endOf(elements), read(element)),
        fourLanes.choose(isLeast, least, read(words.four)),
      ),
    ]),
    assign(pending, operate('i64.and', read(pending), operate('i64.shr_u', i64(-1n), beyond))),
  ];
};

/** Those that are marked, any four at a time; the last one again where there are fewer. */
const drawOthers = (
  formulas: Formulas,
  four: Four,
  { from, columns, words, pending }: Stretch,
  asked: Local<'v128'>,
): readonly Statement[] => {
  const elements = [0, 1, 2, 3].map((lane) => local(`element_${lane}`, 'i32'));
  const { statements, drawn } = searchFour(formulas, four, asked);
  const isNone = operate('i64.eqz', read(pending));
  const next = operate('i32.add', read(from), operate('i32.wrap_i64', operate('i64.ctz', read(pending))));
  const chosen = elements.flatMap((element, lane) => [
    assign(element, lane === 0 ? next : operate('i32.select', read(elements[lane - 1]!), next, isNone)),
    // Without its lowest bit.
    assign(pending, operate('i64.and', read(pending), operate('i64.sub', read(pending), i64(1n)))),
  ]);
  const gathered = (column: Column): Value<'v128'> => {
    const [first, ...others] = elements.map((element) => placeOf(column, element));
    return others.reduce<Value<'v128'>>(
      (vector, place, at) => load('v128.load32_lane', [place, vector], { lane: at + 1 }),
      load('v128.load32_splat', [first!]),
    );
  };
  return [
    block('drawn', [
      loop('others', [
        branch('drawn', isNone),
        ...chosen,
        ...[...columns, words].map((column) => assign(column.four, gathered(column))),
        ...statements,
        ...elements.map((element, lane) =>
          store('v128.store32_lane', [placeOf(words, element), drawn], { lane }),
        ),
        branch('others'),
      ]),
    ]),
  ];
};

const nameOf = (value: Expression): string => {
  if (value.kind !== 'read') throw new Error(`internal: a draw reads a ${value.kind}, not an array`);
  return value.name;
};

/** Null where something has to be computed that has no kernel. */
const formulasOf = ({ mean, low, high, logMass, ratio }: Inversion): Formulas | null => {
  if (low === null) return null;
  const ofLeast = replaceNames(logMass, { x: low });
  const all = [mean, low, ofLeast, ratio, ...(high === null ? [] : [high])];
  return all.every(hasKernel) ? { mean, low, high, logMass: ofLeast, ratio } : null;
};

const hasKernel = (node: Expression): boolean => {
  switch (node.kind) {
    case 'constant':
    case 'read':
      return true;
    case 'add':
      return node.terms.every(hasKernel);
    case 'multiply':
      return node.factors.every(hasKernel);
    case 'power':
      return node.exponent.kind === 'constant' && hasKernel(node.base);
    case 'apply':
      return !onHost.has(node.operator) && node.arguments.every(hasKernel);
    default:
      return false;
  }
};
