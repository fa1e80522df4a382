/**
 * What each part of a batch computes for itself, so that the values of all parts add up to the value of the batch: linear functions of
 * such values, and everything else in the first part alone.
 */
import { isFirstChunk } from '../../../runtime/kernels/module.ts';
import { apply, read, zero } from '../../../calculus/build.ts';
import type { Expression } from '../../../calculus/expression.ts';
import { mapChildren, readNames } from '../../../calculus/substitute.ts';

/** One part's contribution to a value; null where the value is not linear in the parts. */
export const contribution = (node: Expression, isPart: (name: string) => boolean): Expression | null => {
  const isFree = (other: Expression): boolean => ![...readNames(other)].some(isPart);
  // A choice, not a product: 0 times infinity is no number.
  if (isFree(node)) return node === zero ? node : apply('where', read(isFirstChunk), node, zero);
  const inChildren = (isKept: (child: Expression) => boolean): Expression | null => {
    let isLinear = true;
    const mapped = mapChildren(node, (child) => {
      if (isKept(child)) return child;
      const part = contribution(child, isPart);
      isLinear &&= part !== null;
      return part ?? child;
    });
    return isLinear ? mapped : null;
  };
  switch (node.kind) {
    case 'read':
      return node;
    case 'add':
      return inChildren(() => false);
    case 'multiply':
      return node.factors.filter((factor) => !isFree(factor)).length === 1 ? inChildren(isFree) : null;
    case 'apply': {
      const [condition] = node.arguments;
      return node.operator === 'where' && isFree(condition!)
        ? inChildren((child) => child === condition)
        : null;
    }
    case 'constant':
    case 'size':
    case 'position':
    case 'delta':
    case 'triangle':
    case 'power':
    case 'sum':
    case 'maximum':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return null;
  }
};
