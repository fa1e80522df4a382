/**
 * Lowers the mathematics of a program to small statements: chooses between factored and expanded forms by cost, orders
 * contractions, moves what a loop does not change out of it, and computes equal values once. Runs before
 * reverse mode, so that the adjoint of a hoisted product is accumulated in latent space and multiplied out once.
 */
import { add, constant, isConstant, multiply, splitCoefficient, sum } from '../calculus/build.ts';
import type { Expression, Index, Sum } from '../calculus/expression.ts';
import { mapChildren, walk } from '../calculus/substitute.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { readRegister } from '../schedule/names.ts';
import { definedBy, expressionsOf } from '../schedule/inputs.ts';
import type { Assign, Program, Register, Repeat, Statement } from '../schedule/program.ts';
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
  remember,
  scopeAt,
  withoutCopies,
  type Hints,
  type Scope,
  type State,
} from './scope.ts';

import { orderSymmetric, type Symmetric } from './symmetry.ts';

export type { Hints } from './scope.ts';

export interface LoweringOptions {
  readonly pass: State['pass'];
  readonly mayExpand: boolean;
  /** Filled by the first pass. */
  readonly symmetric: Symmetric;
}

export const lower = (
  program: Program,
  hints: Hints,
  { pass, mayExpand, symmetric }: LoweringOptions,
): Program => {
  const state: State = {
    names: namesOf(program),
    sizes: { example: 64, ...hints.sizes },
    scalars: hints.scalars,
    depth: new Map(),
    hosts: new Set(program.inputs.filter(({ place }) => place === 'host').map(({ name }) => name)),
    pass,
    mayExpand,
    copies: new Map(),
    outputs: new Set(program.outputs.map(({ register: output }) => output.name)),
    symmetric,
    wanted: { name: 'value' },
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
      state.wanted.name = statement.target.name;
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
      state.wanted.name = statement.target.name;
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
    state.wanted.name = carried.register.name;
    return { ...carried, initial: lowerValue(carried.initial, scope, state) };
  });
  const inner: Scope = {
    statements: [],
    parent: scope,
    depth: scope.depth + 1,
    executions: scope.executions * timesOf(loop, state),
    memo: new Map(),
    replayed: loop.replays === null ? null : (state.loops.get(loop.replays) ?? null),
  };
  if (loop.direction === 'forward') state.loops.set(loop.label, { memo: inner.memo, wanted: new Set() });
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
  if (loop.replays !== null) markReplayed(loop, inner, state);
  loop.body.forEach((statement) => lowerStatement(statement, inner, state));
  const carried = moving.map((entry) => {
    state.wanted.name = entry.register.name;
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

const timesOf = (loop: Repeat, state: State): number => {
  try {
    return Math.max(1, scalarValue(loop.times, state.scalars));
  } catch {
    return 16; // a count that is only known when the program runs
  }
};

/** `asked` is the statement whose value this is: its register holds the result where that can be. */
const lowerValue = (
  value: Expression,
  scope: Scope,
  state: State,
  asked: Assign | null = null,
): Expression => {
  const plain = withoutCopies(state.pass === 'before derivatives' ? value : withoutDetach(value), state);
  const chosen = state.mayExpand ? chooseForm(plain, scope, state) : plain;
  return lowerNode(chosen, scope, state, asked);
};

/** After reverse mode nothing looks at `detach` any more. */
const withoutDetach = (node: Expression): Expression =>
  node.kind === 'apply' && node.operator === 'detach'
    ? withoutDetach(node.arguments[0]!)
    : mapChildren(node, withoutDetach);

const lowerNode = (node: Expression, scope: Scope, state: State, asked: Assign | null = null): Expression => {
  const home = scopeAt(scope, depthOf(node, state));
  if (home !== scope && isWorthMoving(node, state))
    return materialise(lowerNode(node, home, state, asked), home, state, asked);
  const known = recall(node, scope, state);
  if (known !== null) return known;
  if (isHost(node, state)) return isSchedule(node) ? lowerSchedule(node, home, state, asked) : node;
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
      return shared ? materialise(value, scope, state, asked) : value;
    }
    case 'maximum':
      return materialise(
        mapChildren(node, (child) => lowerNode(child, scope, state)),
        scope,
        state,
        null,
      );
    case 'sum':
      return lowerSum(node, scope, state, asked);
  }
};

/** A schedule gets its name without its sign and factor, so that multiples of it share one. */
const lowerSchedule = (node: Expression, home: Scope, state: State, asked: Assign | null): Expression => {
  const { coefficient, rest } = splitCoefficient(node);
  return multiply(constant(coefficient), materialise(rest, home, state, coefficient === 1 ? asked : null));
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

/**
 * Before derivatives are taken a product of up to three arrays that live in one block stays whole: its derivatives are
 * then products of the same arrays, which can be shared, and ΦᵀwΦ is seen to be symmetric. Null for other products.
 */
const wholeProduct = (
  tree: ContractionTree,
  scope: Scope,
  state: State,
): { readonly over: readonly Index[]; readonly factors: readonly Expression[] } | null => {
  const leaves = (part: ContractionTree): readonly ContractionTree[] =>
    part.kind === 'operand' ? [part] : [...leaves(part.left), ...leaves(part.right)];
  const overs = (part: ContractionTree): readonly Index[] =>
    part.kind === 'operand' ? part.over : [...part.over, ...overs(part.left), ...overs(part.right)];
  const nodes = leaves(tree).map((leaf) => (leaf as Extract<ContractionTree, { kind: 'operand' }>).node);
  const arrays = nodes.filter((node) => !isHost(node, state));
  const depths = new Set(arrays.map((node) => depthOf(node, state)));
  if (arrays.length > 3 || depths.size > 1) return null;
  return { over: overs(tree), factors: nodes.map((node) => lowerNode(node, scope, state)) };
};

const lowerSum = (node: Sum, scope: Scope, state: State, asked: Assign | null): Expression => {
  const plan = planContraction(node, costsIn(scope, state));
  const build = (tree: ContractionTree, isRoot: boolean): Expression => {
    if (tree.kind === 'operand') {
      const operand = lowerNode(tree.node, scope, state);
      return tree.over.length === 0 ? operand : at(sum(tree.over, operand), isRoot ? asked : null);
    }
    const whole = state.pass === 'before derivatives' ? wholeProduct(tree, scope, state) : null;
    if (whole !== null) return at(sum(whole.over, multiply(...whole.factors)), isRoot ? asked : null);
    const product = multiply(pairOperand(build(tree.left, false)), pairOperand(build(tree.right, false)));
    const value = sum(tree.over, product);
    return isRoot || value.kind !== 'multiply' ? at(value, isRoot ? asked : null) : value;
  };
  const at = (value: Expression, own: Assign | null = null): Expression =>
    value.kind === 'read' ? value : materialise(value, scopeAt(scope, depthOf(value, state)), state, own);
  /** Keeps a product binary: a factor that is itself a product becomes a register. */
  const pairOperand = (operand: Expression): Expression =>
    operand.kind === 'multiply' && !isConstant(operand.factors[0]!) ? at(operand) : operand;
  return build(plan.tree, true);
};
