/**
 * The `pathwise` line of a discrete family, which samplers do not use and `relaxed(temperature)` does. Relaxed draws are right
 * in the limit: as the temperature falls to 0 they become those of the line as it stands. Its draws have to follow the density
 * up to the values that the line cannot pass (those beyond count as the last one), and no jump may be left once its steps
 * are smooth: the derivative of the mean of relaxed draws is then the mean of their derivatives.
 */
import { constant } from '../calculus/build.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import type { Estimator } from '../check/typed.ts';
import { isDiscrete } from '../derive/family/sampler.ts';
import { reachOf, throughProblem, type Reach } from '../derive/family/through.ts';
import { fitOfDraws, type Drawn, type DrawReport } from './draws.ts';
import { checkOf, skip, type Subject, type Subjects } from './identity.ts';
import { average } from './quadrature.ts';
import { entryNames, statisticEntries } from './value-function.ts';

/** So cold that a sigmoid is 0 or 1 but for one draw in some 10⁹. */
export const coldest: Estimator = { kind: 'relaxed', temperature: constant(1e-12) };

export const checkRelaxed = (subjects: Subjects, drawn: Drawn): DrawReport => {
  const { family, groups } = subjects;
  const skipped = (why: string): DrawReport => ({ outcome: skip('relaxed', why), tests: 0, falseAlarm: 0 });
  if (!isDiscrete(family)) return skipped('its draws are not discrete');
  if (family.pathwise === null) return skipped('it has no `pathwise` line to relax');
  const report = fitOfDraws('relaxed', subjects, (subject) => drawn(subject).map(rounded), withinReach);
  const problem = throughProblem('relaxed', family);
  if (problem === null) return report;
  const label = groups[0]![0]!.label;
  const { outcome } = report;
  return {
    ...report,
    outcome: { ...outcome, checks: [...outcome.checks, checkOf('relaxed', label, NaN, 0, problem)] },
  };
};

/** `Math.round`, with one zero. */
export const rounded = (x: Float64Array): Float64Array => x.map((entry) => Math.round(entry) + 0);

/** Whether a draw may be cut off at all: members of which that is rarer than once in a thousand runs are told apart by draws. */
export const isCutOff = ({ member, quadrature, weights }: Subject, count: number): boolean => {
  const reach = reachOf(member.family);
  if (reach === null) return false;
  return average(weights, (n) => (passes(quadrature.values[n]![0]!, reach) ? 1 : 0)) * count > 1e-3;
};

const passes = (x: number, { low, high }: Reach): boolean =>
  (low !== null && x < low) || (high !== null && x > high);

/** The law of draws that end where the line ends. */
const withinReach = (subject: Subject): Subject => {
  const { member, quadrature, weights } = subject;
  const reach = reachOf(member.family);
  if (reach === null || !quadrature.values.some(([x]) => passes(x!, reach))) return subject;
  const names = entryNames(member);
  const T = statisticEntries(member).map((entry) => compileScalar(entry, names));
  const masses = new Map<number, number>();
  quadrature.values.forEach(([x], n) => {
    const nearest = Math.min(Math.max(x!, reach.low ?? -Infinity), reach.high ?? Infinity);
    masses.set(nearest, (masses.get(nearest) ?? 0) + weights[n]!);
  });
  const values = [...masses.keys()].map((x) => [x]);
  const statistics = values.map((x) => Float64Array.from(T, (f) => f(...x)));
  return {
    ...subject,
    quadrature: { ...quadrature, values, statistics },
    weights: Float64Array.from(masses.values()),
  };
};
