/** The inverse of `expand.ts`, for the forms that matter: perfect squares and common denominators. */
import { add, constant, multiply, power, splitCoefficient, zero } from './build.ts';
import { expand } from './expand.ts';
import type { Expression } from './expression.ts';

/**
 * k A² − 2 k A B + k B² becomes k (A − B)². A Gaussian's −log p comes out of its natural parameters expanded; in this form it
 * reads as a residual and does not cancel in float32.
 */
export const completeSquares = (node: Expression): Expression => {
  if (node.kind !== 'add') return node;
  const squares = node.terms.flatMap((term) => {
    const { coefficient, rest } = splitCoefficient(term);
    const factors = rest.kind === 'multiply' ? rest.factors : [rest];
    const squared = factors.filter((factor) => factor.kind === 'power' && factor.exponent === two);
    if (squared.length === 0) return [];
    const root = multiply(...squared.map((factor) => (factor.kind === 'power' ? factor.base : factor)));
    return [
      { term, coefficient, root, weight: multiply(...factors.filter((factor) => !squared.includes(factor))) },
    ];
  });
  for (const first of squares) {
    for (const second of squares) {
      if (first === second || first.weight !== second.weight || first.coefficient * second.coefficient <= 0)
        continue;
      const ratio = Math.sqrt(second.coefficient / first.coefficient);
      for (const sign of [-1, 1]) {
        const cross = multiply(
          constant(2 * sign * first.coefficient * ratio),
          first.weight,
          first.root,
          second.root,
        );
        if (!node.terms.includes(cross)) continue;
        const whole = add(first.root, multiply(constant(sign * ratio), second.root));
        const others = node.terms.filter(
          (term) => term !== first.term && term !== second.term && term !== cross,
        );
        return completeSquares(
          add(multiply(constant(first.coefficient), first.weight, power(whole, 2)), ...others),
        );
      }
    }
  }
  return node;
};
const two = constant(2);

/** Adds fractions over one denominator where that leaves fewer terms: e/(1−e) + e²/(1−e)² becomes e/(1−e)². */
export const together = (node: Expression): Expression => {
  if (node.kind !== 'add') return node;
  for (const base of denominators(node.terms)) {
    const highest = Math.max(...node.terms.map((term) => exponentOf(term, base)));
    const numerator = expand(add(...node.terms.map((term) => expand(multiply(term, power(base, highest))))));
    const count = numerator.kind === 'add' ? numerator.terms.length : 1;
    if (numerator === zero) return zero;
    if (count < node.terms.length) return multiply(numerator, power(base, -highest));
  }
  return node;
};

const denominators = (terms: readonly Expression[]): readonly Expression[] => {
  const bases = new Set<Expression>();
  for (const term of terms)
    for (const factor of term.kind === 'multiply' ? term.factors : [term])
      if (factor.kind === 'power' && factor.base.kind === 'add' && isNegativeInteger(factor.exponent))
        bases.add(factor.base);
  return [...bases];
};
const isNegativeInteger = (node: Expression): boolean =>
  node.kind === 'constant' && Number.isInteger(node.value) && node.value < 0;

/** n where the term holds base^(−n), else 0. */
const exponentOf = (term: Expression, base: Expression): number => {
  for (const factor of term.kind === 'multiply' ? term.factors : [term])
    if (factor.kind === 'power' && factor.base === base && factor.exponent.kind === 'constant')
      return -factor.exponent.value;
  return 0;
};

/** a / b, without the factors that all terms of both have. */
export const quotient = (numerator: Expression, denominator: Expression): Expression => {
  const [above, below] = [contentOf(numerator), contentOf(denominator)];
  const without = (node: Expression, content: Expression): Expression =>
    add(...termsOf(node).map((term) => multiply(term, power(content, -1))));
  return multiply(above, power(below, -1), without(numerator, above), power(without(denominator, below), -1));
};

const termsOf = (node: Expression): readonly Expression[] => (node.kind === 'add' ? node.terms : [node]);

/** The product of what every term has as a factor. */
const contentOf = (node: Expression): Expression => {
  const [first, ...rest] = termsOf(node).map((term) => {
    const factors = term.kind === 'multiply' ? term.factors : [term];
    return new Map(
      factors.flatMap((factor) => {
        if (factor.kind === 'constant') return [];
        const whole = factor.kind === 'power' && isWhole(factor.exponent);
        return whole && factor.kind === 'power'
          ? [[factor.base, (factor.exponent as { value: number }).value] as const]
          : [[factor, 1] as const];
      }),
    );
  });
  return multiply(
    ...[...first!].flatMap(([base, exponent]) => {
      const least = Math.min(exponent, ...rest.map((factors) => factors.get(base) ?? 0));
      return least > 0 ? [power(base, least)] : [];
    }),
  );
};
const isWhole = (node: Expression): boolean => node.kind === 'constant' && Number.isInteger(node.value);

/** Coefficients of a polynomial in the factor `variable`: node = Σ_n coefficients[n] variable^n; null when it is none. */
export const polynomialIn = (
  node: Expression,
  variable: Expression,
  holds: (part: Expression) => boolean,
): readonly Expression[] | null => {
  const coefficients: Expression[] = [];
  for (const term of node.kind === 'add' ? node.terms : [node]) {
    const factors = term.kind === 'multiply' ? term.factors : [term];
    let degree = 0;
    const others: Expression[] = [];
    for (const factor of factors) {
      if (factor === variable) degree += 1;
      else if (factor.kind === 'power' && factor.base === variable && factor.exponent.kind === 'constant')
        degree += factor.exponent.value;
      else others.push(factor);
    }
    if (degree < 0 || !Number.isInteger(degree) || others.some(holds)) return null;
    coefficients[degree] = add(coefficients[degree] ?? zero, multiply(...others));
  }
  return Array.from(coefficients, (part) => part ?? zero);
};

/** Number of distinct nodes: a measure of how simple an expression reads. */
export const complexity = (node: Expression): number => {
  switch (node.kind) {
    case 'add':
      return 1 + node.terms.reduce((total, term) => total + complexity(term), 0);
    case 'multiply':
      return 1 + node.factors.reduce((total, factor) => total + complexity(factor), 0);
    case 'power':
      return 1 + complexity(node.base);
    case 'apply':
      return 1 + node.arguments.reduce((total, part) => total + complexity(part), 0);
    case 'sum':
    case 'maximum':
    case 'inverse':
    case 'log_determinant':
    case 'cholesky':
      return 1 + complexity(node.body);
    default:
      return 1;
  }
};

/** a b (a b)^(−½) becomes (a b)^½ in every term: a power of a product meets the factors of the product. */
export const mergePowers = (node: Expression): Expression =>
  node.kind === 'add' ? add(...node.terms.map(mergeTerm)) : mergeTerm(node);

const mergeTerm = (term: Expression): Expression => {
  if (term.kind !== 'multiply') return term;
  for (const own of term.factors) {
    if (own.kind !== 'power' || own.base.kind !== 'multiply' || own.exponent.kind !== 'constant') continue;
    if (own.exponent.value >= 0) continue;
    const { coefficient, rest } = splitCoefficient(own.base);
    const parts = rest.kind === 'multiply' ? rest.factors : [rest];
    const others = term.factors.filter((factor) => factor !== own);
    if (!parts.every((part) => others.some((factor) => holds(factor, part)))) continue;
    const raised = power(own.base, own.exponent.value + 1);
    const divisors = parts.map((part) => power(part, -1));
    return mergeTerm(multiply(constant(1 / coefficient), ...others, ...divisors, raised));
  }
  return term;
};
/** Whether a factor is the part or a higher whole power of it. */
const holds = (factor: Expression, part: Expression): boolean =>
  factor === part ||
  (factor.kind === 'power' &&
    factor.base === part &&
    factor.exponent.kind === 'constant' &&
    factor.exponent.value >= 1);

/** The simplest of a few equivalent forms. */
export const simplest = (node: Expression): Expression => {
  const forms = [node, expand(node), together(node), together(expand(node))].map(mergePowers);
  return forms.reduce((best, form) => (complexity(form) < complexity(best) ? form : best));
};
