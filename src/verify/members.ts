/**
 * Members of a family to test it at, chosen from the supports of its parameters alone: small, moderate and large values,
 * several choices of the fixed arguments, three entries along an event axis (two for vectors, whose density is integrated
 * over the plane).
 */
import type { NamedArray } from '../calculus/evaluate.ts';
import { axisOf, type Index } from '../calculus/expression.ts';
import type { Family, FamilyParameter, Support } from '../check/typed.ts';
import { memberOf, naturalVector, type Member } from '../derive/family/member.ts';
import { boundsOf } from './quadrature.ts';
import { valueAxes } from './value-function.ts';

export interface TestMember {
  readonly member: Member;
  /** `mean = 0.4, sd = 1.3`. */
  readonly label: string;
}

/** Members that share their fixed arguments: divergences are between two of a group. */
export type Group = readonly TestMember[];

const scalars: Readonly<Record<'real' | 'positive' | 'unit' | 'angle' | 'count', readonly number[]>> = {
  real: [0.4, -1.3, 2.1, -2.6],
  positive: [1.3, 0.35, 3.7, 8],
  unit: [0.35, 0.8, 0.06, 0.95],
  angle: [0.7, -2.4, 3, -0.1],
  count: [4, 1, 11, 2],
};

/** Sizes of the family's event axes. */
export const sizesFor = (family: Family): Readonly<Record<string, number>> => {
  const axes = [...family.parameters.flatMap(({ over }) => over), ...valueAxes(family)].map(axisOf);
  const size = family.support.kind === 'vector' ? 2 : 3;
  return Object.fromEntries(axes.map((axis) => [axis, size]));
};

/** The `choice`-th test value of a parameter. */
export const testValue = (
  support: Support,
  over: readonly Index[],
  sizes: Readonly<Record<string, number>>,
  choice: number,
): NamedArray => {
  const shape = over.map((index) => sizes[axisOf(index)]!);
  const count = shape.reduce((product, size) => product * size, 1);
  const array = (values: readonly number[]): NamedArray => ({
    indices: over,
    shape,
    values: Float64Array.from(values),
  });
  switch (support.kind) {
    case 'real':
    case 'vector':
      return array(spread(scalars.real, count, choice));
    case 'positive':
      return array(spread(scalars.positive, count, choice));
    case 'unit':
      return array(spread(scalars.unit, count, choice));
    case 'angle':
      return array(spread(scalars.angle, count, choice));
    case 'count':
    case 'integer':
      return array(spread(scalars.count, count, choice));
    case 'binary':
      return array(Array.from({ length: count }, (_, n) => (n + choice) % 2));
    case 'spin':
      return array(Array.from({ length: count }, (_, n) => ((n + choice) % 2) * 2 - 1));
    case 'one_hot':
      return array(Array.from({ length: count }, (_, n) => (n === choice % count ? 1 : 0)));
    case 'simplex': {
      const weights = spread(scalars.positive, count, choice);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return array(weights.map((weight) => weight / total));
    }
    case 'positive_definite':
      return array(positiveDefinite(shape[0] ?? 1, choice));
  }
};

const spread = (values: readonly number[], count: number, choice: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => values[(choice + n) % values.length]!);

/** A Aᵀ + d for a matrix A of fixed numbers: well conditioned for an even choice, correlated for an odd one. */
const positiveDefinite = (size: number, choice: number): readonly number[] => {
  const entry = (i: number, k: number): number => Math.cos(1 + 2 * choice + 3 * i + 5 * k);
  const scale = scalars.positive[choice % 4]!;
  return Array.from({ length: size * size }, (_, place) => {
    const [i, j] = [Math.floor(place / size), place % size];
    const product = Array.from({ length: size }, (__, k) => entry(i, k) * entry(j, k)).reduce(
      (a, b) => a + b,
      0,
    );
    return scale * (product + (i === j ? (choice % 2 === 0 ? 1 : 0.3) : 0));
  });
};

/** Groups of test members. Choices that leave no interval for the values, or no natural parameter, are passed over. */
export const testGroups = (family: Family): readonly Group[] => {
  const sizes = sizesFor(family);
  const fixed = family.parameters.filter((parameter) => parameter.fixed);
  const free = family.parameters.filter((parameter) => !parameter.fixed);
  const groups = fixed.length === 0 ? [null] : [0, 1, 2, 3];
  const made = groups.map((group, at): Group => {
    const choices = group === null ? [0, 1, 2, 3] : at === 0 ? [0, 1, 2] : [at, at ^ 1];
    return choices.flatMap((choice) => {
      const values: Record<string, NamedArray> = {};
      // Later parameters take other choices, so that not all are small or all large together.
      free.forEach((parameter, n) => (values[parameter.name] = valueFor(parameter, sizes, choice ^ (n % 4))));
      fixed.forEach((parameter, n) => {
        const usesDefault = group === 0 && parameter.initial !== null;
        if (!usesDefault) values[parameter.name] = valueFor(parameter, sizes, group! + n);
      });
      return testMember(family, values, sizes);
    });
  });
  return made.filter((group) => group.length > 0);
};

const valueFor = (
  { support, over }: FamilyParameter,
  sizes: Readonly<Record<string, number>>,
  choice: number,
): NamedArray => testValue(support, over, sizes, choice);

const testMember = (
  family: Family,
  values: Readonly<Record<string, NamedArray>>,
  sizes: Readonly<Record<string, number>>,
): readonly TestMember[] => {
  const member = memberOf(family, values, sizes);
  const { low, high } = boundsOf(member);
  if (!(low < high)) return [];
  return [{ member, label: labelOf(member) }];
};

/** Whether the natural parameters of a member are numbers. */
export const hasNaturals = (member: Member): boolean => naturalVector(member).every(Number.isFinite);

export const labelOf = ({ family, parameters }: Member): string =>
  family.parameters
    .flatMap(({ name }) => {
      const array = parameters[name];
      if (array === undefined) return [];
      const numbers = Array.from(array.values, (value) => String(Number(value.toPrecision(3))));
      return [`${name} = ${array.shape.length === 0 ? numbers[0]! : `[${numbers.join(', ')}]`}`];
    })
    .join(', ');
