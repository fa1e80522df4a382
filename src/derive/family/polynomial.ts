/** Polynomials in the statistics of units: their degree, and what keeps an expression from being one. */
import { dependsOn } from '../../calculus/differentiate.ts';
import type { Expression } from '../../calculus/expression.ts';
import { holdsStatistic } from './in-statistics.ts';

/** The degree in the statistics, or null for what is no polynomial. */
export const degreeOf = (node: Expression): number | null => {
  if (!holdsStatistic(node)) return 0;
  switch (node.kind) {
    case 'read':
      return 1;
    case 'add': {
      const degrees = node.terms.map(degreeOf);
      return degrees.every((degree) => degree !== null) ? Math.max(...degrees) : null;
    }
    case 'multiply': {
      const degrees = node.factors.map(degreeOf);
      return degrees.every((degree) => degree !== null)
        ? degrees.reduce((total, degree) => total + degree, 0)
        : null;
    }
    case 'power': {
      const degree = degreeOf(node.base);
      const { exponent } = node;
      const whole = exponent.kind === 'constant' && Number.isInteger(exponent.value) && exponent.value > 0;
      return degree !== null && whole ? degree * exponent.value : null;
    }
    case 'sum':
      return degreeOf(node.body);
    default:
      return null;
  }
};

/** The innermost part that keeps an expression in the statistics of these values from being a polynomial. */
export const culpritIn = (node: Expression, values: string): Expression => {
  const bad = (part: Expression): boolean => degreeOf(part) === null || dependsOn(part, values);
  let found = node;
  const go = (part: Expression): void => {
    const inner =
      part.kind === 'add'
        ? part.terms
        : part.kind === 'multiply'
          ? part.factors
          : part.kind === 'sum'
            ? [part.body]
            : [];
    const worse = inner.find(bad);
    if (worse === undefined) return;
    found = worse;
    go(worse);
  };
  go(node);
  return found;
};
