/**
 * Stein's identity for counts, derived from the density: E[(x − μ) f(x)] = E[τ(x) (f(x+1) − f(x))] holds for one kernel,
 * τ(x) p(x) = Σ over t ≤ x of (μ − t) p(t). Where τ is affine it follows from its first two values, and is then checked further up.
 */
import { add, apply, divide, multiply, negate, one, read, subtract, zero } from '../../calculus/build.ts';
import { simplest } from '../../calculus/collect.ts';
import { expand } from '../../calculus/expand.ts';
import type { Expression } from '../../calculus/expression.ts';
import { unfoldLogGamma } from '../../calculus/gamma.ts';
import { scalarValue } from '../../calculus/scalar-value.ts';
import { replaceNames } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import { fisherInformation, logDensity, meanParameters } from './family.ts';
import { equalForm, membersInNumbers, type Numbers } from './recognise.ts';

/** τ(x)/G for an affine Stein kernel of a family of counts whose statistic is x, or null when the kernel is not affine. */
export const steinWeight = (family: Family): Expression | null => {
  const { low } = family.range;
  // Without a least value no kernel is affine: p(x)/p(x−1) would have one limit at both ends.
  if (low === null) return null;
  const mean = meanParameters(family)[0]!;
  const fisher = fisherInformation(family)[0]![0]!;
  const ratio = divide(one, massRatio(family));
  const above = subtract(read('x'), low);
  // τ(low) = μ − low, and τ(x−1) p(x−1)/p(x) − τ(x) = x − μ.
  const first = subtract(mean, low);
  const second = add(
    multiply(first, replaceNames(ratio, { x: add(low, one) })),
    negate(low),
    negate(one),
    mean,
  );
  const kernel = add(first, multiply(expand(subtract(second, first)), above));
  if (!kernelHolds(family, kernel, ratio, mean, low)) return null;
  const weight = simplest(overEvery(expand(kernel), fisher));
  return recognised(family, weight, above) ?? weight;
};

/**
 * A short form of the weight, (1 + c (x − low)) g(η), where one is equal to it in numbers: quotients of cumulants do not always
 * simplify by rules.
 */
const recognised = (family: Family, weight: Expression, above: Expression): Expression | null => {
  const [eta] = family.natural.map(({ name }) => read(name)) as [Expression];
  const fixed = family.parameters.filter((parameter) => parameter.fixed).map(({ name }) => read(name));
  const scales = [one, ...fixed.map((size) => divide(one, size))];
  const slopes = [zero, ...scales, ...scales.map(negate)];
  const levels = [one, negate(apply('expm1', eta)), add(one, apply('exp', eta))];
  const forms = levels.flatMap((level) =>
    slopes.map((slope) => multiply(add(one, multiply(slope, above)), level)),
  );
  return equalForm(weight, forms, samplesOf(family));
};

/** p(x) / p(x − 1): what a sampler by inversion multiplies by. */
export const massRatio = (family: Family): Expression => {
  const density = logDensity(family);
  const before = replaceNames(density, { x: subtract(read('x'), one) });
  return exponentialOf(expand(subtract(unfoldLogGamma(density), unfoldLogGamma(before))));
};

const exponentialOf = (node: Expression): Expression =>
  multiply(...(node.kind === 'add' ? node.terms : [node]).map((term) => apply('exp', term)));

/** Checks Stein's equation of the kernel at several members and counts, in float64. */
const kernelHolds = (
  family: Family,
  kernel: Expression,
  ratio: Expression,
  mean: Expression,
  low: Expression,
): boolean => {
  let checked = 0;
  for (const values of samplesOf(family)) {
    const x = values['x']!;
    if (x === scalarValue(low, values)) continue;
    const before = scalarValue(kernel, { ...values, x: x - 1 });
    const now = scalarValue(kernel, values);
    const odds = scalarValue(ratio, values);
    const gap = before * odds - now - (x - scalarValue(mean, values));
    if (Number.isNaN(gap)) continue; // a domain that is narrower than what is known of it
    if (Math.abs(gap) > 1e-8 * (1 + Math.abs(now) + Math.abs(before * odds))) return false;
    checked++;
  }
  return checked >= 8;
};

/** Several members, each with several counts from the least one on. */
const samplesOf = (family: Family): readonly Numbers[] =>
  membersInNumbers(family).flatMap((values) => {
    const [least, most] = [family.range.low!, family.range.high].map((bound) =>
      bound === null ? Infinity : scalarValue(bound, values),
    ) as [number, number];
    return [0, 1, 2, 3, 5].flatMap((step) => (least + step > most ? [] : [{ ...values, x: least + step }]));
  });

/** a / b, cancelling factors of b from every term of a. */
const overEvery = (numerator: Expression, denominator: Expression): Expression =>
  numerator === zero
    ? zero
    : add(
        ...(numerator.kind === 'add' ? numerator.terms : [numerator]).map((term) =>
          divide(term, denominator),
        ),
      );
