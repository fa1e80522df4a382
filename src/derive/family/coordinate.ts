/**
 * Coordinates for continuous values: a family's `x` as a function of one real number y, read as `@y`, so that a density on an
 * interval becomes one on the line.
 */
import {
  add,
  apply,
  constant,
  exp,
  isConstant,
  log,
  multiply,
  negate,
  one,
  power,
  read,
  subtract,
  zero,
} from '../../calculus/build.ts';
import { simplest } from '../../calculus/collect.ts';
import { dependsOn, derivative } from '../../calculus/differentiate.ts';
import { expand } from '../../calculus/expand.ts';
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
/** Where a value lies between two bounds, and how far it is from the upper one, in parts of the interval. */
const place = apply('sigmoid', y);
const placeAbove = apply('sigmoid', negate(y));

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
    const jacobian = multiply(width, place, placeAbove);
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

/**
 * Logarithms of what vanishes at an end of the interval, a polynomial p of σ(y): log σ(y) is −softplus(−y), log(1 − σ(y)) is
 * −softplus(y), and log p the sum of these for the roots at 0 and 1 with the logarithm of the rest. 1 − σ(y) is σ(−y).
 */
const withStableLogs = (node: Expression): Expression => {
  const inner = mapChildren(node, withStableLogs);
  const complement = complementOf(inner);
  if (complement !== null) return apply('sigmoid', negate(complement));
  if (inner.kind !== 'apply' || (inner.operator !== 'log' && inner.operator !== 'log1p')) return inner;
  const [argument] = inner.arguments;
  return logOfPolynomial(inner.operator === 'log' ? argument! : add(one, argument!)) ?? inner;
};

/** Null for what is no polynomial of σ(y), or vanishes at neither end. */
const logOfPolynomial = (node: Expression): Expression | null => {
  let coefficients = coefficientsOf(node);
  if (coefficients === null) return null;
  let [atLow, atHigh] = [0, 0];
  while (coefficients.length > 1 && coefficients[0] === zero) {
    atLow += 1;
    coefficients = coefficients.slice(1);
  }
  // Where all coefficients add up to 0, (1 − σ) divides: the quotient has their partial sums.
  while (coefficients.length > 1 && simplest(expand(add(...coefficients))) === zero) {
    atHigh += 1;
    coefficients = coefficients
      .slice(0, -1)
      .map((_, k, all) => simplest(expand(add(...all.slice(0, k + 1)))));
  }
  if (atLow + atHigh === 0) return null;
  const rest = add(...coefficients.map((coefficient, k) => multiply(coefficient, power(place, k))));
  return add(
    multiply(constant(-atLow), apply('softplus', negate(y))),
    multiply(constant(-atHigh), apply('softplus', y)),
    log(rest),
  );
};

/** Coefficients of 1, σ(y), σ(y)², ...; null where y stands anywhere else, or the exponents are no whole numbers. */
const coefficientsOf = (node: Expression): readonly Expression[] | null => {
  const whole = expand(replaceNode(node, placeAbove, subtract(one, place)));
  const found: Expression[] = [];
  for (const term of whole.kind === 'add' ? whole.terms : [whole]) {
    let degree = 0;
    const others: Expression[] = [];
    for (const factor of term.kind === 'multiply' ? term.factors : [term]) {
      const isPower = factor.kind === 'power' && factor.base === place && factor.exponent.kind === 'constant';
      if (factor === place) degree += 1;
      else if (isPower && factor.exponent.kind === 'constant') degree += factor.exponent.value;
      else others.push(factor);
    }
    const coefficient = multiply(...others);
    if (dependsOn(coefficient, coordinateName) || !Number.isInteger(degree) || degree < 0) return null;
    while (found.length <= degree) found.push(zero);
    found[degree] = add(found[degree]!, coefficient);
  }
  return found.length === 0 ? null : found;
};

const replaceNode = (node: Expression, from: Expression, to: Expression): Expression =>
  node === from ? to : mapChildren(node, (child) => replaceNode(child, from, to));

/** z of 1 − σ(z), else null. */
const complementOf = (node: Expression): Expression | null => {
  if (node.kind !== 'add' || node.terms.length !== 2 || !node.terms.some((term) => isConstant(term, 1)))
    return null;
  const sigmoid = subtract(one, node);
  return sigmoid.kind === 'apply' && sigmoid.operator === 'sigmoid' ? sigmoid.arguments[0]! : null;
};
