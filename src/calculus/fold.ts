/** Simplification of elementwise functions: constants, inverses, and the few identities that derivation needs. */
import {
  add,
  apply,
  constant,
  delta,
  isConstant,
  log,
  multiply,
  negate,
  one,
  power,
  splitCoefficient,
  subtract,
  zero,
} from './build.ts';
import { axisOf, type Expression, type Operator } from './expression.ts';
import { compare } from './order.ts';
import { scalarFunctions } from './scalar.ts';
import { children } from './substitute.ts';

/** The simpler expression that `operator(operands)` equals, or null when it stays as it is. */
export const foldApply = (operator: Operator, operands: readonly Expression[]): Expression | null => {
  const first = operands[0]!;
  if (operands.every((operand) => operand.kind === 'constant') && operator !== 'detach') {
    const value = scalarFunctions[operator](
      ...operands.map((operand) => (operand as { value: number }).value),
    );
    if (Number.isFinite(value) || Math.abs(value) === Infinity) return constant(value);
  }
  switch (operator) {
    case 'exp':
      return foldExp(first);
    case 'expm1': {
      const a = logSigmoid(first);
      return a === null ? null : negate(apply('sigmoid', negate(a)));
    }
    case 'log1m_exp': {
      const a = logSigmoid(first);
      return a === null ? null : negate(apply('softplus', a));
    }
    case 'log':
      if (first.kind === 'apply' && first.operator === 'exp') return first.arguments[0]!;
      return foldLogOfProduct(first);
    case 'where':
      if (isConstant(first)) return isConstant(first, 0) ? operands[2]! : operands[1]!;
      return operands[1] === operands[2] ? operands[1]! : null;
    case 'max':
    case 'min':
      return foldExtremum(operator, first, operands[1]!);
    case 'equal':
      return foldEqualPlaces(first, operands[1]!);
    case 'polygamma':
      if (isConstant(first, 0)) return apply('digamma', operands[1]!);
      return isConstant(first, 1) ? apply('trigamma', operands[1]!) : null;
    case 'log_bessel':
      return foldEven(operator, first, operands[1]!);
    case 'log_bessel_i':
      // Its arguments are not negative, where it is log I₀ with derivatives of its own.
      return isConstant(first, 0) ? apply('log_bessel', zero, operands[1]!) : null;
    case 'detach':
      return isConstant(first) || (first.kind === 'apply' && first.operator === 'detach') ? first : null;
    default:
      return null;
  }
};

/** exp(log x) = x, exp(c log x) = x^c, exp(a + log x) = x exp(a). */
const foldExp = (argument: Expression): Expression | null => {
  const asPower = (term: Expression): Expression | null => {
    const { coefficient, rest } = splitCoefficient(term);
    if (rest.kind === 'apply' && rest.operator === 'log') return power(rest.arguments[0]!, coefficient);
    return null;
  };
  const whole = asPower(argument);
  if (whole !== null) return whole;
  const { coefficient, rest: unscaled } = splitCoefficient(argument);
  const a = coefficient < 0 ? logSigmoid(negate(unscaled)) : null;
  if (a !== null) return power(apply('sigmoid', a), -coefficient);
  if (argument.kind !== 'add') return null;
  const powers = argument.terms.map(asPower);
  if (powers.every((term) => term === null)) return null;
  const rest = argument.terms.filter((_, i) => powers[i] === null);
  return multiply(apply('exp', add(...rest)), ...powers.filter((term) => term !== null));
};

/** a where the argument is log σ(a) = −softplus(−a), as for a probability that its log odds give; else null. */
const logSigmoid = (argument: Expression): Expression | null => {
  const { coefficient, rest } = splitCoefficient(argument);
  if (coefficient !== -1 || rest.kind !== 'apply' || rest.operator !== 'softplus') return null;
  return negate(rest.arguments[0]!);
};

/** log(c exp(a) r) = log(c r) + a: exponentials leave a logarithm. */
const foldLogOfProduct = (argument: Expression): Expression | null => {
  if (argument.kind !== 'multiply') return null;
  const exponentials = argument.factors.filter(
    (factor) => factor.kind === 'apply' && factor.operator === 'exp',
  );
  if (exponentials.length === 0) return null;
  const rest = argument.factors.filter((factor) => !exponentials.includes(factor));
  const inside = exponentials.map((factor) => (factor.kind === 'apply' ? factor.arguments[0]! : zero));
  return add(...inside, rest.length === 0 ? zero : log(multiply(one, ...rest)));
};

/** An even function does not see the sign of its argument. */
const foldEven = (operator: Operator, count: Expression, argument: Expression): Expression | null => {
  if (argument.kind === 'apply' && argument.operator === 'abs')
    return apply(operator, count, argument.arguments[0]!);
  return splitCoefficient(argument).coefficient < 0 ? apply(operator, count, negate(argument)) : null;
};

/** Formulas of places are equal in one form: without minus signs, the shorter side first. Places along one axis are a delta. */
const foldEqualPlaces = (left: Expression, right: Expression): Expression | null => {
  if (left.kind === 'position' && right.kind === 'position' && axisOf(left.index) === axisOf(right.index))
    return delta(left.index, right.index);
  if (!isOfPlaces(left) || !isOfPlaces(right)) return null;
  const difference = subtract(left, right);
  const terms = difference.kind === 'add' ? difference.terms : [difference];
  const isNegative = (term: Expression): boolean => splitCoefficient(term).coefficient < 0;
  const sides = [terms.filter((term) => !isNegative(term)), terms.filter(isNegative).map(negate)];
  const [first, second] = sides
    .sort((a, b) => a.length - b.length || compare(add(...a), add(...b)))
    .map((side) => add(...side));
  return first === left && second === right ? null : apply('equal', first!, second!);
};

const isOfPlaces = (node: Expression): boolean =>
  node.kind === 'constant' ||
  node.kind === 'size' ||
  node.kind === 'position' ||
  ((node.kind === 'add' || node.kind === 'multiply') && children(node).every(isOfPlaces));

const foldExtremum = (operator: 'max' | 'min', left: Expression, right: Expression): Expression | null => {
  if (left === right) return left;
  // An infinite bound bounds nothing; `infinity / x` counts as infinite, for positive x.
  for (const [bound, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const { coefficient } = splitCoefficient(bound);
    if (coefficient === (operator === 'min' ? Infinity : -Infinity)) return other;
  }
  return null;
};
