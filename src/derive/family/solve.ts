/**
 * Equations solved for the names in them: a formula in which an unknown occurs once is inverted operation by operation, and
 * what it gives is put into the other equations.
 */
import {
  add,
  apply,
  divide,
  exp,
  half,
  log,
  multiply,
  negate,
  one,
  power,
  subtract,
  sum,
} from '../../calculus/build.ts';
import { simplest } from '../../calculus/collect.ts';
import { dependsOn } from '../../calculus/differentiate.ts';
import { expand } from '../../calculus/expand.ts';
import type { Expression, Index } from '../../calculus/expression.ts';
import { overCommonDenominator } from '../../calculus/fractions.ts';
import { inverse } from '../../calculus/matrix.ts';
import { children, freshIndex, mapChildren, renameIndices, replaceReads } from '../../calculus/substitute.ts';

/** A name to be found, over its indices, and the open interval that its entries lie in. */
export interface Unknown {
  readonly name: string;
  readonly indices: readonly Index[];
  readonly low: number;
  readonly high: number;
}
/** left = right, entry by entry. The unknowns are read on the left. */
export interface Equation {
  readonly left: Expression;
  readonly right: Expression;
}

/** The value of every unknown that can be found, in terms of what is known. */
export const solve = (
  equations: readonly Equation[],
  unknowns: readonly Unknown[],
): Readonly<Record<string, Expression>> => {
  const search = equations.map(({ left, right }) => ({ left: gathered(left), right }));
  return searchAll(search, unknowns);
};

const searchAll = (
  equations: readonly Equation[],
  unknowns: readonly Unknown[],
): Readonly<Record<string, Expression>> => {
  if (unknowns.length === 0) return {};
  let best: Readonly<Record<string, Expression>> = {};
  for (const unknown of unknowns) {
    for (const equation of equations) {
      const others = unknowns.filter((other) => other !== unknown);
      const found = invert(equation, unknown);
      if (found === null) continue;
      const put = (node: Expression): Expression => tidy(replaceUnknown(node, unknown, found));
      const remaining = equations
        .filter((other) => other !== equation)
        .map(({ left, right }) => ({ left: put(left), right: put(right) }));
      const rest = searchAll(remaining, others);
      const value = others.reduce(
        (node, other) =>
          rest[other.name] === undefined ? node : replaceUnknown(node, other, rest[other.name]!),
        found,
      );
      const open = others.some(({ name }) => dependsOn(value, name));
      const all = open ? rest : { ...rest, [unknown.name]: tidy(value) };
      if (Object.keys(all).length > Object.keys(best).length) best = all;
      if (Object.keys(best).length === unknowns.length) return best;
    }
  }
  return best;
};

const tidy = (node: Expression): Expression => simplest(expand(flat(gathered(node))));

/** 1 / (1 + m / n) as n / (n + m). */
const flat = (node: Expression): Expression => {
  const inner = mapChildren(node, flat);
  const isInverse =
    inner.kind === 'power' && inner.exponent.kind === 'constant' && inner.exponent.value === -1;
  return isInverse ? power(overCommonDenominator(inner.base), -1) : inner;
};

/** exp(t) / (exp(t) − 1) as 1 + 1 / (exp(t) − 1), in which t occurs once. */
const gathered = (node: Expression): Expression => {
  const inner = mapChildren(node, gathered);
  if (inner.kind !== 'multiply') return inner;
  for (const factor of inner.factors) {
    if (factor.kind !== 'power' || factor.exponent.kind !== 'constant' || factor.exponent.value !== -1)
      continue;
    const { base } = factor;
    if (base.kind !== 'apply' || base.operator !== 'expm1') continue;
    const above = exp(base.arguments[0]!);
    if (!inner.factors.includes(above)) continue;
    const rest = inner.factors.filter((other) => other !== factor && other !== above);
    return multiply(...rest, add(one, factor));
  }
  return inner;
};

/** Puts a value in the place of an unknown, entries along its indices where they are read. */
export const replaceUnknown = (node: Expression, unknown: Unknown, value: Expression): Expression =>
  replaceReads(node, ({ name, subscripts }) =>
    name === unknown.name
      ? renameIndices(value, new Map(unknown.indices.map((index, n) => [index, subscripts[n]!])))
      : null,
  );

/** The unknown of one equation in terms of all else, or null where it occurs more than once or is wrapped too well. */
const invert = ({ left, right }: Equation, unknown: Unknown): Expression | null => {
  if (dependsOn(right, unknown.name) || occurrences(left, unknown.name) !== 1) return null;
  let [node, value] = [left, right];
  for (;;) {
    if (node.kind === 'read') return node.subscripts.join() === unknown.indices.join() ? value : null;
    const step = unwrap(node, value, unknown);
    if (step === null) return null;
    [node, value] = step;
  }
};

const occurrences = (node: Expression, name: string): number =>
  node.kind === 'read'
    ? Number(node.name === name)
    : children(node).reduce((total, child) => total + occurrences(child, name), 0);

/** node = value as inner = other value, one operation less. */
const unwrap = (
  node: Expression,
  value: Expression,
  unknown: Unknown,
): readonly [Expression, Expression] | null => {
  const holds = (part: Expression): boolean => dependsOn(part, unknown.name);
  switch (node.kind) {
    case 'add': {
      const inner = node.terms.find(holds)!;
      return [inner, subtract(value, add(...node.terms.filter((term) => term !== inner)))];
    }
    case 'multiply': {
      const inner = node.factors.find(holds)!;
      return [inner, divide(value, multiply(...node.factors.filter((factor) => factor !== inner)))];
    }
    case 'power':
      if (holds(node.base)) return root(node.base, node.exponent, value, unknown);
      return [node.exponent, divide(log(value), log(node.base))];
    case 'apply': {
      const inner = node.arguments.find(holds)!;
      const inverted = node.arguments.length === 1 ? undo(node.operator, value) : null;
      return inverted === null ? null : [inner, inverted];
    }
    case 'inverse':
      return [node.body, inverse(node.over[0], node.over[1], [node.row, node.column], value)];
    case 'sum':
      return undoProduct(node, value, holds);
    default:
      return null;
  }
};

/** base^p = value as base = value^(1/p), on the branch that the unknown lies on. */
const root = (
  base: Expression,
  exponent: Expression,
  value: Expression,
  { low, high }: Unknown,
): readonly [Expression, Expression] | null => {
  // value^(−1/p) of a quotient reads best as the root of the quotient turned over.
  const turned =
    exponent.kind === 'constant' && exponent.value < 0
      ? power(power(value, -1), -1 / exponent.value)
      : power(value, power(exponent, -1));
  if (exponent.kind !== 'constant' || !Number.isInteger(exponent.value)) return [base, turned];
  if (Math.abs(exponent.value) === 1) return [base, turned];
  if (base.kind !== 'read') return null;
  if (low >= 0) return [base, turned];
  return high <= 0 && exponent.value % 2 === 0 ? [base, negate(turned)] : null;
};

const undo = (operator: string, y: Expression): Expression | null => {
  switch (operator) {
    case 'exp':
      return log(y);
    case 'log':
      return exp(y);
    case 'log1p':
      return apply('expm1', y);
    case 'expm1':
      return apply('log1p', y);
    case 'tanh':
      return multiply(half, log(divide(add(one, y), subtract(one, y))));
    case 'sigmoid':
      return logit(y);
    case 'softplus':
      return softplusInverse(y);
    case 'log1m_exp':
      return apply('log1m_exp', y);
    default:
      return null;
  }
};

/** log(p / (1 − p)); of a quotient a / b, log(a / (b − a)). */
export const logit = (p: Expression): Expression => {
  if (p.kind === 'apply' && p.operator === 'sigmoid') return p.arguments[0]!;
  const factors = p.kind === 'multiply' ? p.factors : [p];
  const below = factors.filter(
    (factor) => factor.kind === 'power' && factor.exponent.kind === 'constant' && factor.exponent.value < 0,
  );
  const denominator = power(multiply(...below), -1);
  const numerator = multiply(...factors.filter((factor) => !below.includes(factor)));
  return log(divide(numerator, subtract(denominator, numerator)));
};

/** w with softplus(w) = y: log(exp(y) − 1), written so that a large y does not overflow. */
export const softplusInverse = (y: Expression): Expression =>
  y.kind === 'apply' && y.operator === 'softplus' ? y.arguments[0]! : add(y, apply('log1m_exp', negate(y)));

/** Σ over j of M[i, j] w[j] = v[i] as w[j] = Σ over i of M⁻¹[j, i] v[i]. */
const undoProduct = (
  node: Extract<Expression, { kind: 'sum' }>,
  value: Expression,
  holds: (part: Expression) => boolean,
): readonly [Expression, Expression] | null => {
  if (node.over.length !== 1 || node.indices.length !== 1) return null;
  const [column, row] = [node.over[0]!, node.indices[0]!];
  const factors = node.body.kind === 'multiply' ? node.body.factors : [node.body];
  const inner = factors.find(holds)!;
  const matrix = multiply(...factors.filter((factor) => factor !== inner));
  if (inner.indices.join() !== column || matrix.indices.length !== 2) return null;
  const apart = freshIndex(row);
  // The entry is asked for under the name that the row had.
  const place = new Map([[column, row]]);
  const solved = sum(
    [apart],
    multiply(inverse(row, apart, [row, column], matrix), renameIndices(value, new Map([[row, apart]]))),
  );
  return [renameIndices(inner, place), solved];
};
