/** Normal laws given all others whose precision is a formula of parameters and settings, which may make it negative. */
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { readNames } from '../calculus/substitute.ts';
import type { InferenceStatement, Model, Variable } from '../check/typed.ts';
import { drawnIn } from './conditional-problems.ts';
import { conditionalLaw } from './conditional.ts';
import { variableOf } from './free-energy.ts';
import { isPositive } from './sign.ts';

export interface DoubtfulPrecision {
  readonly variable: Variable;
  readonly precision: Expression;
}

/** Of the variables that statements draw: precisions that are not sure to be positive, and that no variable changes. */
export const doubtfulPrecisions = (
  model: Model,
  body: readonly InferenceStatement[],
): readonly DoubtfulPrecision[] => {
  const variables = new Set(model.variables.map(({ name }) => name));
  return [...new Set(drawnIn(body))].flatMap((name) => {
    const variable = variableOf(model, name);
    const found = conditionalLaw(model, variable);
    if (found.kind === 'none' || found.law.kind !== 'normal') return [];
    const precision = expand(found.law.precision);
    const isKnown = ![...readNames(precision)].some((read) => variables.has(read));
    return isKnown && !isPositive(precision, model) ? [{ variable, precision }] : [];
  });
};
