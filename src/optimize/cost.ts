/**
 * The cost model: elementary operations per execution, weighted by how fast a backend does them. A multiplication inside a
 * matrix product is the unit; elementwise work is bound by memory (measured about 8 times slower per operation with the
 * WASM backend), transcendental functions by arithmetic.
 */
import { lengthOf, type Expression, type Index, type Operator, type Sum } from '../calculus/expression.ts';
import { costOfAdjoints, planContraction } from './contraction.ts';

export interface Costs {
  readonly sizes: Readonly<Record<string, number>>;
  /** How often a value made of these is computed. */
  readonly executions: (...nodes: readonly Expression[]) => number;
  /** Whether a value is there already, or will be. */
  readonly isKnown: (node: Expression) => boolean;
  /** Whether a contraction makes a symmetric matrix, of which half has to be computed. */
  readonly isSymmetric: (node: Sum) => boolean;
  /** Whether an array is expected to be zero for the most part. */
  readonly isSparse: (node: Expression) => boolean;
  /** What is not zero of such an array. */
  readonly activity: number;
  /** Whether derivatives in it are yet to be taken: what they cost counts. */
  readonly isDifferentiated: (node: Expression) => boolean;
  /** Whether they are taken anyway, for the sake of others. */
  readonly hasAdjoint: (node: Expression) => boolean;
}

export const elementwiseWeight = 8;
/** Functions that take several times as long as an operation. */
export const transcendental: ReadonlySet<Operator> = new Set([
  'exp',
  'log',
  'log1p',
  'expm1',
  'tanh',
  'sigmoid',
  'softplus',
  'sin',
  'cos',
  'atan2',
  'log_gamma',
  'digamma',
  'trigamma',
  'polygamma',
  'log1m_exp',
  'normal_log_cdf',
  'log_bessel',
  'log_bessel_i',
  'log_mills',
  'log_exprel',
  'cumulant',
]);

export const elements = (indices: readonly Index[], sizes: Readonly<Record<string, number>>): number =>
  indices.reduce((total, index) => total * (lengthOf(index, sizes) ?? 16), 1);

/** Cost of computing a node, shared parts counted once. */
export const costOf = (node: Expression, costs: Costs): number => {
  const seen = new Set<Expression>();
  const visit = (current: Expression): number => {
    if (seen.has(current)) return 0;
    seen.add(current);
    const each = elements(current.indices, costs.sizes) * costs.executions(current) * elementwiseWeight;
    switch (current.kind) {
      case 'constant':
      case 'size':
      case 'position':
      case 'read':
      case 'delta':
      case 'triangle':
        return 0;
      case 'add':
        return each * (current.terms.length - 1) + total(current.terms);
      case 'multiply':
        return each * (current.factors.length - 1) + total(current.factors);
      case 'power':
        return each * 2 + total([current.base, current.exponent]);
      case 'apply':
        return each * (transcendental.has(current.operator) ? 4 : 1) + total(current.arguments);
      case 'maximum':
        return (
          elements(current.body.indices, costs.sizes) * costs.executions(current) * elementwiseWeight +
          total([current.body])
        );
      case 'inverse':
      case 'log_determinant':
      case 'cholesky':
        // Elimination takes as many operations as a matrix product.
        return (
          elements(current.body.indices, costs.sizes) *
            elements([current.over[0]], costs.sizes) *
            costs.executions(current) *
            elementwiseWeight +
          total([current.body])
        );
      case 'sum': {
        const plan = planContraction(current, costs);
        return plan.cost + costOfAdjoints(plan.tree, costs) + total(plan.operands);
      }
    }
  };
  const total = (nodes: readonly Expression[]): number => nodes.reduce((sum, child) => sum + visit(child), 0);
  return visit(node);
};
