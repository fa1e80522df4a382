/** Ways to name a member: natural, mean and standard parameters, and the parametrisations of the `also` lines. */
import { constant } from '../calculus/build.ts';
import { evaluate, type NamedArray } from '../calculus/evaluate.ts';
import { print } from '../calculus/print.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import type { Family, Support } from '../check/typed.ts';
import { naturalChart } from '../derive/family/maps.ts';
import {
  logPartitionOf,
  meanOf,
  memberAt,
  memberOf,
  naturalVector,
  type Member,
} from '../derive/family/member.ts';
import { naturalFromMean, parametersOf } from '../derive/family/newton.ts';
import {
  checkOf,
  largest,
  naturalsText,
  outcomeOf,
  shown,
  skip,
  type Check,
  type Outcome,
  type Subject,
  type Subjects,
} from './identity.ts';
import { testValue } from './members.ts';
import { isQuadrature, quadratureAt } from './quadrature.ts';

type Also = Family['also'][number];

/** Natural parameters lie in their domain and come back from its coordinate, from the means and from the standard parameters. */
export const checkMaps = ({ family, groups }: Subjects): Outcome =>
  outcomeOf(
    'maps',
    groups.flatMap((group) =>
      group.flatMap((subject) => [
        throughChart(subject),
        throughStandard(subject),
        ...(family.logPartition === null ? [] : [throughMeans(subject)]),
      ]),
    ),
  );

const throughChart = ({ member, label }: Subject): Check => {
  const { family, naturals } = member;
  const outside = family.natural.find(({ domain }, i) =>
    naturals[i]!.values.some((eta) => !(eta > domain.low && eta < domain.high)),
  );
  if (outside !== undefined) {
    const { name, domain } = outside;
    const detail = `${naturalsText(member)}, and by the types of the parameters ${name} lies between ${shown(domain.low)} and ${shown(domain.high)}`;
    return checkOf('maps', label, Infinity, 1e-9, detail);
  }
  const errors = family.natural.flatMap(({ domain }, i) => {
    const chart = naturalChart(domain);
    return Array.from(naturals[i]!.values, (eta) => {
      const u = scalarValue(chart.inverse(constant(eta)), {});
      return Math.abs(scalarValue(chart.value(constant(u)), {}) - eta) / (1 + Math.abs(eta));
    });
  });
  return checkOf(
    'maps',
    label,
    largest(errors),
    1e-9,
    `${naturalsText(member)} does not come back from the coordinate that keeps it in its domain`,
  );
};

/** The members are compared, not their parameters: several parameters may name one member. */
const throughStandard = ({ member, label }: Subject): Check => {
  const { family, sizes, parameters, naturals } = member;
  const fixed = Object.fromEntries(
    family.parameters.flatMap((parameter) =>
      parameter.fixed ? [[parameter.name, parameters[parameter.name]!]] : [],
    ),
  );
  const found = parametersOf(memberAt(family, naturals, fixed, sizes));
  const again = memberOf(family, { ...parameters, ...found }, sizes);
  return checkOf(
    'maps',
    label,
    distanceOf(naturalVector(member), naturalVector(again)),
    1e-8,
    `the parameters found for ${naturalsText(member)} have ${naturalsText(again)}`,
  );
};

/** ∇A inverted, by formula or by Newton's method. Compared by their means: statistics may depend on each other. */
const throughMeans = ({ member, label, mean, covariance }: Subject): Check => {
  const etas = naturalVector(member);
  // Next to a bound of T, as for a coin that almost always falls on one side, the mean is rounded to that of other members.
  const isLost = Array.from(
    mean,
    (value, i) => covariance[i]![i]! * Math.abs(etas[i]!) < 4 * Number.EPSILON * Math.abs(value),
  );
  if (isLost.includes(true)) return checkOf('maps', label, 0, 1e-6, '');
  const derived = meansAgain(member, mean);
  const errors = Array.from(
    mean,
    (value, i) =>
      Math.abs(derived[i]! - value) / (Math.sqrt(covariance[i]![i]!) + 1e-6 * Math.abs(value) + 1e-100),
  );
  return checkOf('maps', label, largest(errors), 1e-6, 'no member is found that has the means of this one');
};

const meansAgain = (member: Member, mean: Float64Array): Float64Array => {
  try {
    return meanOf(naturalFromMean(member.family, mean, member.parameters, member.sizes));
  } catch {
    return mean.map(() => NaN);
  }
};

const distanceOf = (left: ArrayLike<number>, right: ArrayLike<number>): number => {
  const scale = Math.max(1, ...Array.from(left, Math.abs));
  return largest(Array.from(left, (value, i) => Math.abs(value - right[i]!) / scale));
};

/** Each parametrisation names every member, and names it once. */
export const checkForms = (
  subjects: Subjects,
): readonly { readonly also: Also; readonly checks: readonly Check[] }[] =>
  subjects.family.also.map((also) => ({
    also,
    checks: subjects.groups.flatMap((group) =>
      group.flatMap((subject) =>
        isScalar(subject.member, also) ? scalarForm(subject, also) : arrayForm(subject, also),
      ),
    ),
  }));

export const formsOutcome = (
  subjects: Subjects,
  found: readonly { readonly checks: readonly Check[] }[],
): Outcome =>
  subjects.family.also.length === 0
    ? skip('forms', 'the family has one parametrisation')
    : outcomeOf(
        'forms',
        found.flatMap(({ checks }) => checks),
      );

const isScalar = (member: Member, also: Also): boolean =>
  member.parameters[also.target]!.shape.length === 0 &&
  also.value.indices.length === 0 &&
  coordinateOf(also.support) !== null;

/** Values of a support that is an interval, as an increasing function of the line, far towards both ends. */
const coordinateOf = (support: Support): ((c: number) => number) | null => {
  switch (support.kind) {
    case 'real':
      return (c) => Math.sinh(6 * c);
    case 'positive':
      return (c) => Math.exp(12 * c);
    case 'unit':
      return (c) => 1 / (1 + Math.exp(-12 * c));
    default:
      return null;
  }
};

const scalarForm = ({ member, label }: Subject, { name, target, value, support }: Also): readonly Check[] => {
  const numbers = Object.fromEntries(
    Object.entries(member.parameters).map(([parameter, { values }]) => [parameter, values[0]!]),
  );
  const coordinate = coordinateOf(support)!;
  const at = (c: number): number => scalarValue(value, { ...numbers, [name]: coordinate(c) });
  const grid = Array.from({ length: 401 }, (_, n) => (n - 200) / 200);
  const heights = grid.map(at);
  const formula = `\`${target} = ${print(value)}\``;
  const bad = heights.findIndex((height) => !Number.isFinite(height));
  if (bad >= 0)
    return [
      checkOf(
        'forms',
        label,
        NaN,
        1e-9,
        `${formula} has no value at ${name} = ${shown(coordinate(grid[bad]!))}`,
      ),
    ];
  const rises = heights.slice(1).map((height, n) => Math.sign(height - heights[n]!));
  const turns = rises.includes(1) && rises.includes(-1);
  if (turns || rises.every((rise) => rise === 0))
    return [
      checkOf('forms', label, Infinity, 1e-9, `${formula} gives one member for several values of ${name}`),
    ];
  const wanted = numbers[target]!;
  const direction = rises.includes(1) ? 1 : -1;
  const before = heights.findLastIndex((height) => direction * (wanted - height) >= 0);
  if (before < 0 || before === grid.length - 1)
    return [
      checkOf('forms', label, Infinity, 1e-9, `no ${name} gives ${target} = ${shown(wanted)} by ${formula}`),
    ];
  let [low, high] = [grid[before]!, grid[before + 1]!];
  for (let turn = 0; turn < 60; turn++) {
    const middle = (low + high) / 2;
    if (direction * (wanted - at(middle)) >= 0) low = middle;
    else high = middle;
  }
  const again = naturalVector(
    memberOf(member.family, { ...member.parameters, [target]: at(low) }, member.sizes),
  );
  return [
    checkOf(
      'forms',
      label,
      distanceOf(naturalVector(member), again),
      1e-8,
      `${formula} does not reach the member`,
    ),
  ];
};

/** Arrays: values of the other parameter give members with a density that integrates to 1, and different ones. */
const arrayForm = ({ member, label }: Subject, { name, target, value, support }: Also): readonly Check[] => {
  const { family, sizes, parameters } = member;
  const over = value.indices;
  const made = [0, 1, 2].map((choice): Member => {
    const given = testValue(support, overOf(support, over), sizes, choice);
    const found = evaluate(value, (read) => (read === name ? given : parameters[read]!), sizes);
    const order = family.parameters.find((parameter) => parameter.name === target)!.over;
    return memberOf(family, { ...parameters, [target]: reordered(found, order) }, sizes);
  });
  const errors = made.map((other) => {
    const quadrature = quadratureAt(other);
    if (!isQuadrature(quadrature)) return Infinity;
    return family.logPartition === null ? 0 : Math.abs(logPartitionOf(other) - quadrature.logTotal);
  });
  const densities = made.map((other) => meanOf(other));
  const distances = densities.map((density, n) => distanceOf(density, densities[(n + 1) % made.length]!));
  const formula = `\`${target} = ${print(value)}\``;
  return [
    checkOf('forms', label, largest(errors), 1e-8, `${formula} gives what is no member of the family`),
    checkOf(
      'forms',
      label,
      distances.every((distance) => distance > 1e-9) ? 0 : Infinity,
      1e-9,
      `${formula} gives one member for several values of ${name}`,
    ),
  ];
};

const overOf = (support: Support, otherwise: readonly string[]): readonly string[] =>
  'over' in support ? support.over : otherwise;

const reordered = (array: NamedArray, order: readonly string[]): NamedArray => ({ ...array, indices: order });
