/**
 * Contrasts of phases as formulas. A variable at the end of a phase is read under the phase that last moved it, `h(model)`; one that no
 * phase has moved is the same in all of them.
 */
import { add, constant, isConstant, multiply, negate, read, sum } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { replaceNames, replaceReads } from '../calculus/substitute.ts';
import type {
  Inference,
  InferenceStatement,
  Learning,
  Model,
  Objective,
  Phase,
  Variable,
} from '../check/typed.ts';
import { energyOf, needsMean } from './energy.ts';
import { logDensityAt } from './family/family.ts';
import { exampleNames, perExample, unitIndices, variableOf, variableRead } from './free-energy.ts';
import { withMean } from './marginal.ts';
import { allStatements, movedNames } from './moved.ts';

export type Contrast = Extract<Objective, { kind: 'contrast' }>;

/** Name of a variable at the end of the phase that moved it. */
export const nameIn = (variable: string, phase: string): string => `${variable}(${phase})`;

/** −log q of the latents' values under their beliefs, of each example. */
export const beliefEnergy = (model: Model, { beliefs, ...inference }: Inference): Expression => {
  const names = exampleNames(model, { ...inference, beliefs });
  return add(
    constant(0),
    ...beliefs.map(({ latent, distribution }) => {
      const variable = variableOf(model, latent);
      const density = logDensityAt(distribution, variableRead(variable));
      return negate(sum(unitIndices(variable), perExample(density, names)));
    }),
  );
};

/** What leads to the end of a phase, body by body, from the learning's inference on. */
export const bodiesTo = (
  { inference, phases }: Learning,
  phase: Phase,
): readonly (readonly InferenceStatement[])[] => {
  const before = (name: string | null): readonly (readonly InferenceStatement[])[] => {
    const from = phases.find((other) => other.name === name);
    return from === undefined ? [inference.body] : [...before(from.from), from.body];
  };
  return [...before(phase.from), phase.body];
};

/** The statements that lead to the end of a phase, from the learning's inference on. */
export const statementsTo = (learning: Learning, phase: Phase): readonly InferenceStatement[] =>
  bodiesTo(learning, phase).flat();

/**
 * The layers whose log-partition is part of a contrast. Those that no phase changes the input of have the same one at all ends, where
 * the energies are weighed against each other.
 */
export const layersCompared = (
  learning: Learning,
  { terms }: Contrast,
  layers: readonly Variable[],
): readonly Variable[] => {
  const energies = terms.filter(({ what }) => what === 'energy');
  if (!isConstant(add(...energies.map(({ weight }) => weight)), 0)) return layers;
  const ended = learning.phases.filter(({ name }) => energies.some(({ phase }) => phase === name));
  const moved = movedNames(ended.flatMap((phase) => statementsTo(learning, phase)));
  return layers.filter((layer) => needsMean(layer, moved));
};

/** The energy at the end of a phase that a term of a contrast is about, without its weight. */
const energyAtEnd = (
  learning: Learning,
  objective: Contrast,
  { what, phase }: Contrast['terms'][number],
  sampled: ReadonlySet<string>,
): Expression | null => {
  const { model, inference } = learning;
  const whole = what === 'energy' ? energyOf(model, sampled) : beliefEnergy(model, inference);
  const reduced = withMean(model, whole, objective.withMean);
  if (reduced.kind === 'none') return null;
  const ended = learning.phases.find(({ name }) => name === phase)!;
  const settings = allStatements(statementsTo(learning, ended)).flatMap((statement) =>
    statement.kind === 'set' ? [[statement.name, statement.value] as const] : [],
  );
  const movers = lastMovers(learning, ended);
  return replaceReads(replaceNames(reduced.value, Object.fromEntries(settings)), ({ name, subscripts }) => {
    const mover = movers.get(name);
    return mover === undefined ? null : read(nameIn(name, mover), subscripts);
  });
};

/** The phase that gave each variable the value that it has at the end of a phase. */
const lastMovers = (learning: Learning, phase: Phase): ReadonlyMap<string, string> => {
  const from = learning.phases.find(({ name }) => name === phase.from);
  const movers = new Map(from === undefined ? [] : lastMovers(learning, from));
  for (const statement of allStatements(phase.body))
    if (statement.kind === 'clamp')
      for (const name of statement.names)
        if (variableOf(learning.model, name).role === 'observed') movers.delete(name);
  for (const name of movedNames(phase.body)) movers.set(name, phase.name);
  return movers;
};

/**
 * The terms of a contrast, each of one example and with its weight; null where a mean has no formula.
 *
 * @param sampledIn layers whose normaliser only interneurons know, in some statements
 */
export const contrastTerms = (
  learning: Learning,
  objective: Contrast,
  sampledIn: (body: readonly InferenceStatement[]) => ReadonlySet<string>,
): readonly { readonly phase: string; readonly value: Expression }[] | null => {
  const terms = objective.terms.map((term) => {
    const phase = learning.phases.find(({ name }) => name === term.phase)!;
    const energy = energyAtEnd(learning, objective, term, sampledIn(statementsTo(learning, phase)));
    return energy === null ? null : { phase: term.phase, value: multiply(term.weight, energy) };
  });
  return terms.includes(null) ? null : (terms as readonly NonNullable<(typeof terms)[number]>[]);
};
