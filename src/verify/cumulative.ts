/** The distribution function of a density at the order statistics of a sample, by quadrature between them. */
import { fromEnd } from '../calculus/near.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import { integrateLine, isRule } from './line.ts';
import type { Subject } from './identity.ts';
import { boundsOf } from './quadrature.ts';
import { unnormalisedEntry } from './value-function.ts';

export interface Step {
  readonly empirical: number;
  readonly expected: number;
}

/** How many places along a continuous sample are compared. Between two of them, at most this part of the sample lies. */
const places = 400;

/** Pairs of distribution functions, at and just before the places where they may differ most. */
export const cumulative = (subject: Subject, sorted: Float64Array): readonly Step[] => {
  switch (subject.member.family.support.kind) {
    case 'count':
    case 'integer':
    case 'binary':
    case 'spin':
      return discrete(subject, sorted);
    default:
      return continuous(subject, sorted);
  }
};

const discrete = ({ quadrature, weights }: Subject, sorted: Float64Array): readonly Step[] => {
  const order = Array.from(weights.keys()).sort(
    (a, b) => quadrature.values[a]![0]! - quadrature.values[b]![0]!,
  );
  const steps: Step[] = [];
  let expected = 0;
  let place = 0;
  for (const n of order) {
    expected += weights[n]!;
    while (place < sorted.length && sorted[place]! <= quadrature.values[n]![0]!) place++;
    steps.push({ empirical: place / sorted.length, expected });
  }
  return steps;
};

const continuous = ({ member, quadrature, weights }: Subject, sorted: Float64Array): readonly Step[] => {
  const { low, high, atom } = boundsOf(member);
  const entry = unnormalisedEntry(member);
  const density = compileScalar(entry, ['x']);
  const logDensity = (x: number): number => density(x) - quadrature.logTotal;
  const fromHigh =
    high === Infinity ? null : compileScalar(fromEnd(entry, { origin: high, direction: -1 }), ['y']);
  const panel = (left: number, right: number): number =>
    fromHigh !== null && high - left < left - low
      ? panelFrom(0, high - right, high - left, (y) => fromHigh(y) - quadrature.logTotal)
      : panelFrom(low, left, right, logDensity);
  const atomMass = atom === null ? 0 : Math.exp(logDensity(atom));
  const values = atom === null ? sorted : sorted.filter((x) => x !== atom);
  const silent = (sorted.length - values.length) / sorted.length;
  const steps: Step[] = atom === null ? [] : [{ empirical: silent, expected: atomMass }];
  const atomAt = (x: number, part: number): number => (atom !== null && atom <= x ? part : 0);
  const step = Math.max(1, Math.floor(values.length / places));
  let [area, from] = [0, low];
  for (let n = step - 1; n < values.length; n += step) {
    const x = values[n]!;
    while (values[n + 1] === x) n++;
    if (x > from) {
      // A draw at the upper end, or kept off it by a rounding, stands for all that lies nearer to the end.
      if (high < Infinity && high - x <= Number.EPSILON * Math.abs(high)) area = 1 - atomMass;
      else if (from === low) area = integral(low, x, quadrature.values, weights, logDensity, atom);
      else area += panel(from, x);
      from = x;
    }
    steps.push({
      empirical: (n + 1) / sorted.length + atomAt(x, silent),
      expected: area + atomAt(x, atomMass),
    });
  }
  return steps;
};

/** ∫ from the lower end, where the density may be singular or the way infinite. */
const integral = (
  low: number,
  high: number,
  points: readonly (readonly number[])[],
  weights: Float64Array,
  logDensity: (x: number) => number,
  atom: number | null,
): number => {
  const rule = integrateLine(
    low,
    high,
    [],
    ({ origin, direction }) =>
      (y) =>
        logDensity(origin + direction * y),
  );
  if (isRule(rule))
    return rule.points.reduce(
      (total, { frame, y, logWeight }) =>
        total + Math.exp(logDensity(frame.origin + frame.direction * y) + logWeight),
      0,
    );
  // Nothing could be made of so short a way: what the member's own points have there.
  return points.reduce((total, [x], n) => total + (x! <= high && x !== atom ? weights[n]! : 0), 0);
};

// Gauss-Legendre points and weights on (-1, 1), five of them: neighbouring places are close beside the density's width.
const nodes = [0, 0.5384693101056831, -0.5384693101056831, 0.906179845938664, -0.906179845938664];
const nodeWeights = [
  0.5688888888888889, 0.47862867049936647, 0.47862867049936647, 0.23692688505618908, 0.23692688505618908,
];

/** In the logarithm of the distance from the nearer end where there is one: densities there fall or rise by powers of it. */
const panelFrom = (end: number, from: number, to: number, logDensity: (x: number) => number): number => {
  const isLog = end > -Infinity;
  const [start, stop] = isLog ? [Math.log(from - end), Math.log(to - end)] : [from, to];
  const half = (stop - start) / 2;
  return nodes.reduce((total, node, n) => {
    const t = start + half * (1 + node);
    const density = isLog ? Math.exp(logDensity(end + Math.exp(t)) + t) : Math.exp(logDensity(t));
    return total + half * nodeWeights[n]! * density;
  }, 0);
};
