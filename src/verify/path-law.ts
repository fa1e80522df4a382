/**
 * The law of a `pathwise` line by quadrature over its noise, where that is one kind of standard noise: what thousands of draws
 * show to a per cent is known here to many digits.
 */
import { compileScalar } from '../calculus/scalar-function.ts';
import { readNames } from '../calculus/substitute.ts';
import { samplerOf } from '../derive/family/sampler.ts';
import { drawProgram, drawsOf, fitsDensity } from './draws.ts';
import { testFunctions } from './gradient.ts';
import { largest, shown, type Subject } from './identity.ts';
import { noises } from './noise-rule.ts';
import { pathRule } from './path.ts';
import { average } from './quadrature.ts';
import { entryNames, statisticEntries } from './value-function.ts';

/** As for the gradient: quadrature of bounded smooth functions on both sides. */
const tolerance = 1e-6;

const hasRule = ({ member: { family } }: Subject): boolean =>
  family.pathwise !== null &&
  family.draws.length === 0 &&
  noises.filter((noise) => readNames(family.pathwise!).has(noise)).length === 1;

/** Whether the expectations of bounded functions are those of the density; null where the noise has no quadrature. */
export const pathAgrees = (subject: Subject): boolean | null => {
  if (!hasRule(subject)) return null;
  try {
    const { values, weights } = pathRule(subject.member);
    const errors = testFunctions(subject).map(({ f }) => {
      const expected = average(subject.weights, (n) => f(subject.quadrature.values[n]!));
      return Math.abs(weights.reduce((sum, weight, n) => sum + weight * f(values[n]!), 0) - expected);
    });
    return largest(errors) <= tolerance;
  } catch {
    // A line without a value somewhere has no expectations.
    return null;
  }
};

/** The average of the statistic that the line misses most, in words. */
export const pathMoments = (subject: Subject): string => {
  const { values, weights } = pathRule(subject.member);
  const names = entryNames(subject.member);
  const found = statisticEntries(subject.member).map((entry, i) => {
    const T = compileScalar(entry, names);
    const mean = weights.reduce((sum, weight, n) => sum + weight * T(...values[n]!), 0);
    const error = Math.abs(mean - subject.mean[i]!) / Math.sqrt(subject.covariance[i]![i]!);
    return {
      error,
      words: `the average of statistic ${i + 1} is ${shown(mean)} by it, and ${shown(subject.mean[i]!)} is right`,
    };
  });
  return found.reduce((most, next) => (next.error > most.error ? next : most)).words;
};

/** Whether what the `pathwise` line of the subject's family draws follows the density: by quadrature where there is one. */
export const pathFollows = (subject: Subject, drawn: () => readonly Float64Array[]): boolean => {
  try {
    return pathAgrees(subject) ?? fitsDensity(subject, drawn());
  } catch {
    // A changed line may have no value somewhere, and then explains nothing.
    return false;
  }
};

/** The same for a family with another `pathwise` or `draw` line: it is drawn from anew, where its draws are made by that line. */
export const changedPathFollows = (subject: Subject): boolean => {
  const { family } = subject.member;
  if (!hasRule(subject) && samplerOf(family).kind !== 'pathwise') return false;
  // Most slips are found out by few draws.
  return [500, undefined].every((count) =>
    pathFollows(subject, () => drawsOf(drawProgram(family), subject, 1, count)),
  );
};
