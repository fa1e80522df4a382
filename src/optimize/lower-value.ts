/**
 * Lowers one value: the form of its linear parts, the order of its contractions, and registers for what is shared or
 * does not change in a loop.
 */
import { add, constant, isConstant, multiply, splitCoefficient, sum } from '../calculus/build.ts';
import type { Expression, Index, Sum } from '../calculus/expression.ts';
import { cholesky, inverse } from '../calculus/matrix.ts';
import { mapChildren, matrixFunction, renameIndices, type MatrixFunction } from '../calculus/substitute.ts';
import type { Assign } from '../schedule/program.ts';
import { planContraction, type ContractionTree } from './contraction.ts';
import { chooseForm } from './forms.ts';
import {
  costsIn,
  depthOf,
  isDiagonal,
  isHost,
  isSchedule,
  materialise,
  recall,
  scopeAt,
  withoutCopies,
  type Scope,
  type State,
} from './scope.ts';

/** `asked` is the statement whose value this is: its register holds the result where that can be. */
export const lowerValue = (
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
    case 'position':
    case 'read':
    case 'delta':
    case 'triangle':
      return node;
    case 'add':
      return add(...grouped(mergeSums(node.terms, scope, state), scope, state, (terms) => add(...terms)));
    case 'multiply':
      return multiply(...grouped(node.factors, scope, state, (factors) => multiply(...factors)));
    case 'power':
      return mapChildren(node, (child) => lowerNode(child, scope, state));
    case 'apply': {
      const value = mapChildren(node, (child) => lowerNode(child, scope, state));
      // Each function of arrays is a value of its own, so that its adjoint is taken once.
      return node.operator === 'detach' ? value : materialise(value, scope, state, asked);
    }
    case 'maximum':
      return materialise(
        mapChildren(node, (child) => lowerNode(child, scope, state)),
        scope,
        state,
        null,
      );
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return lowerMatrixFunction(node, scope, state, asked);
    case 'sum':
      return lowerSum(node, scope, state, asked);
  }
};

/** The matrix is a register, and so is the function of it as a whole: all entries that are asked for are reads of one array. */
const lowerMatrixFunction = (
  node: MatrixFunction,
  scope: Scope,
  state: State,
  asked: Assign | null,
): Expression => {
  const matrix = materialise(lowerNode(node.body, scope, state), scope, state, null);
  const value = matrixFunction(node, node.over, matrix);
  if (value.kind === 'log_determinant') return materialise(value, scope, state, asked);
  if (value.kind !== 'inverse' && value.kind !== 'cholesky') return lowerNode(value, scope, state, asked);
  const [row, column] = value.over;
  const entry = value.kind === 'inverse' ? inverse : cholesky;
  const whole = entry(row, column, value.over, value.body);
  const result = materialise(whole, scope, state, whole === value ? asked : null);
  const places = new Map([
    [row, value.row],
    [column, value.column],
  ]);
  return renameIndices(result, places);
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
    case 'read':
      return isDiagonal(node);
    case 'constant':
    case 'size':
    case 'position':
    case 'delta':
    case 'triangle':
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
  const overs = (part: ContractionTree): readonly Index[] =>
    part.kind === 'operand' ? part.over : [...part.over, ...overs(part.left), ...overs(part.right)];
  const nodes = tree.factors;
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
