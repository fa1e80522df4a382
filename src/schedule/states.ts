/** What an inference carries from step to step, and in which order its statements run. */
import { constant, one, read, zero } from '../calculus/build.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { replaceNames } from '../calculus/substitute.ts';
import type { BoundDynamics, Inference, InferenceStatement, Support, Variable } from '../check/typed.ts';
import { memoryName } from '../derive/dynamics.ts';
import { meanName, populationName, servedLayers, statisticIndices } from '../derive/energy.ts';
import { example } from '../derive/free-energy.ts';
import { allStatements, movedNames } from '../derive/moved.ts';
import { coordinatesOf, type Setting } from './point.ts';
import { replicaAxis, replicasName, withReplicas } from './replicas.ts';

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

/** Variables of the model that statements move. */
export const movedVariables = (
  { model }: Pick<Setting, 'model'>,
  body: readonly InferenceStatement[],
): readonly Variable[] => {
  const names = movedNames(body);
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
    if (statement.kind === 'descend') {
      memoriesOf(
        statement.by,
        statement.over.map((name) => ({ name, indices: indicesOf(setting, name) })),
      ).forEach(put);
      if (statement.by.dynamics.steps.some(({ kind }) => kind === 'accept'))
        decisionNames(statement.over).forEach((name) => put({ name, indices: [example], initial: zero }));
    }
    if (statement.kind === 'interneurons')
      for (const { name, indices } of layers)
        memoriesOf(statement.by, [{ name: populationName(name), indices: [example, ...indices] }]).forEach(
          put,
        );
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

/**
 * Of the proposals made for some variables together: the sum of their probabilities of being accepted, and their number. Each
 * example has its own.
 */
export const decisionNames = (over: readonly string[]): readonly [accepted: string, proposals: string] => [
  memoryName(over[0]!, 'accepted.sum'),
  memoryName(over[0]!, 'proposals.sum'),
];

/** What a dynamics remembers of the variables that it moves together. */
export const memoriesOf = (
  { dynamics, arguments: given }: BoundDynamics,
  targets: readonly { readonly name: string; readonly indices: readonly Index[] }[],
): readonly StateEntry[] => {
  const axis = dynamics.replicas === null ? null : replicaAxis(targets.map(({ name }) => name));
  return targets.flatMap(({ name, indices }) => [
    ...dynamics.states.map((state) => ({
      name: memoryName(name, state.name),
      indices: withReplicas(indices, axis),
      initial: replaceNames(state.initial, given),
    })),
    ...(axis === null
      ? []
      : [{ name: replicasName(name), indices: withReplicas(indices, axis), initial: read(name, indices) }]),
  ]);
};

/** Axes of replicas in these statements, and how many there are along each. */
export const replicaAxes = (
  setting: Setting,
  body: readonly InferenceStatement[],
): readonly { readonly axis: string; readonly count: Expression }[] => {
  const axes = ({ dynamics, arguments: given }: BoundDynamics, groups: readonly (readonly string[])[]) =>
    dynamics.replicas === null
      ? []
      : groups.map((names) => ({
          axis: replicaAxis(names),
          count: replaceNames(dynamics.replicas!, given),
        }));
  return allStatements(body).flatMap((statement) => {
    if (statement.kind === 'descend') return axes(statement.by, [statement.over]);
    if (statement.kind === 'draw' && statement.by !== null)
      return axes(
        statement.by,
        statement.names.map((name) => [name]),
      );
    if (statement.kind !== 'interneurons') return [];
    return axes(
      statement.by,
      sampledLayers(setting, body).map(({ name }) => [populationName(name)]),
    );
  });
};

/** A value that a support has. */
export const insideOf = (support: Support): Expression => {
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
    (repeat?.until ?? null) === null
      ? []
      : [
          { name: activeName, indices: [example], initial: one },
          { name: turnsName, indices: [example], initial: zero },
        ];
  return [...coordinates, ...variables, ...helperStates(setting, inference.body), ...until];
};

/** The place of a value as it stands in a program's input. */
export const readState = ({ name, indices }: StateEntry): Expression => read(name, indices);
