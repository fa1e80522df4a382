/**
 * Products of members, and posteriors that stay in the family of the prior (I8). A density exp(η · T(z)) times likelihoods whose
 * logarithms are linear in T(z) has the natural parameters that are the coefficients of T(z) in their sum.
 */
import { add, delta, half, multiply, one, read, subtract, sum, zero } from '../calculus/build.ts';
import { simplest } from '../calculus/collect.ts';
import { dependsOn, derivative } from '../calculus/differentiate.ts';
import { expand } from '../calculus/expand.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { isPositiveRange, rangeOf, type Ranges } from '../calculus/range.ts';
import { smoothnessIn } from '../calculus/smoothness.ts';
import { freshIndex, mapChildren, readNames, renameIndices, replaceReads } from '../calculus/substitute.ts';
import { eventAxes } from '../check/family-names.ts';
import type { Family, Model, Variable } from '../check/typed.ts';
import {
  atNaturals,
  eventIndices,
  fixedArguments,
  isSymmetric,
  logDensityAt,
  logPartition,
  naturalReads,
  naturals,
} from './family/family.ts';
import { example, exampleNames, perExample, unitIndices } from './free-energy.ts';
import { estimatorOf } from './family/estimator.ts';
import { classDifference, twoPointDifference } from './finite-values.ts';
import { rangesOf, simplified } from './known.ts';
import { holdsStatistic, inStatistics, isStatistic, statisticName } from './family/in-statistics.ts';
import { unfoldLogarithms, type Known } from './logarithms.ts';
import { standardFromNatural } from './family/maps.ts';

/** The member proportional to a member times messages exp(λ · T): natural parameters add. */
export const productNaturals = (factors: readonly (readonly Expression[])[]): readonly Expression[] =>
  factors[0]!.map((_, i) => simplest(add(...factors.map((own) => own[i]!))));

/** The prior of the natural parameters that a family's members keep: exp(χ · η − ν A(η)), with χ + T(x) and ν + 1 after x. */
export interface ConjugatePrior {
  readonly logDensity: Expression;
  /** What a value x adds to each natural parameter of the prior. */
  readonly update: readonly { readonly name: string; readonly by: Expression }[];
}

export const conjugatePrior = (family: Family): ConjugatePrior | null => {
  if (family.logPartition === null) return null;
  const several = family.natural.length > 1;
  const name = (i: number): string => (several ? `χ${'₁₂₃₄₅₆₇₈₉'[i] ?? i + 1}` : 'χ');
  const pairs = naturalReads(family).map((eta, i) => {
    const over = eventIndices(family, i);
    return sum(over, multiply(read(name(i), over), eta));
  });
  return {
    logDensity: subtract(add(...pairs), multiply(read('ν'), logPartition(family))),
    update: [
      ...family.statistic.map(({ value }, i) => ({ name: name(i), by: value })),
      { name: 'ν', by: one },
    ],
  };
};

/** The exact conditional of a latent given all other variables, where it is a member of the latent's own family. */
export type Conditional =
  | {
      readonly kind: 'conjugate';
      /** Over the indices of the latent; reads of the other variables have their example index. */
      readonly naturals: readonly Expression[];
      /** Parameters that can be told from the natural ones, by main names. */
      readonly parameters: Readonly<Record<string, Expression>>;
    }
  | { readonly kind: 'none'; readonly why: string };

export const conditionalOf = (model: Model, latent: Variable): Conditional => {
  const member = latent.distribution;
  if (member === null) return none(`${latent.name} has no distribution`);
  const { family } = member;
  const children = model.variables.filter(
    ({ distribution }) =>
      distribution !== null &&
      Object.values(distribution.arguments).some((argument) => readNames(argument).has(latent.name)),
  );
  const energy = model.energies.find(({ value }) => dependsOn(value, latent.name));
  if (energy !== undefined) return none(`the energy ${energy.name} reads ${latent.name}`);
  const intractable = children.find(({ distribution }) => distribution!.family.logPartition === null);
  if (intractable !== undefined) return none(`the log-partition of ${intractable.name} is intractable`);
  if (children.length === 0) return none(`nothing depends on ${latent.name}`);

  const names = exampleNames(model, null);
  const fixed = fixedArguments(member);
  const shared: readonly Index[] = latent.plate === 'example' ? [example] : [];
  const likelihood = add(
    ...children.map((child) => {
      const of = read(child.name, child.plate === 'example' ? [example, ...child.indices] : child.indices);
      const total = sum(unitIndices(child), perExample(logDensityAt(child.distribution!, of), names));
      // One value of the latent answers for all examples.
      return shared.length === 0 && child.plate === 'example' ? sum([example], total) : total;
    }),
  );
  const ranges = rangesOf(model, null);
  const simpler = simplified(likelihood, latent.name, ranges);
  const found = messagesOf(model, latent, simpler, shared);
  const linear = found.kind === 'messages' && !found.messages.some(holdsStatistic) ? found.messages : null;
  const messages = linear ?? messagesOfValues(simpler, latent, family, shared);
  if (messages === null) return none(found.kind === 'none' ? found.why : notLinear(latent));
  const prior = naturals(member).map((eta) => perExample(eta, names));
  const posterior = productNaturals([prior, messages.map(simplest)]);
  return { kind: 'conjugate', naturals: posterior, parameters: parametersAt(family, posterior, fixed) };
};

/** Parameters in terms of natural parameters, by main names; those that cannot be told are left out. */
export const parametersAt = (
  family: Family,
  values: readonly Expression[],
  fixed: Readonly<Record<string, Expression>>,
): Readonly<Record<string, Expression>> =>
  Object.fromEntries(
    Object.entries(standardFromNatural(family)).map(([name, formula]) => [
      name,
      simplest(expand(atNaturals(formula, family, values, fixed))),
    ]),
  );

const notLinear = ({ name, distribution }: Variable): string =>
  `the log likelihood of ${name} is not linear in the statistics of ${distribution!.family.name}, unit by unit`;

/**
 * What a log likelihood adds to each natural parameter of a latent: the coefficients of its statistics, over the latent's indices.
 * They read the statistics of other units where those are coupled.
 *
 * @param shared indices that the latent and the likelihood have in common: the example
 */
export const messagesOf = (
  model: Model,
  latent: Variable,
  likelihood: Expression,
  shared: readonly Index[],
):
  | {
      readonly kind: 'messages';
      readonly messages: readonly Expression[];
      /** The log likelihood where all statistics are 0. */
      readonly rest: Expression;
    }
  | Extract<Conditional, { kind: 'none' }> => {
  const { family } = latent.distribution!;
  const fixed = fixedArguments(latent.distribution!);
  const ranges = rangesOf(model, null);
  const linear = inStatistics(
    expand(unfoldLogarithms(likelihood, knowledgeOf(latent, ranges))),
    { name: latent.name, family, fixed },
    { powersUpTo: 0 },
  );
  if (dependsOn(linear, latent.name))
    return none(`the log likelihood of ${latent.name} is no sum of statistics of ${family.name}`);
  const units = unitIndices(latent);
  const slopeAt = (node: Expression, i: number, places: readonly Index[]): Expression =>
    derivative(node, statisticName(i), [...shared, ...places]);
  const placesOf = (i: number): readonly Index[] =>
    [...units, ...eventIndices(family, i)].map((index) => freshIndex(index));
  const outer = outerProduct(family);
  const messages = family.natural.map((_, i) => {
    const own = [...units, ...eventIndices(family, i)];
    const places = placesOf(i);
    const named = (node: Expression): Expression =>
      renameIndices(node, new Map(places.map((index, n) => [index, own[n]!])));
    if (outer === null) return named(slopeAt(linear, i, places));
    // x and x xᵀ: the slope at 0, and half of the second slopes of one unit.
    const [row, column] = places.slice(units.length);
    const unit = places.slice(0, units.length);
    const first = slopeAt(linear, outer.vector, [...unit, row!]);
    if (i === outer.vector) return named(withoutStatistics(first));
    return named(multiply(half, slopeAt(first, outer.vector, [...unit, column!])));
  });
  const areApart =
    outer === null ||
    units.length === 0 ||
    isApart(linear, outer.vector, eventIndices(family, outer.vector)[0]!, units, slopeAt);
  // The slope of a jump is 0, and that of what is linear is no more than its slope.
  const statistics = family.natural.map((_, i) => statisticName(i));
  if (!areApart || smoothnessIn(linear, statistics, ranges) !== 'smooth') return none(notLinear(latent));
  return { kind: 'messages', messages, rest: withoutStatistics(linear) };
};

/**
 * Of finitely many values, every function is linear in the statistics: ℓ(z) = ℓ(0) + z (ℓ(1) − ℓ(0)). Null for other families, and
 * where the message to one unit depends on others.
 */
const messagesOfValues = (
  likelihood: Expression,
  latent: Variable,
  family: Family,
  shared: readonly Index[],
): readonly Expression[] | null => {
  const estimator = estimatorOf(family);
  const units = { name: latent.name, indices: [...shared, ...latent.indices], shared };
  const message = (() => {
    switch (estimator.kind) {
      case 'two_point': {
        const { low, high, scale } = estimator;
        return expandEverywhere(multiply(scale, twoPointDifference(likelihood, units, low, high)));
      }
      case 'each_class': {
        const [classes] = eventAxes(latent.support) as readonly [Index];
        const terms = termsOf(expandEverywhere(classDifference(likelihood, units, classes)));
        // What all classes share changes no probability.
        return add(...terms.filter((term) => term.indices.includes(classes)));
      }
      default:
        return null;
    }
  })();
  return message === null || dependsOn(message, latent.name) ? null : [message];
};

/** Inside of functions too, where z + (1 − z) becomes 1. */
const expandEverywhere = (node: Expression): Expression => expand(mapChildren(node, expandEverywhere));

const termsOf = (node: Expression): readonly Expression[] => (node.kind === 'add' ? node.terms : [node]);

/** The numbers of the statistics x and x xᵀ of a family of vectors, or null. */
const outerProduct = (family: Family): { readonly vector: number; readonly matrix: number } | null => {
  const vector = family.statistic.findIndex(
    ({ value }) => value.kind === 'read' && value.indices.length === 1,
  );
  const matrix = family.statistic.findIndex((_, i) => isSymmetric(family, i));
  if (vector < 0 || matrix < 0) return null;
  const { value } = family.statistic[matrix]!;
  const isOuter =
    value.kind === 'multiply' &&
    value.factors.length === 2 &&
    value.factors.every(({ kind }) => kind === 'read');
  return isOuter ? { vector, matrix } : null;
};

const withoutStatistics = (node: Expression): Expression =>
  replaceReads(node, (found) => (isStatistic(found) ? zero : null));

/** Whether second slopes in the values of two units vanish. */
const isApart = (
  node: Expression,
  i: number,
  event: Index,
  units: readonly Index[],
  slopeAt: (node: Expression, i: number, places: readonly Index[]) => Expression,
): boolean => {
  const places = (): readonly Index[] => [...units, event].map(freshIndex);
  const [left, right] = [places(), places()];
  const second = expand(slopeAt(slopeAt(node, i, left), i, right));
  return termsOf(second).every(
    (term) =>
      term === zero ||
      units.every((_, n) =>
        (term.kind === 'multiply' ? term.factors : [term]).some(
          (factor) => factor === delta(left[n]!, right[n]!),
        ),
      ),
  );
};

const none = (why: string): Extract<Conditional, { kind: 'none' }> => ({ kind: 'none', why });

const knowledgeOf = ({ name, support }: Variable, ranges: Ranges): Known => {
  const shares = support.kind === 'simplex' ? support.over : [];
  return {
    isPositive: (part) => isPositiveRange(rangeOf(part, ranges)),
    isShare: (part, over) =>
      part.kind === 'read' && part.name === name && shares.length === 1 && part.subscripts.at(-1) === over,
  };
};
