/**
 * The order in which a summed product is multiplied out: pairs of operands at a time, chosen by dynamic programming
 * over subsets. Operands that do not change inside a loop are cheap to combine first, which is what carries
 * ΦᵀwΦ and Φᵀwx out of the inference loop.
 */
import { multiply, sum } from '../calculus/build.ts';
import type { Expression, Index, Sum } from '../calculus/expression.ts';
import { guessedActivity } from './activity.ts';
import { elements, elementwiseWeight, type Costs } from './cost.ts';

export type ContractionTree =
  | { readonly kind: 'operand'; readonly node: Expression; readonly over: readonly Index[] }
  | {
      readonly kind: 'pair';
      readonly left: ContractionTree;
      readonly right: ContractionTree;
      readonly over: readonly Index[];
      /** Of its multiplications, the share that is computed. */
      readonly share: number;
    };

export interface ContractionPlan {
  readonly tree: ContractionTree;
  readonly operands: readonly Expression[];
  readonly cost: number;
}

interface Entry {
  readonly tree: ContractionTree;
  readonly indices: readonly Index[];
  readonly cost: number;
  /** Operands in it: they say how often the result is needed. */
  readonly factors: readonly Expression[];
  readonly isSparse: boolean;
}

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
  const owners = (index: Index, subset: number): boolean =>
    operands.every((operand, i) => !operand.indices.includes(index) || (subset & (1 << i)) !== 0);
  /** Bound indices that no operand outside the subset has: they are summed as soon as the subset is multiplied. */
  const closed = (indices: readonly Index[], subset: number): readonly Index[] =>
    node.over.filter((index) => indices.includes(index) && owners(index, subset));

  const size = (indices: readonly Index[]): number => elements(indices, costs.sizes);
  const full = (1 << count) - 1;
  const symmetricShare = costs.isSymmetric(node) ? 0.5 : 1;

  const best = new Map<number, Entry>();
  operands.forEach((operand, i) => {
    const over = closed(operand.indices, 1 << i);
    const cost = over.length === 0 ? 0 : size(operand.indices) * costs.executions(operand);
    best.set(1 << i, {
      tree: { kind: 'operand', node: operand, over },
      indices: operand.indices.filter((index) => !over.includes(index)),
      cost,
      factors: [operand],
      isSparse: over.length === 0 && costs.isSparse(operand),
    });
  });
  const combine = (left: Entry, right: Entry, subset: number): Entry => {
    const union = [...new Set([...left.indices, ...right.indices])];
    const over = closed(union, subset);
    const factors = [...left.factors, ...right.factors];
    // An index that both sides keep makes the product elementwise rather than a matrix product.
    const elementwise =
      over.length === 0 ||
      left.indices.some((index) => right.indices.includes(index) && !over.includes(index));
    const terms = size(union);
    // What is zero is looked for once.
    const shares = [left, right].map((side) =>
      side.isSparse && !elementwise ? guessedActivity + size(side.indices) / terms : 1,
    );
    const share = Math.min(subset === full ? symmetricShare : 1, ...shares);
    const isPair = left.tree.kind === 'operand' && right.tree.kind === 'operand';
    const work =
      isPair && over.length > 0 && costs.isKnown(sum(over, multiply(...factors)))
        ? 0
        : terms * share * (elementwise ? elementwiseWeight : 1) * costs.executions(...factors);
    return {
      tree: { kind: 'pair', left: left.tree, right: right.tree, over, share },
      indices: union.filter((index) => !over.includes(index)),
      cost: left.cost + right.cost + work,
      factors,
      isSparse: over.length === 0 && (left.isSparse || right.isSparse),
    };
  };
  if (count > limit) {
    let entry = best.get(1)!;
    for (let i = 1; i < count; i++) entry = combine(entry, best.get(1 << i)!, (1 << (i + 1)) - 1);
    return { tree: entry.tree, operands, cost: entry.cost };
  }
  for (let subset = 1; subset <= full; subset++) {
    if (best.has(subset)) continue;
    let found: Entry | null = null;
    for (let part = (subset - 1) & subset; part > 0; part = (part - 1) & subset) {
      const rest = subset & ~part;
      if (part < rest) continue;
      const candidate = combine(best.get(part)!, best.get(rest)!, subset);
      if (found === null || candidate.cost < found.cost) found = candidate;
    }
    best.set(subset, found!);
  }
  const whole = best.get(full)!;
  return { tree: whole.tree, operands, cost: whole.cost };
};
