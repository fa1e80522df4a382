/** Keeping a value inside its support: within bounds, which are formulas of parameters and numbers, or on the circle. */
import { add, apply, constant, divide, multiply, one, subtract } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceReads } from '../calculus/substitute.ts';
import type { Variable } from '../check/typed.ts';

/** An interval, or all angles: full turns lead back. */
export type Bounds = Interval | { readonly kind: 'circle' };
interface Interval {
  readonly kind: 'interval';
  readonly low: Expression | null;
  readonly high: Expression | null;
}
type Put = (node: Expression) => Expression;

/** The bounds of a variable with continuous values, or null where it may take any. */
export const boundsOf = ({ support, distribution }: Variable): Bounds | null => {
  if (support.kind === 'angle') return { kind: 'circle' };
  if (distribution !== null) {
    const { low, high } = distribution.family.range;
    const given = distribution.arguments;
    return low === null && high === null
      ? null
      : { kind: 'interval', low: put(low, given), high: put(high, given) };
  }
  switch (support.kind) {
    case 'unit':
      return { kind: 'interval', low: constant(0), high: one };
    case 'positive':
      return { kind: 'interval', low: constant(0), high: null };
    case 'count':
      return { kind: 'interval', low: constant(0), high: support.upTo };
    default:
      return null;
  }
};

/** The values of a two-valued variable. */
export const endsOf = ({ support }: Variable): readonly [low: number, high: number] | null => {
  switch (support.kind) {
    case 'binary':
      return [0, 1];
    case 'spin':
      return [-1, 1];
    default:
      return null;
  }
};

const put = (node: Expression | null, given: Readonly<Record<string, Expression>>): Expression | null =>
  node === null ? null : replaceReads(node, ({ name }) => given[name] ?? null);

const halfTurn = constant(Math.PI);
const fullTurn = constant(2 * Math.PI);

/** The angle without its full turns. What rounding leaves beyond the ends is cut off. */
const wrapped = (value: Expression): Expression => {
  const turns = apply('floor', divide(subtract(halfTurn, value), fullTurn));
  const near = add(value, multiply(fullTurn, turns));
  return apply('max', constant(-Math.PI), apply('min', halfTurn, near));
};

/** The nearest value inside. Its derivative at the boundary is 1 (papers.md 2.2). */
export const projected = (value: Expression, bounds: Bounds, at: Put): Expression => {
  if (bounds.kind === 'circle') return wrapped(value);
  const { low, high } = bounds;
  const above = low === null ? value : apply('max', value, at(low));
  return high === null ? above : apply('min', above, at(high));
};

export interface Folded {
  readonly inside: Expression;
  /** −1 where the direction was turned round; null where nothing can turn it. */
  readonly direction: Expression | null;
}

/** The value mirrored at the ends as often as it takes, or without its full turns. */
export const folded = (value: Expression, bounds: Bounds, at: Put): Folded => {
  if (bounds.kind === 'circle') return { inside: wrapped(value), direction: null };
  const { low, high } = bounds;
  if (low !== null && high !== null) {
    const width = subtract(at(high), at(low));
    const distance = divide(subtract(value, at(low)), width);
    const phase = subtract(distance, multiply(constant(2), apply('floor', divide(distance, constant(2)))));
    const turned = apply('less', one, phase);
    return {
      inside: add(at(low), multiply(width, apply('min', phase, subtract(constant(2), phase)))),
      direction: subtract(one, multiply(constant(2), turned)),
    };
  }
  const [end, sign] = low !== null ? [at(low), one] : [at(high!), constant(-1)];
  const distance = multiply(sign, subtract(value, end));
  return {
    inside: add(end, multiply(sign, apply('abs', distance))),
    direction: subtract(one, multiply(constant(2), apply('less', distance, constant(0)))),
  };
};

/** Where a start or a proposal comes to lie: full turns of an angle lead back, and nothing is changed beyond an end. */
export const landed = (value: Expression, bounds: Bounds): Expression =>
  bounds.kind === 'circle' ? wrapped(value) : value;

/** 1 where a proposal lies inside, else 0. */
export const inside = (value: Expression, bounds: Bounds, at: Put): Expression => {
  if (bounds.kind === 'circle') return one;
  const { low, high } = bounds;
  return multiply(
    low === null ? one : apply('less_equal', at(low), value),
    high === null ? one : apply('less_equal', value, at(high)),
  );
};
