/**
 * Expressions as fast functions of a value alone, at one member: what does not read `x` becomes numbers, sums over event
 * axes are written out, and the rest is compiled. Quadrature calls these some hundred thousand times.
 */
import { add, apply, constant, multiply, power, read, zero } from '../calculus/build.ts';
import { evaluate, reorder, type NamedArray } from '../calculus/evaluate.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { compileScalar, type ScalarFunction } from '../calculus/scalar-function.ts';
import { readNames } from '../calculus/substitute.ts';
import type { Family } from '../check/typed.ts';
import { eventIndices } from '../derive/family/family.ts';
import { naturalVector, type Member } from '../derive/family/member.ts';

type Places = Readonly<Record<Index, number>>;

/** Event axes of a value; none where it is one number. */
export const valueAxes = ({ support }: Family): readonly Index[] => {
  switch (support.kind) {
    case 'one_hot':
    case 'simplex':
    case 'vector':
    case 'positive_definite':
      return support.over;
    default:
      return [];
  }
};

/** Names of the entries of a value. */
export const entryNames = (member: Member): readonly string[] => {
  const axes = valueAxes(member.family);
  if (axes.length === 0) return ['x'];
  const count = axes.reduce((total, axis) => total * member.sizes[axisOf(axis)]!, 1);
  return Array.from({ length: count }, (_, n) => `x_${n}`);
};

/** All places of an array over these indices, in row-major order. */
export const placesOf = (
  indices: readonly Index[],
  sizes: Readonly<Record<string, number>>,
): readonly Places[] =>
  indices.reduce<readonly Places[]>(
    (places, index) =>
      places.flatMap((place) =>
        Array.from({ length: sizes[axisOf(index)]! }, (_, n) => ({ ...place, [index]: n })),
      ),
    [{}],
  );

/**
 * The entries of an expression over natural parameters, parameters and the names in `free`, as expressions of the entries of the
 * free ones alone: `x`, or `x_0`, `x_1`, ... where they have indices.
 */
export const entriesAt = (
  member: Member,
  node: Expression,
  indices: readonly Index[] = [],
  free: readonly string[] = ['x'],
): readonly Expression[] => {
  const { family, sizes } = member;
  const values: Record<string, NamedArray> = { ...member.parameters };
  family.natural.forEach(({ name }, i) => (values[name] = member.naturals[i]!));
  const known = new Map<Expression, NamedArray>();
  const isFree = (part: Expression): boolean => {
    const names = readNames(part);
    return free.some((name) => names.has(name));
  };
  const number = (part: Expression, at: Places): Expression => {
    let array = known.get(part);
    if (array === undefined) {
      array = evaluate(part, (name) => values[name] ?? fail(name, family), sizes);
      array = reorder(array, part.indices);
      known.set(part, array);
    }
    return constant(array.values[offsetOf(part.indices, array.shape, at)]!);
  };
  const entry = (part: Expression, at: Places): Expression => {
    if (!isFree(part)) return number(part, at);
    switch (part.kind) {
      case 'read': {
        const shape = part.subscripts.map((index) => sizes[axisOf(index)]!);
        return read(shape.length === 0 ? part.name : `${part.name}_${offsetOf(part.subscripts, shape, at)}`);
      }
      case 'add':
        return add(...part.terms.map((term) => entry(term, at)));
      case 'multiply':
        return multiply(...part.factors.map((factor) => entry(factor, at)));
      case 'power':
        return power(entry(part.base, at), entry(part.exponent, at));
      case 'apply':
        return apply(part.operator, ...part.arguments.map((argument) => entry(argument, at)));
      case 'sum':
        return add(zero, ...placesOf(part.over, sizes).map((place) => entry(part.body, { ...at, ...place })));
      case 'maximum':
        return placesOf(part.over, sizes)
          .map((place) => entry(part.body, { ...at, ...place }))
          .reduce((most, next) => apply('max', most, next));
      default:
        throw new Error(`a ${part.kind} of ${free.join(', ')} cannot be written out entry by entry`);
    }
  };
  return placesOf(indices, sizes).map((at) => entry(node, at));
};

const fail = (name: string, family: Family): never => {
  throw new Error(`${family.name} has no number for "${name}" here`);
};

const offsetOf = (indices: readonly Index[], shape: readonly number[], at: Places): number =>
  indices.reduce((offset, index, axis) => offset * shape[axis]! + at[index]!, 0);

/** T(x), flattened as `statisticsOf` flattens: as expressions of the value's entries. */
export const statisticEntries = (member: Member): readonly Expression[] =>
  member.family.statistic.flatMap(({ value }, i) => entriesAt(member, value, eventIndices(member.family, i)));

/** η · T(x) + log h(x), as an expression of the value's entries. */
export const unnormalisedEntry = (member: Member): Expression =>
  add(
    ...statisticEntries(member).map((T, i) => multiply(constant(naturalVector(member)[i]!), T)),
    baseEntry(member),
  );

/**
 * The sizes of the terms of a sum over the value's entries, added up: a sum of large terms is known to some roundings of them
 * and no better, whatever is left when they cancel.
 */
export const sizeOfTerms = (member: Member, entry: Expression): ((x: readonly number[]) => number) => {
  const terms = (entry.kind === 'add' ? entry.terms : [entry]).map((term) => compileAt(member, term));
  return (x) => {
    const size = terms.reduce((total, term) => total + Math.abs(term(...x)), 0);
    // A value that rounds to an end of the support, where a term may be infinite, tells nothing of those next to it.
    return Number.isFinite(size) ? size : 0;
  };
};

export const baseEntry = (member: Member): Expression => entriesAt(member, member.family.logBase)[0]!;

export const compileAt = (member: Member, entry: Expression): ScalarFunction =>
  compileScalar(entry, entryNames(member));
