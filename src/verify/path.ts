/** The `pathwise` line of a member as a function of its noise, and its slopes along the parameters that move. */
import { derivative } from '../calculus/differentiate.ts';
import { axisOf, type Expression, type Index } from '../calculus/expression.ts';
import { fromEnd, type End } from '../calculus/near.ts';
import { compileScalar, type ScalarFunction } from '../calculus/scalar-function.ts';
import { readNames } from '../calculus/substitute.ts';
import { memberOf, type Member } from '../derive/family/member.ts';
import { kinksIn } from './kinks.ts';
import { coarseNormal, noiseRule, noises } from './noise-rule.ts';
import { entriesAt, placesOf, valueAxes } from './value-function.ts';

/** One entry of a parameter. */
export interface Moving {
  readonly name: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly indices: readonly Index[];
  readonly isSymmetric: boolean;
}

export const movingEntries = ({ family, parameters }: Member): readonly Moving[] =>
  family.parameters
    .filter(({ fixed, support }) => !fixed && support.kind !== 'simplex')
    .flatMap(({ name, over, support }) =>
      Array.from(parameters[name]!.values, (_, offset) => ({
        name,
        offset,
        indices: over,
        shape: parameters[name]!.shape,
        isSymmetric: support.kind === 'positive_definite',
      })),
    );

/** Entries (i, j) and (j, i) of a symmetric matrix move together, by half each. */
export const withEntry = (member: Member, entry: Moving, by: number): Member => {
  const { name, offset, isSymmetric, shape } = entry;
  const before = member.parameters[name]!;
  const values = Float64Array.from(before.values);
  const [, width = 1] = shape;
  if (isSymmetric) {
    values[offset]! += by / 2;
    values[(offset % width) * width + Math.floor(offset / width)]! += by / 2;
  } else values[offset]! += by;
  return memberOf(member.family, { ...member.parameters, [name]: { ...before, values } }, member.sizes);
};

/** Points of all noise together. */
export interface PathRule {
  readonly weights: readonly number[];
  /** The draws that the noise makes, entry by entry. */
  readonly values: readonly (readonly number[])[];
  /** Functions of the noise at each point. */
  readonly along: (entries: readonly Expression[]) => readonly (readonly number[])[];
}

export const pathRule = (member: Member): PathRule => {
  const path = member.family.pathwise!;
  const noise = noiseIn(path);
  const entries = entriesAt(member, path, valueAxes(member.family), [noise]);
  const made = entries.length === 1 ? alongOne(noise, entries) : alongSeveral(noise, entries.length);
  const columns = made.along(entries);
  return { ...made, values: made.weights.map((_, n) => columns.map((column) => column[n]!)) };
};

const noiseIn = (path: Expression): (typeof noises)[number] =>
  noises.find((name) => readNames(path).has(name))!;

/** Points next to an end of the noise are seen from there: 1 - u^2 next to 1 is no rounding error. */
const alongOne = (
  noise: (typeof noises)[number],
  entries: readonly Expression[],
): Omit<PathRule, 'values'> => {
  const { points, weights } = noiseRule(noise, kinksIn(entries, -Infinity, Infinity, noise));
  const along = (entry: Expression): readonly number[] => {
    const compiled = new Map<End, ScalarFunction>();
    return points.map(({ frame, y }) => {
      let at = compiled.get(frame);
      if (at === undefined) compiled.set(frame, (at = compileScalar(fromEnd(entry, frame, noise), ['y'])));
      return at(y);
    });
  };
  return { weights, along: (all) => all.map(along) };
};

/** Products of the rule of one entry's noise. */
const alongSeveral = (noise: string, count: number): Omit<PathRule, 'values'> => {
  const names = Array.from({ length: count }, (_, n) => `${noise}_${n}`);
  const rule = coarseNormal();
  let points: readonly (readonly number[])[] = [[]];
  let weights: readonly number[] = [1];
  for (let entry = 0; entry < count; entry++) {
    weights = weights.flatMap((weight) => rule.weights.map((other) => weight * other));
    points = points.flatMap((point) => rule.values.map((value) => [...point, value]));
  }
  const along = (entry: Expression): readonly number[] => {
    const at = compileScalar(entry, names);
    return points.map((point) => at(...point));
  };
  return { weights, along: (all) => all.map(along) };
};

/** ∂x/∂θ, entry by entry, at each point of the noise. */
export const pathSlopes = (
  member: Member,
  { name, offset, indices, shape, isSymmetric }: Moving,
  rule: PathRule,
): readonly (readonly number[])[] => {
  const { family } = member;
  const axes = valueAxes(family);
  // Fresh names: an entry of the parameter is another one than the entry of the value.
  const marks = indices.map((index, n) => `${axisOf(index)}'''${"'".repeat(n)}`);
  const node = derivative(family.pathwise!, name, marks);
  const along = (at: number): readonly (readonly number[])[] => {
    const fixed = placesOf(marks, Object.fromEntries(marks.map((mark, n) => [axisOf(mark), shape[n]!])))[at]!;
    const entries = entriesAt(member, node, [...axes, ...marks], [noiseIn(family.pathwise!)]);
    const places = placesOf([...axes, ...marks], member.sizes);
    return rule.along(entries.filter((_, n) => marks.every((mark) => places[n]![mark] === fixed[mark])));
  };
  const own = along(offset);
  if (!isSymmetric) return own;
  const width = shape[1]!;
  const twin = along((offset % width) * width + Math.floor(offset / width));
  return own.map((slope, i) => slope.map((value, n) => (value + twin[i]![n]!) / 2));
};
