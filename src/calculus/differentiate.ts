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
  divide,
  half,
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
import { cholesky, inverse, triangle } from './matrix.ts';
import { freshIndex, readNames, renameIndices, type MatrixFunction } from './substitute.ts';

/**
 * The derivative of `node` in the entry `target` of the array `name`. The result has the free indices of `node`
 * and those of `target`, which must not be free in `node` unless the same entry is meant on both sides.
 */
export const derivative = (node: Expression, name: string, target: readonly Index[]): Expression => {
  const ofNode = derivatives.get(node) ?? new Map<string, Expression>();
  derivatives.set(node, ofNode);
  const key = `${name}[${target.join()}]`;
  let slope = ofNode.get(key);
  if (slope === undefined) ofNode.set(key, (slope = slopeOf(node, name, target)));
  return slope;
};
/** Checks and programs ask for the same ones, and bound indices get new names on the way. */
const derivatives = new WeakMap<Expression, Map<string, Expression>>();

const slopeOf = (node: Expression, name: string, target: readonly Index[]): Expression => {
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
  if (outer === zero || !dependsOn(node, name)) return;
  const descend = (child: Expression, local: Expression): void =>
    visit(child, multiply(outer, local), scope, name, target, out);
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'position':
    case 'delta':
    case 'triangle':
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
      return node.arguments.forEach((argument, i) => {
        if (dependsOn(argument, name)) descend(argument, partial(node, i));
      });
    case 'sum': {
      const apart = new Map(node.over.map((index) => [index, freshIndex(index)]));
      return visit(renameIndices(node.body, apart), outer, [...scope, ...apart.values()], name, target, out);
    }
    case 'maximum': {
      // Equal largest entries share it.
      const apart = new Map(node.over.map((index) => [index, freshIndex(index)]));
      const body = renameIndices(node.body, apart);
      const isLargest = apply('equal', body, node);
      const share = divide(isLargest, sum([...apart.values()], isLargest));
      return visit(body, multiply(outer, share), [...scope, ...apart.values()], name, target, out);
    }
    case 'inverse':
    case 'log_determinant':
    case 'cholesky': {
      const [row, column] = [freshIndex(node.over[0]), freshIndex(node.over[1])];
      const body = renameIndices(
        node.body,
        new Map([
          [node.over[0], row],
          [node.over[1], column],
        ]),
      );
      const local = matrixPartial(node, row, column);
      return visit(body, multiply(outer, local), [...scope, row, column], name, target, out);
    }
  }
};

/**
 * The derivative of a function of a matrix M in the entry M[row, column]: dM⁻¹ = −M⁻¹ dM M⁻¹, d log|det M| = tr(M⁻¹ dM), and
 * dL = L Φ(L⁻¹ dM L⁻ᵀ) for the Cholesky factor, where Φ keeps the lower triangle with half of the diagonal (Murray
 * 2016, eq. 10) and dM is made symmetric first.
 */
const matrixPartial = (node: MatrixFunction, row: Index, column: Index): Expression => {
  const { over, body } = node;
  switch (node.kind) {
    case 'inverse':
      return negate(multiply(inverse(node.row, row, over, body), inverse(column, node.column, over, body)));
    case 'log_determinant':
      return inverse(column, row, over, body);
    case 'cholesky': {
      const [middle, first, second] = [over[0], over[0], over[1]].map(freshIndex) as [Index, Index, Index];
      const lower = cholesky(first, second, over, body);
      const solve = (i: Index, j: Index): Expression => inverse(i, j, [first, second], lower);
      const along = (i: Index, j: Index): Expression =>
        multiply(
          cholesky(node.row, middle, over, body),
          triangle(middle, node.column),
          solve(middle, i),
          solve(node.column, j),
        );
      return multiply(half, sum([middle], add(along(row, column), along(column, row))));
    }
  }
};

/** Whether `name` is read anywhere in `node`. */
export const dependsOn = (node: Expression, name: string): boolean => readNames(node).has(name);

/** The constant first argument that counts derivatives. */
const countOf = (node: Apply): Expression => {
  const count = node.arguments[0]!;
  if (count.kind !== 'constant') throw new Error(`the first argument of ${node.operator} must be a constant`);
  return count;
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
      return apply('polygamma', constant(2), x);
    case 'polygamma':
    case 'log_mills':
    case 'log_exprel':
      return apply(node.operator, add(countOf(node), one), node.arguments[1]!);
    case 'cumulant':
      return apply('cumulant', add(countOf(node), one), ...node.arguments.slice(1));
    case 'log_bessel': {
      // (1/x d/dx)^n, once more, times x.
      const argument = node.arguments[1]!;
      return multiply(argument, apply('log_bessel', add(countOf(node), one), argument));
    }
    case 'log_bessel_i': {
      // I_v' = I_(v+1) + v / x I_v. Orders are whole numbers or constants: checking refuses others.
      const [order, argument] = [x, node.arguments[1]!];
      if (i === 0) return zero;
      const above = apply('log_bessel_i', add(order, one), argument);
      return add(apply('exp', subtract(above, node)), divide(order, argument));
    }
    case 'log1m_exp':
      return divide(apply('exp', x), apply('expm1', x));
    case 'normal_log_cdf':
      // phi(x) / Phi(x), the hazard at -x.
      return apply('exp', negate(apply('log_mills', zero, negate(x))));
    case 'atan2': {
      const [y, adjacent] = [x, node.arguments[1]!];
      const squared = add(square(y), square(adjacent));
      return i === 0 ? divide(adjacent, squared) : negate(divide(y, squared));
    }
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
