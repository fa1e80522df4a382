/** One element of an elementwise expression, or four of them: the same bits. */
import { splitCoefficient } from '../../../calculus/build.ts';
import type { Apply, Expression, Index, Operator, Power, Read } from '../../../calculus/expression.ts';
import { call, operate, operateLanes } from '../assembler/build.ts';
import type { Value } from '../assembler/code.ts';
import type { MathName } from '../math/functions.ts';
import type { Float, Lanes, Mask, Width } from '../math/lanes.ts';
import { askedOfHost, hostNumber } from './number.ts';

/** What an expression reads, at the present element. */
export interface Readings<W extends Width> {
  readonly lanes: Lanes<W>;
  readonly array: (node: Read) => Float<W>;
  /** The place along an index, as a float. */
  readonly place: (index: Index) => Float<W>;
  /** A function of `math`: inlined or called. */
  readonly math: (name: MathName, x: Float<W>) => Float<W>;
  /** Of a function that has no kernel, for each lane. */
  readonly floor: (x: Float<W>) => Float<W>;
  readonly eachLane: (f: (...x: readonly Value<'f32'>[]) => Value<'f32'>, x: readonly Float<W>[]) => Float<W>;
}

/** Functions that have no kernel. */
export const onHost: ReadonlySet<Operator> = new Set<Operator>([
  'log_gamma',
  'digamma',
  'trigamma',
  'normal_log_cdf',
  'polygamma',
  'log_bessel',
  'log_bessel_i',
  'log_mills',
  'log_exprel',
  'cumulant',
  'atan2',
]);

/** Longer chains of products lose more digits than a logarithm does. */
const longestChain = 32;

export const elementOf = <W extends Width>(
  node: Expression,
  readings: Readings<W>,
  known: Map<Expression, Float<W>>,
): Float<W> => {
  const found = known.get(node);
  if (found !== undefined) return found;
  const value = computed(node, readings, known);
  known.set(node, value);
  return value;
};

const computed = <W extends Width>(
  node: Expression,
  readings: Readings<W>,
  known: Map<Expression, Float<W>>,
): Float<W> => {
  const { lanes } = readings;
  const of = (child: Expression): Float<W> => elementOf(child, readings, known);
  switch (node.kind) {
    case 'constant':
      return lanes.number(node.value);
    case 'read':
      return readings.array(node);
    case 'position':
      return readings.place(node.index);
    case 'delta':
      return asFloat(lanes, lanes.isEqual(readings.place(node.left), readings.place(node.right)));
    case 'triangle': {
      const [row, column] = [readings.place(node.row), readings.place(node.column)];
      const onDiagonal = lanes.choose(lanes.isEqual(row, column), lanes.number(0.5), lanes.number(0));
      return lanes.choose(lanes.isBelow(column, row), lanes.number(1), onDiagonal);
    }
    case 'add':
      return sumOf(node.terms, readings, of);
    case 'multiply':
      return productOf(node.factors, readings, of);
    case 'power':
      return powerOf(node, readings, of);
    case 'apply':
      return functionOf(node, readings, of);
    case 'size':
    case 'sum':
    case 'maximum':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      throw new Error(`internal: a ${node.kind} is not elementwise`);
  }
};

/** Negative terms are subtracted. */
const sumOf = <W extends Width>(
  terms: readonly Expression[],
  readings: Readings<W>,
  of: (node: Expression) => Float<W>,
): Float<W> => {
  const { lanes } = readings;
  const isNegative = (term: Expression): boolean =>
    splitCoefficient(term).coefficient < 0 && term.kind === 'multiply';
  const first = terms.find((term) => !isNegative(term)) ?? terms[0]!;
  return terms
    .filter((term) => term !== first)
    .reduce(
      (total, term) =>
        isNegative(term) && term.kind === 'multiply'
          ? lanes.subtract(total, negated(term.factors, readings, of))
          : lanes.add(total, of(term)),
      of(first),
    );
};

const negated = <W extends Width>(
  [coefficient, ...rest]: readonly Expression[],
  readings: Readings<W>,
  of: (node: Expression) => Float<W>,
): Float<W> => {
  const { lanes } = readings;
  const value = coefficient!.kind === 'constant' ? -coefficient.value : 1;
  const product = productOf(rest, readings, of);
  return value === 1 ? product : lanes.multiply(lanes.number(value), product);
};

/** Factors of negative whole powers divide. */
const productOf = <W extends Width>(
  factors: readonly Expression[],
  readings: Readings<W>,
  of: (node: Expression) => Float<W>,
): Float<W> => {
  const { lanes } = readings;
  const divides = (factor: Expression): factor is Power =>
    factor.kind === 'power' && factor.exponent.kind === 'constant' && factor.exponent.value < 0;
  const above = factors.filter((factor) => !divides(factor));
  const below = factors.filter(divides);
  const times = (values: readonly Float<W>[]): Float<W> =>
    values.reduce((left, right) => lanes.multiply(left, right));
  const top = above.length === 0 ? lanes.number(1) : times(above.map(of));
  if (below.length === 0) return top;
  const bottom = times(
    below.map((factor) => chainOf(of(factor.base), -(factor.exponent as { value: number }).value, readings)),
  );
  return lanes.divide(top, bottom);
};

const powerOf = <W extends Width>(
  { base, exponent }: Power,
  readings: Readings<W>,
  of: (node: Expression) => Float<W>,
): Float<W> => {
  const { lanes } = readings;
  if (exponent.kind === 'constant')
    return exponent.value < 0
      ? lanes.divide(lanes.number(1), chainOf(of(base), -exponent.value, readings))
      : chainOf(of(base), exponent.value, readings);
  return readings.eachLane(asNumbers('power:2'), [of(base), of(exponent)]);
};

/** Of a positive exponent, by repeated squares and a root. */
const chainOf = <W extends Width>(
  base: Float<W>,
  exponent: number,
  { lanes, math }: Readings<W>,
): Float<W> => {
  const whole = Math.floor(exponent);
  if (whole > longestChain || (exponent !== whole && exponent !== whole + 0.5))
    return math('exp', lanes.multiply(lanes.number(exponent), math('log', base)));
  const chain = (power: number): Float<W> => {
    if (power === 1) return base;
    if (power % 2 === 1) return lanes.multiply(chain(power - 1), base);
    const root = chain(power / 2);
    return lanes.multiply(root, root);
  };
  if (exponent === whole) return chain(whole);
  const root = lanes.squareRoot(base);
  return whole === 0 ? root : lanes.multiply(chain(whole), root);
};

const asFloat = <W extends Width>(lanes: Lanes<W>, mask: Mask<W>): Float<W> =>
  lanes.choose(mask, lanes.number(1), lanes.number(0));

const functionOf = <W extends Width>(
  node: Apply,
  readings: Readings<W>,
  of: (node: Expression) => Float<W>,
): Float<W> => {
  const { lanes } = readings;
  const [first, second] = node.arguments;
  const one = lanes.number(1);
  const none = lanes.number(0);
  switch (node.operator) {
    case 'exp':
    case 'log':
    case 'log1p':
    case 'expm1':
    case 'tanh':
    case 'sigmoid':
    case 'softplus':
    case 'sin':
    case 'cos':
      return readings.math(node.operator, of(first!));
    case 'detach':
      return of(first!);
    case 'abs':
      return lanes.absolute(of(first!));
    case 'sign': {
      const x = of(first!);
      return lanes.choose(
        lanes.isBelow(none, x),
        one,
        lanes.choose(lanes.isBelow(x, none), lanes.number(-1), none),
      );
    }
    case 'floor':
      return readings.floor(of(first!));
    case 'step':
      return asFloat(lanes, lanes.isBelow(none, of(first!)));
    case 'max':
      return lanes.larger(of(first!), of(second!));
    case 'min':
      return lanes.smaller(of(first!), of(second!));
    case 'less':
    case 'less_equal':
    case 'equal':
      return asFloat(lanes, conditionOf(node, readings, of));
    case 'where':
      return lanes.choose(conditionOf(first!, readings, of), of(second!), of(node.arguments[2]!));
    case 'log1m_exp':
      return log1mExp(readings, of(first!));
    case 'log_gamma':
    case 'digamma':
    case 'trigamma':
    case 'normal_log_cdf':
    case 'polygamma':
    case 'log_bessel':
    case 'log_bessel_i':
    case 'log_mills':
    case 'log_exprel':
    case 'cumulant':
    case 'atan2':
      return ofHost(node, readings, of);
  }
};

/** log(1 - exp(x)) by the smaller of exp(x) and 1 - exp(x) (Mächler 2012, "Accurately computing log(1 - exp(-|a|))"). */
const log1mExp = <W extends Width>({ lanes, math }: Readings<W>, x: Float<W>): Float<W> => {
  const none = lanes.number(0);
  const near = math('log', lanes.subtract(none, math('expm1', x)));
  const far = math('log1p', lanes.subtract(none, math('exp', x)));
  return lanes.choose(lanes.isBelow(x, lanes.number(-Math.LN2)), far, near);
};

/** Where a condition holds: a comparison, or what is not 0. */
const conditionOf = <W extends Width>(
  node: Expression,
  readings: Readings<W>,
  of: (node: Expression) => Float<W>,
): Mask<W> => {
  const { lanes } = readings;
  const not = (mask: Mask<W>): Mask<W> => lanes.isEqualWhole(mask, lanes.whole(0));
  if (node.kind === 'apply') {
    const [left, right] = node.arguments;
    if (node.operator === 'less') return lanes.isBelow(of(left!), of(right!));
    if (node.operator === 'equal') return lanes.isEqual(of(left!), of(right!));
    if (node.operator === 'less_equal') {
      const [low, high] = [of(left!), of(right!)];
      return lanes.or(lanes.isBelow(low, high), lanes.isEqual(low, high));
    }
    if (node.operator === 'step') return lanes.isBelow(lanes.number(0), of(left!));
  }
  return not(lanes.isEqual(of(node), lanes.number(0)));
};

const ofHost = <W extends Width>(
  node: Apply,
  { eachLane }: Readings<W>,
  of: (node: Expression) => Float<W>,
): Float<W> => {
  const { name, given } = askedOfHost(node);
  return eachLane(asNumbers(name), given.map(of));
};

const asNumbers =
  (name: string) =>
  (...x: readonly Value<'f32'>[]): Value<'f32'> =>
    operate(
      'f32.demote_f64',
      call(hostNumber(name, x.length), ...x.map((each) => operate('f64.promote_f32', each))),
    );

export const lanesOf = (x: Value<'v128'>): readonly Value<'f32'>[] =>
  [0, 1, 2, 3].map((lane) => operateLanes('f32x4.extract_lane', [lane], x));
