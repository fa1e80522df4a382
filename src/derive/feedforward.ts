/**
 * A feed-forward start (papers.md 2.3; Bengio, Scellier, Bilaniuk, Sacramento and Senn 2016): states are set in order from what is
 * clamped, each where its force vanishes when the branches that are not known yet say the same as those that are.
 */
import type { Expression } from '../calculus/expression.ts';
import type { Inference, InferenceStatement, Model, Variable } from '../check/typed.ts';
import { branchesOf, restingState, type Branch, type Branching } from './branches.ts';
import { variableOf } from './free-energy.ts';

export interface FeedforwardStep {
  readonly variable: Variable;
  /** Over the example and the variable's indices; not yet put inside of its bounds. */
  readonly value: Expression;
  /** The branches whose sources were set before, of all. */
  readonly known: readonly Branch[];
  readonly branches: readonly Branch[];
}

export type Feedforward =
  | { readonly kind: 'steps'; readonly steps: readonly FeedforwardStep[] }
  /** The force on a state cannot be solved in its own units. */
  | { readonly kind: 'unsolvable'; readonly variable: Variable; readonly why: string }
  /** Every branch of these states reads something that has no value. */
  | { readonly kind: 'unreachable'; readonly variables: readonly Variable[] };

type Start = Extract<InferenceStatement, { kind: 'start' }>;

/** The statements of a body that ask for one. */
export const feedforwardStarts = (body: readonly InferenceStatement[]): readonly Start[] =>
  body.flatMap((statement) => {
    if (statement.kind === 'repeat') return feedforwardStarts(statement.body);
    return statement.kind === 'start' && statement.value.kind === 'feedforward' ? [statement] : [];
  });

/** @param known variables that have values before */
export const feedforward = (
  model: Model,
  targets: readonly string[],
  known: ReadonlySet<string>,
): Feedforward => {
  const waiting = new Map<Variable, Branching & { readonly kind: 'branches' }>();
  for (const name of targets) {
    const variable = variableOf(model, name);
    const branching = branchesOf(model, variable);
    if (branching.kind === 'none') return { kind: 'unsolvable', variable, why: branching.why };
    waiting.set(variable, branching);
  }
  const isSet = new Set([...known].filter((name) => !targets.includes(name)));
  const steps: FeedforwardStep[] = [];
  for (const variable of inOrder(waiting, isSet)) {
    const branching = waiting.get(variable)!;
    const heard = branching.branches.filter(({ sources }) => sources.every((name) => isSet.has(name)));
    steps.push({
      variable,
      value: restingState(branching, heard),
      known: heard,
      branches: branching.branches,
    });
    isSet.add(variable.name);
  }
  const left = [...waiting.keys()].filter(({ name }) => !isSet.has(name));
  return left.length === 0 ? { kind: 'steps', steps } : { kind: 'unreachable', variables: left };
};

/** By the number of layers on the way from what is set; then as they are listed. */
const inOrder = (
  waiting: ReadonlyMap<Variable, Branching & { readonly kind: 'branches' }>,
  isSet: ReadonlySet<string>,
): readonly Variable[] => {
  const reached = new Set(isSet);
  const order: Variable[] = [];
  for (;;) {
    const next = [...waiting]
      .filter(([variable]) => !order.includes(variable))
      .filter(
        ([, { branches }]) =>
          branches.length === 0 || branches.some(({ sources }) => sources.every((name) => reached.has(name))),
      )
      .map(([variable]) => variable);
    if (next.length === 0) return order;
    order.push(...next);
    for (const { name } of next) reached.add(name);
  }
};

/**
 * Variables that have values where a statement of an inference stands: observed ones that are not freed, and what was started or
 * clamped before.
 */
export const knownBefore = (
  { model, body }: Pick<Inference, 'model' | 'body'>,
  statement: InferenceStatement,
): ReadonlySet<string> => {
  const known = new Set(model.variables.flatMap(({ name, role }) => (role === 'observed' ? [name] : [])));
  const visit = (statements: readonly InferenceStatement[]): boolean =>
    statements.some((one) => {
      if (one === statement) return true;
      if (one.kind === 'start') one.targets.forEach((name) => known.add(name));
      if (one.kind === 'clamp') one.names.forEach((name) => known.add(name));
      if (one.kind === 'free') one.names.forEach((name) => known.delete(name));
      return one.kind === 'repeat' && visit(one.body);
    });
  visit(body);
  return known;
};
