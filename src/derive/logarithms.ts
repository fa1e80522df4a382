/** Logarithms of products of positive parts taken apart, so that statistics like log z and log(1 − z) show. */
import { add, exp, log, multiply, one, subtract, zero } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { overCommonDenominator } from '../calculus/fractions.ts';
import { mapChildren } from '../calculus/substitute.ts';

/** What is known of the values that an expression reads. */
export interface Known {
  readonly isPositive: (part: Expression) => boolean;
  /** Whether these entries add up to one over this index. */
  readonly isShare: (part: Expression, over: Index) => boolean;
}

/**
 * log(a b^n) = log a + n log b for positive parts, softplus(log a) = log(1 + a), log1m_exp(log a) = log(1 − a), from the
 * inside out.
 */
export const unfoldLogarithms = (node: Expression, known: Known): Expression => {
  const visit = (current: Expression): Expression => {
    const inner = mapChildren(current, visit);
    switch (inner.kind) {
      // The largest entry is only subtracted for safety, and added again: its value makes no difference.
      case 'maximum':
        return zero;
      case 'sum': {
        const [over] = inner.over;
        return inner.over.length === 1 && known.isShare(inner.body, over!) ? one : inner;
      }
      case 'apply': {
        const argument = inner.arguments[0]!;
        if (inner.operator === 'log') return splitLog(argument, known);
        if (inner.operator !== 'softplus' && inner.operator !== 'log1m_exp') return inner;
        // A combination of logarithms: its exponential has none left.
        const below = exp(argument);
        if (below.kind === 'apply' && below.operator === 'exp') return inner;
        return visit(log(inner.operator === 'softplus' ? add(one, below) : subtract(one, below)));
      }
      default:
        return inner;
    }
  };
  return visit(node);
};

const splitLog = (argument: Expression, { isPositive }: Known): Expression => {
  const whole = overCommonDenominator(argument);
  const factors = whole.kind === 'multiply' ? whole.factors : [whole];
  const parts: Expression[] = [];
  const kept: Expression[] = [];
  for (const factor of factors) {
    const [base, exponent] = factor.kind === 'power' ? [factor.base, factor.exponent] : [factor, one];
    if (isPositive(base)) parts.push(multiply(exponent, log(base)));
    else kept.push(factor);
  }
  return add(...parts, log(multiply(...kept)));
};
