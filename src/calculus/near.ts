/**
 * Expressions near an end of an interval, in terms of the distance from it, without what cancels there: 1 - x next to 1 is
 * the distance and not the rounding error of 1 - 0.9999999, and 1 - x^a is -expm1(a log1p(-distance)).
 */
import { add, apply, constant, divide, multiply, power, read, subtract, zero } from './build.ts';
import { dependsOn } from './differentiate.ts';
import { expand } from './expand.ts';
import type { Expression, Operator } from './expression.ts';
import { scalarValue } from './scalar-value.ts';
import { mapChildren, replaceNames } from './substitute.ts';

/** The end of an interval, and the direction that leads inside. */
export interface End {
  readonly origin: number;
  readonly direction: 1 | -1;
}

/** A function next to the end: its value there, and how far from that it is, as an expression of the distance `y`. */
interface Near {
  readonly at: number;
  readonly away: Expression;
}

/** An expression of `variable` alone, in terms of the distance `y` of `variable` from an end. */
export const fromEnd = (entry: Expression, end: End, variable = 'x'): Expression => {
  const place = add(constant(end.origin), multiply(constant(end.direction), read('y')));
  const written = (node: Expression): Expression => replaceNames(node, { [variable]: place });
  const near = (node: Expression): Near | null => nearEnd(node, end, variable, written);
  const rewrite = (node: Expression): Expression => {
    if (!dependsOn(node, variable)) return node;
    if (node.kind === 'add') {
      const terms = node.terms.map(near);
      if (terms.every((term) => term !== null) && cancels(terms)) return awayOf(terms);
    }
    if (node.kind === 'apply' && node.operator === 'log1p') {
      const inner = near(node.arguments[0]!);
      const terms = inner === null ? [] : [{ at: 1, away: zero }, inner];
      if (cancels(terms)) return apply('log', awayOf(terms));
    }
    if (node.kind === 'apply' && node.operator === 'log') {
      const whole = near(node);
      if (whole?.at === 0) return whole.away;
    }
    return node.kind === 'read' ? place : mapChildren(node, rewrite);
  };
  return rewrite(entry);
};

const awayOf = (terms: readonly Near[]): Expression => expand(add(...terms.map(({ away }) => away)));

/** Whether terms that are not 0 at the end add up to 0 there, but for rounding. */
const cancels = (terms: readonly Near[]): boolean => {
  const size = terms.reduce((total, { at }) => total + Math.abs(at), 0);
  const value = terms.reduce((total, { at }) => total + at, 0);
  return size > 0 && Math.abs(value) <= Number.EPSILON * size;
};

/** Null where the function has no finite value at the end. */
const nearEnd = (
  node: Expression,
  { origin, direction }: End,
  variable: string,
  written: (node: Expression) => Expression,
): Near | null => {
  const near = (part: Expression): Near | null => {
    const found = dependsOn(part, variable) ? nearPart(part) : { at: scalarValue(part, {}), away: zero };
    return found !== null && Number.isFinite(found.at) ? found : null;
  };
  const nearPart = (part: Expression): Near | null => {
    switch (part.kind) {
      case 'read':
        return { at: origin, away: multiply(constant(direction), read('y')) };
      case 'add': {
        const terms = all(part.terms.map(near));
        return terms === null
          ? null
          : { at: total(terms.map(({ at }) => at)), away: add(...terms.map(({ away }) => away)) };
      }
      case 'multiply':
        return all(part.factors.map(near))?.reduce(product) ?? null;
      case 'power': {
        const base = near(part.base);
        return part.exponent.kind === 'constant' && base !== null
          ? (powerOf(base, part.exponent.value) ?? plain(part))
          : plain(part);
      }
      case 'apply': {
        const inner = part.arguments.length === 1 ? near(part.arguments[0]!) : null;
        return inner === null ? plain(part) : (applied(part.operator, inner) ?? plain(part));
      }
      default:
        return null;
    }
  };
  /** Without a form of its own the difference is written out, and loses what it loses. */
  const plain = (part: Expression): Near => {
    const at = scalarValue(part, { [variable]: origin });
    return { at, away: subtract(written(part), constant(at)) };
  };
  return near(node);
};

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const all = (parts: readonly (Near | null)[]): readonly Near[] | null =>
  parts.every((part) => part !== null) ? parts : null;

const product = (left: Near, right: Near): Near => ({
  at: left.at * right.at,
  away: add(
    multiply(constant(left.at), right.away),
    multiply(constant(right.at), left.away),
    multiply(left.away, right.away),
  ),
});

/** Powers up to here are factored; higher ones are rare, and their factors many. */
const highest = 32;

const powerOf = (base: Near, exponent: number): Near | null => {
  const { at, away } = base;
  const whole = add(constant(at), away);
  if (at === 0) return exponent > 0 ? { at: 0, away: power(away, exponent) } : null;
  if (!Number.isInteger(exponent))
    // at^p ((1 + away/at)^p - 1)
    return at < 0
      ? null
      : {
          at: at ** exponent,
          away: multiply(
            constant(at ** exponent),
            apply('expm1', multiply(constant(exponent), logRatio(base))),
          ),
        };
  const count = Math.abs(exponent);
  if (count > highest) return null;
  // u^n - v^n = (u - v) (u^(n-1) + u^(n-2) v + ... + v^(n-1)), which is right for values of either sign.
  const factors = Array.from({ length: count }, (_, k) =>
    multiply(constant(at ** k), power(whole, count - 1 - k)),
  );
  const difference = multiply(away, add(...factors));
  return exponent > 0
    ? { at: at ** exponent, away: difference }
    : {
        at: at ** exponent,
        away: multiply(constant(-(at ** exponent)), difference, power(whole, exponent)),
      };
};

/** log(1 + away / at) */
const logRatio = ({ at, away }: Near): Expression => apply('log1p', divide(away, constant(at)));

const applied = (operator: Operator, inner: Near): Near | null => {
  const { at, away } = inner;
  switch (operator) {
    case 'exp':
    case 'expm1':
      return {
        at: operator === 'exp' ? Math.exp(at) : Math.expm1(at),
        away: multiply(constant(Math.exp(at)), apply('expm1', away)),
      };
    case 'log':
      return at > 0 ? { at: Math.log(at), away: logRatio(inner) } : null;
    case 'log1p':
      return at > -1 ? { at: Math.log1p(at), away: logRatio({ at: 1 + at, away }) } : null;
    case 'sin':
      return turned(Math.sin(at), Math.cos(at), away);
    case 'cos':
      return turned(Math.cos(at), -Math.sin(at), away);
    default:
      return null;
  }
};

/** A sine or cosine with this value and slope at the end: value (cos(away) - 1) + slope sin(away). */
const turned = (value: number, slope: number, away: Expression): Near => {
  // π is rounded, and its sine is not 0: what is left is less than the angle tells.
  const exact = (part: number): Expression => constant(Math.abs(part) <= Number.EPSILON ? 0 : part);
  const half = apply('sin', multiply(constant(0.5), away));
  return {
    at: value,
    away: add(
      multiply(constant(-2), exact(value), power(half, 2)),
      multiply(exact(slope), apply('sin', away)),
    ),
  };
};
