/** Branches, feed-forward starts and somas as text. */
import { divide, read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { print } from '../calculus/print.ts';
import type { Checked, Inference, InferenceStatement, Model } from '../check/typed.ts';
import { branchesOf } from './branches.ts';
import { isEnergyModel } from './energy.ts';
import { feedforward, feedforwardStarts, knownBefore } from './feedforward.ts';
import { example, variableRead } from './free-energy.ts';

/** The inputs of one variable in groups. */
export interface BranchExplanation {
  readonly variable: string;
  readonly branches: readonly { readonly name: string; readonly input: string }[];
  /** Where the force vanishes, given the total of the branches; or why it cannot be solved. */
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

/** Of models with energy terms or states: the others are driven by beliefs. */
export const explainBranches = (model: Model): readonly BranchExplanation[] =>
  !isEnergyModel(model)
    ? []
    : model.variables.flatMap((variable): readonly BranchExplanation[] => {
        const found = branchesOf(model, variable);
        if (found.kind === 'none')
          return variable.role === 'observed'
            ? []
            : [{ variable: variable.name, branches: [], rest: `not solved: ${found.why}` }];
        if (found.branches.length === 0) return [];
        const resting = shown(divide(read('total'), found.leak));
        return [
          {
            variable: variable.name,
            branches: found.branches.map(({ name, input }) => ({ name, input: shown(input) })),
            rest: `${shown(variableRead(variable))} = ${resting}`,
          },
        ];
      });

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
