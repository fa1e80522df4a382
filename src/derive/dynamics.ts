/**
 * A dynamics applied to one variable: its update lines with the objective's derivatives and its own state put in
 * (design.md section 3, "Order": `<-` lines run in sequence).
 */
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames, replaceReads } from '../calculus/substitute.ts';
import { read } from '../calculus/build.ts';
import type { BoundDynamics, Dynamics } from '../check/typed.ts';

export interface Moves {
  /** The variable after the update. */
  readonly value: Expression;
  readonly states: readonly {
    readonly name: string;
    readonly initial: Expression;
    readonly next: Expression;
  }[];
}

export interface Ingredients {
  readonly gradient: Expression;
  readonly naturalGradient: Expression | null;
  readonly gradientNorm: Expression;
  /** Updates made so far, this one included. */
  readonly iteration: Expression;
}

/** Whether a dynamics is a rule of `<-` lines alone, without noise: one formula gives the next value. */
export const isPlainRule = ({ steps, replicas }: Dynamics): boolean =>
  replicas === null &&
  steps.every(
    (step) =>
      (step.kind === 'let' || step.kind === 'assign') &&
      [...readNames(step.value)].every((name) => !unplain.has(name)),
  );
const unplain: ReadonlySet<string> = new Set([
  '@noise',
  '@uniform',
  '@flipped',
  '@replica',
  '@acceptance',
  '@curvature',
  '@conditional_mean',
  '@conditional_draw',
]);

/** Name of a dynamics' own state for one variable: `Phi.m`. */
export const memoryName = (variable: string, state: string): string => `${variable}.${state}`;

export const applyDynamics = (
  { dynamics, arguments: given }: BoundDynamics,
  variable: { readonly name: string; readonly indices: readonly Index[] },
  ingredients: Ingredients,
): Moves => {
  const values = new Map<string, Expression>(Object.entries(given));
  values.set('@gradient', ingredients.gradient);
  if (ingredients.naturalGradient !== null) values.set('@natural_gradient', ingredients.naturalGradient);
  values.set('@gradient_norm', ingredients.gradientNorm);
  values.set('iteration', ingredients.iteration);
  values.set(dynamics.variable, read(variable.name, variable.indices));
  for (const { name } of dynamics.states)
    values.set(name, read(memoryName(variable.name, name), variable.indices));
  const put = (node: Expression): Expression => replaceReads(node, (found) => values.get(found.name) ?? null);
  for (const step of dynamics.steps) {
    if (step.kind !== 'let' && step.kind !== 'assign')
      throw new Error(`${dynamics.name} is no plain update rule`);
    values.set(step.target, put(step.value));
  }
  return {
    value: values.get(dynamics.variable)!,
    states: dynamics.states.map(({ name, initial }) => ({
      name: memoryName(variable.name, name),
      initial: put(initial),
      next: values.get(name)!,
    })),
  };
};

/** Whether a dynamics needs the norm of all gradients together, which no synapse can see. */
export const usesGradientNorm = ({ dynamics, arguments: given }: BoundDynamics): boolean => {
  const moved = applyDynamics(
    { dynamics, arguments: given, span: dynamics.span },
    { name: dynamics.variable, indices: [] },
    {
      gradient: read('@gradient'),
      naturalGradient: read('@natural_gradient'),
      gradientNorm: read('@gradient_norm'),
      iteration: read('iteration'),
    },
  );
  let found = false;
  for (const node of [moved.value, ...moved.states.map(({ next }) => next)])
    replaceReads(node, ({ name }) => {
      if (name === '@gradient_norm') found = true;
      return null;
    });
  return found;
};
