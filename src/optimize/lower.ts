/**
 * Lowers the mathematics of a program to small statements: chooses between factored and expanded forms by cost, orders
 * contractions, moves what a loop does not change out of it, and computes equal values once. Runs before
 * reverse mode, so that the adjoint of a hoisted product is accumulated in latent space and multiplied out once.
 */
import { multiply } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { walk } from '../calculus/substitute.ts';
import { readRegister } from '../schedule/names.ts';
import { definedBy, expressionsOf } from '../schedule/inputs.ts';
import type { Program, Register, Repeat, Statement } from '../schedule/program.ts';
import { mapValues } from '../schedule/sources.ts';
import { sparseRegisters } from './activity.ts';
import { differentiatedNames } from './differentiated.ts';
import { lowerValue } from './lower-value.ts';
import { guessedExamples, turnsOf } from './program-cost.ts';
import { namesOf } from './registers.ts';
import {
  depthOf,
  isHost,
  originalName,
  remember,
  withoutCopies,
  type Hints,
  type Scope,
  type State,
} from './scope.ts';
import { orderSymmetric, symmetricRegisters, type Symmetric } from './symmetry.ts';

export type { Hints } from './scope.ts';

export interface LoweringOptions {
  readonly pass: State['pass'];
  readonly mayExpand: boolean;
}

export const lower = (program: Program, hints: Hints, { pass, mayExpand }: LoweringOptions): Program => {
  const symmetric = symmetricRegisters(program);
  const differentiated = differentiatedNames(program);
  const state: State = {
    names: namesOf(program),
    sizes: { example: guessedExamples, ...hints.sizes },
    scalars: hints.scalars,
    depth: new Map(),
    hosts: new Set(program.inputs.filter(({ place }) => place === 'host').map(({ name }) => name)),
    pass,
    mayExpand,
    copies: new Map(),
    outputs: new Set(program.outputs.map(({ register: output }) => output.name)),
    symmetric,
    sparse: sparseRegisters(program),
    differentiated: new Set(differentiated),
    active: new Set(differentiated),
    wanted: { name: 'value', indices: [] },
    loops: new Map(),
    asked: pass === 'before derivatives' ? new Set() : askedSums(program, symmetric),
  };
  const top: Scope = {
    statements: [],
    parent: null,
    depth: 0,
    executions: 1,
    memo: new Map(),
    replayed: null,
  };
  program.body.forEach((statement) => lowerStatement(statement, top, state));
  return { ...program, body: withWanted(top.statements, state) };
};

/** The sums of two arrays that a program has as such. */
const askedSums = (program: Program, symmetric: Symmetric): ReadonlySet<Expression> => {
  const asked = new Set<Expression>();
  const see = (value: Expression): void =>
    walk(orderSymmetric(value, symmetric), (node) => {
      if (node.kind === 'sum' && node.body.kind === 'multiply' && node.body.factors.length === 2)
        asked.add(node);
    });
  const visit = (statement: Statement): void => {
    if (statement.kind === 'repeat') statement.body.forEach(visit);
    expressionsOf(statement).forEach(see);
  };
  program.body.forEach(visit);
  return asked;
};

/** Forward loops save what their replays found useful besides. */
const withWanted = (statements: readonly Statement[], state: State): readonly Statement[] =>
  statements.map((statement) => {
    if (statement.kind !== 'repeat') return statement;
    const body = withWanted(statement.body, state);
    const kept = new Set(statement.saved.map(({ name }) => name));
    const more = body
      .flatMap(definedBy)
      .filter(({ name }) => !kept.has(name) && state.loops.get(statement.label)?.wanted.has(name));
    return { ...statement, body, saved: [...statement.saved, ...more] };
  });

const lowerStatement = (statement: Statement, scope: Scope, state: State): void => {
  const define = (name: string): void => void state.depth.set(name, scope.depth);
  switch (statement.kind) {
    case 'assign': {
      state.wanted = statement.target;
      const value = lowerValue(statement.value, scope, state, statement);
      if (value.kind === 'read' && value.name === statement.target.name) return;
      if (
        (isCopy(value, statement.target, state) || isHost(value, state)) &&
        !state.outputs.has(statement.target.name)
      ) {
        state.copies.set(statement.target.name, value);
        return;
      }
      scope.statements.push({ ...statement, value });
      define(statement.target.name);
      if (
        value.kind !== 'read' &&
        value.indices.length === statement.target.indices.length &&
        value.indices.length > 0
      )
        remember(value, readRegister(statement.target), scope, state);
      return;
    }
    case 'draw': {
      state.wanted = statement.target;
      const lowered = mapValues(statement.source, (value) => lowerValue(value, scope, state));
      const surrogate = statement.surrogate === null ? null : withoutCopies(statement.surrogate, state);
      scope.statements.push({ ...statement, source: lowered, surrogate });
      return define(statement.target.name);
    }
    case 'repeat':
      return lowerRepeat(statement, scope, state);
    case 'gradient':
      statement.wrt.forEach(({ result }) => define(result.name));
      scope.statements.push({
        ...statement,
        objective: { ...statement.objective, name: originalName(statement.objective.name, state) },
      });
      return;
  }
};

/** Whether a value is another register or, once derivatives are taken, a fixed multiple of one. */
const isCopy = (value: Expression, target: Register, state: State): boolean => {
  const arrays =
    value.kind === 'multiply' ? value.factors.filter((factor) => !isHost(factor, state)) : [value];
  const [array] = arrays;
  if (arrays.length !== 1 || array?.kind !== 'read' || array.indices.length === 0) {
    return value.kind === 'read' && value.subscripts.join() === target.indices.join();
  }
  if (value.kind === 'multiply') {
    const scale = multiply(...value.factors.filter((factor) => factor !== array));
    if (state.pass === 'before derivatives' || depthOf(scale, state) > 0) return false;
  }
  return array.subscripts.join() === target.indices.join();
};

const lowerRepeat = (loop: Repeat, scope: Scope, state: State): void => {
  const carriedIn = loop.carried.map((carried) => {
    state.wanted = carried.register;
    return { ...carried, initial: lowerValue(carried.initial, scope, state) };
  });
  const inner: Scope = {
    statements: [],
    parent: scope,
    depth: scope.depth + 1,
    executions: scope.executions * turnsOf(loop, state.scalars),
    memo: new Map(),
    replayed: loop.replays === null ? null : (state.loops.get(loop.replays) ?? null),
  };
  if (loop.direction === 'forward') state.loops.set(loop.label, { memo: inner.memo, wanted: new Set() });
  state.depth.set(loop.counter.name, inner.depth);
  state.hosts.add(loop.counter.name);
  for (const { register: own } of carriedIn) state.depth.set(own.name, inner.depth);
  // What a backward loop replays changes with its turns.
  if (loop.replays !== null) markReplayed(loop, inner, state);
  loop.body.forEach((statement) => lowerStatement(statement, inner, state));
  const carried = carriedIn.map((entry) => {
    state.wanted = entry.register;
    return { ...entry, next: lowerValue(entry.next, inner, state) };
  });
  scope.statements.push({ ...loop, carried, body: inner.statements, saved: savedIn(loop, inner, state) });
  for (const { result } of carried) state.depth.set(result.name, scope.depth);
};

/** What a loop saves, under the names that are left; a copy of something from outside the loop needs no saving. */
const savedIn = (loop: Repeat, inner: Scope, state: State): readonly Register[] => {
  const inside = new Set(
    [...inner.statements.flatMap(definedBy), ...loop.carried.map(({ register: own }) => own)].map(
      ({ name }) => name,
    ),
  );
  const kept = new Map(
    loop.saved.map((saved) => [
      originalName(saved.name, state),
      { ...saved, name: originalName(saved.name, state) },
    ]),
  );
  return [...kept.values()].filter(({ name }) => inside.has(name));
};

const markReplayed = (loop: Repeat, { depth, replayed }: Scope, state: State): void => {
  for (const result of replayed?.memo.values() ?? [])
    if (result.kind === 'read') state.depth.set(result.name, depth);
  const visit = (node: Expression): void =>
    walk(node, (current) => {
      if (current.kind === 'read' && (state.depth.get(current.name) ?? 0) > depth - 1)
        state.depth.set(current.name, depth);
    });
  for (const statement of loop.body) if (statement.kind === 'assign') visit(statement.value);
};
