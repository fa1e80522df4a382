/** Where values live while a program is lowered: nested blocks, the depth of every name, and values computed once. */
import type { Expression, Index } from '../calculus/expression.ts';
import { renameIndices, replaceReads, walk } from '../calculus/substitute.ts';
import { readRegister, register, type Names } from '../schedule/names.ts';
import type { Statement } from '../schedule/program.ts';
import type { Costs } from './cost.ts';

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
}

export interface State {
  readonly names: Names;
  readonly sizes: Readonly<Record<string, number>>;
  readonly scalars: Readonly<Record<string, number>>;
  /** Depth of the block that defines each name; inputs are 0. */
  readonly depth: Map<string, number>;
  readonly hosts: Set<string>;
  readonly mayExpand: boolean;
  /** Registers that only copied another value, and that value. Outputs stay. */
  readonly copies: Map<string, Expression>;
  readonly outputs: ReadonlySet<string>;
}

/** Depth of the innermost block that an expression's reads come from. */
export const depthOf = (node: Expression, state: State): number => {
  let deepest = 0;
  walk(node, (current) => {
    if (current.kind === 'read') deepest = Math.max(deepest, state.depth.get(current.name) ?? 0);
  });
  return deepest;
};

export const scopeAt = (scope: Scope, depth: number): Scope => {
  let current = scope;
  while (current.depth > depth) current = current.parent!;
  return current;
};

export const costsIn = (scope: Scope, state: State): Costs => ({
  sizes: state.sizes,
  executions: (node) => scopeAt(scope, depthOf(node, state)).executions / scope.executions,
});

/** A number on the host: nothing to share or move. */
export const isHost = (node: Expression, state: State): boolean => {
  if (node.indices.length > 0) return false;
  let host = true;
  walk(node, (current) => {
    if ((current.kind === 'read' && !state.hosts.has(current.name)) || current.kind === 'sum') host = false;
  });
  return host;
};

/** A number worth a name: one that applies a function (an annealed weight, a learning rate). */
export const isSchedule = (node: Expression): boolean => {
  let found = false;
  walk(node, (current) => {
    if (current.kind === 'apply') found = true;
  });
  return found;
};

export const withoutCopies = (value: Expression, state: State): Expression =>
  state.copies.size === 0
    ? value
    : replaceReads(value, (found) => {
        const copied = state.copies.get(found.name);
        if (copied === undefined) return null;
        if (copied.kind !== 'read') return copied;
        return renameIndices(
          copied,
          new Map(copied.subscripts.map((index, i) => [index, found.subscripts[i]!])),
        );
      });
export const originalName = (name: string, state: State): string => {
  const copied = state.copies.get(name);
  return copied?.kind === 'read' ? copied.name : name;
};

export const recall = (node: Expression, scope: Scope): Expression | null => {
  for (let current: Scope | null = scope; current !== null; current = current.parent) {
    const known = current.memo.get(node);
    if (known !== undefined) return known;
  }
  return null;
};

/** Assigns a value to a register of a block, once. */
export const materialise = (
  value: Expression,
  scope: Scope,
  state: State,
  note: string | null,
): Expression => {
  if (value.kind === 'read' || value.kind === 'constant') return value;
  const known = recall(value, scope);
  if (known !== null) return known;
  const indices: readonly Index[] = [...value.indices].sort(
    (a, b) => Number(b === 'example') - Number(a === 'example'),
  );
  const place = isHost(value, state) ? 'host' : 'tensor';
  const target = register(state.names, nameFor(value), indices, place);
  if (place === 'host') state.hosts.add(target.name);
  scope.statements.push({ kind: 'assign', target, value, note });
  state.depth.set(target.name, scope.depth);
  const result = readRegister(target);
  scope.memo.set(value, result);
  return result;
};

/** A name that says what is inside: the function applied, or the names of what is multiplied. */
const nameFor = (value: Expression): string => {
  if (value.kind === 'apply') return `${value.operator}_${baseName(value.arguments[0]!)}`;
  if (value.kind === 'sum' && value.body.kind === 'multiply' && value.body.factors.length <= 3)
    return value.body.factors.map(baseName).join('_').slice(0, 32).replace(/_$/, '');
  if (value.kind === 'sum') return `sum_${baseName(value.body)}`;
  if (value.kind === 'multiply' && value.factors.length <= 3)
    return value.factors.map(baseName).join('_').slice(0, 32).replace(/_$/, '');
  return value.indices.length === 0 ? 'number' : 'part';
};
const baseName = (node: Expression): string => {
  if (node.kind === 'read') return node.name.replace(/_\d+$/, '').replace(/[^\p{L}\p{N}_]/gu, '_');
  if (node.kind === 'power') return baseName(node.base);
  if (node.kind === 'constant') return 'n';
  return node.kind === 'apply' ? node.operator : 'part';
};
