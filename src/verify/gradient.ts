/**
 * The derived gradient estimator against the derivative of E[f] for a few functions f. Both sides are exact: the estimator's
 * expectation by summation or quadrature over the draw (or over the noise of a `pathwise` line), the derivative by
 * differences of E[f] under quadrature with moved natural parameters, where nothing of the log-partition enters.
 */
import { derivative } from '../calculus/differentiate.ts';
import { axisOf, type Index } from '../calculus/expression.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import { readNames } from '../calculus/substitute.ts';
import { estimatorOf, valueStatistic, type GradientEstimator } from '../derive/family/estimator.ts';
import { fisherOf, meanOf, memberOf, naturalVector, type Member } from '../derive/family/member.ts';
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
import { difference, moved } from './moments.ts';
import { kinksIn } from './kinks.ts';
import { coarseNormal, noiseRule, noises, type NoiseRule } from './noise-rule.ts';
import { average, probabilitiesAt } from './quadrature.ts';
import { entriesAt, entryNames, placesOf, valueAxes } from './value-function.ts';

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
        return inNaturals(subject, each, throughFisher(subject.member, [scale * gap]));
      }
      case 'each_class':
        return inNaturals(subject, each, throughFisher(subject.member, classValues(subject, each)));
      case 'next_count': {
        const weight = compileScalar(entriesAt(subject.member, estimator.weight)[0]!, ['x']);
        const { values } = subject.quadrature;
        const gradient = average(subject.weights, (n) => {
          const x = values[n]![0]!;
          return weight(x) * (each.f([x + 1]) - each.f([x]));
        });
        return inNaturals(subject, each, throughFisher(subject.member, [gradient]));
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
      `the expectation of the ${estimator.kind.replace('_', ' ')} estimator is not the derivative of E[f]`,
    ),
  ];
};

/** A step and a bump, centred and scaled by the member: bounded, and smooth on every scale that a heavy tail has. */
const testFunctions = ({ member, quadrature, weights }: Subject): readonly TestFunction[] => {
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
  return [
    { f: (x) => Math.tanh(place(x)), slope: (x, i) => inner(x, i) / Math.cosh(place(x)) ** 2 },
    {
      f: (x) => 1 / (1 + place(x) ** 2),
      slope: (x, i) => (-2 * place(x) * inner(x, i)) / (1 + place(x) ** 2) ** 2,
    },
  ];
};

/** The error of a gradient in natural parameters. */
const inNaturals = (subject: Subject, { f }: TestFunction, found: ArrayLike<number>): number => {
  const { member, quadrature, mean, covariance, weights } = subject;
  const values = Float64Array.from(quadrature.values, (x) => f(x));
  const centre = average(weights, (n) => values[n]!);
  const spread = Math.sqrt(average(weights, (n) => (values[n]! - centre) ** 2));
  return Array.from(mean).reduce((worst, _, i) => {
    const unit = Math.sqrt(covariance[i]![i]!);
    const step = 0.003 / (unit + 1e-6 * Math.abs(mean[i]!) + 1e-100);
    const expected = difference((h) => {
      const probabilities = probabilitiesAt(quadrature, naturalVector(moved(member, i, h)));
      return average(probabilities, (n) => values[n]!);
    }, step);
    return Math.max(
      worst,
      Math.abs(found[i]! - expected) / (spread * unit + 1e-12 * Math.abs(mean[i]!) + 1e-100),
    );
  }, 0);
};

const throughFisher = (member: Member, gradient: readonly number[]): readonly number[] =>
  fisherOf(member).map((row) => row.reduce((sum, value, j) => sum + value * gradient[j]!, 0));

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

interface Moving {
  readonly name: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly indices: readonly Index[];
  readonly isSymmetric: boolean;
}

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
      const probabilities = probabilitiesAt(quadrature, naturalVector(withEntry(member, entry, h)));
      return average(probabilities, (n) => values[n]!);
    }, step);
    const slopes = pathSlopes(member, entry, rule.names);
    const found = rule.weights.reduce((total, weight, n) => {
      const noise = rule.points[n]!;
      const x = rule.paths.map((path) => path(...noise));
      const along = slopes.reduce((sum, slope, i) => sum + test.slope(x, i) * slope(...noise), 0);
      return total + weight * along;
    }, 0);
    const scale = spread / Math.max(Math.abs(size), 0.1) + Math.abs(expected);
    return Math.max(worst, Math.abs(found - expected) / scale);
  }, 0);
};

const movingEntries = ({ family, parameters }: Member): readonly Moving[] =>
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
const withEntry = (member: Member, entry: Moving, by: number): Member => {
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

/** Points and probabilities of all noise together, and the path's entries as functions of it. */
const pathRule = (member: Member) => {
  const path = member.family.pathwise!;
  const [noise] = noises.filter((name) => readNames(path).has(name));
  const axes = valueAxes(member.family);
  const places = placesOf(axes, member.sizes);
  const names = axes.length === 0 ? [noise!] : places.map((_, n) => `${noise!}_${n}`);
  const entries = entriesAt(member, path, axes, [noise!]);
  const rules: readonly NoiseRule[] =
    names.length === 1
      ? [noiseRule(noise!, kinksIn(entries, -Infinity, Infinity, names[0]))]
      : names.map(() => coarseNormal());
  let points: readonly (readonly number[])[] = [[]];
  let weights: readonly number[] = [1];
  for (const rule of rules) {
    weights = weights.flatMap((weight) => rule.weights.map((other) => weight * other));
    points = points.flatMap((point) => rule.values.map((value) => [...point, value]));
  }
  return { names, points, weights, paths: entries.map((entry) => compileScalar(entry, names)) };
};

/** ∂x/∂θ, entry by entry, as functions of the noise. */
const pathSlopes = (
  member: Member,
  { name, offset, indices, shape, isSymmetric }: Moving,
  names: readonly string[],
) => {
  const { family } = member;
  const axes = valueAxes(family);
  const noise = names[0]!.replace(/_\d+$/, '');
  // Fresh names: an entry of the parameter is another one than the entry of the value.
  const marks = indices.map((index, n) => `${axisOf(index)}'''${"'".repeat(n)}`);
  const node = derivative(family.pathwise!, name, marks);
  const along = (at: number) => {
    const fixed = placesOf(marks, Object.fromEntries(marks.map((mark, n) => [axisOf(mark), shape[n]!])))[at]!;
    return entriesAt(member, node, [...axes, ...marks], [noise]).filter((_, place) => {
      const all = placesOf([...axes, ...marks], member.sizes)[place]!;
      return marks.every((mark) => all[mark] === fixed[mark]);
    });
  };
  const own = along(offset).map((entry) => compileScalar(entry, names));
  if (!isSymmetric) return own;
  const width = shape[1]!;
  const twin = along((offset % width) * width + Math.floor(offset / width)).map((entry) =>
    compileScalar(entry, names),
  );
  return own.map(
    (slope, i) =>
      (...x: number[]) =>
        (slope(...x) + twin[i]!(...x)) / 2,
  );
};
