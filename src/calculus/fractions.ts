/** Quotients as they are written by hand: a² / (4 · b) for ¼ a² / b, and (1 + m) / (1 − m) for ½ (1 + m) / (½ − ½ m). */
import { add, constant, multiply, power, read, splitCoefficient } from './build.ts';
import { expand } from './expand.ts';
import type { Expression } from './expression.ts';
import { mapChildren } from './substitute.ts';

export const asFractions = (node: Expression): Expression => {
  const memo = new Map<Expression, Expression>();
  const visit = (current: Expression): Expression => {
    const known = memo.get(current);
    if (known !== undefined) return known;
    const result = rewrite(inside(current, visit));
    memo.set(current, result);
    return result;
  };
  return visit(node);
};

/** Numbers below the line. The result is for `print` alone: they become names. */
export const withDenominators = (node: Expression): Expression => {
  const visit = (current: Expression): Expression => spell(inside(current, visit));
  return visit(node);
};

/** Exponents stay as they are. */
const inside = (node: Expression, visit: (child: Expression) => Expression): Expression =>
  node.kind === 'power' ? power(visit(node.base), node.exponent) : mapChildren(node, visit);

const rewrite = (node: Expression): Expression => {
  if (node.kind === 'power') return multiply(...factored(node));
  if (node.kind !== 'multiply') return node;
  const whole = multiply(...node.factors.flatMap(factored));
  return splitCoefficient(whole).coefficient < 0 ? turned(whole) : whole;
};

/** (c s)^n as c^n and s^n, for a number c that all terms of a sum share. */
const factored = (factor: Expression): readonly Expression[] => {
  const [base, exponent] = factor.kind === 'power' ? [factor.base, factor.exponent] : [factor, constant(1)];
  if (base.kind !== 'add' || exponent.kind !== 'constant') return [factor];
  const shared = contentOf(base.terms);
  if (shared === 1 || (shared < 0 && !Number.isInteger(exponent.value))) return [factor];
  const rest = add(...base.terms.map((term) => multiply(constant(1 / shared), term)));
  return [constant(shared ** exponent.value), power(rest, exponent)];
};

/** The size that the coefficients of all terms share, negative where all are. */
const contentOf = (terms: readonly Expression[]): number => {
  const coefficients = terms.map((term) => splitCoefficient(term).coefficient);
  const sizes = coefficients.map(Math.abs);
  const size = sizes.every((value) => value === sizes[0]) ? sizes[0]! : 1;
  return coefficients.every((value) => value < 0) ? -size : size;
};

/** −n / (a − b) as n / (b − a). */
const turned = (node: Expression): Expression => {
  if (node.kind !== 'multiply') return node;
  const place = node.factors.findIndex(
    (factor) =>
      factor.kind === 'power' &&
      factor.base.kind === 'add' &&
      factor.exponent.kind === 'constant' &&
      factor.exponent.value === -1 &&
      factor.base.terms.some((term) => splitCoefficient(term).coefficient < 0),
  );
  const found = node.factors[place];
  if (found?.kind !== 'power' || found.base.kind !== 'add') return node;
  const opposite = add(...found.base.terms.map((term) => multiply(constant(-1), term)));
  return multiply(constant(-1), ...node.factors.filter((_, i) => i !== place), power(opposite, -1));
};

const spell = (node: Expression): Expression => {
  const { coefficient, rest } = splitCoefficient(node);
  if (node.kind !== 'multiply' || Number.isInteger(coefficient)) return node;
  const divided = node.factors.some(
    (factor) => factor.kind === 'power' && factor.exponent.kind === 'constant' && factor.exponent.value < 0,
  );
  const fraction = fractionOf(Math.abs(coefficient));
  if (fraction === null || (!divided && [2, 4].includes(fraction.below) && fraction.above < 4)) return node;
  return multiply(
    constant(Math.sign(coefficient)),
    ...(fraction.above === 1 ? [] : [read(String(fraction.above))]),
    power(read(String(fraction.below)), -1),
    rest,
  );
};

const fractionOf = (value: number): { readonly above: number; readonly below: number } | null => {
  for (let below = 2; below <= 64; below++) {
    const above = Math.round(value * below);
    if (above > 0 && Math.abs(above / below - value) < 1e-14 * value) return { above, below };
  }
  return null;
};

/** A sum of fractions as one fraction. */
export const overCommonDenominator = (node: Expression): Expression => {
  if (node.kind !== 'add') return node;
  const highest = new Map<Expression, number>();
  for (const term of node.terms)
    for (const factor of term.kind === 'multiply' ? term.factors : [term])
      if (factor.kind === 'power' && factor.exponent.kind === 'constant' && factor.exponent.value < 0)
        highest.set(factor.base, Math.max(highest.get(factor.base) ?? 0, -factor.exponent.value));
  const denominator = multiply(...[...highest].map(([base, exponent]) => power(base, exponent)));
  const numerator = expand(add(...node.terms.map((term) => expand(multiply(term, denominator)))));
  return multiply(numerator, power(denominator, -1));
};
