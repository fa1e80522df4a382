/** Branches, feed-forward starts and somas as text. */
import { divide, read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import type { Checked, Inference, InferenceStatement, Model } from '../check/typed.ts';
import { branchesOf } from './branches.ts';
import { feedforward, feedforwardStarts, knownBefore } from './feedforward.ts';
import { example, variableRead } from './free-energy.ts';

/** The inputs of one variable in groups. */
export interface BranchExplanation {
  readonly variable: string;
  readonly branches: readonly { readonly name: string; readonly input: string }[];
  /** Where the force vanishes, given the total of the branches. */
  readonly rest: string;
}

export interface StartExplanation {
  readonly inference: string;
  /** In the order in which they are set. */
  readonly states: readonly {
    readonly state: string;
    readonly value: string;
    readonly known: readonly string[];
    /** Branches taken to say the same as the known ones. */
    readonly assumed: readonly string[];
  }[];
}

const shown = (node: Expression): string => print(node, { hide: [example] });

/** Of models in which a unit has several branches. */
export const explainBranches = (model: Model): readonly BranchExplanation[] => {
  const found = model.variables.flatMap((variable) => {
    const own = branchesOf(model, variable);
    return own.kind === 'branches' && own.branches.length > 0 ? [{ variable, ...own }] : [];
  });
  return found.some(({ branches }) => branches.length > 1)
    ? found.map(({ variable, branches, leak }) => ({
        variable: variable.name,
        branches: branches.map(({ name, input }) => ({ name, input: shown(input) })),
        rest: `${shown(variableRead(variable))} = ${shown(divide(read('total'), leak))}`,
      }))
    : [];
};

export const explainStarts = (checked: Checked): readonly StartExplanation[] =>
  checked.inferences.flatMap((inference) =>
    feedforwardStarts(inference.body).flatMap((statement) => startOf(inference, statement)),
  );

type Start = Extract<InferenceStatement, { kind: 'start' }>;

const startOf = (inference: Inference, statement: Start): readonly StartExplanation[] => {
  const plan = feedforward(inference.model, statement.targets, knownBefore(inference, statement));
  if (plan.kind !== 'steps') return [];
  return [
    {
      inference: inference.name,
      states: plan.steps.map(({ variable, value, known, branches }) => ({
        state: variable.name,
        value: shown(value),
        known: known.map(({ name }) => name),
        assumed: branches.filter((branch) => !known.includes(branch)).map(({ name }) => name),
      })),
    },
  ];
};
