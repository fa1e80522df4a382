/** Scalar expressions as fast float64 functions: what quadrature and root finding call many times. */
import * as special from '../runtime/special.ts';
import type { Expression } from './expression.ts';
import { scalarFunction } from './javascript.ts';

export type ScalarFunction = (...values: number[]) => number;

const compiled = new WeakMap<Expression, Map<string, ScalarFunction>>();

/**
 * The function of the numbers `names`, in their order.
 *
 * @throws Error when the expression has indices or reads something else
 */
export const compileScalar = (expression: Expression, names: readonly string[]): ScalarFunction => {
  const key = names.join();
  const known = compiled.get(expression) ?? new Map<string, ScalarFunction>();
  compiled.set(expression, known);
  let found = known.get(key);
  if (found === undefined) {
    found = new Function('nsm', `return ${scalarFunction(expression, names)};`)(special) as ScalarFunction;
    known.set(key, found);
  }
  return found;
};
