/**
 * Lowers the mathematics of a program to small statements: chooses between factored and expanded forms by cost, orders
 * contractions, moves what a loop does not change out of it, and computes equal values once. Runs before
 * reverse mode, so that the adjoint of a hoisted product is accumulated in latent space and multiplied out once.
 */
import { add, isConstant, multiply, sum } from '../calculus/build.ts';
import type { Expression, Index, Sum } from '../calculus/expression.ts';
import { mapChildren, walk } from '../calculus/substitute.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { readRegister } from '../schedule/names.ts';
import { definedBy } from '../schedule/inputs.ts';
import type { Program, Register, Repeat, Statement } from '../schedule/program.ts';
import { planContraction, type ContractionTree } from './contraction.ts';
import { chooseForm } from './forms.ts';
import { namesOf } from './registers.ts';
import {
  costsIn,
  depthOf,
  isHost,
  isSchedule,
  materialise,
  originalName,
  recall,
  scopeAt,
  withoutCopies,
  type Hints,
  type Scope,
  type State,
} from './scope.ts';

export type { Hints } from './scope.ts';

export const lower = (program: Program, hints: Hints, mayExpand: boolean): Program => {
  const state: State = {
    names: namesOf(program),
    sizes: { example: 64, ...hints.sizes },
    scalars: hints.scalars,
    depth: new Map(),
    hosts: new Set(program.inputs.filter(({ place }) => place === 'host').map(({ name }) => name)),
    mayExpand,
    copies: new Map(),
    outputs: new Set(program.outputs.map(({ register: output }) => output.name)),
  };
  const top: Scope = { statements: [], parent: null, depth: 0, executions: 1, memo: new Map() };
  program.body.forEach((statement) => lowerStatement(statement, top, state));
  return { ...program, body: top.statements };
};

const lowerStatement = (statement: Statement, scope: Scope, state: State): void => {
  const define = (name: string): void => void state.depth.set(name, scope.depth);
  switch (statement.kind) {
    case 'assign': {
      const value = lowerValue(statement.value, scope, state);
      const isCopy = value.kind === 'read' && value.subscripts.join() === statement.target.indices.join();
      if ((isCopy || isHost(value, state)) && !state.outputs.has(statement.target.name)) {
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
        scope.memo.set(value, readRegister(statement.target));
      return;
    }
    case 'draw': {
      const { source } = statement;
      const lowered =
        source.kind === 'noise'
          ? source
          : {
              ...source,
              parameters: source.parameters.map(({ name, value }) => ({
                name,
                value: lowerValue(value, scope, state),
              })),
            };
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
    case 'while':
    case 'accept':
      throw new Error(`${statement.kind} is not lowered yet`);
  }
};

const lowerRepeat = (loop: Repeat, scope: Scope, state: State): void => {
  const carriedIn = loop.carried.map((carried) => ({
    ...carried,
    initial: lowerValue(carried.initial, scope, state),
  }));
  const inner: Scope = {
    statements: [],
    parent: scope,
    depth: scope.depth + 1,
    executions: scope.executions * timesOf(loop, state),
    memo: new Map(),
  };
  state.depth.set(loop.counter.name, inner.depth);
  state.hosts.add(loop.counter.name);
  const constants = carriedIn.filter(
    ({ register: own, next, initial }) =>
      next === readRegister(own) && (initial.kind === 'read' || isHost(initial, state)),
  );
  for (const { register: own, result, initial } of constants) {
    state.copies.set(own.name, initial);
    state.copies.set(result.name, initial);
  }
  const moving = carriedIn.filter((carried) => !constants.includes(carried));
  for (const { register: own } of moving) state.depth.set(own.name, inner.depth);
  // What a backward loop replays changes with its turns.
  if (loop.replays !== null) markReplayed(loop, inner.depth, state);
  loop.body.forEach((statement) => lowerStatement(statement, inner, state));
  const carried = moving.map((entry) => ({ ...entry, next: lowerValue(entry.next, inner, state) }));
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

const markReplayed = (loop: Repeat, depth: number, state: State): void => {
  const visit = (node: Expression): void =>
    walk(node, (current) => {
      if (current.kind === 'read' && (state.depth.get(current.name) ?? 0) > depth - 1)
        state.depth.set(current.name, depth);
    });
  for (const statement of loop.body) if (statement.kind === 'assign') visit(statement.value);
};

const timesOf = (loop: Repeat, state: State): number => {
  try {
    return Math.max(1, scalarValue(loop.times, state.scalars));
  } catch {
    return 16; // a count that is only known when the program runs
  }
};

const lowerValue = (value: Expression, scope: Scope, state: State): Expression => {
  const plain = withoutCopies(state.mayExpand ? value : withoutDetach(value), state);
  const chosen = state.mayExpand ? chooseForm(plain, scope, state) : plain;
  return lowerNode(chosen, scope, state);
};

/** After reverse mode nothing looks at `detach` any more. */
const withoutDetach = (node: Expression): Expression =>
  node.kind === 'apply' && node.operator === 'detach'
    ? withoutDetach(node.arguments[0]!)
    : mapChildren(node, withoutDetach);

const lowerNode = (node: Expression, scope: Scope, state: State): Expression => {
  const home = scopeAt(scope, depthOf(node, state));
  if (home !== scope && isWorthMoving(node, state))
    return materialise(lowerNode(node, home, state), home, state, null);
  const known = recall(node, scope);
  if (known !== null) return known;
  if (isHost(node, state)) return isSchedule(node) ? materialise(node, home, state, null) : node;
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'read':
    case 'delta':
      return node;
    case 'add':
      return add(...grouped(mergeSums(node.terms, scope, state), scope, state, (terms) => add(...terms)));
    case 'multiply':
      return multiply(...grouped(node.factors, scope, state, (factors) => multiply(...factors)));
    case 'power':
      return mapChildren(node, (child) => lowerNode(child, scope, state));
    case 'apply': {
      const value = mapChildren(node, (child) => lowerNode(child, scope, state));
      // Each function of an array is a value of its own, so that its adjoint is taken once.
      const shared = node.indices.length > 0 && node.operator !== 'detach';
      return shared ? materialise(value, scope, state, null) : value;
    }
    case 'maximum':
      return materialise(
        mapChildren(node, (child) => lowerNode(child, scope, state)),
        scope,
        state,
        null,
      );
    case 'sum':
      return lowerSum(node, scope, state);
  }
};

/** Parts of a sum or product that come from outside the block are combined there. */
const grouped = (
  parts: readonly Expression[],
  scope: Scope,
  state: State,
  join: (parts: readonly Expression[]) => Expression,
): readonly Expression[] => {
  const byDepth = new Map<number, Expression[]>();
  const hosts: Expression[] = [];
  for (const part of parts) {
    if (isHost(part, state)) hosts.push(part);
    else {
      const depth = depthOf(part, state);
      byDepth.set(depth, [...(byDepth.get(depth) ?? []), part]);
    }
  }
  const result: Expression[] = hosts.length === 0 ? [] : [lowerNode(join(hosts), scope, state)];
  for (const [depth, group] of byDepth) {
    if (depth >= scope.depth) result.push(...group.map((part) => lowerNode(part, scope, state)));
    else result.push(lowerNode(join(group), scope, state));
  }
  return result;
};

/** Sums over the same indices of elementwise products are one sum of one array. */
const mergeSums = (terms: readonly Expression[], scope: Scope, state: State): readonly Expression[] => {
  const groups = new Map<string, { over: readonly Index[]; parts: Expression[]; terms: Expression[] }>();
  for (const term of terms) {
    const factors = term.kind === 'multiply' ? term.factors : [term];
    const inner = factors.find((factor) => factor.kind === 'sum');
    if (inner?.kind !== 'sum' || !isElementwise(inner) || depthOf(inner, state) < scope.depth) continue;
    const scale = multiply(...factors.filter((factor) => factor !== inner));
    if (!isHost(scale, state)) continue;
    const key = `${inner.over.join()};${[...inner.body.indices].sort().join()}`;
    const group = groups.get(key) ?? { over: inner.over, parts: [], terms: [] };
    group.parts.push(multiply(scale, inner.body));
    group.terms.push(term);
    groups.set(key, group);
  }
  const merged = [...groups.values()].filter((group) => group.terms.length > 1);
  if (merged.length === 0) return terms;
  const gone = new Set(merged.flatMap((group) => group.terms));
  const kept = terms.filter((term) => !gone.has(term));
  return [
    ...kept,
    ...merged.map(({ over, parts }) =>
      sum(over, materialise(lowerNode(add(...parts), scope, state), scope, state, null)),
    ),
  ];
};

/** Whether one factor has every index: then the product is elementwise, not a contraction of two arrays. */
const isElementwise = ({ body }: Sum): boolean =>
  (body.kind === 'multiply' ? body.factors : [body]).some(
    (factor) => factor.indices.length === body.indices.length,
  );

/** Whether computing a value outside its block saves anything: not for names, numbers and their multiples. */
const isWorthMoving = (node: Expression, state: State): boolean => {
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'read':
    case 'delta':
      return false;
    case 'multiply': {
      const arrays = node.factors.filter((factor) => !isHost(factor, state));
      return arrays.length > 1 || arrays.some((factor) => isWorthMoving(factor, state));
    }
    default:
      return !isHost(node, state);
  }
};

const lowerSum = (node: Sum, scope: Scope, state: State): Expression => {
  const plan = planContraction(node, costsIn(scope, state));
  const build = (tree: ContractionTree, isRoot: boolean): Expression => {
    if (tree.kind === 'operand') {
      const operand = lowerNode(tree.node, scope, state);
      return tree.over.length === 0 ? operand : at(sum(tree.over, operand));
    }
    const product = multiply(pairOperand(build(tree.left, false)), pairOperand(build(tree.right, false)));
    const value = sum(tree.over, product);
    return isRoot || value.kind !== 'multiply' ? at(value) : value;
  };
  const at = (value: Expression): Expression =>
    value.kind === 'read' ? value : materialise(value, scopeAt(scope, depthOf(value, state)), state, null);
  /** Keeps a product binary: a factor that is itself a product becomes a register. */
  const pairOperand = (operand: Expression): Expression =>
    operand.kind === 'multiply' && !isConstant(operand.factors[0]!) ? at(operand) : operand;
  return build(plan.tree, true);
};
