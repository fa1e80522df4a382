/** One step of a chain at an inverse temperature β, as annealed importance sampling makes it. */
import { add, one, read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import type { BoundDynamics, Inference, Model, Setting as TypedSetting, Variable } from '../check/typed.ts';
import type { BaseLaw } from '../derive/base.ts';
import { lawIn } from '../derive/conditional.ts';
import { energyGradient } from '../derive/energy.ts';
import { example } from '../derive/free-energy.ts';
import { marginal } from '../derive/marginal.ts';
import type { Reduction } from '../derive/reduction.ts';
import { emitConditionalDraw, type KnownLaw } from './conditional.ts';
import { targetOf } from './energy-moves.ts';
import { emitMove } from './move.ts';
import type { Block } from './names.ts';
import { resolveAt, type Setting } from './point.ts';
import { helperStates, type StateEntry } from './states.ts';

/** The inverse temperature β as formulas read it. */
export const betaName = 'inverse_temperature';
export const beta = read(betaName);

export interface Plan {
  readonly model: Model;
  /** E_β of all variables. */
  readonly energy: Expression;
  readonly laws: readonly BaseLaw[];
  /** −log Σ exp(−E_0) of the independent units. */
  readonly baseFreeEnergy: Expression;
  /** Of each free variable that has one: given all others, at β. */
  readonly conditionals: ReadonlyMap<string, KnownLaw>;
  /** What moves the others. */
  readonly movers: readonly Mover[];
  readonly best: Reduction;
  /** Settings that the movers' arguments read. */
  readonly settings: readonly TypedSetting[];
}

/** A dynamics of the user's, and the variables that it moves together. */
export interface Mover {
  readonly by: BoundDynamics;
  readonly over: readonly Variable[];
}

/** Formulas are read in the model alone; what moves is what the movers move. */
export const settingOf = ({
  model,
  movers,
  settings,
}: Pick<Plan, 'model' | 'movers' | 'settings'>): Setting => {
  const inference: Inference = {
    name: `${model.name}_annealing`,
    doc: null,
    span: model.span,
    model,
    settings,
    parameters: [],
    beliefs: [],
    guards: [],
    body: movers.map(({ by, over }) => ({
      kind: 'descend',
      objective: { kind: 'energy', span: by.span },
      over: over.map(({ name }) => name),
      by,
      span: by.span,
    })),
  };
  return { model, inference, estimator: null, learned: new Set() };
};

export type Values = ReadonlyMap<string, Expression>;
export const resolver = (plan: Plan) => {
  const setting = settingOf(plan);
  return (values: Values) => resolveAt(setting, { values, rolled: null });
};

/** What the movers remember from step to step. */
export const memoriesOf = (plan: Plan): readonly StateEntry[] => {
  const setting = settingOf(plan);
  return helperStates(setting, setting.inference.body);
};

/**
 * One step that leaves exp(−E_β) as it is: what was summed out is drawn exactly, the last of it first, then every kept variable from
 * its law given all others, or by its mover.
 */
export const emitTransition = (block: Block, plan: Plan, begin: Values, turn: Expression): Values => {
  const { model, energy, best, conditionals } = plan;
  const at = resolver(plan);
  let values = begin;
  const draw = (law: KnownLaw, variable: Variable): void => {
    values = new Map([...values, [variable.name, emitConditionalDraw(block, law, variable, values, at)]]);
  };
  best.summed.toReversed().forEach((variable, place) => {
    const earlier = best.summed.slice(0, best.summed.length - 1 - place).map(({ name }) => name);
    const reduced = marginal(model, energy, earlier);
    const law = reduced.kind === 'none' ? reduced : lawIn(model, reduced.value, variable);
    if (law.kind === 'none')
      throw new Error(`${variable.name} was summed out but cannot be drawn: ${law.why}`);
    draw(law, variable);
  });
  for (const variable of best.kept) {
    const law = conditionals.get(variable.name);
    if (law !== undefined) draw(law, variable);
  }
  return plan.movers.reduce((before, mover) => emitMover(block, plan, mover, before, turn), values);
};

/** A step of a dynamics down E_β, all other variables as they are. */
const emitMover = (
  block: Block,
  plan: Plan,
  { by, over }: Mover,
  before: Values,
  turn: Expression,
): Values => {
  const at = resolver(plan);
  const gradients = new Map(over.map((variable) => [variable.name, energyGradient(plan.energy, variable)]));
  return emitMove(block, {
    by,
    targets: over.map((variable) => targetOf(variable, variable.name)),
    values: before,
    plate: [example],
    replicas: null,
    iteration: add(turn, one),
    resolve: (node, values) => at(values)(node),
    objective: {
      gradient: (name, values) => at(values)(gradients.get(name)!),
      value: (values) => at(values)(plan.energy),
    },
  });
};
