/** Members of a family spread over its parameters, and values spread over its support: where declarations are tried. */
import type { NamedArray } from '../../calculus/evaluate.ts';
import { axisOf, type Index } from '../../calculus/expression.ts';
import type { Family, FamilyParameter, Support } from '../../check/typed.ts';
import { isOneNumber, measureOf, memberOf, valueAt, type Member } from './member.ts';

/** Entries of every event axis: enough for entries to differ, and for their sum to matter. */
const entries = 3;

type Sizes = Readonly<Record<string, number>>;

const sizesOf = (family: Family): Sizes => {
  const own = [
    ...family.parameters.flatMap(({ over }) => over),
    ...('over' in family.support ? family.support.over : []),
    ...family.natural.flatMap(({ value }) => value.indices),
  ];
  return Object.fromEntries(own.map((index) => [axisOf(index), entries]));
};

/**
 * Members with moderate parameters, the same ones every time; first one in the middle of every domain. Fixed arguments
 * take their defaults in every other one. Choices that leave no values between the bounds of the support are passed over.
 */
export const sampleMembers = (family: Family, count: number): readonly Member[] =>
  Array.from({ length: count }, (_, k) => memberNumber(family, k)).filter(hasValues);

/** The member in the middle of every domain, with what is fixed as declared. It may have no values. */
export const firstMember = (family: Family): Member => memberNumber(family, 0);

const memberNumber = (family: Family, k: number): Member => {
  const sizes = sizesOf(family);
  const given = family.parameters.flatMap((parameter, p) =>
    parameter.fixed && parameter.initial !== null && k % 2 === 0
      ? []
      : [[parameter.name, sampleOf(parameter, sizes, k, p)] as const],
  );
  return memberOf(family, Object.fromEntries(given), sizes);
};

/** Whether there are values between the bounds of the support. */
export const hasValues = (member: Member): boolean => {
  const measure = measureOf(member);
  return measure === null || measure.low < measure.high;
};

/** Numbers between 0 and 1 that fill the interval evenly (Weyl's sequence), another one for each stream; first 1/2. */
const fraction = (k: number, stream: number): number => {
  const step = Math.sqrt([2, 3, 5, 7, 11, 13, 17, 19][stream % 8]!) + stream / 8;
  return (0.5 + k * step) % 1;
};

const sampleOf = ({ support, over }: FamilyParameter, sizes: Sizes, k: number, p: number): NamedArray => {
  const shape = over.map((index) => sizes[axisOf(index)]!);
  const length = shape.reduce((product, size) => product * size, 1);
  const numbers = Array.from({ length }, (_, n) => scalarOf(support, fraction(k, p + 3 * n)));
  return { indices: over, shape, values: Float64Array.from(together(support, numbers, shape[0] ?? 1, k)) };
};

/** Values of one entry. Moderate ones: formulas that are right but overflow far out are no mistakes in a declaration. */
const scalarOf = (support: Support, at: number): number => {
  switch (support.kind) {
    case 'real':
    case 'vector':
    case 'positive_definite':
      return 6 * at - 3;
    case 'positive':
    case 'simplex':
    case 'one_hot':
      return Math.exp(3 * at - 1.5);
    case 'unit':
      return 0.02 + 0.96 * at;
    case 'angle':
      return Math.PI * (2 * at - 1);
    case 'count':
      return 1 + Math.floor(8 * at);
    case 'integer':
      return Math.floor(8 * at) - 4;
    case 'binary':
      return Math.round(at);
    case 'spin':
      return at < 0.5 ? -1 : 1;
  }
};

/** Entries that depend on each other: those of a point of the simplex, or of a positive definite matrix. */
const together = (
  support: Support,
  numbers: readonly number[],
  size: number,
  k: number,
): readonly number[] => {
  switch (support.kind) {
    case 'simplex': {
      const total = numbers.reduce((sum, value) => sum + value, 0);
      return numbers.map((value) => value / total);
    }
    case 'one_hot':
      return numbers.map((_, n) => (n === k % numbers.length ? 1 : 0));
    case 'positive_definite':
      // B Bᵀ / 4 + 1/2
      return numbers.map((_, place) => {
        const [i, j] = [Math.floor(place / size), place % size];
        let dot = 0;
        for (let n = 0; n < size; n++) dot += numbers[i * size + n]! * numbers[j * size + n]!;
        return dot / 4 + (i === j ? 0.5 : 0);
      });
    default:
      return numbers;
  }
};

/**
 * Whether an end of the support belongs to it. A single point of a line has no probability, so it does where the density has a
 * value there; a whole number and an atom always do.
 */
export const hasEnd = (member: Member, x: number): boolean => {
  const { family } = member;
  const { kind, atom } = measureOf(member)!;
  if (kind === 'points' || x === atom) return true;
  return [...family.statistic.map(({ value }) => value), family.logBase].every((formula) =>
    valueAt(member, formula, formula.indices, x).every(Number.isFinite),
  );
};

/**
 * Values of the support: all of a few, or some near its middle, towards its ends and far out, and its ends where they belong to
 * it.
 */
export const sampleValues = (member: Member): readonly (number | NamedArray)[] => {
  const { family, sizes } = member;
  const { support } = family;
  if (!isOneNumber(family)) return arrayValues(support, sizes);
  const { low, high, atom } = measureOf(member)!;
  const isInside = (x: number): boolean =>
    x >= low && x <= high && ((x !== low && x !== high) || hasEnd(member, x));
  const found = ((): readonly number[] => {
    switch (support.kind) {
      case 'spin':
        return [-1, 1];
      case 'binary':
      case 'count':
      case 'integer':
        return [...steps.map((step) => (Number.isFinite(low) ? low : 0) + step), -1, -2, -7, high];
      case 'real':
      case 'positive':
      case 'unit':
      case 'angle':
        if (Number.isFinite(low) && Number.isFinite(high))
          return [0, 0.001, 0.1, 0.37, 0.5, 0.8, 0.999, 1].map((at) => low + at * (high - low));
        if (Number.isFinite(low)) return distances.map((distance) => low + distance);
        if (Number.isFinite(high)) return distances.map((distance) => high - distance);
        return distances.flatMap((distance) => [distance, -distance]);
      default:
        return [];
    }
  })();
  const values = found.filter((x) => Number.isFinite(x) && isInside(x));
  return [...new Set(atom === null ? values : [atom, ...values])];
};
const steps = [0, 1, 2, 3, 5, 12, 30];
const distances = [0, 1, 0.5, 0.01, 2.7, 8, 25];

const arrayValues = (support: Support, sizes: Sizes): readonly NamedArray[] => {
  const over: readonly Index[] = 'over' in support ? support.over : [];
  const shape = over.map((index) => sizes[axisOf(index)]!);
  const length = shape.reduce((product, size) => product * size, 1);
  const array = (values: readonly number[]): NamedArray => ({
    indices: over,
    shape,
    values: Float64Array.from(values),
  });
  const count = support.kind === 'one_hot' ? length : 6;
  return Array.from({ length: count }, (_, k) =>
    array(
      together(
        support,
        Array.from({ length }, (__, n) => scalarOf(support, fraction(k, n))),
        length,
        k,
      ),
    ),
  );
};
