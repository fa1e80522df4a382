/**
 * Draws of discrete families by inversion, four at a time: those that `drawBySampler` makes of the same uniform numbers. The masses
 * are float32 here, so a draw whose uniform number is near the border of two values is left to JavaScript; so is one whose mean is
 * large, or whose parameters are wrong.
 */
import type { Expression, Operator } from '../../../calculus/expression.ts';
import { children, readNames, replaceNames } from '../../../calculus/substitute.ts';
import type { DrawSource, Register } from '../../../schedule/program.ts';
import {
  assign,
  assignTogether,
  block,
  branch,
  countUp,
  f32x4,
  host,
  i32,
  i32x4,
  i32x4Lanes,
  invoke,
  load,
  local,
  loop,
  operate,
  read,
  store,
  when,
} from '../assembler/build.ts';
import type { Local, Statement, Value, WasmFunction } from '../assembler/code.ts';
import { inline } from '../math/functions.ts';
import { fourLanes } from '../math/lanes.ts';
import { blockWords, keySchedule, type Pair } from '../random/threefry.ts';
import { elementOf, lanesOf, type Readings } from './element.ts';
import { lengthIn, type Frame } from './frame.ts';

type Inversion = Extract<DrawSource, { kind: 'inversion' }>;
type Four = Value<'v128'>;

/** Elements between two looks at what is left to JavaScript. */
const blockLength = 256;
/** Borders are known up to this part of the probability that lies beyond the first value, and up to this much more. */
const relativeMargin = 2 ** -14;
const absoluteMargin = 2 ** -20;
/** The search starts at most so far above the least value, whose log mass is at least this, and takes so many turns. */
const farthestStart = 48;
const largestStart = 2 ** 20;
const leastLogMass = -64;
const mostTurns = 128;

/** `redraw(step, from, to, key0, key1)`: draws those elements from `from` up to `to` that are NaN. */
export const redraw = host(
  'redraw',
  ['step', 'from', 'to', 'key0', 'key1'].map((name) => local(name, 'i32')),
  null,
);

/** The formulas of a family that has a least value. */
interface Formulas {
  readonly mean: Expression;
  readonly low: Expression;
  readonly high: Expression | null;
  /** Of the least value. */
  readonly logMass: Expression;
  readonly ratio: Expression;
}

/** Null where something has to be computed that only JavaScript can. */
const formulasOf = ({ mean, low, high, logMass, ratio }: Inversion): Formulas | null => {
  if (low === null) return null;
  const formulas = { mean, low, high, ratio, logMass: replaceNames(logMass, { x: low }) };
  const all = [mean, low, formulas.logMass, ratio, ...(high === null ? [] : [high])];
  return all.every(hasKernel) ? formulas : null;
};

const ofJavaScript: ReadonlySet<Operator> = new Set<Operator>([
  'log_gamma',
  'digamma',
  'trigamma',
  'log1m_exp',
  'normal_log_cdf',
  'polygamma',
  'log_bessel',
  'log_bessel_i',
  'log_mills',
  'log_exprel',
  'cumulant',
  'atan2',
]);

const hasKernel = (node: Expression): boolean => {
  switch (node.kind) {
    case 'constant':
    case 'read':
      return true;
    case 'apply':
      return !ofJavaScript.has(node.operator) && node.arguments.every(hasKernel);
    case 'power':
      return node.exponent.kind === 'constant' && hasKernel(node.base);
    case 'add':
    case 'multiply':
      return children(node).every(hasKernel);
    default:
      return false;
  }
};

/** What is drawn: its register, its law and the number of the host step that does the same. */
export interface InversionDraw {
  readonly target: Register;
  readonly source: Inversion;
  readonly site: number;
  readonly step: number;
}
export interface InversionContext {
  readonly frame: Frame;
  readonly areaOf: (name: string) => string;
}

/** `draw_0(frame, key0, key1)`, or null where JavaScript has to draw all elements. */
export const emitInversion = (
  name: string,
  { target, source, site, step }: InversionDraw,
  { frame, areaOf }: InversionContext,
): WasmFunction | null => {
  const formulas = formulasOf(source);
  if (formulas === null) return null;
  const at = local('frame', 'i32');
  const [key0, key1] = [local('key0', 'i32'), local('key1', 'i32')];
  const [element, from, until, count] = ['element', 'from', 'until', 'count'].map((each) => local(each, 'i32')) as [Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>]; // prettier-ignore
  const asked = local('asked', 'v128');
  const words = blocksFrom([key0, key1], [frame.whole(at, `low:${site}`), frame.whole(at, `high:${site}`)]);
  const addressOf = (array: string): Local<'i32'> => local(array, 'i32');
  const out = addressOf('target');
  const columns = source.parameters.map(({ name: parameter, value }) => ({
    parameter,
    area: areaOf(arrayOf(value)),
    address: addressOf(parameter),
    values: local(parameter, 'v128'),
  }));
  const offset = operate('i32.shl', read(element), i32(2));
  const here = (address: Local<'i32'>): Value<'i32'> => operate('i32.add', read(address), offset);

  const drawn = local('drawn', 'v128');
  const isAsked = local('is_asked', 'v128');
  const values = new Map(columns.map(({ parameter, values: four }) => [parameter, read(four)]));
  const rest = operate('i32.sub', read(count), read(element));
  const stores = when(
    operate('i32.ge_s', rest, i32(4)),
    [store('v128.store', [here(out), read(drawn)], { alignment: 4 })],
    lanesOf(read(drawn))
      .slice(0, 3)
      .map((each, lane) =>
        when(operate('i32.gt_s', rest, i32(lane)), [
          store('f32.store', [here(out), each], { offset: 4 * lane }),
        ]),
      ),
  );
  const end = operate('i32.add', read(from), i32(blockLength));
  const isLast = operate('i32.lt_s', read(count), end);
  return {
    name,
    parameters: [at, key0, key1],
    result: null,
    body: [
      assign(count, lengthIn(frame, at, target.indices)),
      assign(out, frame.whole(at, `at:${areaOf(target.name)}`)),
      ...columns.map(({ address, area }) => assign(address, frame.whole(at, `at:${area}`))),
      ...words.start,
      assign(from, i32(0)),
      countUp(from, read(count), i32(blockLength), [
        assign(asked, i32x4(0)),
        assign(until, operate('i32.select', read(count), end, isLast)),
        assign(element, read(from)),
        countUp(element, read(until), i32(4), [
          ...columns.map(({ address, values: four }) =>
            assign(four, load('v128.load', [here(address)], { alignment: 4 })),
          ),
          ...drawFour(formulas, values, words.of(read(element)), drawn, isAsked),
          assign(asked, operate('v128.or', read(asked), read(isAsked))),
          stores,
        ]),
        when(operate('v128.any_true', read(asked)), [
          invoke(redraw, i32(step), read(from), read(until), read(key0), read(key1)),
        ]),
      ]),
    ],
  };
};

const arrayOf = (value: Expression): string => {
  if (value.kind !== 'read') throw new Error(`internal: a draw reads a ${value.kind}, not an array`);
  return value.name;
};

/** The first words of the blocks of four neighbours: `fillBlocks` of `src/runtime/random.ts`, one block for each element. */
const blocksFrom = (
  key: readonly [Local<'i32'>, Local<'i32'>],
  [low, high]: Pair<'f32'>,
): { readonly start: readonly Statement[]; readonly of: (element: Value<'i32'>) => Four } => {
  const [lowest, highest] = [local('low', 'i32'), local('high', 'v128')];
  const computed = keySchedule(fourLanes, [operate('i32x4.splat', read(key[0])), operate('i32x4.splat', read(key[1]))]); // prettier-ignore
  const kept = new Map(computed.flat().map((word) => [word, local('schedule', 'v128')]));
  const schedule = computed.map(([first, second]): Pair<'f32x4'> => [read(kept.get(first)!), read(kept.get(second)!)]); // prettier-ignore
  return {
    start: [
      assignTogether(...[...kept].map(([word, variable]) => [variable, word] as const)),
      assign(lowest, low),
      assign(highest, operate('i32x4.splat', high)),
    ],
    of: (element) => {
      const first = operate('i32x4.splat', operate('i32.add', read(lowest), element));
      const lows = operate('i32x4.add', first, i32x4Lanes(0, 1, 2, 3));
      // A lower word that has gone round is below the one it started from; a comparison is -1 where it holds.
      const carry = operate('i32x4.lt_u', lows, operate('i32x4.splat', read(lowest)));
      return blockWords(fourLanes, schedule, [lows, operate('i32x4.sub', read(highest), carry)])[0];
    },
  };
};

const { add, subtract, multiply, divide, choose, and } = fourLanes;
const isAbove = (left: Four, right: Four): Four => fourLanes.isBelow(right, left);
const isUpTo = (left: Four, right: Four): Four => operate('f32x4.le', left, right);
const not = (mask: Four): Four => operate('v128.not', mask);
const any = (mask: Four): Value<'i32'> => operate('v128.any_true', mask);
const none = f32x4(0);
const one = f32x4(1);

/**
 * Four draws and which of them are left to JavaScript, which are NaN. The uniform number u is turned around: `far` is 1 - u, and
 * `room` is how far it lies above the probability of all values that have not been looked at, plus a margin.
 */
const drawFour = (
  { mean, low, high, logMass, ratio }: Formulas,
  parameters: ReadonlyMap<string, Four>,
  word: Four,
  drawn: Local<'v128'>,
  isAsked: Local<'v128'>,
): readonly Statement[] => {
  const statements: Statement[] = [];
  const kept = (name: string, value: Four): Four => {
    const variable = local(name, 'v128');
    statements.push(assign(variable, value));
    return read(variable);
  };
  const known = new Map<Expression, Four>();
  const readings = readingsOf(parameters, none);
  const parts = [mean, low, logMass, ...(high === null ? [] : [high])].flatMap(functionsOf);
  for (const part of parts) if (!known.has(part)) known.set(part, kept('part', elementOf(part, readings, known))); // prettier-ignore
  const of = (node: Expression): Four => elementOf(node, readings, known);

  const halved = operate('i32x4.shr_u', operate('v128.not', word), i32(1));
  const far = kept('far', multiply(fourLanes.toFloat(halved), f32x4(2 ** -31)));
  const least = kept('least', of(low));
  const most = high === null ? null : kept('most', of(high));
  const floor = fourLanes.larger(operate('f32x4.floor', of(mean)), least);
  // A mean may be rounded up to the greatest value, with which no search begins.
  const start = kept('start', most === null ? floor : fourLanes.smaller(floor, fourLanes.larger(subtract(most, one), least))); // prettier-ignore
  const atLeast = kept('log_mass', of(logMass));
  const tail = kept('tail', subtract(none, inline.expm1(fourLanes, atLeast)));
  const isFinite = [...parameters.values()].map((value) => fourLanes.isBelow(fourLanes.absolute(value), f32x4(Infinity))); // prettier-ignore
  const isFit = kept('is_fit', [
    isAbove(atLeast, f32x4(leastLogMass)),
    isUpTo(atLeast, none),
    isUpTo(subtract(start, least), f32x4(farthestStart)),
    isUpTo(fourLanes.absolute(start), f32x4(largestStart)),
    ...isFinite,
  ].reduce(and)); // prettier-ignore

  const variable = (name: string, value: Four): Local<'v128'> => {
    const made = local(name, 'v128');
    statements.push(assign(made, value));
    return made;
  };
  const mass = local('mass', 'v128');
  const margin = variable('margin', add(multiply(tail, f32x4(relativeMargin)), f32x4(absoluteMargin)));
  const room = variable('room', add(subtract(far, tail), read(margin)));
  const ratioAt = ratioOf(ratio, parameters);
  const isHigher = kept('is_higher', and(isFit, isAbove(start, least)));
  statements.push(
    assign(mass, one),
    when(any(isHigher), climb({ start, least, atLeast, isHigher, far }, { mass, margin, room }, ratioAt)),
  );
  statements.push(assign(drawn, start));
  const isOpen = variable('is_open', and(isFit, not(isAbove(read(room), none))));
  statements.push(
    when(
      any(read(isOpen)),
      search({ start, least, most, isHigher, atLeast }, { drawn, mass, room, isOpen }, ratioAt),
    ),
  );
  const isSure = and(isFit, isAbove(read(room), add(read(margin), read(margin))));
  statements.push(
    assign(isAsked, not(isSure)),
    assign(drawn, choose(read(isAsked), f32x4(NaN), read(drawn))),
  );
  return statements;
};

/** The formulas' reads: parameters, and the value. */
const readingsOf = (parameters: ReadonlyMap<string, Four>, x: Four): Readings<'f32x4'> => ({
  lanes: fourLanes,
  array: ({ name }) => {
    const value = parameters.get(name) ?? (name === 'x' ? x : undefined);
    if (value === undefined) throw new Error(`internal: the law of a draw reads "${name}"`);
    return value;
  },
  floor: (value) => operate('f32x4.floor', value),
  place: () => {
    throw new Error('internal: a place in the law of a draw');
  },
  eachLane: () => {
    throw new Error('internal: a function of JavaScript in the law of a draw');
  },
});

/** The largest parts that apply a function to parameters alone. */
const functionsOf = (node: Expression): readonly Expression[] => {
  const isFunction = node.kind === 'apply' || node.kind === 'power';
  return isFunction && !readNames(node).has('x') ? [node] : children(node).flatMap(functionsOf);
};

/** p(x) / p(x - 1): what does not depend on x is computed by `start`. */
interface Ratio {
  readonly start: readonly Statement[];
  readonly at: (x: Four) => Four;
}
const ratioOf = (ratio: Expression, parameters: ReadonlyMap<string, Four>): (() => Ratio) => {
  return () => {
    const known = new Map<Expression, Four>();
    const readings = readingsOf(parameters, none);
    const start = functionsOf(ratio).map((part) => {
      const variable = local('part', 'v128');
      const computed = assign(variable, elementOf(part, readings, new Map()));
      known.set(part, read(variable));
      return computed;
    });
    return { start, at: (x) => elementOf(ratio, readingsOf(parameters, x), new Map(known)) };
  };
};

/** Where the search starts above the least value, its mass comes from that of the least value. */
const climb = (
  { start, least, atLeast, isHigher, far }: Readonly<Record<'start' | 'least' | 'atLeast' | 'isHigher' | 'far', Four>>, // prettier-ignore
  { mass, margin, room }: Readonly<Record<'mass' | 'margin' | 'room', Local<'v128'>>>,
  ratio: () => Ratio,
): readonly Statement[] => {
  const [x, isBelow, product] = ['x', 'is_below', 'product'].map((name) => local(name, 'v128')) as [Local<'v128'>, Local<'v128'>, Local<'v128'>]; // prettier-ignore
  const { start: prepared, at } = ratio();
  return [
    ...prepared,
    assign(x, least),
    assign(product, inline.exp(fourLanes, atLeast)),
    block('there', [
      loop('climb', [
        assign(isBelow, and(isHigher, fourLanes.isBelow(read(x), start))),
        branch('there', operate('i32.eqz', any(read(isBelow)))),
        assign(x, add(read(x), and(read(isBelow), one))),
        assign(product, choose(read(isBelow), multiply(read(product), at(read(x))), read(product))),
        branch('climb'),
      ]),
    ]),
    assign(mass, read(product)),
    assign(margin, choose(isHigher, f32x4(relativeMargin + absoluteMargin), read(margin))),
    assign(
      room,
      choose(isHigher, add(subtract(far, subtract(one, read(product))), read(margin)), read(room)),
    ),
  ];
};

/** Values above the start and below it by turns, until each draw is settled. */
const search = (
  { start, least, most, isHigher, atLeast }: { readonly start: Four; readonly least: Four; readonly isHigher: Four; readonly atLeast: Four; readonly most: Four | null }, // prettier-ignore
  { drawn, mass, room, isOpen }: Readonly<Record<'drawn' | 'mass' | 'room' | 'isOpen', Local<'v128'>>>,
  ratio: () => Ratio,
): readonly Statement[] => {
  const [above, below, massAbove, massBelow] = ['above', 'below', 'mass_above', 'mass_below'].map((name) => local(name, 'v128')) as [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>]; // prettier-ignore
  const turn = local('turn', 'i32');
  const { start: prepared, at } = ratio();
  const isWon = local('is_won', 'v128');
  const settle = (value: Local<'v128'>, own: Local<'v128'>): readonly Statement[] => [
    assign(room, add(read(room), and(read(own), read(isOpen)))),
    assign(isWon, and(read(isOpen), isAbove(read(room), none))),
    assign(drawn, choose(read(isWon), read(value), read(drawn))),
    assign(isOpen, operate('v128.andnot', read(isOpen), read(isWon))),
  ];
  const higher = multiply(read(massAbove), at(read(above)));
  const lower = divide(read(massBelow), at(read(below)));
  return [
    ...prepared,
    assign(mass, choose(isHigher, read(mass), inline.exp(fourLanes, atLeast))),
    assignTogether([above, start], [below, start], [massAbove, read(mass)], [massBelow, read(mass)]),
    assign(turn, i32(0)),
    loop('search', [
      assign(above, add(read(above), one)),
      assign(massAbove, most === null ? higher : and(higher, isUpTo(read(above), most))),
      ...settle(above, massAbove),
      assign(massBelow, and(lower, isAbove(read(below), least))),
      assign(below, subtract(read(below), one)),
      ...settle(below, massBelow),
      assign(turn, operate('i32.add', read(turn), i32(1))),
      branch(
        'search',
        operate('i32.and', any(read(isOpen)), operate('i32.lt_s', read(turn), i32(mostTurns))),
      ),
    ]),
  ];
};
