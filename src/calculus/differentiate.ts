/**
 * Symbolic derivatives. d(node)/d(name[target]) is a sum over the paths from the root to the reads of `name`:
 * each path contributes the product of its local derivatives, times a delta that says which entry was read,
 * summed over the indices bound on the way. Deltas disappear in the sums.
 */
import {
  add,
  apply,
  constant,
  delta,
  log,
  multiply,
  negate,
  one,
  power,
  square,
  subtract,
  sum,
  zero,
} from './build.ts';
import type { Apply, Expression, Index } from './expression.ts';
import { freshIndex, readNames, renameIndices } from './substitute.ts';

/**
 * The derivative of `node` in the entry `target` of the array `name`. The result has the free indices of `node`
 * and those of `target`, which must not be free in `node` unless the same entry is meant on both sides.
 */
export const derivative = (node: Expression, name: string, target: readonly Index[]): Expression => {
  // Targets step aside so that a bound index of the same name cannot catch them.
  const apart = target.map(freshIndex);
  const contributions: Expression[] = [];
  visit(node, one, [], name, apart, contributions);
  return renameIndices(add(...contributions), new Map(apart.map((index, i) => [index, target[i]!])));
};

const visit = (
  node: Expression,
  outer: Expression,
  scope: readonly Index[],
  name: string,
  target: readonly Index[],
  out: Expression[],
): void => {
  if (!dependsOn(node, name)) return;
  const descend = (child: Expression, local: Expression): void =>
    visit(child, multiply(outer, local), scope, name, target, out);
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'delta':
    case 'maximum':
      return;
    case 'read':
      out.push(sum(scope, multiply(outer, ...node.subscripts.map((index, i) => delta(index, target[i]!)))));
      return;
    case 'add':
      return node.terms.forEach((term) => descend(term, one));
    case 'multiply':
      return node.factors.forEach((factor, i) =>
        descend(factor, multiply(...node.factors.filter((_, j) => j !== i))),
      );
    case 'power':
      descend(node.base, multiply(node.exponent, power(node.base, subtract(node.exponent, one))));
      if (node.exponent.kind !== 'constant') descend(node.exponent, multiply(node, log(node.base)));
      return;
    case 'apply':
      return node.arguments.forEach((argument, i) => descend(argument, partial(node, i)));
    case 'sum': {
      const apart = new Map(node.over.map((index) => [index, freshIndex(index)]));
      return visit(renameIndices(node.body, apart), outer, [...scope, ...apart.values()], name, target, out);
    }
  }
};

const dependence = new WeakMap<Expression, ReadonlySet<string>>();
/** Whether `name` is read anywhere in `node`. */
export const dependsOn = (node: Expression, name: string): boolean => {
  let names = dependence.get(node);
  if (names === undefined) {
    names = readNames(node);
    dependence.set(node, names);
  }
  return names.has(name);
};

/** The derivative of an elementwise function in its argument number `i`. */
const partial = (node: Apply, i: number): Expression => {
  const x = node.arguments[0]!;
  switch (node.operator) {
    case 'exp':
      return node;
    case 'log':
      return power(x, -1);
    case 'log1p':
      return power(add(one, x), -1);
    case 'expm1':
      return apply('exp', x);
    case 'tanh':
      return subtract(one, square(node));
    case 'sigmoid':
      return multiply(node, subtract(one, node));
    case 'softplus':
      return apply('sigmoid', x);
    case 'sin':
      return apply('cos', x);
    case 'cos':
      return negate(apply('sin', x));
    case 'abs':
      return apply('sign', x);
    case 'log_gamma':
      return apply('digamma', x);
    case 'digamma':
      return apply('trigamma', x);
    case 'trigamma':
      throw new Error('the derivative of trigamma is not available');
    case 'max':
    case 'min': {
      // The boundary belongs to the inside of a guard: max(x, low) has derivative 1 in x at x = low.
      const [left, right] = [node.arguments[0]!, node.arguments[1]!];
      const leftWins =
        node.operator === 'max' ? apply('less_equal', right, left) : apply('less_equal', left, right);
      return i === 0 ? leftWins : subtract(one, leftWins);
    }
    case 'where':
      if (i === 0) return zero;
      return i === 1 ? apply('where', x, one, zero) : apply('where', x, zero, one);
    case 'sign':
    case 'floor':
    case 'step':
    case 'detach':
    case 'less':
    case 'less_equal':
    case 'equal':
      return constant(0);
  }
};
