/** The log-partition against quadrature: normalisation, E[T], Cov[T], and its derivatives against differences (I1 to I3). */
import type { NamedArray } from '../calculus/evaluate.ts';
import { isSymmetric } from '../derive/family/family.ts';
import {
  fisherOf,
  logPartitionOf,
  meanOf,
  memberAt,
  memberOf,
  naturalVector,
  type Member,
} from '../derive/family/member.ts';
import {
  checkOf,
  largest,
  outcomeOf,
  shown,
  skip,
  type Check,
  type Outcome,
  type Subject,
  type Subjects,
} from './identity.ts';
import { average } from './quadrature.ts';
import { sizeOfTerms, unnormalisedEntry } from './value-function.ts';

const each = ({ groups }: Subjects, check: (subject: Subject) => readonly Check[]): readonly Check[] =>
  groups.flatMap((group) => group.flatMap(check));

const noPartition = 'the log-partition is intractable, so there is nothing to compare quadrature with';

/** What is said of an integral that the rule cannot do. */
export const notSettled = 'the integral has not settled';

/** ∫ p = 1. */
export const checkDensity = (subjects: Subjects): Outcome => {
  const tolerance = 1e-8;
  if (subjects.family.logPartition === null)
    return outcomeOf(
      'density',
      each(subjects, ({ label, quadrature }) => [
        checkOf('density', label, quadrature.change, tolerance, notSettled),
      ]),
    );
  return outcomeOf(
    'density',
    each(subjects, ({ member, label, quadrature, weights }) => {
      const partition = logPartitionOf(member);
      const total = Math.exp(quadrature.logTotal - partition);
      const sizes = sizeOfTerms(member, unnormalisedEntry(member));
      const terms = average(weights, (n) => sizes(quadrature.values[n]!)) + Math.abs(partition);
      // Every term is rounded, and most are rounded again when they are added up.
      const rounding = 2 * Number.EPSILON * terms;
      const detail =
        quadrature.change > tolerance
          ? `${notSettled}: it changed by ${quadrature.change.toExponential(0)} of itself when the points were doubled`
          : `the density adds up to ${shown(total)}`;
      const error = Math.max(Math.abs(total - 1) - rounding, 0) + quadrature.change;
      return [checkOf('density', label, error, tolerance, detail)];
    }),
  );
};

/** ∇A = E[T], in standard deviations of T. */
export const checkMean = (subjects: Subjects): Outcome => {
  if (subjects.family.logPartition === null) return skip('mean', noPartition);
  return outcomeOf(
    'mean',
    each(subjects, ({ member, label, mean, covariance }) => {
      const derived = meanOf(member);
      const errors = Array.from(
        mean,
        (value, i) => Math.abs(derived[i]! - value) / spreadOf(covariance, i, value),
      );
      const worst = errors.indexOf(largest(errors));
      const at = Math.max(worst, 0);
      return [
        checkOf(
          'mean',
          label,
          largest(errors),
          1e-8,
          `E[T${place(mean, at)}] is ${shown(mean[at]!)}, and the gradient of the log-partition gives ${shown(derived[at]!)}`,
        ),
      ];
    }),
  );
};

/** ∇²A = Cov[T], each entry relative to the standard deviations of its two statistics. */
export const checkFisher = (subjects: Subjects): Outcome => {
  if (subjects.family.logPartition === null) return skip('fisher', noPartition);
  return outcomeOf(
    'fisher',
    each(subjects, ({ member, label, mean, covariance }) => {
      const derived = fisherOf(member);
      const error = (i: number, j: number): number =>
        Math.max(Math.abs(derived[i]![j]! - covariance[i]![j]!) - roundingOfCovariance(mean, i, j), 0) /
        (spreadOf(covariance, i, mean[i]!) * spreadOf(covariance, j, mean[j]!));
      const all = Array.from(mean, (_, i) => largest(Array.from(mean, (__, j) => error(i, j))));
      const i = Math.max(all.indexOf(largest(all)), 0);
      return [
        checkOf(
          'fisher',
          label,
          largest(all),
          1e-7,
          `Var[T${place(mean, i)}] is ${shown(covariance[i]![i]!)}, and the log-partition's second derivative gives ${shown(derived[i]![i]!)}`,
        ),
      ];
    }),
  );
};

/** A covariance is a difference of E[T_i T_j] and μ_i μ_j: four roundings of those are left to chance, whatever it comes to. */
export const roundingOfCovariance = (mean: ArrayLike<number>, i: number, j: number): number =>
  4 * Number.EPSILON * Math.abs(mean[i]! * mean[j]!);

/** The unit in which errors of a mean are told: its standard deviation, and never less than rounding. */
const spreadOf = (covariance: readonly Float64Array[], i: number, mean: number): number =>
  Math.sqrt(covariance[i]![i]!) + 1e-6 * Math.abs(mean) + 1e-100;
const place = (list: ArrayLike<number>, i: number): string => (list.length === 1 ? '' : `_${i + 1}`);

/** Symbolic ∇A and ∇²A against central differences of A and ∇A, in standard deviations. */
export const checkDerivatives = (subjects: Subjects): Outcome => {
  if (subjects.family.logPartition === null) return skip('derivatives', noPartition);
  return outcomeOf(
    'derivatives',
    each(subjects, ({ member, label, mean, covariance }) => {
      const spread = Array.from(mean, (value, i) => spreadOf(covariance, i, value));
      const [gradient, hessian] = [meanOf(member), fisherOf(member)];
      const errors = Array.from(mean, (_, i) => {
        const step = stepFor(member, i, spread[i]!);
        const slope = difference((h) => logPartitionOf(moved(member, i, h)), step);
        const rounding = (Math.abs(logPartitionOf(member)) * 1e-13) / step;
        const first = Math.max(Math.abs(slope - gradient[i]!) - rounding, 0) / spread[i]!;
        const rows = Array.from(mean, (__, j) => {
          const second = difference((h) => meanOf(moved(member, i, h))[j]!, step);
          const lost = (Math.abs(gradient[j]!) * 1e-13) / step;
          return Math.max(Math.abs(second - hessian[i]![j]!) - lost, 0) / (spread[i]! * spread[j]!);
        });
        return largest([first, ...rows]);
      });
      return [
        checkOf(
          'derivatives',
          label,
          largest(errors),
          1e-5,
          'a derivative of the log-partition differs from its differences',
        ),
      ];
    }),
  );
};

/** Inside the natural parameter's domain, and small beside the scale on which the mean changes. */
const stepFor = (member: Member, i: number, spread: number): number => {
  const eta = naturalVector(member)[i]!;
  const { low, high } = domainOf(member, i);
  const room = Math.min(eta - low, high - eta);
  return Math.min(0.01 / spread, room > 0 ? room / 20 : Infinity, 0.1);
};

/** Which natural parameter the i-th entry of the flattened ones belongs to. */
const ownerOf = (member: Member, i: number): { readonly owner: number; readonly offset: number } => {
  let offset = i;
  let owner = 0;
  while (offset >= member.naturals[owner]!.values.length) offset -= member.naturals[owner++]!.values.length;
  return { owner, offset };
};
const domainOf = (member: Member, i: number): { readonly low: number; readonly high: number } =>
  member.family.natural[ownerOf(member, i).owner]!.domain;

/** The member with one entry of its natural parameters moved; entries of a symmetric matrix move together, by half each. */
export const moved = (member: Member, i: number, by: number): Member => {
  const { family, naturals, parameters, sizes } = member;
  const { owner, offset } = ownerOf(member, i);
  const changed = naturals.map((array, n): NamedArray => {
    if (n !== owner) return array;
    const values = Float64Array.from(array.values);
    const size = array.shape[0] ?? 1;
    if (isSymmetric(family, owner)) {
      values[offset]! += by / 2;
      values[(offset % size) * size + Math.floor(offset / size)]! += by / 2;
    } else values[offset]! += by;
    return { ...array, values };
  });
  return memberAt(family, changed, parameters, sizes);
};

/** A derivative at 0 from four values, with an error of the fourth power of the step. */
export const difference = (f: (h: number) => number, step: number): number => {
  const central = (h: number): number => (f(h) - f(-h)) / (2 * h);
  return (4 * central(step / 2) - central(step)) / 3;
};

/**
 * E[∂ log p / ∂θ] = 0 for the parameters θ as they are declared, in standard deviations of the score. The expectation is
 * by quadrature; the derivative is a difference of whole log densities, so that the natural parameters take part.
 */
export const checkScore = (subjects: Subjects): Outcome => {
  if (subjects.family.logPartition === null) return skip('score', noPartition);
  return outcomeOf(
    'score',
    each(subjects, ({ member, label, mean, covariance }) => {
      const errors = scalarEntries(member).map(({ name, n }) => {
        const value = member.parameters[name]!.values[n]!;
        const step = 1e-3 * Math.min(Math.abs(value) || 1, 1);
        const at = (h: number): Member => withParameter(member, name, n, value + h);
        const slope = Array.from(mean, (_, i) => difference((h) => naturalVector(at(h))[i]!, step));
        const partition = difference((h) => logPartitionOf(at(h)), step);
        const average = slope.reduce((total, d, i) => total + d * mean[i]!, 0) - partition;
        const variance = slope.reduce(
          (total, d, i) => total + d * slope.reduce((sum, e, j) => sum + e * covariance[i]![j]!, 0),
          0,
        );
        const rounding = (1e-13 * (Math.abs(logPartitionOf(member)) + 1)) / step;
        return Math.max(Math.abs(average) - rounding, 0) / (Math.sqrt(Math.max(variance, 0)) + 1e-9);
      });
      return [
        checkOf('score', label, largest(errors), 1e-6, 'the score of a parameter does not have mean zero'),
      ];
    }),
  );
};

/** Entries of the parameters that can be moved one at a time. */
const scalarEntries = ({
  family,
  parameters,
}: Member): readonly { readonly name: string; readonly n: number }[] =>
  family.parameters
    .filter(
      ({ fixed, support }) =>
        !fixed && ['real', 'vector', 'positive', 'unit', 'angle'].includes(support.kind),
    )
    .flatMap(({ name }) => Array.from(parameters[name]!.values, (_, n) => ({ name, n })));

const withParameter = (member: Member, name: string, n: number, value: number): Member => {
  const before = member.parameters[name]!;
  const values = Float64Array.from(before.values);
  values[n] = value;
  return memberOf(member.family, { ...member.parameters, [name]: { ...before, values } }, member.sizes);
};
