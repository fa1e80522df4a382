/** Newton's method where a map has no closed form: natural parameters of given means, parameters of given natural parameters. */
import type { NamedArray } from '../../calculus/evaluate.ts';
import { axisOf } from '../../calculus/expression.ts';
import type { Family, FamilyParameter } from '../../check/typed.ts';
import { naturalFromMeans, meanName, standardFromNatural } from './maps.ts';
import {
  fisherOf,
  logPartitionOf,
  meanOf,
  memberAt,
  memberOf,
  naturalVector,
  valueAt,
  type Member,
} from './member.ts';
import { arrayOver } from './member-arrays.ts';
import { solveSymmetric } from './symmetric.ts';
import { eventIndices } from './family.ts';

type Arrays = Readonly<Record<string, number | NamedArray>>;
type Sizes = Readonly<Record<string, number>>;

/**
 * The member whose statistics have the given means (flattened like `meanOf`): ∇A inverted, in closed form where there is one, else
 * by Newton's method on the convex A(η) − η · μ. Where means leave natural parameters open (Categorical), one of them.
 *
 * @throws Error when no member has these means
 */
export const naturalFromMean = (
  family: Family,
  mean: ArrayLike<number>,
  fixed: Arrays,
  sizes: Sizes = {},
): Member => {
  const start = ordinaryMember(family, fixed, sizes);
  const closed = naturalFromMeans(family);
  if (closed !== null) {
    const parts = splitLike(start, mean);
    const names = Object.fromEntries(parts.map((part, i) => [meanName(i), part]));
    const naturals = closed.map((node, i) => {
      const indices = eventIndices(family, i);
      return arrayOver(indices, start.sizes, valueAt(start, node, indices, null, names));
    });
    // A softmax of log μ has the means μ only if these add up to one.
    const total =
      family.support.kind === 'one_hot' ? Array.from(mean).reduce((left, right) => left + right, 0) : 1;
    if (Math.abs(total - 1) > 1e-6 || naturals.some(({ values }) => !values.every(Number.isFinite)))
      throw impossible(family);
    return memberAt(family, naturals, fixed, start.sizes);
  }
  return descend(start, Float64Array.from(mean), fixed);
};

const impossible = (family: Family): Error =>
  new Error(`no member of ${family.name} has these mean parameters`);

const descend = (start: Member, mean: Float64Array, fixed: Arrays): Member => {
  const { family } = start;
  const at = (eta: Float64Array): Member => memberAt(family, splitLike(start, eta), fixed, start.sizes);
  const height = (member: Member): number => {
    const eta = naturalVector(member);
    const inside = member.naturals.every(({ values }, i) => {
      const { low, high } = family.natural[i]!.domain;
      return values.every((value) => value > low && value < high);
    });
    if (!inside) return Infinity;
    const value = logPartitionOf(member) - eta.reduce((total, entry, n) => total + entry * mean[n]!, 0);
    return Number.isFinite(value) ? value : Infinity;
  };
  let member = start;
  let now = height(member);
  let before = Infinity;
  for (let turn = 0; turn < 500; turn++) {
    const found = meanOf(member);
    const gap = mean.map((value, n) => value - found[n]!);
    const step = solveSymmetric(fisherOf(member), gap);
    // Newton's decrement: twice the height above the minimum, in units of A itself.
    const decrement = step.reduce((total, value, n) => total + value * gap[n]!, 0);
    // At the bottom it falls to its square, until the rounding of large means makes it rise again.
    const isBottom = !(decrement > 1e-26) || (decrement < 1e-9 && decrement >= before);
    if (isBottom) return settled(member, gap);
    before = decrement;
    const eta = naturalVector(member);
    let length = 1 / (1 + Math.max(0, Math.sqrt(decrement) - 1));
    const tried = (): Member => at(eta.map((value, n) => value + length * step[n]!));
    const heightOf = (other: Member): number => (isConvexBetween(member, other) ? height(other) : Infinity);
    let next = tried();
    let below = heightOf(next);
    while (!(below <= now - 0.1 * length * decrement)) {
      // At the bottom, rounding of A hides what is left to gain: the step is taken for the gradient's sake.
      if (decrement < 1e-9 && Number.isFinite(below)) break;
      length /= 2;
      if (length < 1e-12) return settled(member, gap);
      next = tried();
      below = heightOf(next);
    }
    member = next;
    now = below;
  }
  throw impossible(family);
};

/**
 * Whether A lies above its tangents between two members. A step may leap over the end of the family's domain to where the formula
 * of A has values again, as log |det| has beyond singular matrices; the tangents tell.
 */
const isConvexBetween = (from: Member, to: Member): boolean => {
  const [here, there] = [naturalVector(from), naturalVector(to)];
  const along = (slope: Float64Array): number =>
    slope.reduce((total, value, n) => total + value * (there[n]! - here[n]!), 0);
  const rise = logPartitionOf(to) - logPartitionOf(from);
  const least = along(meanOf(from));
  const most = along(meanOf(to));
  const rounding = 1e-9 * (Math.abs(rise) + Math.abs(least) + Math.abs(most) + 1);
  return rise >= least - rounding && rise <= most + rounding;
};

/** The member found, if its means are those that were asked for. */
const settled = (member: Member, gap: Float64Array): Member => {
  const spread = fisherOf(member);
  const close = gap.every((value, n) => Math.abs(value) <= 1e-6 * Math.sqrt(spread[n]![n]!) + 1e-12);
  if (!close) throw impossible(member.family);
  return member;
};

/** A member well inside the family: every parameter at an ordinary value of its support. */
export const ordinaryMember = (family: Family, fixed: Arrays, sizes: Sizes = {}): Member =>
  memberOf(
    family,
    {
      ...Object.fromEntries(
        family.parameters.filter((one) => !one.fixed).map((one) => [one.name, ordinary(one, sizes)]),
      ),
      ...fixed,
    },
    sizes,
  );

const ordinary = ({ support, over }: FamilyParameter, sizes: Sizes): number | NamedArray => {
  switch (support.kind) {
    case 'positive':
    case 'count':
    case 'binary':
    case 'spin':
    case 'integer':
      return 1;
    case 'unit':
      return 0.5;
    case 'real':
    case 'angle':
    case 'vector':
      return 0;
    case 'simplex':
      return 1 / sizes[axisOf(over[0]!)]!;
    case 'one_hot':
    case 'positive_definite': {
      const size = sizes[axisOf(over[0]!)]!;
      const values = Float64Array.from({ length: size ** over.length }, (_, n) =>
        n % (size + 1) === 0 ? 1 : 0,
      );
      return { indices: over, shape: over.map(() => size), values };
    }
  }
};

/** The flattened vector cut into arrays of the natural parameters' shapes. */
const splitLike = (like: Member, vector: ArrayLike<number>): readonly NamedArray[] => {
  const flat = Float64Array.from(vector);
  let at = 0;
  return like.naturals.map((own) => {
    const values = flat.slice(at, (at += own.values.length));
    return { ...own, values };
  });
};

/**
 * The parameters of a member, by main names: as it was given, as the family's formulas can be solved, or by Newton's
 * method on them.
 *
 * @throws Error when the natural parameters are those of no parameters
 */
export const parametersOf = (member: Member): Readonly<Record<string, NamedArray>> => {
  const { family, parameters, sizes } = member;
  const open = family.parameters.filter(({ name }) => !Object.hasOwn(parameters, name));
  if (open.length === 0) return parameters;
  const solved = standardFromNatural(family);
  if (open.every(({ name }) => solved[name] !== undefined)) {
    const found = open.map(({ name, over }) => [
      name,
      arrayOver(over, sizes, valueAt(member, solved[name]!, over)),
    ]);
    return { ...parameters, ...(Object.fromEntries(found) as Record<string, NamedArray>) };
  }
  return { ...parameters, ...searchParameters(member, open) };
};

/** Gauss-Newton on η(θ) − η in coordinates that keep each parameter inside its support. */
const searchParameters = (
  member: Member,
  open: readonly FamilyParameter[],
): Readonly<Record<string, NamedArray>> => {
  const { family, parameters, sizes } = member;
  const shapes = open.map((one) => arrayOver(one.over, sizes, []));
  const target = naturalVector(member);
  const arrays = (u: Float64Array): Record<string, NamedArray> => {
    let at = 0;
    return Object.fromEntries(
      open.map((one, i) => {
        const shape = shapes[i]!;
        const values = u.slice(at, (at += shape.values.length)).map((value) => ontoSupport(one, value));
        return [one.name, { ...shape, values }];
      }),
    );
  };
  const gapOf = (u: Float64Array): Float64Array => {
    const eta = naturalVector(memberOf(family, { ...parameters, ...arrays(u) }, sizes));
    return target.map((value, n) => value - eta[n]!);
  };
  const length = shapes.reduce((count, { values }) => count + values.length, 0);
  let u = new Float64Array(length);
  let gap = gapOf(u);
  for (let turn = 0; turn < 200; turn++) {
    const error = squared(gap);
    if (error <= 1e-26 * (1 + squared(target))) return arrays(u);
    const columns = Array.from(u, (value, n) => {
      const h = 1e-6 * (1 + Math.abs(value));
      const [up, down] = [1, -1].map((sign) => gapOf(u.map((own, m) => own + (m === n ? sign * h : 0))));
      return down!.map((entry, m) => (entry - up![m]!) / (2 * h));
    });
    const normal = columns.map((left) => Float64Array.from(columns, (right) => dot(left, right)));
    const step = solveSymmetric(
      normal,
      Float64Array.from(columns, (column) => dot(column, gap)),
    );
    let size = 1;
    for (; size > 1e-12; size /= 2) {
      const next = u.map((value, n) => value + size * step[n]!);
      const moved = gapOf(next);
      if (!(squared(moved) < error)) continue;
      [u, gap] = [next, moved];
      break;
    }
    if (size <= 1e-12) break;
  }
  if (squared(gap) <= 1e-16 * (1 + squared(target))) return arrays(u);
  throw new Error(`no parameters of ${family.name} have these natural parameters`);
};

const dot = (left: Float64Array, right: Float64Array): number =>
  left.reduce((total, value, n) => total + value * right[n]!, 0);
const squared = (vector: Float64Array): number => dot(vector, vector);

/** The real line onto the values of a parameter. */
const ontoSupport = ({ support }: FamilyParameter, u: number): number => {
  switch (support.kind) {
    case 'positive':
      return Math.exp(u);
    case 'unit':
      return 1 / (1 + Math.exp(-u));
    case 'angle':
      return Math.atan2(Math.sin(u), Math.cos(u));
    default:
      return u;
  }
};
