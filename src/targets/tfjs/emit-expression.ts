/**
 * Index expressions as TensorFlow.js operations. Operands align by the names of their axes; what has no tensor in
 * it stays a JavaScript number; what a statement uses twice is computed once.
 */
import type { Expression, Index, Read } from '../../calculus/expression.ts';
import { scalarText } from '../../calculus/javascript.ts';
import { children, type MatrixFunction } from '../../calculus/substitute.ts';
import { emitApply } from './emit-apply.ts';
import { emitProduct, emitSum, emitSumOfTerms } from './emit-arithmetic.ts';
import { emitPower } from './emit-power.ts';
import { fill, numberOf, tensorOf, type Emitted, type EmittedTensor, type Scope } from './value.ts';

/** Emits expressions of one statement; `hint` is the order of axes that is wanted, not promised. */
export interface ExpressionEmitter {
  readonly emit: (node: Expression, hint: readonly Index[]) => Emitted;
  readonly emitTensor: (node: Expression, hint: readonly Index[]) => EmittedTensor;
  /** Whether the node is a number at run time. */
  readonly isNumber: (node: Expression) => boolean;
  /** Whether the node stands once only, so that its parent may take it apart. */
  readonly isPrivate: (node: Expression) => boolean;
  readonly scope: Scope;
}

/** Nodes that are tensors whatever their children are. */
const arrayKinds: ReadonlySet<Expression['kind']> = new Set([
  'sum',
  'maximum',
  'position',
  'delta',
  'triangle',
  'inverse',
  'log_determinant',
  'cholesky',
]);

/** Longer operands get a name of their own. */
const longestOperand = 56;

/** An emitter for the expressions of one statement, which share what is equal in them. */
export const expressionEmitter = (roots: readonly Expression[], scope: Scope): ExpressionEmitter => {
  const numbers = new Map<Expression, boolean>();
  const isNumber = (node: Expression): boolean => {
    let known = numbers.get(node);
    if (known === undefined) {
      known = computeIsNumber(node);
      numbers.set(node, known);
    }
    return known;
  };
  const computeIsNumber = (node: Expression): boolean => {
    if (node.kind === 'read')
      return node.subscripts.length === 0 && scope.lookup(node.name).kind === 'number';
    if (arrayKinds.has(node.kind)) return false;
    return children(node).every(isNumber);
  };
  const places = countPlaces(roots, isNumber);
  const memo = new Map<Expression, EmittedTensor>();

  const emit = (node: Expression, hint: readonly Index[]): Emitted =>
    isNumber(node) ? numberOf(hostText(node, scope)) : emitTensor(node, hint);
  const emitTensor = (node: Expression, hint: readonly Index[]): EmittedTensor => {
    const known = memo.get(node);
    if (known !== undefined) return known;
    const value = emitNode(node, hint, emitter);
    const named =
      value.source === null &&
      ((places.get(node) ?? 1) > 1 || (value.text.length > longestOperand && !roots.includes(node)));
    const result = named ? tensorOf(scope.bind(value.text), value.order) : value;
    memo.set(node, result);
    return result;
  };
  const emitter: ExpressionEmitter = {
    emit,
    emitTensor,
    isNumber,
    isPrivate: (node) => (places.get(node) ?? 1) <= 1,
    scope,
  };
  return emitter;
};

/** Text of a number, to stand as an operand. */
export const hostText = (node: Expression, scope: Scope, context: 'operand' | 'whole' = 'whole'): string =>
  scalarText(
    node,
    {
      name: (name) => scope.lookup(name).text,
      size: (axis) => scope.size(axis),
    },
    context,
  );

const countPlaces = (
  roots: readonly Expression[],
  isNumber: (node: Expression) => boolean,
): ReadonlyMap<Expression, number> => {
  const places = new Map<Expression, number>();
  const visit = (node: Expression): void => {
    if (isNumber(node)) return;
    const count = places.get(node) ?? 0;
    places.set(node, count + 1);
    if (count === 0) children(node).forEach(visit);
  };
  roots.forEach(visit);
  return places;
};

const emitNode = (node: Expression, hint: readonly Index[], emitter: ExpressionEmitter): EmittedTensor => {
  const { scope } = emitter;
  if (emitter.isNumber(node)) return tensorOf(`tf.scalar(${hostText(node, scope)})`, []);
  switch (node.kind) {
    case 'constant':
    case 'size':
      throw new Error(`internal: a ${node.kind} is a number`);
    case 'read':
      return emitRead(node, scope);
    case 'position':
      return tensorOf(scope.positions(node.index), [node.index]);
    case 'delta':
      return tensorOf(scope.identity(node.left), [node.left, node.right]);
    case 'triangle':
      return tensorOf(`nsm.triangle(${scope.size(node.row)})`, [node.row, node.column]);
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return emitMatrixFunction(node, emitter);
    case 'add':
      return emitSumOfTerms(node.terms, hint, emitter);
    case 'multiply':
      return emitProduct(node.factors, hint, emitter);
    case 'power':
      return emitPower(node, hint, emitter);
    case 'apply':
      return emitApply(node, hint, emitter);
    case 'sum':
      return emitSum(node.over, node.body, hint, emitter);
    case 'maximum': {
      const body = emitter.emitTensor(node.body, hint);
      const axes = node.over.map((index) => body.order.indexOf(index));
      return tensorOf(
        `tf.max(${body.text}, [${axes.join(', ')}])`,
        body.order.filter((index) => !node.over.includes(index)),
      );
    }
  }
};

const emitRead = (node: Read, scope: Scope): EmittedTensor => {
  const binding = scope.lookup(node.name);
  if (binding.kind === 'number') throw new Error(`internal: the number ${node.name} is read with indices`);
  if (binding.axes.length !== node.subscripts.length) {
    throw new Error(
      `internal: ${node.name} has ${binding.axes.length} axes and is read with ${node.subscripts.length}`,
    );
  }
  if (node.indices.length === node.subscripts.length) return tensorOf(binding.text, node.subscripts, binding);
  return emitDiagonal(node.subscripts, binding.text);
};

/** Functions of matrices take the last two axes; the others are a batch. */
const emitMatrixFunction = (node: MatrixFunction, emitter: ExpressionEmitter): EmittedTensor => {
  const batch = node.body.indices.filter((index) => !node.over.includes(index));
  const order = [...batch, ...node.over];
  const matrices = fill(emitter.emit(node.body, order), order, emitter.scope);
  if (node.kind === 'log_determinant') return tensorOf(`nsm.logDeterminant(${matrices})`, batch);
  return emitDiagonal([...batch, node.row, node.column], `nsm.${node.kind}(${matrices})`);
};

/** A repeated subscript: one pair of equal axes after the other becomes the last axis. */
const emitDiagonal = (subscripts: readonly Index[], text: string): EmittedTensor => {
  let order = [...subscripts];
  let result = text;
  for (;;) {
    const second = order.findIndex((index, axis) => order.indexOf(index) < axis);
    if (second < 0) return tensorOf(result, order);
    const first = order.indexOf(order[second]!);
    result = `nsm.diagonal(${result}, ${first}, ${second})`;
    order = [...order.filter((_, axis) => axis !== first && axis !== second), order[first]!];
  }
};
