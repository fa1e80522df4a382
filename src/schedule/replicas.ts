/**
 * Replicas of what a dynamics moves: one more index on every value, right after the plate's, so that formulas of the model read each
 * replica for itself. The model sees the first one; the dynamics remembers all.
 */
import { apply, constant, position, sum, zero } from '../calculus/build.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { memoryName } from '../derive/dynamics.ts';
import { assign, type Block } from './names.ts';

const suffix = '.replicas';
/** Whether an index counts replicas: formulas of the model do not name it. */
export const isReplicaIndex = (index: Index): boolean => axisOf(index).endsWith(suffix);

/** Indices with the replicas' in its place. */
export const withReplicas = (indices: readonly Index[], axis: Index | null): readonly Index[] =>
  axis === null ? indices : [...indices.slice(0, 1), axis, ...indices.slice(1)];

/** The axis of the replicas of some variables that one dynamics moves together. */
export const replicaAxis = (names: readonly string[]): Index => `${names.join('.')}${suffix}`;

/** Name under which a dynamics remembers the replicas of a variable. */
export const replicasName = (variable: string): string => memoryName(variable, 'replicas');

interface Replicated {
  readonly name: string;
  /** Without the replicas' index. */
  readonly indices: readonly Index[];
}

/** The first replica is what the model has; the others are as they were left. */
export const emitReplicas = (
  block: Block,
  { name, indices }: Replicated,
  axis: Index,
  values: ReadonlyMap<string, Expression>,
): Expression =>
  assign(
    block,
    replicasName(name),
    withReplicas(indices, axis),
    apply('where', isFirst(axis), values.get(name)!, values.get(replicasName(name))!),
  );

/** What the model sees of an array of replicas. */
export const firstReplica = (
  block: Block,
  { name, indices }: Replicated,
  axis: Index,
  value: Expression,
): Expression => assign(block, name, indices, sum([axis], apply('where', isFirst(axis), value, zero)));

const isFirst = (axis: Index): Expression => apply('equal', position(axis), constant(0));
