/**
 * Coordinates for continuous values: a family's `x` as a function of one real number y, read as `@y`, so that a density on an
 * interval becomes one on the line.
 */
import {
  add,
  apply,
  exp,
  isConstant,
  log,
  multiply,
  negate,
  one,
  read,
  subtract,
  zero,
} from '../../calculus/build.ts';
import { derivative } from '../../calculus/differentiate.ts';
import type { Expression } from '../../calculus/expression.ts';
import { mapChildren, replaceNames } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { unnormalisedLogDensity } from './family.ts';

export interface Coordinate {
  readonly kind: 'identity' | 'log' | 'logit';
  /** What y is, in words. */
  readonly words: string;
  /** x in terms of `@y` and fixed parameters, and y in terms of `x`. */
  readonly value: Expression;
  readonly inverse: Expression;
  /** dx/dy. */
  readonly jacobian: Expression;
  /** Bounds of y; null where there is none. */
  readonly low: Expression | null;
  readonly high: Expression | null;
}

/** The name of the coordinate; no family can have a parameter of this name. */
export const coordinateName = '@y';
const y = read(coordinateName);
const x = read('x');

/** x itself, within its bounds. */
export const identityCoordinate = ({ range }: Family): Coordinate => ({
  kind: 'identity',
  words: 'x',
  value: y,
  inverse: x,
  jacobian: one,
  low: range.low,
  high: range.high,
});

/** A coordinate without bounds: log(x − low), log(high − x), or the log odds of where x lies between. */
export const lineCoordinate = (family: Family): Coordinate => {
  const { low, high } = family.range;
  const line = { low: null, high: null } as const;
  if (low === null && high === null) return identityCoordinate(family);
  if (low !== null && high !== null) {
    const width = subtract(high, low);
    const place = apply('sigmoid', y);
    const jacobian = multiply(width, place, apply('sigmoid', negate(y)));
    const inverse = subtract(log(subtract(x, low)), log(subtract(high, x)));
    const isUnit = isConstant(low, 0) && isConstant(high, 1);
    const words = isUnit ? 'the log odds of x' : 'the log odds of where x lies between its bounds';
    return { kind: 'logit', words, value: add(low, multiply(width, place)), inverse, jacobian, ...line };
  }
  const bound = low ?? high!;
  const sign = low === null ? negate(one) : one;
  const jacobian = multiply(sign, exp(y));
  const words =
    low === null
      ? 'the log of its distance from the bound'
      : isConstant(low, 0)
        ? 'log x'
        : 'log(x − least value)';
  const inverse = log(multiply(sign, subtract(x, bound)));
  return { kind: 'log', words, value: add(bound, jacobian), inverse, jacobian, ...line };
};

/** An expression of `x` in terms of the coordinate, without logarithms of numbers that round to 0. */
export const inCoordinate = (node: Expression, { value }: Coordinate): Expression =>
  withStableLogs(replaceNames(node, { x: value }));

/** log p(x(y)) |dx/dy|, up to the log-partition. Reads `@y`, natural parameters and fixed ones. */
export const logDensityIn = (family: Family, coordinate: Coordinate): Expression => {
  const logJacobian = {
    identity: zero,
    log: y,
    logit: negate(add(apply('softplus', y), apply('softplus', negate(y)))),
  };
  return add(inCoordinate(unnormalisedLogDensity(family), coordinate), logJacobian[coordinate.kind]);
};

/** The derivative in y. */
export const slopeOf = (node: Expression): Expression => withStableLogs(derivative(node, coordinateName, []));

/** log σ(y) = −softplus(−y), log(1 − σ(y)) = −softplus(y), 1 − σ(y) = σ(−y). */
const withStableLogs = (node: Expression): Expression => {
  const inner = mapChildren(node, withStableLogs);
  const complement = complementOf(inner);
  if (complement !== null) return apply('sigmoid', negate(complement));
  if (inner.kind !== 'apply') return inner;
  const [argument] = inner.arguments;
  if (inner.operator === 'log' && argument?.kind === 'apply' && argument.operator === 'sigmoid')
    return negate(apply('softplus', negate(argument.arguments[0]!)));
  if (inner.operator === 'log1p') {
    const sigmoid = negate(argument!);
    if (sigmoid.kind === 'apply' && sigmoid.operator === 'sigmoid')
      return negate(apply('softplus', sigmoid.arguments[0]!));
  }
  return inner;
};

/** z of 1 − σ(z), else null. */
const complementOf = (node: Expression): Expression | null => {
  if (node.kind !== 'add' || node.terms.length !== 2 || !node.terms.some((term) => isConstant(term, 1)))
    return null;
  const sigmoid = subtract(one, node);
  return sigmoid.kind === 'apply' && sigmoid.operator === 'sigmoid' ? sigmoid.arguments[0]! : null;
};
