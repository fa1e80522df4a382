/** What an inference carries from step to step, and in which order its statements run. */
import { constant, one, read, zero } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { replaceNames } from '../calculus/substitute.ts';
import type { Inference, InferenceStatement, Support, Variable } from '../check/typed.ts';
import { memoryName } from '../derive/dynamics.ts';
import { meanName, populationName, servedLayers, statisticIndices } from '../derive/energy.ts';
import { example } from '../derive/free-energy.ts';
import { coordinatesOf, type Setting } from './point.ts';

/** One array that an inference carries. */
export interface StateEntry {
  readonly name: string;
  /** With the example's. */
  readonly indices: readonly Index[];
  /** Value before anything has moved; null for what a `start` or a draw must give. */
  readonly initial: Expression | null;
}

type RepeatStatement = Extract<InferenceStatement, { kind: 'repeat' }>;

/** The main repetition is the last one; what comes before it is done once, at the start. */
export const mainRepeat = (
  inference: Inference,
): { readonly before: readonly InferenceStatement[]; readonly repeat: RepeatStatement | null } => {
  const last = inference.body.findLastIndex(({ kind }) => kind === 'repeat');
  if (last < 0) return { before: inference.body, repeat: null };
  return { before: inference.body.slice(0, last), repeat: inference.body[last] as RepeatStatement };
};

/** All statements, those inside repetitions too. */
export const allStatements = (body: readonly InferenceStatement[]): readonly InferenceStatement[] =>
  body.flatMap((statement) =>
    statement.kind === 'repeat' ? [statement, ...allStatements(statement.body)] : [statement],
  );

/** Variables of the model that statements move. */
export const movedVariables = (
  { model }: Pick<Setting, 'model'>,
  body: readonly InferenceStatement[],
): readonly Variable[] => {
  const names = new Set(
    allStatements(body).flatMap((statement): readonly string[] => {
      switch (statement.kind) {
        case 'start':
          return statement.targets;
        case 'descend':
          return statement.over;
        case 'sample':
        case 'draw':
          return statement.names;
        case 'repeat':
        case 'rolling':
        case 'interneurons':
        case 'set':
        case 'free':
        case 'clamp':
          return [];
      }
    }),
  );
  return model.variables.filter(({ name }) => names.has(name));
};

/** Layers whose ∇A comes from interneurons in these statements. */
export const sampledLayers = (
  setting: Setting,
  body: readonly InferenceStatement[] = setting.inference.body,
): readonly Variable[] => {
  const moved = new Set([...movedVariables(setting, body).map(({ name }) => name), ...setting.learned]);
  const served = allStatements(body).flatMap((statement) =>
    statement.kind === 'interneurons' ? servedLayers(setting.model, statement.over, moved) : [],
  );
  return [...new Set(served)];
};

/** States of the dynamics, and populations of interneurons, that statements use. */
export const helperStates = (
  setting: Setting,
  body: readonly InferenceStatement[],
): readonly StateEntry[] => {
  const found = new Map<string, StateEntry>();
  const put = (entry: StateEntry): void => void found.set(entry.name, entry);
  const layers = sampledLayers(setting, body);
  for (const statement of allStatements(body)) {
    if (statement.kind === 'descend')
      for (const name of statement.over) {
        const indices = indicesOf(setting, name);
        for (const state of statement.by.dynamics.states)
          put({
            name: memoryName(name, state.name),
            indices,
            initial: replaceNames(state.initial, statement.by.arguments),
          });
      }
    if (statement.kind === 'interneurons')
      for (const layer of layers)
        for (const state of statement.by.dynamics.states)
          put({
            name: memoryName(populationName(layer.name), state.name),
            indices: [example, ...layer.indices],
            initial: replaceNames(state.initial, statement.by.arguments),
          });
  }
  for (const layer of layers) {
    put({
      name: populationName(layer.name),
      indices: [example, ...layer.indices],
      initial: insideOf(layer.support),
    });
    layer.distribution!.family.statistic.forEach((_, i) =>
      put({ name: meanName(layer.name, i), indices: statisticIndices(layer, i), initial: zero }),
    );
  }
  return [...found.values()];
};

/** A value that a support has. */
const insideOf = (support: Support): Expression => {
  switch (support.kind) {
    case 'positive':
      return one;
    case 'unit':
    case 'simplex':
      return constant(0.5);
    default:
      return zero;
  }
};

/** Indices of something that moves, with the example's. */
export const indicesOf = ({ model, inference }: Setting, name: string): readonly Index[] => {
  const own =
    coordinatesOf(inference).find((coordinate) => coordinate.name === name) ??
    model.variables.find((variable) => variable.name === name)!;
  return [example, ...own.indices];
};

/** 1 while an example goes on, 0 once it has met the condition after `until`; and how many turns it has made. */
export const activeName = 'active';
export const turnsName = 'turns';

/** Everything an inference carries. */
export const statesOf = (setting: Setting): readonly StateEntry[] => {
  const { inference } = setting;
  const { repeat } = mainRepeat(inference);
  const coordinates = coordinatesOf(inference).map(({ name, indices }) => ({
    name,
    indices: [example, ...indices],
    initial: null,
  }));
  const variables = movedVariables(setting, inference.body).map(({ name, indices }) => ({
    name,
    indices: [example, ...indices],
    initial: null,
  }));
  const until =
    repeat?.until == null
      ? []
      : [
          { name: activeName, indices: [example], initial: one },
          { name: turnsName, indices: [example], initial: zero },
        ];
  return [...coordinates, ...variables, ...helperStates(setting, inference.body), ...until];
};

/** The place of a value as it stands in a program's input. */
export const readState = ({ name, indices }: StateEntry): Expression => read(name, indices);
