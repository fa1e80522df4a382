/** How smooth a function is in what it reads, from the operators that stand on the way: derivatives alone do not tell. */
import { dependsOn } from './differentiate.ts';
import type { Apply, Expression, Operator } from './expression.ts';
import { isPositiveRange, rangeOf, type Ranges } from './range.ts';

/**
 * From the best to the worst:
 * - `smooth`: derivatives of all orders, and a second derivative that is what it seems;
 * - `kinked`: continuous, with kinks where the first derivative jumps and the second one lacks a point mass;
 * - `jumping`: it jumps, where the first derivative lacks a point mass;
 * - `singular`: it may be infinite somewhere in between.
 */
export type Smoothness = (typeof degrees)[number];
const degrees = ['smooth', 'kinked', 'jumping', 'singular'] as const;

const worst = (found: readonly Smoothness[]): Smoothness =>
  degrees[Math.max(0, ...found.map((one) => degrees.indexOf(one)))]!;

/** Operators whose values jump: their derivative is 0 wherever there is one. */
export const jumpingOperators: ReadonlySet<Operator> = new Set([
  'step',
  'floor',
  'sign',
  'less',
  'less_equal',
  'equal',
]);

/** How smooth a node is in the arrays of these names; `ranges` says where reads lie. */
export const smoothnessIn = (node: Expression, names: readonly string[], ranges: Ranges): Smoothness => {
  const known = new Map<Expression, Smoothness>();
  const isMoving = (current: Expression): boolean => names.some((name) => dependsOn(current, name));
  const isPositive = (current: Expression): boolean => isPositiveRange(rangeOf(current, ranges));
  const visit = (current: Expression): Smoothness => {
    const found = known.get(current) ?? (isMoving(current) ? ofNode(current) : 'smooth');
    known.set(current, found);
    return found;
  };
  const ofNode = (current: Expression): Smoothness => {
    switch (current.kind) {
      case 'constant':
      case 'size':
      case 'position':
      case 'delta':
      case 'triangle':
      case 'read':
        return 'smooth';
      // Only subtracted for safety and added again: its value makes no difference.
      case 'maximum':
        return 'smooth';
      case 'add':
        return worst(current.terms.map(visit));
      case 'multiply':
        return worst(current.factors.map(visit));
      case 'sum':
      case 'inverse':
      case 'log_determinant':
      case 'cholesky':
        return visit(current.body);
      case 'power':
        return worst([visit(current.base), visit(current.exponent), ofPower(current.base, current.exponent)]);
      case 'apply':
        return worst([...current.arguments.map(visitArgument(current)), ofOperator(current)]);
    }
  };
  const ofPower = (base: Expression, exponent: Expression): Smoothness => {
    const p = exponent.kind === 'constant' ? exponent.value : null;
    if ((p !== null && Number.isInteger(p) && p >= 0) || isPositive(base)) return 'smooth';
    return p !== null && p > 0 ? 'kinked' : 'singular';
  };
  /** An angle by `atan2` jumps by 2π, which sines and cosines of whole multiples do not see. */
  const visitArgument =
    ({ operator }: Apply) =>
    (argument: Expression): Smoothness => {
      if (operator !== 'sin' && operator !== 'cos') return visit(argument);
      const terms = argument.kind === 'add' ? argument.terms : [argument];
      return worst(
        terms.map((term) => {
          const angle = wholeMultipleOfAngle(term);
          return angle === null ? visit(term) : worst(angle.arguments.map(visit));
        }),
      );
    };
  const ofOperator = (current: Apply): Smoothness => {
    const { operator } = current;
    const first = current.arguments[0]!;
    switch (operator) {
      case 'step':
      case 'floor':
      case 'sign':
      case 'less':
      case 'less_equal':
      case 'equal':
      case 'atan2':
        return 'jumping';
      case 'where':
        return isMoving(first) ? 'jumping' : 'smooth';
      case 'abs':
      case 'max':
      case 'min':
        return 'kinked';
      case 'log':
      case 'log_gamma':
      case 'digamma':
      case 'trigamma':
        return isPositive(first) ? 'smooth' : 'singular';
      case 'exp':
      case 'log1p':
      case 'expm1':
      case 'tanh':
      case 'sigmoid':
      case 'softplus':
      case 'sin':
      case 'cos':
      case 'detach':
      case 'log1m_exp':
      case 'normal_log_cdf':
      case 'polygamma':
      case 'log_bessel':
      case 'log_bessel_i':
      case 'log_mills':
      case 'log_exprel':
      case 'cumulant':
        return 'smooth';
    }
  };
  return visit(node);
};

const wholeMultipleOfAngle = (term: Expression): Apply | null => {
  const factors = term.kind === 'multiply' ? term.factors : [term];
  const angle = factors.at(-1)!;
  const isWhole = factors
    .slice(0, -1)
    .every((factor) => factor.kind === 'constant' && Number.isInteger(factor.value));
  return isWhole && angle.kind === 'apply' && angle.operator === 'atan2' ? angle : null;
};
