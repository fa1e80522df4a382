/**
 * How ∇_μ E_q[f(z)] is estimated from draws: a property of the family, derived from its support, its statistics and
 * its density (design.md section 3). Nothing here knows a family by name.
 *
 * - Two-point supports: the gradient in the mean parameter is the exact difference of f at the two points.
 * - Counts: Stein's identity E[(x − μ) f(x)] = E[τ(x) (f(x+1) − f(x))] holds for one kernel τ. Where τ is affine, the
 *   kernel follows from p(x−1)/p(x) at x = 1, and is checked at further x. Poisson: τ = μ, so ∇_μ E[f] = E[f(z+1) − f(z)].
 * - Continuous families with a `pathwise` line: E[f'(z) ∂z/∂θ]; where z is affine in standard normal noise, E[ε f'] = E[∂z/∂ε f''],
 *   the theorems of Bonnet and Price.
 * - Otherwise the score: E[(T − μ) f] / G.
 */
import {
  add,
  apply,
  constant,
  divide,
  log,
  multiply,
  negate,
  one,
  read,
  subtract,
  zero,
} from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression } from '../calculus/expression.ts';
import { mapChildren, replaceNames } from '../calculus/substitute.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import type { Family } from '../check/typed.ts';
import { fisherInformation, logDensity, meanParameters } from './family.ts';

export type GradientEstimator =
  /** ∇_μ E[f] = (f(high) − f(low)) / (T(high) − T(low)). */
  | {
      readonly kind: 'two_point';
      readonly low: number;
      readonly high: number;
      readonly scale: Expression;
      readonly why: string;
    }
  /** ∇_μ E[f] = E[weight(x) (f(x + 1) − f(x))]; `weight` reads `x` and the natural parameters. */
  | { readonly kind: 'next_count'; readonly weight: Expression; readonly why: string }
  | { readonly kind: 'pathwise'; readonly why: string }
  | { readonly kind: 'score'; readonly why: string };

export const estimatorOf = (family: Family): GradientEstimator => {
  const x = read('x');
  const single = family.statistic.length === 1 ? family.statistic[0]!.value : null;
  const { support } = family;
  if (single !== null && (support.kind === 'binary' || support.kind === 'spin')) {
    const [low, high] = support.kind === 'binary' ? [0, 1] : [-1, 1];
    const at = (value: number) => replaceNames(single, { x: constant(value) });
    const scale = divide(one, subtract(at(high), at(low)));
    return {
      kind: 'two_point',
      low,
      high,
      scale,
      why: 'two possible values: the difference of f between them is exact',
    };
  }
  if (support.kind === 'count' && single === x && family.logPartition !== null) {
    const weight = steinWeight(family);
    if (weight !== null)
      return {
        kind: 'next_count',
        weight,
        why: "Stein's identity for counts: one more event, exact in expectation",
      };
  }
  if (family.pathwise !== null && support.kind !== 'count' && support.kind !== 'binary')
    return { kind: 'pathwise', why: 'a draw is a smooth function of the parameters and fixed noise' };
  return { kind: 'score', why: 'no smoother identity follows from the declaration: the score function' };
};

/** τ(x)/G for an affine Stein kernel τ(x) = μ + (τ(1) − μ) x, or null when the kernel is not affine. */
const steinWeight = (family: Family): Expression | null => {
  const mean = meanParameters(family)[0]!;
  const fisher = fisherInformation(family)[0]![0]!;
  const ratio = inverseRatio(family);
  const atOne = replaceNames(ratio, { x: one });
  // τ(0) = μ and τ(x−1) p(x−1)/p(x) − τ(x) = x − μ.
  const kernelAtOne = add(multiply(mean, atOne), negate(one), mean);
  const slope = expand(subtract(kernelAtOne, mean));
  const kernel = add(mean, multiply(slope, read('x')));
  if (!kernelHolds(family, kernel, ratio, mean)) return null;
  return simplest(simplifyQuotient(expand(kernel), fisher));
};

/** p(x − 1) / p(x), simplified. */
const inverseRatio = (family: Family): Expression => divide(one, massRatio(family));

/** p(x) / p(x − 1): what a sampler by inversion multiplies by. */
export const massRatio = (family: Family): Expression => {
  const density = logDensity(family);
  const before = replaceNames(density, { x: subtract(read('x'), one) });
  return exponentialOf(expand(subtract(unfoldLogGamma(density), unfoldLogGamma(before))));
};

const exponentialOf = (node: Expression): Expression =>
  multiply(...(node.kind === 'add' ? node.terms : [node]).map((term) => apply('exp', term)));

/** log Γ(a + n) = log Γ(a) + log a + ... + log(a + n − 1), so that ratios of factorials cancel. */
const unfoldLogGamma = (node: Expression): Expression => {
  if (node.kind === 'apply' && node.operator === 'log_gamma') {
    const argument = node.arguments[0]!;
    const terms = argument.kind === 'add' ? argument.terms : [argument];
    const shift = terms.find((term) => term.kind === 'constant');
    if (
      shift?.kind === 'constant' &&
      Number.isInteger(shift.value) &&
      shift.value > 0 &&
      shift.value <= 4 &&
      terms.length > 1
    ) {
      const base = subtract(argument, shift);
      const logs = Array.from({ length: shift.value }, (_, i) => log(add(base, constant(i))));
      return add(apply('log_gamma', base), ...logs);
    }
    return node;
  }
  return mapChildren(node, unfoldLogGamma);
};

/** Checks Stein's equation of the kernel at several natural parameters and counts, in float64. */
const kernelHolds = (family: Family, kernel: Expression, ratio: Expression, mean: Expression): boolean => {
  const names = family.natural.map(({ name }) => name);
  const fixed = family.parameters.filter((parameter) => parameter.fixed).map(({ name }) => name);
  let checked = 0;
  for (const eta of [-2.3, -1.1, -0.4, 0.3, 0.9]) {
    for (const x of [1, 2, 3, 5]) {
      const values = {
        ...Object.fromEntries(names.map((name) => [name, eta])),
        ...Object.fromEntries(fixed.map((name) => [name, 7])),
      };
      const before = scalarValue(kernel, { ...values, x: x - 1 });
      const now = scalarValue(kernel, { ...values, x });
      const odds = scalarValue(ratio, { ...values, x });
      const gap = before * odds - now - (x - scalarValue(mean, values));
      if (Number.isNaN(gap)) continue; // outside the domain of the natural parameter
      if (Math.abs(gap) > 1e-8 * (1 + Math.abs(now) + Math.abs(before * odds))) return false;
      checked++;
    }
  }
  return checked >= 8;
};

/** a / b, cancelling factors of b from every term of a. */
const simplifyQuotient = (numerator: Expression, denominator: Expression): Expression =>
  numerator === zero
    ? zero
    : add(
        ...(numerator.kind === 'add' ? numerator.terms : [numerator]).map((term) =>
          divide(term, denominator),
        ),
      );
