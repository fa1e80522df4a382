/**
 * Annealed importance sampling (Neal 2001) as programs. With E_β = (1 − β) E_0 + β E over independent units E_0, a chain at β_k takes
 * the weight exp(E_{β_k} − E_{β_{k+1}}) and then a step that leaves exp(−E_{β_{k+1}}) as it is: each variable drawn from its law given
 * the others. Variables that have a formula for it are summed out of the weights (Salakhutdinov and Murray 2008). Each example is a
 * chain of its own.
 */
import { add, isConstant, multiply, one, subtract } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceNames } from '../calculus/substitute.ts';
import type { Inference, Model, Variable } from '../check/typed.ts';
import { baseEnergy, baseLaws } from '../derive/base.ts';
import { lawIn } from '../derive/conditional.ts';
import { verdictText } from '../derive/judgement.ts';
import { marginal } from '../derive/marginal.ts';
import { allStatements } from '../derive/moved.ts';
import { reductions } from '../derive/reduction.ts';
import { judge } from '../derive/verdict.ts';
import { annealProgram, beginProgram, followProgram } from './annealing-programs.ts';
import { beta, type Mover, type Plan } from './annealing-step.ts';
import type { Program } from './program.ts';

export interface Annealing {
  readonly kept: readonly Variable[];
  readonly summed: readonly Variable[];
  /** Draws from the base; outputs the kept variables and `log_z`, the log of the base's normaliser, `[example]`. */
  readonly begin: Program;
  /**
   * Some steps: of turn k the place is `origin` + k `direction`, out of `temperatures`. Inputs: the kept variables; outputs them, and
   * `log_weight` of these steps, `[example]`.
   */
  readonly anneal: Program;
  /** Where chains begin that start at data: outputs the kept variables, drawn given the observed ones that the data have. */
  readonly follow: Program;
  /** Dynamics that change their own settings by what was accepted, and so leave the law only nearly as it is. */
  readonly adapting: readonly string[];
}

export type Annealed =
  | { readonly kind: 'annealing'; readonly annealing: Annealing }
  | { readonly kind: 'none'; readonly why: string; readonly advice: string };

const exactSamplers =
  'MALA, HMC, Metropolis, Gibbs or Flips, or one of your own that `nsm explain` calls exact, at temperature 1';

/**
 * @param known free variables of which the data's mean and variance are known
 * @param by an inference whose dynamics move the variables that have no law given the others, or null
 */
export const annealing = (
  model: Model,
  energy: Expression,
  free: readonly Variable[],
  known: ReadonlySet<string>,
  unitsOf: (variable: Variable) => number,
  by: Inference | null,
): Annealed => {
  const laws = baseLaws(model, energy, free, known);
  const names = laws.map(({ variable }) => variable.name);
  const base = marginal(model, baseEnergy(laws), names);
  if (base.kind === 'none')
    return {
      kind: 'none',
      why: `annealing has no independent units with a known normaliser to begin with: ${base.why}`,
      advice:
        'give the variable a family that has a log-partition, or state it over all real numbers, say by its logarithm',
    };
  const between = add(weighed(subtract(one, beta), baseEnergy(laws)), weighed(beta, energy));
  const found = free.map((variable) => ({ variable, law: lawIn(model, between, variable) }));
  const conditionals = new Map(
    found.flatMap(({ variable, law }) => (law.kind === 'law' ? [[variable.name, law] as const] : [])),
  );
  const lawless = found.flatMap(({ variable, law }) =>
    law.kind === 'none' ? [{ variable, why: law.why }] : [],
  );
  const movers = moversOf(
    lawless.map(({ variable }) => variable),
    by,
  );
  for (const { variable, why } of lawless) {
    const mover = movers.find(({ over }) => over.includes(variable));
    if (mover === undefined)
      return {
        kind: 'none',
        why: `${variable.name} cannot be drawn given the others: ${why}`,
        advice: `name an inference that moves ${variable.name} by a sampler, \`--inference NAME\`: ${exactSamplers}`,
      };
    const refused = refusal(mover);
    if (refused !== null)
      return {
        kind: 'none',
        why: refused,
        advice: `name an inference that moves ${variable.name} by an exact sampler: ${exactSamplers}`,
      };
  }
  const [best] = reductions(model, between, free).toSorted(
    (a, b) => unitsIn(a.kept, unitsOf) - unitsIn(b.kept, unitsOf),
  );
  const settings = by?.settings ?? [];
  const plan: Plan = {
    model,
    energy: between,
    laws,
    baseFreeEnergy: base.value,
    conditionals,
    movers,
    best: best!,
    settings,
  };
  return {
    kind: 'annealing',
    annealing: {
      kept: best!.kept,
      summed: best!.summed,
      begin: beginProgram(plan),
      anneal: annealProgram(plan),
      follow: followProgram(plan, known),
      adapting: movers.filter(isAdapting).map(({ by: { dynamics } }) => dynamics.name),
    },
  };
};

/** The dynamics by which an inference descends the energy, for the variables that have no law. */
const moversOf = (variables: readonly Variable[], by: Inference | null): readonly Mover[] =>
  allStatements(by?.body ?? []).flatMap((statement) => {
    if (statement.kind !== 'descend' || statement.objective.kind !== 'energy') return [];
    const over = variables.filter(({ name }) => statement.over.includes(name));
    return over.length === 0 ? [] : [{ by: statement.by, over }];
  });

/** Why a dynamics is of no use here, or null: it has to sample exp(−E_β), since an error of its steps would go into every weight. */
const refusal = ({ by }: Mover): string | null => {
  const { name, replicas } = by.dynamics;
  if (replicas !== null) return `${name} moves replicas of its own`;
  const verdict = judge(by.dynamics);
  switch (verdict.kind) {
    case 'sampler': {
      const temperature = replaceNames(verdict.temperature, by.arguments);
      if (!isConstant(temperature, 1)) return `${name} samples at a temperature other than 1`;
      return verdict.order === 0 && verdict.adaptation !== 'goes_on'
        ? null
        : `${name} samples exp(−E) only nearly, ${verdictText(verdict)}, and its error would go into log Z`;
    }
    case 'deterministic':
    case 'not_a_sampler':
    case 'unknown':
      return `${name} does not sample exp(−E): ${verdict.why}`;
  }
};

const isAdapting = ({ by }: Mover): boolean => {
  const verdict = judge(by.dynamics);
  return verdict.kind === 'sampler' && verdict.adaptation !== 'none';
};

const unitsIn = (variables: readonly Variable[], unitsOf: (variable: Variable) => number): number =>
  variables.reduce((total, variable) => total + unitsOf(variable), 0);

/** A sum term by term, so that formulas of it stay short. */
const weighed = (weight: Expression, node: Expression): Expression =>
  node.kind === 'add' ? add(...node.terms.map((term) => multiply(weight, term))) : multiply(weight, node);
