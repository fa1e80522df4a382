/**
 * Finite differences: f(z with z[target] changed by `by`) − f(z), for every entry of z at once. For a linear map
 * inside f this costs one more column, not one more evaluation: differences of sums and products are taken
 * term by term, so the result keeps the form in which f was written.
 */
import {
  add,
  apply,
  constant,
  delta,
  exp,
  maximum,
  multiply,
  one,
  power,
  subtract,
  sum,
  zero,
} from './build.ts';
import { dependsOn } from './differentiate.ts';
import type { Expression, Index } from './expression.ts';
import { children, freshIndex, mapChildren, matrixFunction, renameIndices } from './substitute.ts';

/**
 * `target` names the entry of the array `name` that changes; `by` is the change, over the indices of `target`.
 * Indices of `name` that `shared` lists (the example) are not part of the choice: each example changes its own entry.
 * Along those that `whole` lists all entries change at once: the result has them only as far as `by` has other ones.
 */
export const difference = (
  node: Expression,
  name: string,
  target: readonly Index[],
  by: Expression,
  shared: readonly Index[],
  whole: readonly Index[] = [],
): Expression => {
  const apart = new Map(
    target
      .filter((index) => !shared.includes(index) && !whole.includes(index))
      .map((index) => [index, freshIndex(index)]),
  );
  const moved = renameIndices(by, apart);
  const places = target.map((index) => apart.get(index) ?? index);
  const changeAt = (subscripts: readonly Index[]): Expression => {
    const along = target.flatMap((index, i) =>
      whole.includes(index) ? [[index, subscripts[i]!] as const] : [],
    );
    return multiply(
      renameIndices(moved, new Map(along)),
      ...subscripts.flatMap((index, i) => (whole.includes(target[i]!) ? [] : [delta(index, places[i]!)])),
    );
  };

  const go = (current: Expression): Expression => {
    if (!dependsOn(current, name)) return zero;
    switch (current.kind) {
      case 'read':
        return changeAt(current.subscripts);
      case 'add':
        return add(...current.terms.map(go));
      case 'multiply': {
        // (a + Da)(b + Db) − ab, without ever forming ab.
        let [product, changed]: [Expression, Expression] = [one, zero];
        for (const factor of current.factors) {
          const own = go(factor);
          changed = add(multiply(changed, factor), multiply(product, own), multiply(changed, own));
          product = multiply(product, factor);
        }
        return changed;
      }
      case 'sum': {
        const renames = new Map(current.over.map((index) => [index, freshIndex(index)]));
        return sum([...renames.values()], go(renameIndices(current.body, renames)));
      }
      case 'power':
        return powerDifference(current.base, current.exponent, go);
      case 'apply': {
        // The shift of log_sum_exp and softmax: any constant gives the same sum.
        if (current.operator === 'detach' && current.arguments[0]!.kind === 'maximum') return zero;
        const { chosen, changes } = atChosen(current.arguments.map(go));
        const moved = current.arguments.map((part, i) => add(part, changes[i]!));
        return multiply(
          chosen,
          current.operator === 'exp'
            ? multiply(current, subtract(exp(changes[0]!), one))
            : subtract(apply(current.operator, ...moved), current),
        );
      }
      case 'inverse':
      case 'log_determinant':
      case 'cholesky': {
        const [row, column] = [freshIndex(current.over[0]), freshIndex(current.over[1])];
        const apart = new Map([
          [current.over[0], row],
          [current.over[1], column],
        ]);
        const body = renameIndices(current.body, apart);
        return subtract(matrixFunction(current, [row, column], add(body, go(body))), current);
      }
      case 'maximum': {
        const renames = new Map(current.over.map((index) => [index, freshIndex(index)]));
        const body = renameIndices(current.body, renames);
        return subtract(maximum([...renames.values()], add(body, go(body))), current);
      }
      case 'triangle':
      case 'constant':
      case 'size':
      case 'position':
      case 'delta':
        return zero;
    }
  };
  return renameIndices(go(node), new Map([...apart].map(([index, fresh]) => [fresh, index])));
};

/** Changes that all happen at one chosen entry, and the deltas that choose it: f(a + δ c) − f(a) is δ (f(a + c) − f(a)). */
const atChosen = (
  changes: readonly Expression[],
): { readonly chosen: Expression; readonly changes: readonly Expression[] } => {
  const terms = changes.flatMap((change) =>
    change === zero ? [] : change.kind === 'add' ? change.terms : [change],
  );
  const factorsOf = (term: Expression): readonly Expression[] =>
    term.kind === 'multiply' ? term.factors : [term];
  const [first] = terms;
  if (first === undefined) return { chosen: zero, changes };
  const shared = factorsOf(first).filter(
    (factor) => factor.kind === 'delta' && terms.every((term) => factorsOf(term).includes(factor)),
  );
  if (shared.length === 0) return { chosen: one, changes };
  const without = (term: Expression): Expression =>
    multiply(...factorsOf(term).filter((factor) => !shared.includes(factor)));
  return {
    chosen: multiply(...shared),
    changes: changes.map((change) =>
      change === zero ? zero : change.kind === 'add' ? add(...change.terms.map(without)) : without(change),
    ),
  };
};

const powerDifference = (
  base: Expression,
  exponent: Expression,
  go: (node: Expression) => Expression,
): Expression => {
  const own = go(base);
  const whole = exponent.kind === 'constant' && Number.isInteger(exponent.value) ? exponent.value : 0;
  if (whole < 2 || whole > 6)
    return subtract(power(add(base, own), add(exponent, go(exponent))), power(base, exponent));
  // Binomial: sum over j ≥ 1 of C(n, j) a^(n−j) Da^j.
  const terms: Expression[] = [];
  for (let [j, choose] = [1, whole]; j <= whole; choose = (choose * (whole - j)) / (j + 1), j++)
    terms.push(multiply(constant(choose), power(base, whole - j), power(own, j)));
  return add(...terms);
};

/** f(a + c δ) = f(a) + δ (f(a + c) − f(a)), so that a sum over an index of δ takes it away. */
export const apartAtDeltas = (node: Expression): Expression => {
  const inner = mapChildren(node, apartAtDeltas);
  if (inner.kind !== 'apply' && inner.kind !== 'power') return inner;
  const mark = deltaIn(inner);
  if (mark === null) return inner;
  const at = (value: Expression): Expression => apartAtDeltas(withDelta(inner, mark, value));
  const plain = at(zero);
  return add(plain, multiply(mark, subtract(at(one), plain)));
};

/** A delta of free indices. */
const deltaIn = (node: Expression): Expression | null => {
  switch (node.kind) {
    case 'delta':
      return node;
    case 'add':
    case 'multiply':
    case 'power':
    case 'apply':
      for (const child of children(node)) {
        const found = deltaIn(child);
        if (found !== null) return found;
      }
      return null;
    default:
      return null;
  }
};
const withDelta = (node: Expression, mark: Expression, value: Expression): Expression =>
  node === mark ? value : 'over' in node ? node : mapChildren(node, (child) => withDelta(child, mark, value));
