/**
 * Four draws by inversion from four uniform numbers: the values that the search of `src/runtime/inversion-source.ts` finds, in the
 * same order. A uniform number u is turned around: 1 - u is compared with the probability of all values that have not been looked
 * at, so that most draws of small ones are settled by a bound of it. The borders between values are known up to a margin, within which nothing is decided. Where
 * float32 rounds a mean across a whole number, the search starts beside that of JavaScript: other draws of the same law.
 */
import { constant } from '../../../calculus/build.ts';
import type { Expression } from '../../../calculus/expression.ts';
import { children, readNames } from '../../../calculus/substitute.ts';
import {
  assign,
  assignTogether,
  block,
  branch,
  f32x4,
  i32,
  local,
  locals,
  loop,
  operate,
  read,
  when,
} from '../assembler/build.ts';
import type { Local, Statement, Value } from '../assembler/code.ts';
import { inline } from '../math/functions.ts';
import { fourLanes } from '../math/lanes.ts';
import { elementOf, type Readings } from './element.ts';

/** Formulas of a family that has a least value: of its parameters and, the ratio p(x) / p(x - 1) alone, of x. */
export interface Formulas {
  readonly mean: Expression;
  readonly low: Expression;
  readonly high: Expression | null;
  /** Of the least value. */
  readonly logMass: Expression;
  readonly ratio: Expression;
}

/**
 * The margin for each unit of 1 + |log p(least value)|: float32 masses are off by some of their last digits for every unit of a
 * logarithm that is exponentiated, and for every factor that leads from the least value to the mean.
 */
const marginUnit = 2 ** -18;
/** Masses that are multiplied up from rarer values, or over more values, are off by more. */
const leastLogMass = -64;
const farthestStart = 48;
const mostTurns = 128;
/** Steps of 1 are exact below it. */
const largestStart = 2 ** 20;

type Lanes = Value<'v128'>;
const { add, subtract, multiply, divide, choose, and, or, isBelow } = fourLanes;
const isAbove = (left: Lanes, right: Lanes): Lanes => isBelow(right, left);
const isUpTo = (left: Lanes, right: Lanes): Lanes => operate('f32x4.le', left, right);
const not = (mask: Lanes): Lanes => operate('v128.not', mask);
const any = (mask: Lanes): Value<'i32'> => operate('v128.any_true', mask);
const none = f32x4(0);
const one = f32x4(1);

const names = [
  /** 1 - u */
  'far',
  'mean',
  'least',
  'most',
  'logLeast',
  'margin',
  'isValid',
  'start',
  /** How far 1 - u lies above the probability of what has not been looked at, plus the margin: a draw is settled above 0. */
  'room',
  'isFit',
  'isHigher',
  'isOpen',
  'isSettled',
  'isSure',
  'above',
  'below',
  'mass',
  'massAbove',
  'massBelow',
  'drawn',
] as const;
type Locals = Readonly<Record<(typeof names)[number], Local<'v128'>>>;

/** Of four draws: their parameters, and the first words of the blocks that they are made of. */
export interface Four {
  readonly parameters: ReadonlyMap<string, Lanes>;
  readonly word: Lanes;
}

/** Which draws are the least value. At low rates they are most, and nothing more needs to be computed for them. */
export const leastOfFour = (
  formulas: Formulas,
  four: Four,
): { readonly statements: readonly Statement[]; readonly least: Lanes; readonly isLeast: Lanes } => {
  const own = locals('v128', names);
  const { far, mean, least, logLeast, margin, isValid } = own;
  // 1 - exp(-y) is at most y.
  const bound = subtract(read(margin), read(logLeast));
  const startsThere = isBelow(read(mean), add(read(least), one));
  return {
    statements: givenOf(own, formulas, four),
    least: read(least),
    isLeast: [read(isValid), startsThere, isAbove(read(far), bound)].reduce(and),
  };
};

/** Four draws: NaN where nothing was decided, and bits of `asked` are set there. */
export const searchFour = (
  formulas: Formulas,
  four: Four,
  asked: Local<'v128'>,
): { readonly statements: readonly Statement[]; readonly drawn: Lanes } => {
  const own = locals('v128', names);
  const { ratio } = formulas;
  const ofRatio = shared([ratio], four.parameters);
  const ratioAt = (x: Local<'v128'>): Lanes => ofRatio.valueOf(ratio, read(x));
  return {
    statements: [...givenOf(own, formulas, four), ...ofRatio.statements, ...fromStart(own, ratioAt, asked)],
    drawn: read(own.drawn),
  };
};

/** What follows from the parameters and the random words. */
const givenOf = (own: Locals, formulas: Formulas, { parameters, word }: Four): readonly Statement[] => {
  const { low, mean, logMass } = formulas;
  const high = formulas.high ?? constant(Infinity);
  const { statements, valueOf } = shared([low, high, mean, logMass], parameters);
  // 31 of the bits: only signed whole numbers are converted.
  const bits = fourLanes.shiftRightUnsigned(not(word), 1);
  const isFinite = [...parameters.values()].map((value) => isBelow(fourLanes.absolute(value), f32x4(Infinity))); // prettier-ignore
  return [
    ...statements,
    assign(own.far, multiply(fourLanes.toFloat(bits), f32x4(2 ** -31))),
    assign(own.least, valueOf(low)),
    assign(own.most, valueOf(high)),
    assign(own.mean, valueOf(mean)),
    assign(own.logLeast, valueOf(logMass)),
    assign(own.margin, multiply(subtract(one, read(own.logLeast)), f32x4(marginUnit))),
    assign(own.isValid, [isUpTo(read(own.logLeast), none), ...isFinite].reduce(and)),
  ];
};

/** Parts of formulas that do not depend on x are computed once, by statements. */
const shared = (formulas: readonly Expression[], parameters: ReadonlyMap<string, Lanes>) => {
  const known = new Map<Expression, Lanes>();
  const readingsAt = (x: Lanes | undefined): Readings<'f32x4'> => ({
    lanes: fourLanes,
    array: ({ name }) => {
      const value = parameters.get(name) ?? (name === 'x' ? x : undefined);
      if (value === undefined) throw new Error(`internal: the law of a draw reads "${name}"`);
      return value;
    },
    math: (name, value) => inline[name](fourLanes, value),
    floor: (value) => operate('f32x4.floor', value),
    place: () => {
      throw new Error('internal: a place in the law of a draw');
    },
    eachLane: () => {
      throw new Error('internal: a function of JavaScript in the law of a draw');
    },
  });
  const valueOf = (node: Expression, x?: Lanes): Lanes => elementOf(node, readingsAt(x), new Map(known));
  const statements = [...new Set(formulas.flatMap(functionsOf))].map((node) => {
    const part = local('part', 'v128');
    const computed = assign(part, valueOf(node));
    known.set(node, read(part));
    return computed;
  });
  return { statements, valueOf };
};

/** The largest parts that apply a function to parameters alone. */
const functionsOf = (node: Expression): readonly Expression[] => {
  const isFunction = node.kind === 'apply' || node.kind === 'power';
  return isFunction && !readNames(node).has('x') ? [node] : children(node).flatMap(functionsOf);
};

type RatioAt = (x: Local<'v128'>) => Lanes;

/** From the start that JavaScript takes, outward. */
const fromStart = (own: Locals, ratioAt: RatioAt, asked: Local<'v128'>): readonly Statement[] => {
  const { far, mean, least, most, logLeast, margin, isValid, start, room } = own;
  const { isFit, isHigher, isOpen, isSure, mass, drawn } = own;
  const floor = fourLanes.larger(operate('f32x4.floor', read(mean)), read(least));
  // A mean may have been rounded up to the greatest value, where no search begins.
  const second = fourLanes.larger(subtract(read(most), one), read(least));
  const fit = [
    read(isValid),
    isAbove(read(logLeast), f32x4(leastLogMass)),
    isUpTo(subtract(read(start), read(least)), f32x4(farthestStart)),
    isUpTo(fourLanes.absolute(read(start)), f32x4(largestStart)),
  ];
  return [
    assign(start, fourLanes.smaller(floor, second)),
    assign(isFit, fit.reduce(and)),
    assign(mass, inline.exp(fourLanes, read(logLeast))),
    assign(isHigher, and(read(isFit), isAbove(read(start), read(least)))),
    when(any(read(isHigher)), climb(own, ratioAt)),
    assign(room, add(subtract(read(far), subtract(one, read(mass))), read(margin))),
    assign(isOpen, and(read(isFit), not(isAbove(read(room), none)))),
    assign(drawn, read(start)),
    when(any(read(isOpen)), search(own, ratioAt)),
    assign(isSure, and(read(isFit), isAbove(read(room), add(read(margin), read(margin))))),
    assign(drawn, choose(read(isSure), read(drawn), f32x4(NaN))),
    assign(asked, or(read(asked), not(read(isSure)))),
  ];
};

/** Where the search starts above the least value, its mass comes from that of the least value. */
const climb = (own: Locals, ratioAt: RatioAt): readonly Statement[] => {
  const { least, start, mass, isHigher, isOpen, above: x } = own;
  return [
    assign(x, read(least)),
    block('there', [
      loop('climb', [
        assign(isOpen, and(read(isHigher), isBelow(read(x), read(start)))),
        branch('there', operate('i32.eqz', any(read(isOpen)))),
        assign(x, add(read(x), and(read(isOpen), one))),
        assign(mass, choose(read(isOpen), multiply(read(mass), ratioAt(x)), read(mass))),
        branch('climb'),
      ]),
    ]),
  ];
};

/** Values above the start and below it by turns, until all four draws are settled. */
const search = (own: Locals, ratioAt: RatioAt): readonly Statement[] => {
  const { start, least, most, mass, above, below, massAbove, massBelow } = own;
  const { room, isOpen, isSettled, drawn } = own;
  const turn = local('turn', 'i32');
  const settle = (value: Local<'v128'>, own: Local<'v128'>): readonly Statement[] => [
    assign(room, add(read(room), and(read(own), read(isOpen)))),
    assign(isSettled, and(read(isOpen), isAbove(read(room), none))),
    assign(drawn, choose(read(isSettled), read(value), read(drawn))),
    assign(isOpen, and(read(isOpen), not(read(isSettled)))),
  ];
  const isLeft = operate('i32.and', any(read(isOpen)), operate('i32.lt_s', read(turn), i32(mostTurns)));
  return [
    assignTogether([above, read(start)], [below, read(start)], [massAbove, read(mass)], [massBelow, read(mass)]), // prettier-ignore
    assign(turn, i32(0)),
    loop('search', [
      assign(above, add(read(above), one)),
      assign(massAbove, and(multiply(read(massAbove), ratioAt(above)), isUpTo(read(above), read(most)))),
      ...settle(above, massAbove),
      assign(massBelow, and(divide(read(massBelow), ratioAt(below)), isAbove(read(below), read(least)))),
      assign(below, subtract(read(below), one)),
      ...settle(below, massBelow),
      assign(turn, operate('i32.add', read(turn), i32(1))),
      branch('search', isLeft),
    ]),
  ];
};
