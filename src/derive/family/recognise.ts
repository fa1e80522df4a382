/** Short forms of derived quantities that no rule finds but that numbers show to be equal, at many members of the family. */
import { add, constant, divide, multiply, negate, one, read, zero } from '../../calculus/build.ts';
import { complexity, quotient, simplest } from '../../calculus/collect.ts';
import { derivative } from '../../calculus/differentiate.ts';
import type { Expression } from '../../calculus/expression.ts';
import { scalarValue } from '../../calculus/scalar-value.ts';
import type { Family } from '../../check/typed.ts';
import { fisherInformation, meanParameters } from './family.ts';
import { sampleMembers } from './sample-members.ts';

export type Numbers = Readonly<Record<string, number>>;

/** Natural parameters and fixed arguments of several members with scalar ones. */
export const membersInNumbers = (family: Family): readonly Numbers[] =>
  sampleMembers(family, 12).map(({ naturals, parameters }) => ({
    ...Object.fromEntries(
      family.parameters.flatMap(({ name, fixed }) => (fixed ? [[name, parameters[name]!.values[0]!]] : [])),
    ),
    ...Object.fromEntries(family.natural.map(({ name }, i) => [name, naturals[i]!.values[0]!])),
  }));

/** The first form that is shorter than the expression and equal to it wherever that is a number; null if none is. */
export const equalForm = (
  node: Expression,
  forms: readonly Expression[],
  samples: readonly Numbers[],
): Expression | null => {
  const wanted = samples
    .map((values) => ({ values, at: scalarValue(node, values) }))
    .filter(({ at }) => Number.isFinite(at));
  if (wanted.length < 8) return null;
  const isEqual = (form: Expression): boolean =>
    wanted.every(({ values, at }) => Math.abs(scalarValue(form, values) - at) < 1e-9 * (Math.abs(at) + 1));
  return forms.find((form) => complexity(form) < complexity(node) && isEqual(form)) ?? null;
};

/**
 * A''' / A'' of a family with one natural parameter: the slope of the variance as a function of the mean. The families that are
 * closed under sums have quadratic variance functions (Morris 1982), so that it is b + c μ.
 */
export const varianceSlope = (family: Family): Expression => {
  const [mean] = meanParameters(family) as [Expression];
  const variance = fisherInformation(family)[0]![0]!;
  const derived = quotient(simplest(derivative(variance, family.natural[0]!.name, [])), variance);
  const sizes = family.parameters.filter(({ fixed }) => fixed).map(({ name }) => divide(one, read(name)));
  const positive = [one, ...sizes].map((scale) => multiply(constant(2), scale));
  const slopes = [zero, ...positive, ...positive.map(negate)];
  const forms = [zero, one, negate(one)].flatMap((level) =>
    slopes.map((slope) => add(level, multiply(slope, mean))),
  );
  return equalForm(derived, forms, membersInNumbers(family)) ?? derived;
};
