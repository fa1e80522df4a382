/**
 * Expectations under one member, by quadrature or summation of its unnormalised density exp(η · T(x)) h(x): points of the
 * support with log weights that hold the base measure, and T at each. Nothing of the declared log-partition enters, so that
 * what is found is evidence about it.
 */
import type { Expression } from '../calculus/expression.ts';
import { fromEnd, type End } from '../calculus/near.ts';
import { compileScalar, type ScalarFunction } from '../calculus/scalar-function.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { naturalVector, type Member } from '../derive/family/member.ts';
import { kinksIn } from './kinks.ts';
import { integrateLine, isRule, valueOf, type LineProblem } from './line.ts';
import { overPlane, overSimplex, type PlanePoint } from './plane.ts';
import { sumPoints } from './points.ts';
import { baseEntry, entryNames, statisticEntries, unnormalisedEntry, valueAxes } from './value-function.ts';

export interface Quadrature {
  /** Values: each a list of entries. */
  readonly values: readonly (readonly number[])[];
  /** T at each value, flattened as `statisticsOf` flattens. */
  readonly statistics: readonly Float64Array[];
  /** log h at each value. */
  readonly logBase: Float64Array;
  /** Log of weight times base measure. */
  readonly logMeasure: Float64Array;
  /** log ∫ exp(η · T) h at the member's own natural parameters: what the log-partition should be. */
  readonly logTotal: number;
  /** How far the result may be from the truth, relatively: the change when the rule was refined the last time. */
  readonly change: number;
}

export type QuadratureProblem =
  | LineProblem
  | { readonly kind: 'no_naturals' }
  /** Values for which there is no rule: arrays of more than two free entries. */
  | { readonly kind: 'unsupported'; readonly why: string };

export const isQuadrature = (found: Quadrature | QuadratureProblem): found is Quadrature =>
  !('kind' in found);

const known = new WeakMap<Member, Quadrature | QuadratureProblem>();

export const quadratureAt = (member: Member): Quadrature | QuadratureProblem => {
  const before = known.get(member);
  if (before !== undefined) return before;
  const found = make(member);
  known.set(member, found);
  return found;
};

/** Log weights of the points under natural parameters near the member's own, normalised: they sum to 1. */
export const probabilitiesAt = (quadrature: Quadrature, naturals: ArrayLike<number>): Float64Array => {
  const logs = logTermsAt(quadrature, naturals);
  const top = logs.reduce((most, value) => Math.max(most, value), -Infinity);
  const weights = logs.map((value) => Math.exp(value - top));
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => value / total);
};

/**
 * The same from the probabilities at the member's own natural parameters and the difference from those: a small difference
 * is not lost in the rounding of large natural parameters.
 */
export const tilted = (
  { statistics }: Quadrature,
  weights: Float64Array,
  mean: ArrayLike<number>,
  by: ArrayLike<number>,
): Float64Array => {
  const moved = weights.map((weight, n) => {
    let exponent = 0;
    for (let i = 0; i < by.length; i++) if (by[i] !== 0) exponent += by[i]! * (statistics[n]![i]! - mean[i]!);
    return weight * Math.exp(exponent);
  });
  const total = moved.reduce((sum, value) => sum + value, 0);
  return moved.map((value) => value / total);
};

/** log ∫ exp(η · T) h at natural parameters near the member's own. */
export const logTotalAt = (quadrature: Quadrature, naturals: ArrayLike<number>): number => {
  const logs = logTermsAt(quadrature, naturals);
  const top = logs.reduce((most, value) => Math.max(most, value), -Infinity);
  return top + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - top), 0));
};

const logTermsAt = ({ logMeasure, statistics }: Quadrature, naturals: ArrayLike<number>): Float64Array =>
  logMeasure.map((start, n) => {
    const T = statistics[n]!;
    let total = start;
    for (let i = 0; i < T.length; i++) if (naturals[i] !== 0) total += naturals[i]! * T[i]!;
    return total;
  });

/** Σ weight · f, without the terms that have no weight. */
export const average = (weights: Float64Array, f: (n: number) => number): number => {
  let total = 0;
  for (let n = 0; n < weights.length; n++) if (weights[n]! > 1e-40) total += weights[n]! * f(n);
  return total;
};

/** E[T]. */
export const meanStatistics = (quadrature: Quadrature, weights: Float64Array): Float64Array =>
  Float64Array.from(quadrature.statistics[0]!, (_, i) =>
    average(weights, (n) => quadrature.statistics[n]![i]!),
  );

/** Cov[T]. */
export const covarianceOf = (quadrature: Quadrature, weights: Float64Array): readonly Float64Array[] => {
  const mean = meanStatistics(quadrature, weights);
  const { statistics } = quadrature;
  return Array.from(mean, (_, i) =>
    Float64Array.from(mean, (__, j) =>
      average(weights, (n) => (statistics[n]![i]! - mean[i]!) * (statistics[n]![j]! - mean[j]!)),
    ),
  );
};

/** The member's support as numbers. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly atom: number | null;
}
export const boundsOf = (member: Member): Bounds => {
  const { range, atom } = member.family;
  const numbers = Object.fromEntries(
    Object.entries(member.parameters).map(([name, { values }]) => [name, values[0]!]),
  );
  const at = (node: Expression | null, none: number): number =>
    node === null ? none : scalarValue(node, numbers);
  return {
    low: at(range.low, -Infinity),
    high: at(range.high, Infinity),
    atom: atom === null ? null : at(atom, 0),
  };
};

const make = (member: Member): Quadrature | QuadratureProblem => {
  const { family } = member;
  switch (family.support.kind) {
    case 'real':
    case 'positive':
    case 'unit':
    case 'angle':
      return onLine(member);
    case 'count':
    case 'integer':
    case 'binary': {
      const { low, high } = boundsOf(member);
      const points = sumPoints(low, high, compileScalar(unnormalisedEntry(member), ['x']));
      return 'kind' in points ? points : collect(member, points.map(single), 0);
    }
    case 'spin': {
      const { low, high } = boundsOf(member);
      return collect(
        member,
        [low, high].map((x) => single({ x, logWeight: 0 })),
        0,
      );
    }
    case 'one_hot': {
      const count = entryNames(member).length;
      const points = Array.from({ length: count }, (_, k) => ({
        x: Array.from({ length: count }, (__, j) => (j === k ? 1 : 0)),
        logWeight: 0,
      }));
      return collect(member, points, 0);
    }
    case 'simplex':
    case 'vector':
      return onPlane(member);
    case 'positive_definite':
      return { kind: 'unsupported', why: 'values that are matrices have no quadrature here' };
  }
};

const single = ({ x, logWeight }: { readonly x: number; readonly logWeight: number }): PlanePoint => ({
  x: [x],
  logWeight,
});

const onLine = (member: Member): Quadrature | QuadratureProblem => {
  const { low, high, atom } = boundsOf(member);
  const entries = {
    total: unnormalisedEntry(member),
    base: baseEntry(member),
    statistics: statisticEntries(member),
  };
  const framed = (entry: Expression, frame: End): ScalarFunction =>
    frame.origin === 0 && frame.direction === 1
      ? compileScalar(entry, ['x'])
      : compileScalar(fromEnd(entry, frame), ['y']);
  const kinks = kinksIn([entries.base, ...entries.statistics], low, high);
  const rule = integrateLine(low, high, kinks, (frame) => framed(entries.total, frame));
  if (!isRule(rule)) return rule;
  const compiled = new Map<object, readonly ScalarFunction[]>();
  const of = (frame: End): readonly ScalarFunction[] => {
    const before = compiled.get(frame);
    if (before !== undefined) return before;
    const made = [entries.base, ...entries.statistics].map((entry) => framed(entry, frame));
    compiled.set(frame, made);
    return made;
  };
  const values = rule.points.map((point) => [valueOf(point)]);
  const logBase = rule.points.map(({ frame, y }) => of(frame)[0]!(y));
  const logWeights = rule.points.map(({ logWeight }) => logWeight);
  const statistics = rule.points.map(({ frame, y }) => Float64Array.from(of(frame).slice(1), (T) => T(y)));
  if (atom !== null) {
    const [base, ...rest] = [entries.base, ...entries.statistics].map((entry) => compileScalar(entry, ['x']));
    values.push([atom]);
    logBase.push(base!(atom));
    logWeights.push(0);
    statistics.push(Float64Array.from(rest, (T) => T(atom)));
  }
  return finish(member, values, statistics, logBase, logWeights, rule.change);
};

const onPlane = (member: Member): Quadrature | QuadratureProblem => {
  const { support } = member.family;
  const wanted = support.kind === 'simplex' ? 3 : 2;
  const names = entryNames(member);
  if (valueAxes(member.family).length !== 1 || names.length !== wanted)
    return { kind: 'unsupported', why: 'values with more than two free entries have no quadrature here' };
  const density = compileScalar(unnormalisedEntry(member), names);
  const at = (x: readonly number[]): number => density(...x);
  const coarse = support.kind === 'simplex' ? overSimplex(1 / 8) : overPlane(at, 1 / 8);
  const fine = support.kind === 'simplex' ? overSimplex(1 / 16) : overPlane(at, 1 / 16);
  if (coarse === null || fine === null) return { kind: 'empty' };
  const first = collect(member, coarse, 0);
  const second = collect(member, fine, 0);
  if (!isQuadrature(first) || !isQuadrature(second)) return second;
  return { ...second, change: Math.abs(Math.expm1(second.logTotal - first.logTotal)) };
};

/** A quadrature of points whose base measure and statistics are evaluated as they stand. */
const collect = (
  member: Member,
  points: readonly PlanePoint[],
  change: number,
): Quadrature | QuadratureProblem => {
  const names = entryNames(member);
  const base = compileScalar(baseEntry(member), names);
  const statistics = statisticEntries(member).map((entry) => compileScalar(entry, names));
  return finish(
    member,
    points.map(({ x }) => x),
    points.map(({ x }) => Float64Array.from(statistics, (T) => T(...x))),
    points.map(({ x }) => base(...x)),
    points.map(({ logWeight }) => logWeight),
    change,
  );
};

const finish = (
  member: Member,
  values: readonly (readonly number[])[],
  statistics: readonly Float64Array[],
  logBase: readonly number[],
  logWeights: readonly number[],
  change: number,
): Quadrature | QuadratureProblem => {
  const logMeasure = Float64Array.from(logBase, (base, n) => base + logWeights[n]!);
  const all = { values, statistics, logBase: Float64Array.from(logBase), logMeasure, logTotal: 0, change };
  const terms = logTermsAt(all, naturalVector(member));
  const bad = terms.findIndex((term) => Number.isNaN(term) || term === Infinity);
  if (bad >= 0) return { kind: Number.isNaN(terms[bad]!) ? 'undefined' : 'infinite', at: values[bad]![0]! };
  const top = terms.reduce((most, value) => Math.max(most, value), -Infinity);
  if (top === -Infinity) return { kind: 'empty' };
  // Points far below the greatest term are left out: they would only cost time.
  const kept = Array.from(terms.keys()).filter((n) => terms[n]! >= top - 80);
  const quadrature: Quadrature = {
    values: kept.map((n) => values[n]!),
    statistics: kept.map((n) => statistics[n]!),
    logBase: Float64Array.from(kept, (n) => logBase[n]!),
    logMeasure: Float64Array.from(kept, (n) => logMeasure[n]!),
    logTotal: 0,
    change,
  };
  return { ...quadrature, logTotal: logTotalAt(quadrature, naturalVector(member)) };
};
