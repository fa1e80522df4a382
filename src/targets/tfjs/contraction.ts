/**
 * Sums of products as matrix products. The indices of two operands fall into four classes: in both and kept
 * (batch), left only, right only, in both and summed (contracted). Operands are brought to [batch, left, contracted]
 * and [batch, contracted, right]; transposed flags of `tf.matMul` are never used, they are 30 times slower in WASM.
 */
import type { Index } from '../../calculus/expression.ts';
import {
  binary,
  align,
  sameOrder,
  shapeText,
  tensorOf,
  transpose,
  type EmittedTensor,
  type Scope,
} from './value.ts';

/** Sums a tensor over some of its axes. */
export const reduce = (value: EmittedTensor, over: readonly Index[]): EmittedTensor => {
  const summed = value.order.filter((index) => over.includes(index));
  const order = value.order.filter((index) => !over.includes(index));
  if (summed.length === 0) return value;
  if (order.length === 0) return tensorOf(`nsm.total(${value.text})`, order);
  const axes = summed.map((index) => value.order.indexOf(index));
  return tensorOf(`tf.sum(${value.text}, [${axes.join(', ')}])`, order);
};

/** A factor of a product: its indices, and its text once it is wanted. */
export interface Factor {
  readonly indices: readonly Index[];
  readonly emit: () => EmittedTensor;
}

const isSubset = (part: readonly Index[], whole: readonly Index[]): boolean =>
  part.every((index) => whole.includes(index));

/**
 * The sum over `over` of a product. `multiply` multiplies factors elementwise. Two factors become one matrix
 * product where that is possible; of more, those whose indices another one has are multiplied into it, and the
 * rest are contracted in pairs, smallest intermediate first.
 */
export const sumOfProduct = (
  factors: readonly Factor[],
  over: readonly Index[],
  hint: readonly Index[],
  multiply: (factors: readonly Factor[]) => Factor,
  scope: Scope,
): EmittedTensor => {
  let groups = gather(factors).map((group) => (group.length === 1 ? group[0]! : multiply(group)));
  for (let merged = absorb(groups, over); merged !== null; merged = absorb(groups, over)) {
    const { part, whole } = merged;
    groups = groups
      .map((group) => (group === whole ? multiply([part, whole]) : group))
      .filter((group) => group !== part);
  }
  while (groups.length > 1) {
    const [left, right] = cheapestPair(groups, over);
    const rest = groups.filter((group) => group !== left && group !== right);
    const needed = rest.flatMap((group) => group.indices);
    const summed = over.filter((index) => !needed.includes(index));
    const last = rest.length === 0;
    const value = contract(left.emit(), right.emit(), summed, last ? hint : [], scope);
    const bound = last ? value : tensorOf(scope.bind(value.text), value.order);
    groups = [...rest, { indices: value.order, emit: () => bound }];
  }
  return reduce(groups[0]!.emit(), over);
};

/** Factors of equal indices together. */
const gather = (factors: readonly Factor[]): readonly (readonly Factor[])[] => {
  const groups = new Map<string, Factor[]>();
  for (const factor of factors) {
    const key = [...factor.indices].sort().join();
    groups.set(key, [...(groups.get(key) ?? []), factor]);
  }
  return [...groups.values()];
};

/** A factor to multiply into another one that has all of its indices, or null. */
const absorb = (
  groups: readonly Factor[],
  over: readonly Index[],
): { part: Factor; whole: Factor } | null => {
  if (groups.length === 2 && isMatrixProduct(groups[0]!.indices, groups[1]!.indices, over)) return null;
  const byRank = [...groups].sort((left, right) => left.indices.length - right.indices.length);
  for (const part of byRank) {
    const wholes = byRank.filter((group) => group !== part && isSubset(part.indices, group.indices));
    // A batch is as a rule shorter than the axis it replaces.
    const whole = wholes.find((group) => group.indices.includes('example')) ?? wholes[0];
    if (whole !== undefined) return { part, whole };
  }
  return null;
};

const isMatrixProduct = (
  left: readonly Index[],
  right: readonly Index[],
  over: readonly Index[],
): boolean => {
  const { batch, onlyLeft, onlyRight, contracted } = classify(left, right, over);
  return contracted.length > 0 && batch.length === 0 && onlyLeft.length + onlyRight.length > 0;
};

const classify = (left: readonly Index[], right: readonly Index[], over: readonly Index[]) => ({
  batch: left.filter((index) => right.includes(index) && !over.includes(index)),
  contracted: left.filter((index) => right.includes(index) && over.includes(index)),
  onlyLeft: left.filter((index) => !right.includes(index) && !over.includes(index)),
  onlyRight: right.filter((index) => !left.includes(index) && !over.includes(index)),
});

/** The pair with the fewest indices in its product, among those that share the most. */
const cheapestPair = (groups: readonly Factor[], over: readonly Index[]): readonly [Factor, Factor] => {
  let best: { pair: readonly [Factor, Factor]; cost: number } | null = null;
  groups.forEach((left, i) =>
    groups.slice(i + 1).forEach((right) => {
      const needed = groups
        .filter((group) => group !== left && group !== right)
        .flatMap((group) => group.indices);
      const all = new Set([...left.indices, ...right.indices]);
      const kept = [...all].filter((index) => needed.includes(index) || !over.includes(index));
      const shared = left.indices.filter((index) => right.indices.includes(index));
      const cost = kept.length * 10 + all.size - shared.length / 10;
      if (best === null || cost < best.cost) best = { pair: [left, right], cost };
    }),
  );
  return best!.pair;
};

/** The sum over `over` of a product of two tensors. */
const contract = (
  left: EmittedTensor,
  right: EmittedTensor,
  over: readonly Index[],
  hint: readonly Index[],
  scope: Scope,
): EmittedTensor => {
  const onlyIn = (one: EmittedTensor, other: EmittedTensor): readonly Index[] =>
    over.filter((index) => one.order.includes(index) && !other.order.includes(index));
  const a = reduce(left, onlyIn(left, right));
  const b = reduce(right, onlyIn(right, left));
  const { batch, onlyLeft, onlyRight, contracted } = classify(a.order, b.order, over);
  if (contracted.length === 0) return binary('tf.mul', a, b, hint, scope);
  const narrow = onlyLeft.length === 0 || onlyRight.length === 0;
  if (narrow && (batch.length > 0 || onlyLeft.length + onlyRight.length === 0)) {
    return reduce(binary('tf.mul', a, b, [...hint, ...contracted], scope), contracted);
  }
  return matrixProduct(a, b, { batch, onlyLeft, onlyRight, contracted }, hint, scope);
};

/** Whichever way around needs the cheaper transposes. */
const matrixProduct = (
  a: EmittedTensor,
  b: EmittedTensor,
  classes: ReturnType<typeof classify>,
  hint: readonly Index[],
  scope: Scope,
): EmittedTensor => {
  const { batch, onlyLeft, onlyRight } = classes;
  const orders = [classes.contracted, b.order.filter((index) => classes.contracted.includes(index))];
  const ways = orders.flatMap((contracted) => [
    { left: a, right: b, rows: onlyLeft, columns: onlyRight, contracted },
    { left: b, right: a, rows: onlyRight, columns: onlyLeft, contracted },
  ]);
  const costs = ways.map(({ left, right, rows, columns, contracted }) => {
    const result = [...batch, ...rows, ...columns];
    const wanted = hint.filter((index) => result.includes(index));
    return (
      transposeCost(left, [...batch, ...rows, ...contracted]) +
      transposeCost(right, [...batch, ...contracted, ...columns]) +
      (wanted.length === result.length && !sameOrder(wanted, result) ? 2 : 0) +
      (rows.length === 0 ? packingCost : 0)
    );
  });
  const { left, right, rows, columns, contracted } = ways[costs.indexOf(Math.min(...costs))]!;
  const first = asMatrices(left, [batch, rows, contracted], scope);
  const second = asMatrices(right, [batch, contracted, columns], scope);
  const text = `tf.matMul(${first}, ${second})`;
  const order = [...batch, ...rows, ...columns];
  const plain = rows.length === 1 && columns.length === 1 && batch.length <= 1;
  return tensorOf(plain ? text : `tf.reshape(${text}, ${shapeText(order, scope)})`, order);
};

/** WebAssembly repacks a right operand, which takes longer than a product with one row: vectors go to the right. */
const packingCost = 3;

/** A transpose of a register is made once, however many turns read it. */
const transposeCost = (value: EmittedTensor, order: readonly Index[]): number =>
  sameOrder(value.order, order) ? 0 : value.source === null ? 2 : 1;

/** Text of a tensor as a matrix, or as a stack of matrices where there is a batch. */
const asMatrices = (value: EmittedTensor, groups: readonly (readonly Index[])[], scope: Scope): string => {
  const used = groups[0]!.length === 0 ? groups.slice(1) : groups;
  const order = used.flat();
  const text = align(transpose(value, order), order, scope);
  if (used.every((group) => group.length === 1)) return text;
  const shape = used.map((group) => (group.length === 0 ? '1' : group.map(scope.size).join(' * ')));
  return `tf.reshape(${text}, [${shape.join(', ')}])`;
};
