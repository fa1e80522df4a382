/** Derived quantities of a family as they are written by hand. */
import {
  add,
  apply,
  constant,
  half,
  multiply,
  one,
  power,
  read,
  splitCoefficient,
  subtract,
  zero,
} from '../calculus/build.ts';
import { complexity, simplest } from '../calculus/collect.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { asFractions, withDenominators } from '../calculus/fractions.ts';
import { print } from '../calculus/print.ts';
import { readable } from '../calculus/readable.ts';
import { mapChildren, renameIndices, walk } from '../calculus/substitute.ts';
import { example } from './free-energy.ts';

export const written = (node: Expression): string => writtenAsIs(asTanh(asShares(node)));

/** Without a search for simpler forms, which may multiply out what is long. */
export const writtenAsIs = (node: Expression): string =>
  print(withDenominators(asFractions(readable(node))), {
    hide: [example],
    rename: (name) => name.replace(/^@/, ''),
  });

const factorsOf = (node: Expression): readonly Expression[] =>
  node.kind === 'multiply' ? node.factors : [node];

/**
 * exp(v[k] − M) exp(v[l] − M) / (Σ exp(v − M))², where the products were taken apart and M no longer stands beside each v: M makes
 * no difference, and each exponential over the sum is a softmax.
 */
const asShares = (node: Expression): Expression => {
  const visit = (current: Expression): Expression => {
    if (current.kind !== 'multiply') return mapChildren(current, visit);
    const below = current.factors.find((factor) => factor.kind === 'power' && holdsMaximum(factor.base));
    if (below?.kind !== 'power' || below.exponent.kind !== 'constant') return mapChildren(current, visit);
    const total = withoutMaximum(below.base);
    if (total.kind !== 'sum') return current;
    const shares = sharesOf(current.factors.filter((factor) => factor !== below).map(withoutMaximum), total);
    return shares?.count === -below.exponent.value ? shares.product : current;
  };
  return visit(node);
};

const holdsMaximum = (node: Expression): boolean => {
  let found = false;
  walk(node, ({ kind }) => (found ||= kind === 'maximum'));
  return found;
};
const withoutMaximum = (node: Expression): Expression =>
  node.kind === 'maximum' ? zero : mapChildren(node, withoutMaximum);

/** Exponentials among factors as softmaxes, and how many of them. */
const sharesOf = (
  factors: readonly Expression[],
  total: Extract<Expression, { kind: 'sum' }>,
): { readonly product: Expression; readonly count: number } | null => {
  const { over, body } = total;
  if (over.length !== 1 || body.kind !== 'apply' || body.operator !== 'exp') return null;
  const argument = body.arguments[0]!;
  const name = `softmax(${print(argument)} over ${over[0]!})`;
  let count = 0;
  const parts = factors.map((factor) => {
    if (factor.kind !== 'apply' || factor.operator !== 'exp') return factor;
    const { coefficient, rest } = splitCoefficient(factor.arguments[0]!);
    const index = rest.indices.find(
      (place) => renameIndices(argument, new Map([[over[0]!, place]])) === rest,
    );
    if (index === undefined) return factor;
    count += coefficient;
    return power(read(name, [index]), coefficient);
  });
  return { product: multiply(...parts), count };
};

/** sigmoid(2 a) = (1 + tanh a) / 2 and softplus(2 a) = a + log(2 cosh a), where that is simpler; s − s² as s (1 − s). */
const asTanh = (node: Expression): Expression => {
  const visit = (current: Expression): Expression => {
    if (current.kind === 'apply' && (current.operator === 'sigmoid' || current.operator === 'softplus')) {
      const { coefficient, rest } = splitCoefficient(current.arguments[0]!);
      if (coefficient === 2)
        return current.operator === 'sigmoid'
          ? multiply(half, add(one, apply('tanh', rest)))
          : add(rest, read(`log(2 · cosh(${print(rest)}))`, rest.indices));
    }
    return mapChildren(current, visit);
  };
  const other = simplest(expand(visit(node)));
  return asVariance(complexity(other) < complexity(node) ? other : node);
};

const asVariance = (node: Expression): Expression => {
  if (node.kind !== 'add' || node.terms.length !== 2) return node;
  for (const [plain, squared] of [node.terms, [node.terms[1]!, node.terms[0]!]] as const) {
    const share = factorsOf(plain).find((factor) => factor.kind === 'apply' && factor.operator === 'sigmoid');
    if (share === undefined || multiply(constant(-1), plain, share) !== squared) continue;
    return multiply(plain, subtract(one, share));
  }
  return node;
};
