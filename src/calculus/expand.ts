/**
 * Distribution of products over sums: the expanded form that lets loop-invariant products leave a loop. It may
 * cost more than the factored form; `src/optimize` decides by its cost model.
 */
import { add, apply, multiply, one, sum } from './build.ts';
import type { Expression, Index } from './expression.ts';
import { freshIndex, renameIndices } from './substitute.ts';

interface Monomial {
  readonly over: readonly Index[];
  readonly factors: readonly Expression[];
}

/** Beyond this many monomials the factored form is kept. */
const limit = 400;

/** A sum of monomials, each a sum over indices of a product of factors that contain no further sum or addition. */
export const expand = (node: Expression): Expression => {
  let expanded = known.get(node);
  if (expanded === undefined) known.set(node, (expanded = expansion(node)));
  return expanded;
};
/** Programs of a model have much in common, and its bound indices get new names on the way. */
const known = new WeakMap<Expression, Expression>();

const expansion = (node: Expression): Expression => {
  const monomials = monomialsOf(node);
  if (monomials === null) return node;
  return add(...monomials.map(({ over, factors }) => sum(over, multiply(...factors))));
};

const monomialsOf = (node: Expression): readonly Monomial[] | null => {
  switch (node.kind) {
    case 'add': {
      const parts = node.terms.map(monomialsOf);
      return parts.every((part) => part !== null) ? bounded(parts.flat()) : null;
    }
    case 'multiply':
      return product(node.factors.map(monomialsOf));
    case 'power': {
      const { base, exponent } = node;
      if (exponent.kind !== 'constant' || !Number.isInteger(exponent.value)) return [atom(node)];
      if (exponent.value < 2 || exponent.value > 4 || (base.kind !== 'add' && base.kind !== 'sum'))
        return [atom(node)];
      const once = monomialsOf(base);
      return once === null ? null : product(Array.from({ length: exponent.value }, () => once.map(apart)));
    }
    case 'sum': {
      const renames = new Map(node.over.map((index) => [index, freshIndex(index)]));
      const inside = monomialsOf(renameIndices(node.body, renames));
      return inside === null
        ? null
        : inside.map(({ over, factors }) => ({ over: [...renames.values(), ...over], factors }));
    }
    case 'apply':
      return [{ over: [], factors: node.operator === 'exp' ? splitExponential(node) : [node] }];
    default:
      return [atom(node)];
  }
};

const atom = (node: Expression): Monomial => ({ over: [], factors: [node] });

const bounded = (monomials: readonly Monomial[]): readonly Monomial[] | null =>
  monomials.length > limit ? null : monomials;

const product = (parts: readonly (readonly Monomial[] | null)[]): readonly Monomial[] | null => {
  let result: readonly Monomial[] = [{ over: [], factors: [] }];
  for (const part of parts) {
    if (part === null || result.length * part.length > limit) return null;
    result = result.flatMap((left) =>
      part.map(apart).map((right) => ({
        over: [...left.over, ...right.over],
        factors: [...left.factors, ...right.factors],
      })),
    );
  }
  return result;
};

/** The same monomial with bound indices of its own. */
const apart = ({ over, factors }: Monomial): Monomial => {
  const renames = new Map(over.map((index) => [index, freshIndex(index)]));
  return { over: [...renames.values()], factors: factors.map((factor) => renameIndices(factor, renames)) };
};

/** exp(a[i] + b[i, j]) = exp(a[i]) exp(b[i, j]): the factors may be summed apart. */
const splitExponential = (node: Extract<Expression, { kind: 'apply' }>): readonly Expression[] => {
  const argument = node.arguments[0] ?? one;
  if (argument.kind !== 'add') return [node];
  const groups = new Map<string, Expression[]>();
  for (const term of argument.terms) {
    const place = [...term.indices].sort().join();
    groups.set(place, [...(groups.get(place) ?? []), term]);
  }
  return groups.size < 2 ? [node] : [...groups.values()].map((terms) => apply('exp', add(...terms)));
};

/**
 * Distributes a product over those of its additions that hold products of additions themselves:
 * Σ w (φ² − 2 φ (x − y)) becomes Σ w φ² − 2 Σ w φ (x − y), while plain residuals stay whole. For reading.
 */
export const distributeNested = (node: Expression): Expression => {
  if (node.kind === 'add') return add(...node.terms.map(distributeNested));
  if (node.kind === 'sum') {
    const body = distributeNested(node.body);
    return body === node.body ? node : sum(node.over, body);
  }
  if (node.kind !== 'multiply') return node;
  const nested = node.factors.find((factor) => factor.kind === 'add' && factor.terms.some(holdsAddition));
  if (nested?.kind !== 'add') {
    const factors = node.factors.map((factor) => (factor.kind === 'sum' ? distributeNested(factor) : factor));
    return factors.every((factor, i) => factor === node.factors[i]) ? node : distributeTerms(factors);
  }
  const others = node.factors.filter((factor) => factor !== nested);
  return add(...nested.terms.map((term) => distributeNested(multiply(...others, term))));
};

/** A product of factors of which sums were split: the split is carried to the top. */
const distributeTerms = (factors: readonly Expression[]): Expression =>
  add(
    ...factors
      .reduce<readonly (readonly Expression[])[]>(
        (products, factor) =>
          products.flatMap((done) =>
            (factor.kind === 'add' ? factor.terms : [factor]).map((term) => [...done, term]),
          ),
        [[]],
      )
      .map((product) => multiply(...product)),
  );

const holdsAddition = (term: Expression): boolean =>
  term.kind === 'multiply' && term.factors.some((factor) => factor.kind === 'add');
