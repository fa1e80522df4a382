/** Sums and products: which operands meet first, where numbers go, and sums of products as contractions. */
import { add, constant, isConstant, multiply, size, splitCoefficient, sum } from '../../calculus/build.ts';
import { axisOf, type Expression, type Index } from '../../calculus/expression.ts';
import { reduce, sumOfProduct, type Factor } from './contraction.ts';
import { hostText, type ExpressionEmitter } from './emit-expression.ts';
import { emitPower } from './emit-power.ts';
import {
  binary,
  numberOf,
  unary,
  type Emitted,
  type EmittedNumber,
  type EmittedTensor,
  type Scope,
} from './value.ts';

interface Signed {
  readonly negative: boolean;
  readonly value: Emitted;
}

/** Narrow terms are added up before they are spread over wide ones; minus signs become subtractions. */
export const emitSumOfTerms = (
  terms: readonly Expression[],
  hint: readonly Index[],
  emitter: ExpressionEmitter,
): EmittedTensor => {
  const { scope } = emitter;
  const combine = (left: Signed, right: Signed): Signed => {
    if (left.negative === right.negative) {
      return { negative: left.negative, value: binary('tf.add', left.value, right.value, hint, scope) };
    }
    const [plus, minus] = left.negative ? [right, left] : [left, right];
    return { negative: false, value: binary('tf.sub', plus.value, minus.value, hint, scope) };
  };
  const numbers = terms.filter(emitter.isNumber);
  const tensors = terms
    .filter((term) => !emitter.isNumber(term))
    .map((term) => emitTerm(term, hint, emitter));
  const groups = groupByAxes(tensors, (term) => term.value.order);
  let total: Signed | null =
    numbers.length === 0 ? null : { negative: false, value: numberOf(hostText(add(...numbers), scope)) };
  for (const group of groups) {
    const first = group.find((term) => !term.negative) ?? group[0]!;
    const rest = group.filter((term) => term !== first);
    const folded = rest.reduce<Signed>(combine, first);
    total = total === null ? folded : combine(total, folded);
  }
  const { negative, value } = total!;
  const result = value as EmittedTensor;
  return negative ? unary('tf.neg', result) : result;
};

const emitTerm = (
  term: Expression,
  hint: readonly Index[],
  emitter: ExpressionEmitter,
): { readonly negative: boolean; readonly value: EmittedTensor } => {
  const { coefficient } = splitCoefficient(term);
  if (coefficient >= 0 || term.kind !== 'multiply' || !emitter.isPrivate(term)) {
    return { negative: false, value: emitter.emitTensor(term, hint) };
  }
  const factors = term.factors.slice(1);
  const value =
    coefficient === -1 && factors.length === 1
      ? emitter.emitTensor(factors[0]!, hint)
      : emitProduct(factors, hint, emitter, -coefficient);
  return { negative: true, value };
};

/** Groups of equal axes, fewest axes first. */
const groupByAxes = <Item>(
  items: readonly Item[],
  axesOf: (item: Item) => readonly Index[],
): readonly (readonly Item[])[] => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = [...axesOf(item)].sort().join();
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()].sort((left, right) => axesOf(left[0]!).length - axesOf(right[0]!).length);
};

/** Numbers go to the narrowest factor; negative whole powers become divisions. */
export const emitProduct = (
  factors: readonly Expression[],
  hint: readonly Index[],
  emitter: ExpressionEmitter,
  coefficient = 1,
): EmittedTensor => {
  const { scope } = emitter;
  const numbers = factors.filter(emitter.isNumber);
  const parts = factors
    .filter((factor) => !emitter.isNumber(factor))
    .map((factor) => emitFactor(factor, hint, emitter));
  const number = productOfNumbers([constant(coefficient), ...numbers], scope);
  // A divisor waits for something to divide.
  let product: Emitted | null = number;
  let waiting: EmittedTensor | null = null;
  const times = (left: Emitted | null, right: EmittedTensor): EmittedTensor => {
    if (left === null) return right;
    if (left.kind === 'number' && left.text === '-1') return unary('tf.neg', right);
    return binary('tf.mul', left, right, hint, scope);
  };
  for (const group of groupByAxes(parts, (part) => part.value.order)) {
    for (const part of group) {
      if (!part.divides) product = times(product, part.value);
      else waiting = times(waiting, part.value);
    }
    if (waiting !== null && product?.kind === 'tensor') {
      product = binary('tf.div', product, waiting, hint, scope);
      waiting = null;
    }
  }
  if (waiting === null) return product as EmittedTensor;
  return product === null ? unary('tf.reciprocal', waiting) : binary('tf.div', product, waiting, hint, scope);
};

/** The product of numbers as a text, or null when there are none. */
const productOfNumbers = (numbers: readonly Expression[], scope: Scope): EmittedNumber | null => {
  const product = multiply(...numbers);
  return isConstant(product, 1) ? null : numberOf(hostText(product, scope));
};

const emitFactor = (
  factor: Expression,
  hint: readonly Index[],
  emitter: ExpressionEmitter,
): { readonly value: EmittedTensor; readonly divides: boolean } => {
  const exponent = factor.kind === 'power' && factor.exponent.kind === 'constant' ? factor.exponent.value : 0;
  if (factor.kind !== 'power' || exponent >= 0 || !emitter.isPrivate(factor)) {
    return { value: emitter.emitTensor(factor, hint), divides: false };
  }
  return { value: emitPower(factor, hint, emitter, -exponent), divides: true };
};

export const emitSum = (
  over: readonly Index[],
  body: Expression,
  hint: readonly Index[],
  emitter: ExpressionEmitter,
): EmittedTensor => {
  const { scope } = emitter;
  const factors = body.kind === 'multiply' && emitter.isPrivate(body) ? body.factors : [body];
  const picked = distributeDeltas(over, factors);
  if (picked !== null) return emitter.emitTensor(picked, hint);
  const numbers = factors.filter(emitter.isNumber);
  const absent = over.filter((index) => !body.indices.includes(index));
  const parts = factors
    .filter((factor) => !emitter.isNumber(factor))
    .map((factor) => asFactor([factor], emitter));
  const join = (group: readonly Factor[]): Factor =>
    asFactor(
      group.flatMap((factor) => (factor as Parts).expressions),
      emitter,
    );
  const total =
    parts.length === 1 ? reduce(parts[0]!.emit(), over) : sumOfProduct(parts, over, hint, join, scope);
  const scale = productOfNumbers([...numbers, ...absent.map((index) => size(axisOf(index)))], scope);
  if (scale === null) return total;
  return scale.text === '-1' ? unary('tf.neg', total) : binary('tf.mul', scale, total, hint, scope);
};

/**
 * sum_j a_j (b_j delta_jk + c_j) = a_k b_k + sum_j a_j c_j: a sum inside a product may pick entries, and then must
 * not be spread over the indices that it picks from. Null where nothing is picked.
 */
const distributeDeltas = (over: readonly Index[], factors: readonly Expression[]): Expression | null => {
  const picks = (node: Expression): boolean =>
    (node.kind === 'multiply' ? node.factors : [node]).some(
      (factor) => factor.kind === 'delta' && (over.includes(factor.left) || over.includes(factor.right)),
    );
  const chosen = factors.find((factor) => factor.kind === 'add' && factor.terms.some(picks));
  if (chosen?.kind !== 'add') return null;
  const others = factors.filter((factor) => factor !== chosen);
  return add(...chosen.terms.map((term) => sum(over, multiply(term, ...others))));
};

interface Parts extends Factor {
  readonly expressions: readonly Expression[];
}
const asFactor = (expressions: readonly Expression[], emitter: ExpressionEmitter): Parts => ({
  expressions,
  indices: [...new Set(expressions.flatMap((expression) => expression.indices))],
  emit: () =>
    expressions.length === 1
      ? emitter.emitTensor(expressions[0]!, [])
      : emitProduct(expressions, [], emitter),
});
