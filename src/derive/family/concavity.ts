/**
 * Whether a log density is concave in its coordinate, decided when a program is compiled: its first two derivatives, in
 * symbols, are evaluated at many points. A point is a member and a value of the coordinate.
 *
 * Members: every combination of these values of the parameters, fixed ones included, brought to natural parameters;
 * with more than 400 combinations, every third (seventh, ...) of them.
 *   real      0, ±0.05, ±0.3, ±1, ±3, ±10, ±100
 *   positive  0.01, 0.1, 0.5, 1, 1.5, 3, 10, 100
 *   unit      0.01, 0.1, 0.5, 0.9, 0.99
 *   angle     −3, −1.5, 0, 1, 2.5
 *   count     1, 2, 7, 40
 * Values of y: 61 on an unbounded line, sinh(t) with t from −6 to 6, so up to 202 and with steps of 0.2 around 0; above a
 * bound, exp(t) from it with t from −12 to 8; between two bounds, their middle by the logistic function, t from −12 to 12.
 * Concave means that the second derivative is nowhere positive and that the first nowhere rises from one y to the next,
 * which finds kinks, both up to rounding: 1e-9 of the size of their terms. Points where a derivative is not a number are
 * left out, and at least half must remain.
 */
import type { Expression } from '../../calculus/expression.ts';
import { compileScalar, type ScalarFunction } from '../../calculus/scalar-function.ts';
import type { Family, FamilyParameter } from '../../check/typed.ts';
import { coordinateName, type Coordinate } from './coordinate.ts';

interface Curve {
  readonly coordinate: Coordinate;
  readonly logDensity: Expression;
  readonly slope: Expression;
  readonly curvature: Expression;
}

/** One member: its natural parameters and fixed ones, in the order of `namesOf`. */
type Values = readonly number[];

const mostMembers = 400;
const rounding = 1e-9;

/** Whether the log density is concave for every member that is tried. */
export const isConcave = (family: Family, curve: Curve): boolean => {
  const names = namesOf(family);
  const slope = sizedFunction(curve.slope, names);
  const curvature = sizedFunction(curve.curvature, names);
  const { low, high } = curve.coordinate;
  const bound = (node: Expression | null): ((values: Values) => number | null) => {
    if (node === null) return () => null;
    const compiled = compileScalar(node, names);
    return (values) => compiled(...values);
  };
  const [lowAt, highAt] = [bound(low), bound(high)];
  let [tried, defined] = [0, 0];
  for (const values of membersOf(family, names)) {
    const places = placesBetween(lowAt(values), highAt(values));
    let before = Infinity;
    for (const y of places) {
      tried++;
      const first = slope(y, values);
      const second = curvature(y, values);
      if (Number.isNaN(first.value) || Number.isNaN(second.value)) continue;
      defined++;
      if (second.value > rounding * second.size) return false;
      if (first.value > before + rounding * first.size) return false;
      before = first.value;
    }
  }
  return defined > 0 && defined >= tried / 2;
};

/** 128 places around the circle, none of them where symmetric densities turn. */
const circle = Array.from({ length: 128 }, (_, n) => -Math.PI + ((n + 0.37) * Math.PI) / 64);

/** Whether every member's log density goes on smoothly from the end of the circle to its beginning. */
export const isPeriodic = (family: Family, curve: Curve): boolean => {
  const names = namesOf(family);
  const functions = [curve.logDensity, curve.slope, curve.curvature].map((node) =>
    sizedFunction(node, names),
  );
  const members = membersOf(family, names);
  const joins = (f: SizedFunction, values: Values): boolean => {
    const scale = Math.max(...circle.map((y) => f(y, values).size));
    return Math.abs(f(-Math.PI, values).value - f(Math.PI, values).value) <= rounding * scale;
  };
  return members.length > 0 && members.every((values) => functions.every((f) => joins(f, values)));
};

/** Whether on the circle every member's log density has one concave stretch and one convex one, or is flat. */
export const isBell = (family: Family, curve: Curve): boolean => {
  const names = namesOf(family);
  const curvature = sizedFunction(curve.curvature, names);
  const members = membersOf(family, names);
  const hasTwoStretches = (values: Values): boolean => {
    const found = circle.map((y) => curvature(y, values));
    const scale = Math.max(...found.map(({ size }) => size));
    const signs = found
      .map(({ value }) => (Math.abs(value) <= rounding * scale ? 0 : Math.sign(value)))
      .filter((sign) => sign !== 0);
    const changes = signs.filter((sign, n) => sign !== signs[(n + 1) % signs.length]).length;
    return signs.every((sign) => !Number.isNaN(sign)) && changes <= 2;
  };
  return members.length > 0 && members.every(hasTwoStretches);
};

const namesOf = ({ natural, parameters }: Family): readonly string[] => [
  ...natural.map(({ name }) => name),
  ...parameters.filter(({ fixed }) => fixed).map(({ name }) => name),
];

/** A function of y and a member, with the size of its terms: what rounding is a part of. */
type SizedFunction = (y: number, values: Values) => { readonly value: number; readonly size: number };

const sizedFunction = (node: Expression, names: readonly string[]): SizedFunction => {
  const terms: readonly ScalarFunction[] = (node.kind === 'add' ? node.terms : [node]).map((term) =>
    compileScalar(term, [coordinateName, ...names]),
  );
  return (y, values) => {
    let [value, size] = [0, 0];
    for (const term of terms) {
      const part = term(y, ...values);
      value += part;
      size += Math.abs(part);
    }
    return { value, size };
  };
};

const membersOf = (family: Family, names: readonly string[]): readonly Values[] => {
  const grids = family.parameters.map(gridOf);
  const total = grids.reduce((count, grid) => count * grid.length, 1);
  const step = strideOf(Math.ceil(total / mostMembers));
  const own = family.parameters.map(({ name }) => name);
  const naturals = family.natural.map(({ value }) => compileScalar(value, own));
  const members: Values[] = [];
  for (let n = 0; n < total; n += step) {
    let rest = n;
    const given = grids.map((grid) => {
      const value = grid[rest % grid.length]!;
      rest = Math.floor(rest / grid.length);
      return value;
    });
    const fixed = given.filter((_, i) => family.parameters[i]!.fixed);
    const values = [...naturals.map((natural) => natural(...given)), ...fixed];
    if (values.length === names.length && values.every(Number.isFinite)) members.push(values);
  }
  return members;
};

/** A number from `least` on that has no factor in common with the lengths of the grids: its multiples visit all of their values. */
const strideOf = (least: number): number => {
  let stride = Math.max(1, least);
  while (stride > 1 && [2, 5, 13].some((factor) => stride % factor === 0)) stride++;
  return stride;
};

const mirrored = (sizes: readonly number[]): readonly number[] => [
  ...sizes.map((size) => -size),
  0,
  ...sizes,
];
const gridOf = ({ support }: FamilyParameter): readonly number[] => {
  switch (support.kind) {
    case 'positive':
      return [0.01, 0.1, 0.5, 1, 1.5, 3, 10, 100];
    case 'unit':
      return [0.01, 0.1, 0.5, 0.9, 0.99];
    case 'angle':
      return [-3, -1.5, 0, 1, 2.5];
    case 'count':
      return [1, 2, 7, 40];
    case 'binary':
      return [0, 1];
    case 'spin':
      return [-1, 1];
    case 'real':
    case 'integer':
    case 'one_hot':
    case 'simplex':
    case 'vector':
    case 'positive_definite':
      return mirrored([0.05, 0.3, 1, 3, 10, 100]);
  }
};

const placesBetween = (low: number | null, high: number | null): readonly number[] => {
  const grid = (from: number, to: number): readonly number[] =>
    Array.from({ length: 61 }, (_, n) => from + ((to - from) * n) / 60);
  if (low !== null && high !== null) return grid(-12, 12).map((t) => low + (high - low) / (1 + Math.exp(-t)));
  if (low !== null) return grid(-12, 8).map((t) => low + Math.exp(t));
  return high === null ? grid(-6, 6).map(Math.sinh) : grid(8, -12).map((t) => high - Math.exp(t));
};
