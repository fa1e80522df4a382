/**
 * The dendritic rule (papers.md 2.3; after Urbanczik and Senn 2014): each branch of a unit learns to predict its share of the soma,
 * L_j = ½ |sg[c_j soma] − a_j|². The soma of a clamped unit is its value times its leak, which keeps the branches from agreeing on
 * 0; that of any other unit is the total of its branches. A parameter of several branches descends the sum of their errors.
 */
import { add, apply, half, multiply, square, subtract, sum, zero } from '../calculus/build.ts';
import { dependsOn } from '../calculus/differentiate.ts';
import type { Expression } from '../calculus/expression.ts';
import type { Inference, InferenceStatement, Model, Variable } from '../check/typed.ts';
import { branchesOf, discreteValues, equalShare, type Branch } from './branches.ts';
import { energyTerms, intractableLayers, touches } from './energy.ts';
import { variableRead } from './free-energy.ts';

/** What one branch predicts of one variable, over the example and the variable's indices. */
export interface Prediction {
  readonly variable: Variable;
  readonly branch: Branch;
  readonly isClamped: boolean;
  /** The value of a clamped variable times its leak, else the total of its branches. */
  readonly soma: Expression;
  /** c_j sg[soma]. */
  readonly share: Expression;
}

export type Dendrites =
  | { readonly kind: 'predictions'; readonly predictions: readonly Prediction[] }
  /** The force on a variable that the parameters reach cannot be solved in its own units. */
  | { readonly kind: 'unsolvable'; readonly variable: Variable; readonly why: string };

/**
 * The predictions that parameters take part in. A unit with one branch that is not clamped is predicted as it is, so it has none;
 * nor has a clamped unit of discrete values, which has no potential.
 *
 * @param somaOf what stands for the detached soma: for reading, its name
 */
export const dendrites = (
  model: Model,
  learned: readonly string[],
  clamped: ReadonlySet<string>,
  somaOf: (variable: Variable, soma: Expression) => Expression = (_, soma) => apply('detach', soma),
): Dendrites => {
  const terms = energyTerms(model, intractableLayers(model));
  const predictions: Prediction[] = [];
  for (const variable of model.variables) {
    const isClamped = clamped.has(variable.name);
    const own = terms.filter((term) => touches(term, variable));
    if (!own.some(({ value }) => learned.some((name) => dependsOn(value, name)))) continue;
    if (isClamped && discreteValues(variable.support) !== null) continue;
    const branching = branchesOf(model, variable);
    if (branching.kind === 'none') return { kind: 'unsolvable', variable, why: branching.why };
    if (!isClamped && branching.branches.length < 2) continue;
    const soma = isClamped ? multiply(branching.leak, variableRead(variable)) : branching.total;
    const share = equalShare(somaOf(variable, soma), branching.branches);
    predictions.push(...branching.branches.map((branch) => ({ variable, branch, isClamped, soma, share })));
  }
  return { kind: 'predictions', predictions };
};

/** Σ ½ |c_j sg[soma] − a_j|² of one example. */
export const branchErrors = (predictions: readonly Prediction[]): Expression =>
  add(
    zero,
    ...predictions.map(({ variable, branch, share }) =>
      multiply(half, sum(variable.indices, square(subtract(share, branch.input)))),
    ),
  );

/** Variables whose values are given while an inference runs: observed ones that it does not free. */
export const clampedBy = ({ model, body }: Pick<Inference, 'model' | 'body'>): ReadonlySet<string> => {
  const clamped = new Set(model.variables.flatMap(({ name, role }) => (role === 'observed' ? [name] : [])));
  const visit = (statements: readonly InferenceStatement[]): void =>
    statements.forEach((statement) => {
      if (statement.kind === 'free') statement.names.forEach((name) => clamped.delete(name));
      if (statement.kind === 'clamp') statement.names.forEach((name) => clamped.add(name));
      if (statement.kind === 'repeat') visit(statement.body);
    });
  visit(body);
  return clamped;
};
