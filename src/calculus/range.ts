/** Interval arithmetic: where the values of an expression lie, from where those of its reads lie. */
import type { Apply, Expression, Operator } from './expression.ts';
import { scalarFunctions } from './scalar.ts';

/** An interval. A bound that is not reached is one that values only come near to: (0, ∞) is what is positive. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly reachesLow: boolean;
  readonly reachesHigh: boolean;
}

export const openRange = (low: number, high: number): Range => ({
  low,
  high,
  reachesLow: false,
  reachesHigh: false,
});
export const closedRange = (low: number, high: number): Range => ({
  low,
  high,
  reachesLow: true,
  reachesHigh: true,
});
export const wholeLine = openRange(-Infinity, Infinity);
export const positiveRange = openRange(0, Infinity);

export const isPositiveRange = ({ low, reachesLow }: Range): boolean => low > 0 || (low === 0 && !reachesLow);
export const isWithin = (inner: Range, low: number, high: number): boolean =>
  (inner.low > low || (inner.low === low && !inner.reachesLow)) &&
  (inner.high < high || (inner.high === high && !inner.reachesHigh));

/** The least interval that holds both. */
export const uniteRanges = (a: Range, b: Range): Range => between([lowOf(a), lowOf(b), highOf(a), highOf(b)]);

/** What reads may be, by name. */
export type Ranges = (name: string) => Range;

export const rangeOf = (node: Expression, ranges: Ranges): Range => {
  const known = new Map<Expression, Range>();
  const visit = (current: Expression): Range => {
    const found = known.get(current) ?? rangeOfNode(current, ranges, visit);
    known.set(current, found);
    return found;
  };
  return visit(node);
};

const rangeOfNode = (node: Expression, ranges: Ranges, visit: (node: Expression) => Range): Range => {
  switch (node.kind) {
    case 'constant':
      return closedRange(node.value, node.value);
    case 'size':
      return { ...openRange(1, Infinity), reachesLow: true };
    case 'position':
      return { ...openRange(0, Infinity), reachesLow: true };
    case 'delta':
    case 'triangle':
      return closedRange(0, 1);
    case 'read':
      return ranges(node.name);
    case 'add':
      return node.terms.map(visit).reduce(sumOf);
    case 'multiply':
      return node.factors.map(visit).reduce(productOf);
    case 'power':
      return powerOf(visit(node.base), visit(node.exponent));
    case 'apply':
      return applied(node, node.arguments.map(visit));
    case 'maximum':
      return visit(node.body);
    case 'sum': {
      // One entry or more.
      const body = visit(node.body);
      return {
        low: body.low < 0 ? -Infinity : body.low,
        high: body.high > 0 ? Infinity : body.high,
        reachesLow: body.reachesLow && body.low >= 0,
        reachesHigh: body.reachesHigh && body.high <= 0,
      };
    }
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return wholeLine;
  }
};

interface Bound {
  readonly value: number;
  readonly reached: boolean;
}
const lowOf = ({ low, reachesLow }: Range): Bound => ({ value: low, reached: reachesLow });
const highOf = ({ high, reachesHigh }: Range): Bound => ({ value: high, reached: reachesHigh });
const fromBounds = (low: Bound, high: Bound): Range => ({
  low: Number.isNaN(low.value) ? -Infinity : low.value,
  high: Number.isNaN(high.value) ? Infinity : high.value,
  reachesLow: low.reached && Number.isFinite(low.value),
  reachesHigh: high.reached && Number.isFinite(high.value),
});
/** From the least to the greatest of some bounds. */
const between = (bounds: readonly Bound[]): Range => {
  const pick = (value: number): Bound => ({
    value,
    reached: bounds.some((bound) => bound.value === value && bound.reached),
  });
  const values = bounds.map(({ value }) => value);
  return fromBounds(pick(Math.min(...values)), pick(Math.max(...values)));
};

const sumOf = (a: Range, b: Range): Range => {
  const plus = (left: Bound, right: Bound): Bound => ({
    value: left.value + right.value,
    reached: left.reached && right.reached,
  });
  return fromBounds(plus(lowOf(a), lowOf(b)), plus(highOf(a), highOf(b)));
};

const productOf = (a: Range, b: Range): Range => {
  const times = (left: Bound, right: Bound): Bound => ({
    // An infinite bound is never reached, so that 0 times it is 0.
    value: left.value === 0 || right.value === 0 ? 0 : left.value * right.value,
    reached:
      (left.reached && right.reached) ||
      (left.value === 0 && left.reached) ||
      (right.value === 0 && right.reached),
  });
  return between(
    [lowOf(a), highOf(a)].flatMap((left) => [lowOf(b), highOf(b)].map((right) => times(left, right))),
  );
};

const reciprocalOf = (a: Range): Range => {
  const over = ({ value, reached }: Bound, sign: 1 | -1): Bound =>
    value === 0 ? { value: sign * Infinity, reached: false } : { value: 1 / value, reached };
  if (a.low >= 0) return fromBounds(over(highOf(a), 1), over(lowOf(a), 1));
  return a.high <= 0 ? fromBounds(over(highOf(a), -1), over(lowOf(a), -1)) : wholeLine;
};

const powerOf = (base: Range, exponent: Range): Range => {
  if (exponent.low !== exponent.high) return isPositiveRange(base) ? positiveRange : wholeLine;
  const p = exponent.low;
  if (p < 0) return reciprocalOf(powerOf(base, closedRange(-p, -p)));
  const isEven = Number.isInteger(p) && p % 2 === 0;
  if (isEven && base.low < 0) return powerOf(magnitudeOf(base), exponent);
  // Fractional powers exist of what is not negative.
  const from =
    Number.isInteger(p) || base.low >= 0 ? base : fromBounds({ value: 0, reached: true }, highOf(base));
  return increasing(from, (x) => x ** p);
};

const magnitudeOf = (a: Range): Range => {
  if (a.low >= 0) return a;
  const flipped = fromBounds(
    { value: -a.high, reached: a.reachesHigh },
    { value: -a.low, reached: a.reachesLow },
  );
  if (a.high <= 0) return flipped;
  return { ...between([highOf(a), highOf(flipped)]), low: 0, reachesLow: true };
};

/** Under an increasing function, which comes near to its own limits and does not reach them. */
const increasing = (
  a: Range,
  of: (x: number) => number,
  limits: readonly [number, number] = [-Infinity, Infinity],
) => {
  const at = ({ value, reached }: Bound): Bound => {
    const found = of(value);
    return { value: found, reached: reached && !limits.includes(found) };
  };
  return fromBounds(at(lowOf(a)), at(highOf(a)));
};

/** Limits of the increasing functions. */
const increasingFunctions: Partial<Record<Operator, readonly [number, number]>> = {
  exp: [0, Infinity],
  expm1: [-1, Infinity],
  tanh: [-1, 1],
  sigmoid: [0, 1],
  softplus: [0, Infinity],
  normal_log_cdf: [-Infinity, 0],
};

const applied = ({ operator }: Apply, operands: readonly Range[]): Range => {
  const first = operands[0]!;
  switch (operator) {
    case 'exp':
    case 'expm1':
    case 'tanh':
    case 'sigmoid':
    case 'softplus':
    case 'normal_log_cdf':
      return increasing(first, scalarFunctions[operator], increasingFunctions[operator]);
    case 'log':
      return increasing({ ...first, low: Math.max(first.low, 0) }, Math.log);
    case 'log1p':
      return increasing({ ...first, low: Math.max(first.low, -1) }, Math.log1p);
    case 'detach':
      return first;
    case 'abs':
      return magnitudeOf(first);
    case 'floor':
      return closedRange(Math.floor(first.low), Math.floor(first.high));
    case 'sign':
      if (isPositiveRange(first)) return closedRange(1, 1);
      return closedRange(first.low >= 0 ? 0 : -1, first.high <= 0 ? 0 : 1);
    case 'step':
      return closedRange(isPositiveRange(first) ? 1 : 0, first.high <= 0 ? 0 : 1);
    case 'less':
    case 'less_equal':
    case 'equal':
      return closedRange(0, 1);
    case 'sin':
    case 'cos':
      return closedRange(-1, 1);
    case 'cumulant':
      return wholeLine;
    case 'atan2':
      return closedRange(-Math.PI, Math.PI);
    case 'trigamma':
      return positiveRange;
    case 'log1m_exp':
      return openRange(-Infinity, 0);
    case 'log_bessel':
      return first.low === 0 && first.high === 0 ? { ...positiveRange, reachesLow: true } : wholeLine;
    case 'max':
    case 'min': {
      const [left, right] = [first, operands[1]!];
      const pick = operator === 'max' ? outermost(1) : outermost(-1);
      return fromBounds(pick(lowOf(left), lowOf(right)), pick(highOf(left), highOf(right)));
    }
    case 'where':
      return uniteRanges(operands[1]!, operands[2]!);
    case 'log_gamma':
    case 'digamma':
    case 'polygamma':
    case 'log_bessel_i':
    case 'log_mills':
    case 'log_exprel':
      return wholeLine;
  }
};

/** The larger (or smaller) of two bounds; of equal ones, one that is reached. */
const outermost =
  (sign: 1 | -1) =>
  (a: Bound, b: Bound): Bound =>
    a.value === b.value
      ? { value: a.value, reached: a.reached || b.reached }
      : sign * (a.value - b.value) > 0
        ? a
        : b;
