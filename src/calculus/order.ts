/** A total order on expressions by structure, so that normal forms do not depend on the order of construction. */
import type { Expression } from './expression.ts';

const rank = {
  constant: 0,
  size: 1,
  position: 2,
  read: 3,
  apply: 4,
  power: 5,
  sum: 6,
  maximum: 7,
  inverse: 8,
  log_determinant: 9,
  cholesky: 10,
  triangle: 11,
  delta: 12,
  multiply: 13,
  add: 14,
} as const;

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

const compareLists = (left: readonly Expression[], right: readonly Expression[]): number => {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compare(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
};

export const compare = (left: Expression, right: Expression): number => {
  if (left === right) return 0;
  if (left.kind !== right.kind) return rank[left.kind] - rank[right.kind];
  switch (left.kind) {
    case 'constant':
      return left.value - (right as typeof left).value;
    case 'size':
      return compareText(left.axis, (right as typeof left).axis);
    case 'position':
      return compareText(left.index, (right as typeof left).index);
    case 'read': {
      const other = right as typeof left;
      return (
        compareText(left.name, other.name) || compareText(left.subscripts.join(), other.subscripts.join())
      );
    }
    case 'add':
      return compareLists(left.terms, (right as typeof left).terms);
    case 'multiply':
      return compareLists(left.factors, (right as typeof left).factors);
    case 'power': {
      const other = right as typeof left;
      return compare(left.base, other.base) || compare(left.exponent, other.exponent);
    }
    case 'apply': {
      const other = right as typeof left;
      return compareText(left.operator, other.operator) || compareLists(left.arguments, other.arguments);
    }
    case 'sum':
    case 'maximum': {
      const other = right as typeof left;
      return compareText(left.over.join(), other.over.join()) || compare(left.body, other.body);
    }
    case 'inverse':
    case 'cholesky': {
      const other = right as typeof left;
      return (
        compareText(`${left.row},${left.column}`, `${other.row},${other.column}`) ||
        compareText(left.over.join(), other.over.join()) ||
        compare(left.body, other.body)
      );
    }
    case 'log_determinant': {
      const other = right as typeof left;
      return compareText(left.over.join(), other.over.join()) || compare(left.body, other.body);
    }
    case 'triangle': {
      const other = right as typeof left;
      return compareText(`${left.row},${left.column}`, `${other.row},${other.column}`);
    }
    case 'delta': {
      const other = right as typeof left;
      return compareText(`${left.left},${left.right}`, `${other.left},${other.right}`);
    }
  }
};
