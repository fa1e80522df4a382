/**
 * One member of a family in numbers: float64 values of everything that `family.ts` derives, from the same expressions.
 * What has no closed form is summed or integrated (`quadrature.ts`).
 */
import { evaluate, reorder, type Environment, type NamedArray } from '../../calculus/evaluate.ts';
import type { Expression, Index } from '../../calculus/expression.ts';
import { axisOf } from '../../calculus/expression.ts';
import { constant, isConstant, read } from '../../calculus/build.ts';
import { fromEnd, type End } from '../../calculus/near.ts';
import { compileScalar, type ScalarFunction } from '../../calculus/scalar-function.ts';
import { replaceNames } from '../../calculus/substitute.ts';
import type { Family } from '../../check/typed.ts';
import {
  divergence,
  entropy,
  eventIndices,
  fisherInformation,
  logDensity,
  meanParameters,
  naturalReads,
  twinIndices,
  unnormalisedLogDensity,
} from './family.ts';
import { filled, joined, spread, type Sizes } from './member-arrays.ts';
import { expectationBy, logTotalOf, ruleOf, type Measure, type Rule } from './quadrature.ts';

type Arrays = Readonly<Record<string, NamedArray>>;

export interface Member {
  readonly family: Family;
  /** Entries along each event axis. */
  readonly sizes: Sizes;
  /** By main names: all of them, or the fixed ones alone for a member given by its natural parameters. */
  readonly parameters: Arrays;
  /** Over the event axes of each, in their order. */
  readonly naturals: readonly NamedArray[];
}

/**
 * The member with these parameters (by main names, fixed ones included; left out: as the family says).
 *
 * @param sizes of event axes that no array among the parameters tells
 * @throws Error when a parameter is missing, or an array has another shape than its axes
 */
export const memberOf = (
  family: Family,
  parameters: Readonly<Record<string, number | NamedArray>>,
  sizes: Sizes = {},
): Member => {
  const known = { ...sizesOf(family, parameters), ...sizes };
  const given = arraysOf(family, parameters, known, () => true);
  const naturals = family.natural.map(({ value }, i) =>
    reorder(evaluate(value, environmentOf(given), known), eventIndices(family, i)),
  );
  return { family, sizes: known, parameters: given, naturals };
};

/** The member with these natural parameters and fixed arguments. */
export const memberAt = (
  family: Family,
  naturals: readonly (number | NamedArray)[],
  fixed: Readonly<Record<string, number | NamedArray>>,
  sizes: Sizes = {},
): Member => {
  const shapes = family.natural.flatMap((_, i) => shapesOf(eventIndices(family, i), naturals[i]!));
  const known = { ...sizesOf(family, fixed), ...Object.fromEntries(shapes), ...sizes };
  return {
    family,
    sizes: known,
    parameters: arraysOf(family, fixed, known, (parameter) => parameter.fixed),
    naturals: family.natural.map((_, i) => filled(naturals[i]!, eventIndices(family, i), known)),
  };
};

const shapesOf = (
  indices: readonly Index[],
  value: number | NamedArray,
): readonly (readonly [string, number])[] =>
  typeof value === 'number' ? [] : indices.map((index, axis) => [axisOf(index), value.shape[axis]!] as const);

const sizesOf = (family: Family, parameters: Readonly<Record<string, number | NamedArray>>): Sizes =>
  Object.fromEntries(
    family.parameters.flatMap(({ name, over }) =>
      parameters[name] === undefined ? [] : shapesOf(over, parameters[name]),
    ),
  );

const arraysOf = (
  family: Family,
  parameters: Readonly<Record<string, number | NamedArray>>,
  sizes: Sizes,
  wanted: (parameter: Family['parameters'][number]) => boolean,
): Arrays => {
  const done: Record<string, NamedArray> = {};
  for (const parameter of family.parameters.filter(wanted)) {
    const { name, over, initial } = parameter;
    const given =
      parameters[name] ?? (initial === null ? null : evaluate(initial, environmentOf(done), sizes));
    if (given === null) throw new Error(`${family.name} needs its parameter "${name}"`);
    done[name] = filled(given, over, sizes);
  }
  return done;
};

const environmentOf =
  (...layers: readonly Readonly<Record<string, NamedArray | number>>[]): Environment =>
  (name) => {
    for (const layer of layers) if (Object.hasOwn(layer, name)) return layer[name]!;
    throw new Error(`no value for "${name}"`);
  };

/** What the expressions of `family.ts` read: natural parameters by name and fixed arguments. */
const namesOf = ({ family, parameters, naturals }: Member): Arrays => ({
  ...parameters,
  ...Object.fromEntries(family.natural.map(({ name }, i) => [name, naturals[i]!])),
});

/** The value of an expression over natural parameters, fixed arguments and possibly `x` and `more`, over the given indices. */
export const valueAt = (
  member: Member,
  node: Expression,
  indices: readonly Index[] = [],
  x: number | NamedArray | null = null,
  more: Arrays = {},
): Float64Array => {
  const environment = environmentOf(x === null ? {} : { x }, more, namesOf(member));
  const found = evaluate(node, environment, member.sizes);
  if (found.indices.length === indices.length) return reorder(found, indices).values;
  // A statistic or a mean may lack an index that its natural parameter has: it is the same along it.
  const shape = indices.map((index) => member.sizes[axisOf(index)]!);
  return spread(found, indices, shape);
};

/** Whether a value of the family is one number. */
export const isOneNumber = ({ support }: Family): boolean =>
  support.kind !== 'one_hot' &&
  support.kind !== 'simplex' &&
  support.kind !== 'vector' &&
  support.kind !== 'positive_definite';

const numbersOf = (member: Member): readonly (readonly [name: string, value: number])[] =>
  Object.entries(namesOf(member)).map(([name, { values }]) => [name, values[0]!] as const);

/**
 * An expression as a function of x alone, for families whose values are numbers. Given the distance of x from an end of the
 * support (negated from the high one), it keeps the digits that x itself has lost there.
 */
export const functionOfValue = (
  member: Member,
  node: Expression,
): ((x: number, distance?: number) => number) => {
  const scalar = Object.values(namesOf(member)).every(({ shape }) => shape.length === 0);
  if (!scalar || Object.keys(member.sizes).length > 0) return (x) => valueAt(member, node, [], x)[0]!;
  const given = numbersOf(member);
  const compiled = compileScalar(node, ['x', ...given.map(([name]) => name)]);
  const values = given.map(([, value]) => value);
  const plain = (x: number): number => compiled(x, ...values);
  const seenFrom = (end: End): ScalarFunction => {
    const numbers = Object.fromEntries(given.map(([name, value]) => [name, constant(value)]));
    return compileScalar(fromEnd(replaceNames(node, numbers), end), ['y']);
  };
  const ends = measureOf(member);
  if (ends === null) return plain;
  let fromLow: ScalarFunction | null = null;
  let fromHigh: ScalarFunction | null = null;
  return (x, distance = 0) => {
    if (distance === 0) return plain(x);
    if (distance < 0) return (fromHigh ??= seenFrom({ origin: ends.high, direction: -1 }))(-distance);
    return (fromLow ??= ends.low === 0 ? plain : seenFrom({ origin: ends.low, direction: 1 }))(distance);
  };
};

/** log p(x), a density in the measure of the family's support; minus infinity outside it is not checked. */
export const logDensityOf = (member: Member, x: number | NamedArray): number => {
  const { family } = member;
  if (family.logPartition !== null) return valueAt(member, logDensity(family), [], x)[0]!;
  return valueAt(member, unnormalisedLogDensity(family), [], x)[0]! - logPartitionOf(member);
};

/** T(x): all statistics, one after the other, each in the order of its event axes. */
export const statisticsOf = (member: Member, x: number | NamedArray): Float64Array =>
  joined(
    member.family.statistic.map(({ value }, i) => valueAt(member, value, eventIndices(member.family, i), x)),
  );

/** A(η); by quadrature where it is intractable. */
export const logPartitionOf = (member: Member): number =>
  member.family.logPartition === null
    ? logTotalOf(quadratureOf(member))
    : valueAt(member, member.family.logPartition)[0]!;

/** ∇A, flattened like the statistics. */
export const meanOf = (member: Member): Float64Array => {
  const { family } = member;
  if (family.logPartition === null) return momentsOf(member).mean;
  return joined(meanParameters(family).map((mean, i) => valueAt(member, mean, eventIndices(family, i))));
};

/** ∇²A: rows and columns over the flattened statistics. */
export const fisherOf = (member: Member): readonly Float64Array[] => {
  const { family } = member;
  if (family.logPartition === null) return momentsOf(member).covariance;
  const blocks = fisherInformation(family).map((row, i) =>
    row.map((block, j) => valueAt(member, block, [...eventIndices(family, i), ...twinIndices(family, j)])),
  );
  return blocks.flatMap((row, i) => {
    const height = member.naturals[i]!.values.length;
    return Array.from({ length: height }, (_, n) =>
      joined(
        row.map((block) => {
          const width = block.length / height;
          return block.subarray(n * width, (n + 1) * width);
        }),
      ),
    );
  });
};

/** A(η) − η · μ − E[log h]. */
export const entropyOf = (member: Member): number => {
  const { family } = member;
  if (family.logPartition === null) {
    const density = functionOfValue(member, unnormalisedLogDensity(family));
    const rule = quadratureOf(member);
    return logTotalOf(rule) - expectationBy(rule, density) / expectationBy(rule, () => 1);
  }
  const { closed, open } = entropy(family);
  const [exact] = valueAt(member, closed);
  if (isConstant(open, 0)) return exact!;
  const rule = quadratureOf(member);
  // The rounding of a log density of large terms scales all weights: the mean of log h is over their own sum.
  const total = expectationBy(rule, () => 1);
  return exact! - expectationBy(rule, functionOfValue(member, open)) / total;
};

/**
 * KL(posterior ‖ prior), the Bregman divergence of A.
 *
 * @throws Error when the members are of two families or differ in a fixed argument: they then have no common base measure
 */
export const divergenceOf = (posterior: Member, prior: Member): number => {
  const { family } = posterior;
  if (family.name !== prior.family.name || family.span.start !== prior.family.span.start)
    throw new Error(`no divergence of a ${family.name} from a ${prior.family.name}: two families`);
  for (const { name, fixed } of family.parameters) {
    if (!fixed) continue;
    const [left, right] = [posterior.parameters[name]!, prior.parameters[name]!];
    if (left.values.join() !== right.values.join())
      throw new Error(`no divergence between members of ${family.name} that differ in the fixed "${name}"`);
  }
  if (family.logPartition === null) {
    const moved = meanOf(posterior).reduce(
      (total, mean, n) => total + mean * (naturalVector(posterior)[n]! - naturalVector(prior)[n]!),
      0,
    );
    return moved - logPartitionOf(posterior) + logPartitionOf(prior);
  }
  const own = naturalReads(family);
  const other = family.natural.map(({ name }, i) => read(`${name} of the prior`, eventIndices(family, i)));
  const fixed = Object.fromEntries(
    family.parameters.flatMap((one) => (one.fixed ? [[one.name, read(one.name, one.over)]] : [])),
  );
  const node = divergence(family, own, other, fixed);
  const names = {
    ...namesOf(posterior),
    ...Object.fromEntries(
      prior.naturals.map((value, i) => [`${family.natural[i]!.name} of the prior`, value]),
    ),
  };
  return evaluate(node, environmentOf(names), posterior.sizes).values[0]!;
};

/** All natural parameters, flattened like the statistics. */
export const naturalVector = (member: Member): Float64Array =>
  joined(member.naturals.map(({ values }) => values));

/** The measure that a family's densities refer to. Null for values that are arrays. */
export const measureOf = (member: Member): Measure | null => {
  const { support, range, atom } = member.family;
  if (!isOneNumber(member.family)) return null;
  const kind =
    support.kind === 'count' ||
    support.kind === 'binary' ||
    support.kind === 'spin' ||
    support.kind === 'integer'
      ? 'points'
      : 'line';
  const at = (node: Expression | null, none: number): number =>
    node === null ? none : valueAt(member, node)[0]!;
  return {
    kind,
    low: at(range.low, -Infinity),
    high: at(range.high, Infinity),
    atom: atom === null ? null : at(atom, 0),
  };
};

const rules = new WeakMap<Member, Rule>();
/**
 * Points and weights for expectations under the member: E[f] = Σ weight · f(point), for families whose values are numbers.
 * For an intractable family the weights are not normalised.
 */
export const quadratureOf = (member: Member): Rule => {
  const known = rules.get(member);
  if (known !== undefined) return known;
  const { family } = member;
  const measure = measureOf(member);
  if (measure === null)
    throw new Error(`a value of ${family.name} is an array: there is no quadrature over it`);
  const density = functionOfValue(
    member,
    family.logPartition === null ? unnormalisedLogDensity(family) : logDensity(family),
  );
  // Two values of a spin are two apart.
  const rule =
    family.support.kind === 'spin' ? twoPoints(measure.low, measure.high, density) : ruleOf(measure, density);
  rules.set(member, rule);
  return rule;
};

const twoPoints = (low: number, high: number, density: (x: number) => number): Rule => ({
  points: Float64Array.of(low, high),
  distances: Float64Array.of(0, 0),
  weights: Float64Array.of(Math.exp(density(low)), Math.exp(density(high))),
  logScale: 0,
});

const momentsOf = (
  member: Member,
): { readonly mean: Float64Array; readonly covariance: readonly Float64Array[] } => {
  const rule = quadratureOf(member);
  const total = expectationBy(rule, () => 1);
  const statistics = member.family.statistic.map(({ value }) => functionOfValue(member, value));
  const mean = Float64Array.from(statistics, (T) => expectationBy(rule, T) / total);
  const covariance = statistics.map((T, i) =>
    Float64Array.from(
      statistics,
      (S, j) => expectationBy(rule, (...at) => (T(...at) - mean[i]!) * (S(...at) - mean[j]!)) / total,
    ),
  );
  return { mean, covariance };
};
