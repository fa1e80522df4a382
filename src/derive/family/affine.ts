/** Expressions in x as combinations of a family's statistics: what can be expected without an integral. */
import { add, divide, multiply, zero } from '../../calculus/build.ts';
import { dependsOn } from '../../calculus/differentiate.ts';
import { expand } from '../../calculus/expand.ts';
import type { Expression, Index } from '../../calculus/expression.ts';
import { renameIndices } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';

/** node = constant + Σᵢ coefficientᵢ · Tᵢ(x) + rest: each coefficient over the event axes of its statistic. */
export interface Affine {
  readonly constant: Expression;
  readonly coefficients: readonly Expression[];
  /** Terms that are no multiple of a statistic; 0 when the expression is affine. */
  readonly rest: Expression;
}

/** Takes an expression in x (one number, without free event indices) apart, term by term. */
export const splitAffine = (family: Family, node: Expression): Affine => {
  const constants: Expression[] = [];
  const rest: Expression[] = [];
  const coefficients: Expression[][] = family.statistic.map(() => []);
  const place = (term: Expression): boolean => {
    if (!dependsOn(term, 'x')) {
      constants.push(term);
      return true;
    }
    for (const [i, { value }] of family.statistic.entries()) {
      const coefficient = coefficientOf(term, value);
      if (coefficient === null) continue;
      coefficients[i]!.push(coefficient);
      return true;
    }
    return false;
  };
  for (const term of termsOf(node)) {
    if (place(term)) continue;
    const left = termsOf(expand(term)).filter((part) => !place(part));
    // Of (k − 1) log x nothing is gained by writing it out.
    rest.push(...(left.length === termsOf(expand(term)).length ? [term] : left));
  }
  return {
    constant: add(...constants),
    coefficients: coefficients.map((parts) => add(...parts)),
    rest: add(...rest),
  };
};

const termsOf = (node: Expression): readonly Expression[] => (node.kind === 'add' ? node.terms : [node]);

/** c with term = Σ over the statistic's event axes of c · T, or null. */
const coefficientOf = (term: Expression, statistic: Expression): Expression | null => {
  const whole = separate(statistic);
  const { plain, reading } = separate(term);
  if (statistic.indices.length === 0) return reading === whole.reading ? divide(plain, whole.plain) : null;
  if (reading.kind !== 'sum' || reading.over.length !== statistic.indices.length) return null;
  for (const order of orders(statistic.indices)) {
    const renames = new Map(reading.over.map((index, n) => [index, order[n]!]));
    const inside = separate(renameIndices(reading.body, renames));
    if (inside.reading === whole.reading) return multiply(plain, divide(inside.plain, whole.plain));
  }
  return null;
};

const orders = (indices: readonly Index[]): readonly (readonly Index[])[] =>
  indices.length === 2 ? [indices, [indices[1]!, indices[0]!]] : [indices];

/** Factors that read x, and the others. */
const separate = (node: Expression): { readonly plain: Expression; readonly reading: Expression } => {
  const factors = node.kind === 'multiply' ? node.factors : [node];
  return {
    plain: multiply(...factors.filter((factor) => !dependsOn(factor, 'x'))),
    reading: multiply(...factors.filter((factor) => dependsOn(factor, 'x'))),
  };
};

export const isAffine = ({ rest }: Affine): boolean => rest === zero;

/** node = Σ coefficient · Tᵢ(x) · Tⱼ(x) + rest, for statistics without event axes. */
export interface Products {
  readonly products: readonly { readonly i: number; readonly j: number; readonly coefficient: Expression }[];
  readonly rest: Expression;
}

/** Takes products of two statistics out of an expression in x. */
export const splitProducts = (family: Family, node: Expression): Products => {
  const parts = family.statistic.map(({ value }) => (value.indices.length === 0 ? separate(value) : null));
  const products: Products['products'][number][] = [];
  const rest: Expression[] = [];
  for (const term of termsOf(node)) {
    const { plain, reading } = separate(term);
    const found = parts
      .flatMap((left, i) => parts.slice(i).map((right, k) => ({ left, right, i, j: i + k })))
      .find(
        ({ left, right }) =>
          left !== null && right !== null && multiply(left.reading, right.reading) === reading,
      );
    if (found === undefined) rest.push(term);
    else
      products.push({
        i: found.i,
        j: found.j,
        coefficient: divide(plain, multiply(found.left!.plain, found.right!.plain)),
      });
  }
  return { products, rest: add(...rest) };
};
