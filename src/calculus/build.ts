/**
 * Constructors of index expressions. They keep a normal form (flat sums and products, like terms and equal bases
 * collected, sums pulled apart as far as they go, bound indices renamed in order) and share equal nodes, so
 * that equality is identity. Rules that may cost time at run time (distributing products) are in `expand.ts`.
 */
import {
  axisOf,
  type Constant,
  type Expression,
  type Index,
  type Operator,
  type Read,
} from './expression.ts';
import { compare } from './order.ts';
import { foldApply } from './fold.ts';
import { cancelInverse } from './matrix.ts';
import { renameIndices } from './substitute.ts';

const table = new Map<string, Expression>();
let made = 0;

/** A node without its id: `Omit` that keeps the members of the union apart. */
type Draft = {
  [Kind in Expression['kind']]: Omit<Extract<Expression, { kind: Kind }>, 'id'>;
}[Expression['kind']];

/** The one node of a structure. For constructors only: `key` has to say everything that `draft` says, which is made for a new one. */
export const intern = (key: string, draft: () => Draft): Expression => {
  const known = table.get(key);
  if (known !== undefined) return known;
  const node: Expression = { ...draft(), id: made++ };
  table.set(key, node);
  return node;
};

/** Union, in order of first appearance. */
export const unite = (...lists: readonly (readonly Index[])[]): readonly Index[] => {
  const first = lists[0] ?? [];
  if (lists.length === 1) return first;
  const all = new Set<Index>(first);
  for (const list of lists) for (const index of list) all.add(index);
  return all.size === first.length ? first : [...all];
};
const ids = (nodes: readonly Expression[]): string => {
  let text = '';
  for (const { id } of nodes) text += `${id},`;
  return text;
};

/** Half of all nodes that are asked for are numbers. */
const numbers = new Map<number, Constant>();
export const constant = (value: number): Expression => {
  const known = numbers.get(value);
  if (known !== undefined) return known;
  // -0 is 0.
  const node: Constant = { kind: 'constant', value: value + 0, indices: [], id: made++ };
  numbers.set(value, node);
  return node;
};
export const zero = constant(0);
export const one = constant(1);
export const half = constant(0.5);

export const size = (axis: string): Expression =>
  intern(`n${axis}`, () => ({ kind: 'size', axis, indices: [] }));

export const position = (index: Index): Expression =>
  intern(`p${index}`, () => ({ kind: 'position', index, indices: [index] }));

export const read = (name: string, subscripts: readonly Index[] = []): Read =>
  intern(`r${name}[${subscripts.join(',')}]`, () => ({
    kind: 'read',
    name,
    subscripts,
    indices: unite([], subscripts),
  })) as Read;

export const delta = (left: Index, right: Index): Expression => {
  if (left === right) return one;
  const [first, second] = left < right ? [left, right] : [right, left];
  return intern(`d${first},${second}`, () => ({
    kind: 'delta',
    left: first,
    right: second,
    indices: [first, second],
  }));
};

export const isConstant = (node: Expression, value?: number): boolean =>
  node.kind === 'constant' && (value === undefined || node.value === value);

/** The numeric coefficient of a term and what it multiplies. */
export const splitCoefficient = (node: Expression): { coefficient: number; rest: Expression } => {
  if (node.kind === 'constant') return { coefficient: node.value, rest: one };
  if (node.kind !== 'multiply') return { coefficient: 1, rest: node };
  const first = node.factors[0];
  if (first?.kind !== 'constant') return { coefficient: 1, rest: node };
  return { coefficient: first.value, rest: rawMultiply(node.factors.slice(1)) };
};

/** Passes ask for the same sums and products again and again: what was asked for is kept, with the answer. */
const remembered = (known: Map<string, Expression>, key: string, make: () => Expression): Expression => {
  let node = known.get(key);
  if (node === undefined) known.set(key, (node = make()));
  return node;
};
const additions = new Map<string, Expression>();
const products = new Map<string, Expression>();
const sums = new Map<string, Expression>();

/** A product of factors that are known to be in normal form. */
const rawMultiply = (factors: readonly Expression[]): Expression => {
  if (factors.length === 0) return one;
  if (factors.length === 1) return factors[0]!;
  return intern(`*${ids(factors)}`, () => ({
    kind: 'multiply',
    factors,
    indices: unite(...factors.map((f) => f.indices)),
  }));
};

export const add = (...terms: readonly Expression[]): Expression =>
  remembered(additions, ids(terms), () => addition(terms));

const addition = (terms: readonly Expression[]): Expression => {
  const coefficients = new Map<Expression, number>();
  const collect = (term: Expression): void => {
    if (term.kind === 'add') return term.terms.forEach(collect);
    const { coefficient, rest } = splitCoefficient(term);
    coefficients.set(rest, (coefficients.get(rest) ?? 0) + coefficient);
  };
  terms.forEach(collect);
  const kept: Expression[] = [];
  for (const [rest, coefficient] of coefficients) {
    if (coefficient === 0) continue;
    kept.push(rest === one ? constant(coefficient) : scale(coefficient, rest));
  }
  if (kept.length === 0) return zero;
  if (kept.length === 1) return kept[0]!;
  kept.sort(compare);
  return intern(`+${ids(kept)}`, () => ({
    kind: 'add',
    terms: kept,
    indices: unite(...kept.map((t) => t.indices)),
  }));
};

/** coefficient * node, for a node without a coefficient of its own. */
const scale = (coefficient: number, node: Expression): Expression => {
  if (coefficient === 1) return node;
  return rawMultiply([constant(coefficient), ...(node.kind === 'multiply' ? node.factors : [node])]);
};

export const negate = (node: Expression): Expression => multiply(constant(-1), node);
export const subtract = (left: Expression, right: Expression): Expression => add(left, negate(right));
export const divide = (left: Expression, right: Expression): Expression =>
  multiply(left, power(right, constant(-1)));

export const multiply = (...factors: readonly Expression[]): Expression =>
  remembered(products, ids(factors), () => product(factors));

const product = (factors: readonly Expression[]): Expression => {
  let coefficient = 1;
  const exponents = new Map<Expression, Expression>();
  const exponentials = new Map<string, Expression>();
  const collect = (factor: Expression): void => {
    if (factor.kind === 'multiply') return factor.factors.forEach(collect);
    if (factor.kind === 'constant') {
      coefficient *= factor.value;
      return;
    }
    // exp(a) exp(b) = exp(a + b), only over equal indices: else the product would be larger than its factors.
    if (factor.kind === 'apply' && factor.operator === 'exp') {
      const place = [...factor.indices].sort().join();
      exponentials.set(place, add(exponentials.get(place) ?? zero, factor.arguments[0]!));
      return;
    }
    const [base, exponent] = factor.kind === 'power' ? [factor.base, factor.exponent] : [factor, one];
    const before = exponents.get(base);
    exponents.set(base, before === undefined ? exponent : add(before, exponent));
  };
  factors.forEach(collect);
  if (coefficient === 0) return zero;
  // σ(a) / σ(−a) = exp(a).
  for (const [base, exponent] of exponents) {
    if (base.kind !== 'apply' || base.operator !== 'sigmoid' || !isConstant(exponent)) continue;
    const opposite = apply('sigmoid', negate(base.arguments[0]!));
    const other = exponents.get(opposite);
    if (other?.kind !== 'constant' || exponent.kind !== 'constant') continue;
    const shared = Math.min(exponent.value, -other.value);
    if (shared <= 0) continue;
    exponents.set(base, constant(exponent.value - shared));
    exponents.set(opposite, constant(other.value + shared));
    const place = [...base.indices].sort().join();
    const argument = multiply(constant(shared), base.arguments[0]!);
    exponentials.set(place, add(exponentials.get(place) ?? zero, argument));
  }
  const kept: Expression[] = [];
  for (const argument of exponentials.values()) {
    const factor = apply('exp', argument);
    if (factor.kind === 'constant') coefficient *= factor.value;
    else kept.push(factor);
  }
  let again = false;
  for (const [plain, exponent] of exponents) {
    let base = plain;
    if (base.kind === 'add' && exponents.size + exponentials.size > 1) {
      const content = commonContent(base.terms);
      if (content !== 1 && exponent === one) {
        coefficient *= content;
        base = add(...base.terms.map((term) => multiply(constant(1 / content), term)));
      }
    }
    const factor = power(base, exponent);
    if (factor.kind === 'constant') coefficient *= factor.value;
    else {
      if (factor.kind === 'multiply') again = true;
      kept.push(factor);
    }
  }
  if (again) return multiply(constant(coefficient), ...kept);
  if (kept.length === 0) return constant(coefficient);
  // A number times a sum is a sum of numbers times terms, so that a - (a - b) is b.
  if (kept.length === 1 && kept[0]!.kind === 'add' && coefficient !== 1)
    return add(...kept[0].terms.map((term) => multiply(constant(coefficient), term)));
  kept.sort(compare);
  return rawMultiply(coefficient === 1 ? kept : [constant(coefficient), ...kept]);
};

/** The size that all coefficients of a sum share (2 for 2 x − 2 y), else 1. */
const commonContent = (terms: readonly Expression[]): number => {
  const sizes = terms.map((term) => Math.abs(splitCoefficient(term).coefficient));
  return sizes.every((value) => value === sizes[0]) ? sizes[0]! : 1;
};

export const power = (base: Expression, exponent: Expression | number): Expression => {
  const by = typeof exponent === 'number' ? constant(exponent) : exponent;
  if (isConstant(by, 0) || isConstant(base, 1)) return one;
  if (isConstant(by, 1)) return base;
  if (base.kind === 'constant' && by.kind === 'constant') {
    const value = base.value ** by.value;
    if (!Number.isNaN(value)) return constant(value);
  }
  if (base.kind === 'apply' && base.operator === 'exp') return apply('exp', multiply(by, base.arguments[0]!));
  // A delta is 0 or 1, and so are its powers: sums can take it away.
  if (base.kind === 'delta' && by.kind === 'constant' && by.value > 0) return base;
  const whole = by.kind === 'constant' && Number.isInteger(by.value);
  if (base.kind === 'power' && whole) return power(base.base, multiply(base.exponent, by));
  if (base.kind === 'multiply') {
    if (whole) return multiply(...base.factors.map((factor) => power(factor, by)));
    const { coefficient, rest } = splitCoefficient(base);
    if (coefficient > 0 && coefficient !== 1)
      return multiply(power(constant(coefficient), by), power(rest, by));
  }
  return intern(`^${base.id},${by.id}`, () => ({
    kind: 'power',
    base,
    exponent: by,
    indices: unite(base.indices, by.indices),
  }));
};
export const square = (base: Expression): Expression => power(base, 2);
export const sqrt = (base: Expression): Expression => power(base, 0.5);

export const apply = (operator: Operator, ...operands: readonly Expression[]): Expression => {
  const folded = foldApply(operator, operands);
  if (folded !== null) return folded;
  return intern(`f${operator},${ids(operands)}`, () => ({
    kind: 'apply',
    operator,
    arguments: operands,
    indices: unite(...operands.map((operand) => operand.indices)),
  }));
};
export const exp = (argument: Expression): Expression => apply('exp', argument);
export const log = (argument: Expression): Expression => apply('log', argument);

/** Sum over indices; an index that the body does not have multiplies by its size. */
export const sum = (over: readonly Index[], body: Expression): Expression =>
  over.length === 0 ? body : remembered(sums, `${over.join()};${body.id}`, () => summation(over, body));

const summation = (over: readonly Index[], body: Expression): Expression => {
  if (body.kind === 'add') return add(...body.terms.map((term) => sum(over, term)));
  if (isConstant(body, 0)) return zero;
  const absent = over.filter((index) => !body.indices.includes(index));
  const present = over.filter((index) => body.indices.includes(index));
  if (absent.length > 0) return multiply(...absent.map((index) => size(axisOf(index))), sum(present, body));
  // Bound names are never free ones, so these are all different.
  if (body.kind === 'sum') return sum([...present, ...body.over], body.body);
  const factors = body.kind === 'multiply' ? body.factors : [body];
  const eliminated = eliminateDelta(present, factors);
  if (eliminated !== null) return eliminated;
  const cancelled = cancelInverse(present, factors);
  if (cancelled !== null) return cancelled;
  const groups = connectedGroups(present, factors);
  if (
    groups.length === 1 &&
    groups[0]!.over.length === present.length &&
    groups[0]!.factors.length === factors.length
  )
    return canonicalSum(present, body);
  return multiply(...groups.map((group) => sum(group.over, multiply(...group.factors))));
};

const eliminateDelta = (over: readonly Index[], factors: readonly Expression[]): Expression | null => {
  for (const factor of factors) {
    if (factor.kind !== 'delta') continue;
    const bound = over.includes(factor.left)
      ? factor.left
      : over.includes(factor.right)
        ? factor.right
        : null;
    if (bound === null) continue;
    const other = bound === factor.left ? factor.right : factor.left;
    const rest = multiply(...factors.filter((candidate) => candidate !== factor));
    return sum(
      over.filter((index) => index !== bound),
      renameIndices(rest, new Map([[bound, other]])),
    );
  }
  return null;
};

/** Splits a summed product into parts that share no bound index: sum_ij a_i b_j = (sum a)(sum b). */
const connectedGroups = (over: readonly Index[], factors: readonly Expression[]) => {
  let groups: { over: Index[]; factors: Expression[] }[] = [];
  for (const factor of factors) {
    const bound = over.filter((index) => factor.indices.includes(index));
    const joined = { over: bound, factors: [factor] };
    const rest: typeof groups = [];
    for (const group of groups) {
      if (group.over.some((index) => joined.over.includes(index))) {
        joined.over = [...new Set([...group.over, ...joined.over])];
        joined.factors = [...group.factors, ...joined.factors];
      } else rest.push(group);
    }
    groups = [...rest, joined];
  }
  return groups;
};

const canonicalSum = (over: readonly Index[], body: Expression): Expression => {
  const named = canonicalNames(over, body);
  return intern(`s${named.over.join(',')};${named.body.id}`, () => ({ kind: 'sum', ...named }));
};

/** Names bound indices by axis and the fewest primes that are free, trying the orders of equal axes for the least body. */
const canonicalNames = (over: readonly Index[], body: Expression) => {
  const free = new Set(body.indices.filter((index) => !over.includes(index)));
  const byAxis = new Map<string, Index[]>();
  for (const index of over) byAxis.set(axisOf(index), [...(byAxis.get(axisOf(index)) ?? []), index]);
  let candidates: Map<Index, Index>[] = [new Map<Index, Index>()];
  for (const [axis, bound] of byAxis) {
    const names: Index[] = [];
    for (let name = axis; names.length < bound.length; name += "'") if (!free.has(name)) names.push(name);
    candidates = candidates.flatMap((renames) =>
      permutations(bound).map(
        (order) => new Map([...renames, ...order.map((index, i) => [index, names[i]!] as const)]),
      ),
    );
  }
  const renamed = candidates.map((renames) => ({
    over: [...renames.values()].sort(),
    body: renameIndices(body, renames),
  }));
  renamed.sort((a, b) => compare(a.body, b.body));
  const best = renamed[0]!;
  return { ...best, indices: best.body.indices.filter((index) => !best.over.includes(index)) };
};

const permutations = (items: readonly Index[]): readonly (readonly Index[])[] =>
  items.length <= 1 || items.length > 4
    ? [items]
    : items.flatMap((item) =>
        permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
      );

/** Largest entry over indices. */
export const maximum = (over: readonly Index[], body: Expression): Expression => {
  const present = over.filter((index) => body.indices.includes(index));
  if (present.length === 0) return body;
  const named = canonicalNames(present, body);
  return intern(`m${named.over.join(',')};${named.body.id}`, () => ({ kind: 'maximum', ...named }));
};
