/** Whether values are sums of what each part of a batch computes: then parts may be computed apart and added up. */
import type { Expression } from '../../../calculus/expression.ts';
import { readNames } from '../../../calculus/substitute.ts';

/** Whether an expression is linear, without a constant term, in the arrays named. */
export const isLinear = (node: Expression, isPart: (name: string) => boolean): boolean => {
  const isFree = (other: Expression): boolean => ![...readNames(other)].some(isPart);
  switch (node.kind) {
    case 'constant':
      return node.value === 0;
    case 'read':
      return isPart(node.name);
    case 'add':
      return node.terms.every((term) => isLinear(term, isPart));
    case 'multiply': {
      const others = node.factors.filter((factor) => !isFree(factor));
      return others.length === 1
        ? isLinear(others[0]!, isPart)
        : others.length === 0 && node.factors.some((factor) => isLinear(factor, isPart));
    }
    case 'apply': {
      const [condition, ...chosen] = node.arguments;
      return (
        node.operator === 'where' && isFree(condition!) && chosen.every((value) => isLinear(value, isPart))
      );
    }
    case 'sum':
      return isLinear(node.body, isPart);
    case 'size':
    case 'position':
    case 'delta':
    case 'triangle':
    case 'power':
    case 'maximum':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return false;
  }
};
