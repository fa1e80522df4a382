/**
 * The order in which a summed product is multiplied out: pairs of operands at a time, chosen by dynamic programming
 * over subsets. Operands that do not change inside a loop are cheap to combine first, which is what carries
 * ΦᵀwΦ and Φᵀwx out of the inference loop.
 */
import { multiply, sum } from '../calculus/build.ts';
import type { Expression, Index, Sum } from '../calculus/expression.ts';
import { elements, elementwiseWeight, type Costs } from './cost.ts';

interface Part {
  /** What it is summed over, and what is left then. */
  readonly over: readonly Index[];
  readonly indices: readonly Index[];
  readonly isSparse: boolean;
  /** Operands in it: they say how often the result is needed. */
  readonly factors: readonly Expression[];
}

export interface Operand extends Part {
  readonly kind: 'operand';
  readonly node: Expression;
}

export interface Pair extends Part {
  readonly kind: 'pair';
  readonly left: ContractionTree;
  readonly right: ContractionTree;
  /** Of its multiplications, the share that is computed: none where the result is there already. */
  readonly share: number;
  /** Whether derivatives through it are taken anyway. */
  readonly hasAdjoint: boolean;
}

export type ContractionTree = Operand | Pair;

export interface ContractionPlan {
  readonly tree: ContractionTree;
  readonly operands: readonly Expression[];
  readonly cost: number;
}

interface Entry {
  readonly tree: ContractionTree;
  readonly cost: number;
}

interface Known {
  readonly factors: readonly Expression[];
  readonly isKnown: boolean;
  readonly hasAdjoint: boolean;
}

/** Products of up to so many arrays are values of their own. */
const mostKnown = 3;

/** Above this many operands the product is taken from left to right. */
const limit = 9;

export const planContraction = (node: Sum, costs: Costs): ContractionPlan => {
  const known = plans.get(costs) ?? new Map<Sum, ContractionPlan>();
  plans.set(costs, known);
  const plan = known.get(node) ?? plannedContraction(node, costs);
  known.set(node, plan);
  return plan;
};
/** Sums that several statements share are planned once where they are costed alike. */
const plans = new WeakMap<Costs, Map<Sum, ContractionPlan>>();

const plannedContraction = (node: Sum, costs: Costs): ContractionPlan => {
  const operands = node.body.kind === 'multiply' ? node.body.factors : [node.body];
  const count = operands.length;
  /** The subset of operands that have each bound index. */
  const owners = new Map(
    node.over.map((index) => [
      index,
      operands.reduce((subset, { indices }, i) => subset | (indices.includes(index) ? 1 << i : 0), 0),
    ]),
  );
  /** Bound indices that no operand outside the subset has: they are summed as soon as the subset is multiplied. */
  const closed = (indices: readonly Index[], subset: number): readonly Index[] =>
    node.over.filter((index) => indices.includes(index) && (owners.get(index)! & ~subset) === 0);

  const size = (indices: readonly Index[]): number => elements(indices, costs.sizes);
  const full = (1 << count) - 1;
  const symmetricShare = costs.isSymmetric(node) ? 0.5 : 1;

  const best = new Map<number, Entry>();
  operands.forEach((operand, i) => {
    const over = closed(operand.indices, 1 << i);
    const cost = over.length === 0 ? 0 : size(operand.indices) * costs.executions(operand);
    const tree: Operand = {
      kind: 'operand',
      node: operand,
      over,
      indices: operand.indices.filter((index) => !over.includes(index)),
      isSparse: over.length === 0 && costs.isSparse(operand),
      factors: [operand],
    };
    best.set(1 << i, { tree, cost });
  });
  /** The operands of a subset, and whether the sum of their product is there already. */
  const partOf = (subset: number): Known => {
    const factors = operands.filter((_, i) => (subset & (1 << i)) !== 0);
    const over = closed(unionOf(...factors.map(({ indices }) => indices)), subset);
    const isAsked = over.length > 0 && factors.length <= mostKnown;
    if (!isAsked) return { factors, isKnown: false, hasAdjoint: false };
    const product = partOfSum(node, subset, over, factors);
    return { factors, isKnown: costs.isKnown(product), hasAdjoint: costs.hasAdjoint(product) };
  };
  const combine = (
    left: Entry,
    right: Entry,
    subset: number,
    { factors, isKnown, hasAdjoint }: Known,
  ): Entry => {
    const union = unionOf(left.tree.indices, right.tree.indices);
    const over = closed(union, subset);
    const isMatrix = isMatrixProduct(left.tree, right.tree, over);
    const ofZeros = isMatrix ? shareOf(left.tree, right.tree, costs) : 1;
    const share = isKnown ? 0 : Math.min(subset === full ? symmetricShare : 1, ofZeros);
    const work = size(union) * share * (isMatrix ? 1 : elementwiseWeight) * costs.executions(...factors);
    const tree: Pair = {
      kind: 'pair',
      left: left.tree,
      right: right.tree,
      over,
      indices: union.filter((index) => !over.includes(index)),
      isSparse: over.length === 0 && (left.tree.isSparse || right.tree.isSparse),
      factors,
      share,
      hasAdjoint,
    };
    return { tree, cost: isKnown ? 0 : left.cost + right.cost + work };
  };
  if (count > limit) {
    let entry = best.get(1)!;
    for (let i = 1; i < count; i++) {
      const subset = (1 << (i + 1)) - 1;
      entry = combine(entry, best.get(1 << i)!, subset, partOf(subset));
    }
    return { tree: entry.tree, operands, cost: entry.cost };
  }
  for (let subset = 1; subset <= full; subset++) {
    if (best.has(subset)) continue;
    const part = partOf(subset);
    let found: Entry | null = null;
    for (let left = (subset - 1) & subset; left > 0; left = (left - 1) & subset) {
      const right = subset & ~left;
      if (left < right) continue;
      const candidate = combine(best.get(left)!, best.get(right)!, subset, part);
      if (found === null || candidate.cost < found.cost) found = candidate;
    }
    best.set(subset, found!);
  }
  const whole = best.get(full)!;
  return { tree: whole.tree, operands, cost: whole.cost };
};

/** The sum of a product of some operands: the same whatever it costs. */
const partOfSum = (
  node: Sum,
  subset: number,
  over: readonly Index[],
  factors: readonly Expression[],
): Expression => {
  const known = parts.get(node) ?? new Map<number, Expression>();
  parts.set(node, known);
  const part = known.get(subset) ?? sum(over, multiply(...factors));
  known.set(subset, part);
  return part;
};
const parts = new WeakMap<Sum, Map<number, Expression>>();

type Shape = Pick<Part, 'indices' | 'isSparse'>;

const unionOf = (...parts: readonly (readonly Index[])[]): readonly Index[] => {
  const union: Index[] = [];
  for (const indices of parts) for (const index of indices) if (!union.includes(index)) union.push(index);
  return union;
};

/** An index that both sides keep makes the product elementwise rather than a matrix product. */
const isMatrixProduct = (left: Shape, right: Shape, over: readonly Index[]): boolean =>
  over.length > 0 && left.indices.every((index) => !right.indices.includes(index) || over.includes(index));

/** The share of a matrix product that is computed: what is zero is looked for once and left out. */
const shareOf = (left: Shape, right: Shape, { sizes, activity }: Costs): number => {
  const terms = elements(unionOf(left.indices, right.indices), sizes);
  const shares = [left, right].map(({ isSparse, indices }) =>
    isSparse ? activity + elements(indices, sizes) / terms : 1,
  );
  return Math.min(1, ...shares);
};

/** What the matrix products cost that derivatives in the operands of a planned one take; `bar` is the adjoint of the result. */
export const costOfAdjoints = (
  tree: ContractionTree,
  costs: Costs,
  bar: Shape = { indices: tree.indices, isSparse: false },
): number => {
  if (tree.kind === 'operand' || tree.hasAdjoint || !tree.factors.some(costs.isDifferentiated)) return 0;
  const [left, right] = [tree.left, tree.right];
  const through = (side: ContractionTree, other: ContractionTree): number => {
    if (!side.factors.some(costs.isDifferentiated)) return 0;
    const union = unionOf(bar.indices, other.indices);
    const over = union.filter((index) => !side.indices.includes(index));
    const work = isMatrixProduct(bar, other, over)
      ? elements(union, costs.sizes) * shareOf(bar, other, costs) * costs.executions(...tree.factors)
      : 0;
    const isSparse = over.length === 0 && (bar.isSparse || other.isSparse);
    return work + costOfAdjoints(side, costs, { indices: side.indices, isSparse });
  };
  return through(left, right) + through(right, left);
};
