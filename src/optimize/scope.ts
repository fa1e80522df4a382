/** Where values live while a program is lowered: nested blocks, the depth of every name, and values computed once. */
import { axisOf, type Expression, type Read } from '../calculus/expression.ts';
import {
  mapChildren,
  readNames,
  readsAny,
  renameIndices,
  replaceReads,
  walk,
} from '../calculus/substitute.ts';
import { readRegister, register, type Names } from '../schedule/names.ts';
import type { Assign, Register, Statement } from '../schedule/program.ts';
import { guessedActivity, isSparse, type Sparse } from './activity.ts';
import type { Costs } from './cost.ts';
import { dependsOn } from './differentiated.ts';
import { nameFor } from './naming.ts';
import { storedOrder } from './registers.ts';
import { isSymmetric, orderSymmetric, type Symmetric } from './symmetry.ts';

export interface Hints {
  /** Size of each axis; `example` and unknown axes get a guess. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Values of settings, for loop counts. */
  readonly scalars: Readonly<Record<string, number>>;
}

export interface Scope {
  readonly statements: Statement[];
  readonly parent: Scope | null;
  readonly depth: number;
  readonly executions: number;
  readonly memo: Map<Expression, Expression>;
  /** Inside a backward loop, what the turns of the forward loop computed. */
  readonly replayed: Replayed | null;
}

export interface Replayed {
  readonly memo: ReadonlyMap<Expression, Expression>;
  /** Names to save for the backward loop. */
  readonly wanted: Set<string>;
}

export interface State {
  readonly names: Names;
  readonly sizes: Readonly<Record<string, number>>;
  readonly scalars: Readonly<Record<string, number>>;
  /** Depth of the block that defines each name; inputs are 0. */
  readonly depth: Map<string, number>;
  readonly hosts: Set<string>;
  readonly pass: 'before derivatives' | 'after derivatives';
  readonly mayExpand: boolean;
  /** Registers that only copied another value, and that value. Outputs stay. */
  readonly copies: Map<string, Expression>;
  readonly outputs: ReadonlySet<string>;
  readonly symmetric: Symmetric;
  readonly sparse: Sparse;
  /** Names that derivatives, yet to be taken, pass through. */
  readonly differentiated: Set<string>;
  /** Those, and names of what depends on them and is no part of a derivative so far. */
  readonly active: Set<string>;
  /** The register that is being computed. */
  wanted: Pick<Register, 'name' | 'indices'>;
  /** Forward loops met so far. */
  readonly loops: Map<string, Replayed>;
  /** Sums of two factors that the program asks for as such: other sums do well to share them. */
  readonly asked: ReadonlySet<Expression>;
}

/** Depth of the innermost block that an expression's reads come from. */
export const depthOf = (node: Expression, state: State): number => {
  let deepest = 0;
  for (const name of readNames(node)) deepest = Math.max(deepest, state.depth.get(name) ?? 0);
  return deepest;
};

export const scopeAt = (scope: Scope, depth: number): Scope => {
  let current = scope;
  while (current.depth > depth) current = current.parent!;
  return current;
};

export const costsIn = (scope: Scope, state: State): Costs => ({
  sizes: state.sizes,
  executions: (...nodes) =>
    scopeAt(scope, Math.max(...nodes.map((node) => depthOf(node, state)))).executions / scope.executions,
  isKnown: (node) => state.asked.has(node) || known(node, scope, state) !== null,
  isSymmetric: (node) => isSymmetric(node, node.indices, state.symmetric),
  isSparse: (node) => isSparse(node, state.sparse),
  activity: guessedActivity,
  isDifferentiated: (node) => state.differentiated.has(state.wanted.name) && dependsOn(node, state.active),
  hasAdjoint: (node) => {
    const result = known(node, scope, state)?.result;
    return result?.kind === 'read' && state.differentiated.has(result.name);
  },
});

/** What makes a number of an array. */
const arrayKinds = { sum: true, log_determinant: true, inverse: true, cholesky: true } as const;

/** A number on the host: nothing to share or move. */
export const isHost = (node: Expression, state: State): boolean => {
  if (node.indices.length > 0 || readsAny(node, (name) => !state.hosts.has(name))) return false;
  let host = true;
  walk(node, ({ kind }) => {
    if (kind in arrayKinds) host = false;
  });
  return host;
};

/** A diagonal of a stored array: an array of its own. */
export const isDiagonal = ({ indices, subscripts }: Read): boolean => indices.length < subscripts.length;

/** A number worth a name: one that applies a function (an annealed weight, a learning rate). */
export const isSchedule = (node: Expression): boolean => {
  let found = false;
  walk(node, (current) => {
    if (current.kind === 'apply') found = true;
  });
  return found;
};

/** The value as it is written: copies read what they copy, symmetric arrays one way around. */
export const withoutCopies = (value: Expression, state: State): Expression =>
  orderSymmetric(
    readsAny(value, (name) => state.copies.has(name)) ? replaceCopies(value, state) : value,
    state.symmetric,
  );

const replaceCopies = (value: Expression, state: State): Expression =>
  replaceReads(value, (found) => {
    const copied = state.copies.get(found.name);
    if (copied === undefined) return null;
    const source = copiedRead(copied);
    if (source === null) return copied;
    return renameIndices(copied, new Map(source.subscripts.map((index, i) => [index, found.subscripts[i]!])));
  });

/** The array of a copy, which may be a multiple of it; null for a number. */
const copiedRead = (copied: Expression): Read | null => {
  if (copied.kind === 'multiply')
    return (copied.factors.find((factor) => factor.indices.length > 0) as Read | undefined) ?? null;
  return copied.kind === 'read' ? copied : null;
};
export const originalName = (name: string, state: State): string => {
  const copied = state.copies.get(name);
  return (copied === undefined ? null : copiedRead(copied))?.name ?? name;
};

export const remember = (value: Expression, result: Expression, scope: Scope, state: State): void => {
  scope.memo.set(value, result);
  const plain = plainNames(value, state);
  if (plain !== null) scope.memo.set(plain.value, renameIndices(result, plain.there));
};

/** The register that already holds a value, here or around. */
export const recall = (node: Expression, scope: Scope, state: State): Expression | null => {
  const found = known(node, scope, state);
  found?.replayed?.wanted.add(found.name);
  return found?.result ?? null;
};

/** The value with reads of what is there already. */
export const withKnown = (value: Expression, scope: Scope, state: State): Expression => {
  const seen = new Map<Expression, Expression>();
  const visit = (node: Expression): Expression => {
    const found = seen.get(node);
    if (found !== undefined) return found;
    const inside = mapChildren(node, visit);
    const result = known(inside, scope, state)?.result ?? inside;
    seen.set(node, result);
    return result;
  };
  return visit(value);
};

interface Known {
  readonly result: Expression;
  readonly name: string;
  readonly replayed: Replayed | null;
}

const known = (node: Expression, scope: Scope, state: State): Known | null => {
  const found = find(node, scope);
  if (found !== null) return found;
  const plain = plainNames(node, state);
  const named = plain === null ? null : find(plain.value, scope);
  if (named === null) return null;
  return { ...named, result: orderSymmetric(renameIndices(named.result, plain!.back), state.symmetric) };
};

const find = (node: Expression, scope: Scope): Known | null => {
  for (let current: Scope | null = scope; current !== null; current = current.parent) {
    const result = current.memo.get(node);
    if (result !== undefined) return { result, name: '', replayed: null };
    const before = isWorthSaving(node) ? current.replayed?.memo.get(node) : undefined;
    if (before?.kind === 'read') return { result: before, name: before.name, replayed: current.replayed };
  }
  return null;
};

const isWorthSaving = (node: Expression): boolean => node.kind === 'apply' || node.kind in arrayKinds;

/** A value under the names of its axes alone, where no two are equal: what differs in primes only is equal. */
const plainNames = (value: Expression, state: State) => {
  const axes = value.indices.map(axisOf);
  if (value.kind !== 'sum' || new Set(axes).size < axes.length) return null;
  if (value.indices.every((index, i) => index === axes[i])) return null;
  const there = new Map(value.indices.map((index, i) => [index, axes[i]!]));
  const back = new Map(value.indices.map((index, i) => [axes[i]!, index]));
  return { value: orderSymmetric(renameIndices(value, there), state.symmetric), there, back };
};

/** Assigns a value to a register of a block, once: to the given one where that is the same array, or to a new one. */
export const materialise = (
  given: Expression,
  scope: Scope,
  state: State,
  asked: Pick<Assign, 'target' | 'note'> | null,
): Expression => {
  if ((given.kind === 'read' && !isDiagonal(given)) || given.kind === 'constant') return given;
  const value = orderSymmetric(given, state.symmetric);
  const known = recall(value, scope, state);
  if (known !== null) return known;
  const indices = storedOrder(value.indices, state.wanted.indices);
  const place = isHost(value, state) ? 'host' : 'tensor';
  const isAsked = asked?.target.place === place && asked.target.indices.join() === indices.join();
  const target = isAsked
    ? asked.target
    : register(state.names, nameFor(value, state.wanted.name, place), indices, place);
  if (place === 'host') state.hosts.add(target.name);
  scope.statements.push({ kind: 'assign', target, value, note: isAsked ? asked.note : null });
  state.depth.set(target.name, scope.depth);
  if (isSymmetric(value, indices, state.symmetric)) state.symmetric.add(target.name);
  if (isSparse(value, state.sparse)) state.sparse.add(target.name);
  if (!isAsked && dependsOn(value, state.active)) {
    state.active.add(target.name);
    if (state.differentiated.has(state.wanted.name)) state.differentiated.add(target.name);
  }
  const result = orderSymmetric(readRegister(target), state.symmetric);
  remember(value, result, scope, state);
  return result;
};
