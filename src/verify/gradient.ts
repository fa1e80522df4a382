/**
 * The derived gradient estimator against the derivative of E[f] for a few functions f. Both sides are exact: the estimator's
 * expectation by summation or quadrature over the draw (or over the noise of a `pathwise` line), the derivative by
 * differences of E[f] under quadrature with moved natural parameters, where nothing of the log-partition enters.
 */
import { compileScalar } from '../calculus/scalar-function.ts';
import { readNames } from '../calculus/substitute.ts';
import { estimatorOf, valueStatistic, type GradientEstimator } from '../derive/family/estimator.ts';
import { fisherOf, meanOf, naturalVector, type Member } from '../derive/family/member.ts';
import { implicitSlopes } from './implicit.ts';
import {
  checkOf,
  outcomeOf,
  skip,
  type Check,
  type Outcome,
  type Subject,
  type Subjects,
} from './identity.ts';
import { difference, moved, roundingOfCovariance } from './moments.ts';
import { noises } from './noise-rule.ts';
import { movingEntries, pathRule, pathSlopes, withEntry } from './path.ts';
import { average, tilted } from './quadrature.ts';
import { entriesAt, entryNames } from './value-function.ts';

/** A function of a value, with its slopes along each entry. */
interface TestFunction {
  readonly f: (x: readonly number[]) => number;
  readonly slope: (x: readonly number[], i: number) => number;
}

const tolerance = 1e-6;
/** Slopes of implicit reparametrisation are integrals themselves, made for float32, at values that are rounded next to 1. */
const implicitTolerance = 1e-4;

export const checkGradient = (subjects: Subjects): Outcome => {
  const estimator = estimatorOf(subjects.family);
  const why = reasonToSkip(subjects, estimator);
  if (why !== null) return skip('gradient', why);
  return outcomeOf(
    'gradient',
    subjects.groups.flatMap((group) => group.flatMap((subject) => checkMember(subject, estimator))),
  );
};

const reasonToSkip = ({ family }: Subjects, estimator: GradientEstimator): string | null => {
  if (estimator.kind !== 'pathwise') return null;
  const used = noises.filter((noise) => readNames(family.pathwise!).has(noise));
  return used.length > 1 ? 'the expectation over several kinds of noise has no quadrature here' : null;
};

/** Largest error over the test functions, in standard deviations of f and T. */
const checkMember = (subject: Subject, estimator: GradientEstimator): readonly Check[] => {
  const functions = testFunctions(subject);
  const errors = functions.map((each) => {
    switch (estimator.kind) {
      case 'two_point': {
        const gap = each.f([estimator.high]) - each.f([estimator.low]);
        const scale = compileScalar(estimator.scale, [])();
        return throughFisher(subject, each, [scale * gap]);
      }
      case 'each_class':
        return throughFisher(subject, each, classValues(subject, each));
      case 'next_count': {
        const weight = compileScalar(entriesAt(subject.member, estimator.weight)[0]!, ['x']);
        const { values } = subject.quadrature;
        const gradient = average(subject.weights, (n) => {
          const x = values[n]![0]!;
          return weight(x) * (each.f([x + 1]) - each.f([x]));
        });
        return throughFisher(subject, each, [gradient]);
      }
      case 'score':
      case 'marginal':
        return inNaturals(subject, each, scoreGradient(subject, each));
      case 'implicit':
        return inNaturals(subject, each, implicitGradient(subject, each));
      case 'pathwise':
        return inParameters(subject, each);
    }
  });
  const own = estimator.kind === 'marginal' ? valueStatistic(subject.member.family) : null;
  const exact = own === null ? errors : [...errors, squareError(subject, own)];
  return [
    checkOf(
      'gradient',
      subject.label,
      Math.max(...exact.map((error) => (Number.isNaN(error) ? Infinity : error))),
      estimator.kind === 'implicit' ? implicitTolerance : tolerance,
      `the expectation of the gradient estimator is not the derivative of E[f]`,
    ),
  ];
};

/** A step and a bump, centred and scaled by the member: bounded, and smooth on every scale that a heavy tail has. */
export const testFunctions = ({ member, quadrature, weights }: Subject): readonly TestFunction[] => {
  const count = entryNames(member).length;
  const entries = Array.from({ length: count }, (_, i) => {
    const sorted = Array.from(weights.keys()).sort(
      (a, b) => quadrature.values[a]![i]! - quadrature.values[b]![i]!,
    );
    const quantile = (level: number): number => {
      let total = 0;
      for (const n of sorted) {
        total += weights[n]!;
        if (total >= level) return quadrature.values[n]![i]!;
      }
      return quadrature.values[sorted.at(-1)!]![i]!;
    };
    return {
      centre: quantile(0.5),
      scale: Math.max(quantile(0.8) - quantile(0.2), 1e-3 * Math.abs(quantile(0.5)), 1e-9),
    };
  });
  // A function on the circle takes the same value at both ends of it.
  const isAngle = member.family.support.kind === 'angle';
  const along = (x: number, i: number): number =>
    isAngle ? Math.sin(x - entries[i]!.centre) : (x - entries[i]!.centre) / entries[i]!.scale;
  const slopeOf = (x: number, i: number): number =>
    isAngle ? Math.cos(x - entries[i]!.centre) : 1 / entries[i]!.scale;
  const place = (x: readonly number[]): number =>
    entries.reduce((sum, _, i) => sum + (i + 1) * along(x[i]!, i), 0.3);
  const inner = (x: readonly number[], i: number): number => (i + 1) * slopeOf(x[i]!, i);
  // Both are 0 at the likeliest value, so that the part of a rare one in E[f] is not lost beside it.
  const mode =
    quadrature.values[weights.reduce((best, weight, n) => (weight > weights[best]! ? n : best), 0)]!;
  const step = (x: readonly number[]): number => Math.tanh(place(x));
  const bump = (x: readonly number[]): number => 1 / (1 + place(x) ** 2);
  const [stepThere, bumpThere] = [step(mode), bump(mode)];
  return [
    { f: (x) => step(x) - stepThere, slope: (x, i) => inner(x, i) / Math.cosh(place(x)) ** 2 },
    {
      f: (x) => bump(x) - bumpThere,
      slope: (x, i) => (-2 * place(x) * inner(x, i)) / (1 + place(x) ** 2) ** 2,
    },
  ];
};

/** The error of a gradient in natural parameters. */
const inNaturals = (
  subject: Subject,
  { f }: TestFunction,
  found: ArrayLike<number>,
  rounding?: ArrayLike<number>,
): number => {
  const { member, quadrature, mean, covariance, weights } = subject;
  const values = Float64Array.from(quadrature.values, (x) => f(x));
  const centre = average(weights, (n) => values[n]!);
  const spread = Math.sqrt(average(weights, (n) => (values[n]! - centre) ** 2));
  return Array.from(mean).reduce((worst, _, i) => {
    const unit = Math.sqrt(covariance[i]![i]!);
    const step = Math.min(
      0.003 / (unit + 1e-6 * Math.abs(mean[i]!) + 1e-100),
      0.1 / farthestStatistic(subject, i),
    );
    const at = (h: number): number => average(movedTo(subject, moved(member, i, h)), (n) => values[n]!);
    const expected = difference(at, step);
    return Math.max(
      worst,
      Math.max(Math.abs(found[i]! - expected) - (rounding?.[i] ?? 0), 0) /
        (spread * unit + 1e-12 * Math.abs(mean[i]!) + 1e-100),
    );
  }, 0);
};

/** Probabilities of the subject's points under a member near its own. */
const movedTo = ({ member, quadrature, weights, mean }: Subject, other: Member): Float64Array => {
  const own = naturalVector(member);
  return tilted(
    quadrature,
    weights,
    mean,
    naturalVector(other).map((eta, i) => eta - own[i]!),
  );
};

/**
 * How far T_i lies from its mean where that counts for its variance: a step of the natural parameter changes no probability
 * by more than the exponential of their product. A rare class is hundreds of standard deviations away.
 */
const farthestStatistic = ({ quadrature, weights, mean, covariance }: Subject, i: number): number =>
  quadrature.statistics.reduce((most, T, n) => {
    const away = Math.abs(T[i]! - mean[i]!);
    return weights[n]! * away ** 2 > 1e-12 * covariance[i]![i]! ? Math.max(most, away) : most;
  }, 1e-100);

/** The error of a gradient in mean parameters, which the derived Fisher information turns into one in natural parameters. */
const throughFisher = (subject: Subject, test: TestFunction, gradient: readonly number[]): number => {
  const found = fisherOf(subject.member).map((row) =>
    row.reduce((sum, value, j) => sum + value * gradient[j]!, 0),
  );
  const rounding = gradient.map((_, i) =>
    gradient.reduce((sum, value, j) => sum + roundingOfCovariance(subject.mean, i, j) * Math.abs(value), 0),
  );
  return inNaturals(subject, test, found, rounding);
};

const classValues = ({ member }: Subject, { f }: TestFunction): readonly number[] => {
  const names = entryNames(member);
  return names.map((_, k) => f(names.map((__, j) => (j === k ? 1 : 0))));
};

/** E[(T − μ) f], with the derived μ. */
const scoreGradient = ({ member, quadrature, weights }: Subject, { f }: TestFunction): readonly number[] => {
  const derived = meanOf(member);
  return Array.from(derived, (mu, i) =>
    average(weights, (n) => (quadrature.statistics[n]![i]! - mu) * f(quadrature.values[n]!)),
  );
};

/** E[x²] = G + μ², the moment that a quadratic cost needs, relative to quadrature. */
const squareError = ({ member, quadrature, weights }: Subject, statistic: number): number => {
  const square = meanOf(member)[statistic]! ** 2 + fisherOf(member)[statistic]![statistic]!;
  const expected = average(weights, (n) => quadrature.values[n]![0]! ** 2);
  return Math.abs(square - expected) / expected;
};

/** E[f'(x) ∂x/∂η], with the slopes that the compiled program computes at the points of the quadrature. */
const implicitGradient = (subject: Subject, { slope }: TestFunction): readonly number[] => {
  const { points, slopes } = implicitSlopes(subject);
  const { values } = subject.quadrature;
  return slopes.map((along) =>
    points.reduce((total, n, place) => total + subject.weights[n]! * slope(values[n]!, 0) * along[place]!, 0),
  );
};

/** The error of E[f'(x(ε)) ∂x/∂θ] in the parameters θ themselves, which is what a `pathwise` line moves with. */
const inParameters = (subject: Subject, test: TestFunction): number => {
  const { member, quadrature, weights } = subject;
  const rule = pathRule(member);
  const values = Float64Array.from(quadrature.values, (x) => test.f(x));
  const spread = Math.sqrt(average(weights, (n) => values[n]! ** 2));
  return movingEntries(member).reduce((worst, entry) => {
    const size = member.parameters[entry.name]!.values[entry.offset]!;
    const step = 1e-3 * Math.max(Math.min(Math.abs(size), 1), 0.05);
    const expected = difference((h) => {
      return average(movedTo(subject, withEntry(member, entry, h)), (n) => values[n]!);
    }, step);
    const slopes = pathSlopes(member, entry, rule);
    const found = rule.weights.reduce((total, weight, n) => {
      const along = slopes.reduce((sum, slope, i) => sum + test.slope(rule.values[n]!, i) * slope[n]!, 0);
      return total + weight * along;
    }, 0);
    const scale = spread / Math.max(Math.abs(size), 0.1) + Math.abs(expected);
    return Math.max(worst, Math.abs(found - expected) / scale);
  }, 0);
};
