/**
 * `log_partition intractable by quadrature`: A(η) = log ∫ exp(η T(x) + log h(x)) dx as a sum over fixed points, which has derivatives of
 * every order. The trapezoidal rule on a line where the density falls off smoothly at both ends converges faster than any power of its
 * spacing (Trefethen and Weideman 2014), so as few points are taken as give the cumulants of all members within reach.
 */
import { apply, constant, read, zero } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import { readNames } from '../calculus/substitute.ts';
import { replacement } from '../diagnostics/fixes.ts';
import { cumulantOf } from '../runtime/special.ts';
import type { FamilyDeclaration } from '../syntax/tree.ts';
import type { CheckedSupport } from './family-support.ts';
import { error, type Report } from './scope.ts';

/** Natural parameters reach from −100 to 100 inverse standard deviations of the statistic at 0. */
const reach = 100;
/** What a member's density falls to at the ends, from its mode: e^−46 = 1e-20. */
const negligible = 46;
const mostPoints = 768;
/** Whole numbers that are looked at, on either side of 0. */
const mostScanned = 4096;

/** A(η), or null when the line asks for another method or quadrature cannot give it, which has been reported then. */
export const logPartitionByQuadrature = (
  declaration: FamilyDeclaration,
  statistics: readonly Expression[],
  naturals: readonly string[],
  logBase: Expression,
  support: CheckedSupport,
  report: Report,
): Expression | null => {
  const line = declaration.logPartition;
  if (line?.kind !== 'intractable' || line.by === null) return null;
  const method = line.by;
  const refuse = (why: string, hint: string): null =>
    error(report, 'NSM4020', line.span, why, {
      hint,
      fixes: [
        ...(method.text === 'quadrature' ? [] : [replacement(method.span, 'quadrature')]),
        replacement(line.span, 'intractable'),
      ],
    });
  if (method.text !== 'quadrature')
    return refuse(
      `there is no method "${method.text}" for a log-partition`,
      'Write `intractable by quadrature`, or `intractable` and sample the mean with interneurons.',
    );
  const [statistic, ...more] = statistics;
  const [natural] = naturals;
  if (statistic === undefined || natural === undefined || more.length > 0)
    return refuse(
      'quadrature needs one statistic with one natural parameter',
      'With more of them, state the log-partition, or write `intractable` and sample the means with interneurons.',
    );
  const other = [...readNames(statistic), ...readNames(logBase)].find((name) => name !== 'x');
  if (other !== undefined || support.atom !== null || !isScalar(support))
    return refuse(
      other === undefined
        ? 'quadrature needs values on a line or whole numbers, without an atom'
        : `quadrature is made once, and the density reads the parameter \`${other}\``,
      'Put numbers in place of fixed parameters, or state the log-partition.',
    );
  const found = quadrature(statistic, logBase, support);
  if (found.kind === 'none')
    return refuse(
      found.why,
      'State the log-partition, or write `intractable` and sample the mean with interneurons.',
    );
  return apply('cumulant', zero, read(natural), ...found.pairs.map(constant));
};

const isScalar = ({ support }: CheckedSupport): boolean =>
  ['real', 'positive', 'unit', 'angle', 'count', 'integer', 'binary', 'spin'].includes(support.kind);

type Found =
  | { readonly kind: 'points'; readonly pairs: readonly number[] }
  | { readonly kind: 'none'; readonly why: string };

/** Log of the density times the spacing, at a place t of the line: T and what does not depend on η. */
interface Line {
  readonly statistic: (t: number) => number;
  readonly rest: (t: number) => number;
  /** Where to look, in rising order. */
  readonly places: readonly number[];
  readonly isDiscrete: boolean;
}

const quadrature = (statistic: Expression, logBase: Expression, support: CheckedSupport): Found => {
  const [value, base] = [compileScalar(statistic, ['x']), compileScalar(logBase, ['x'])];
  const line = lineOf(value, base, support);
  const coarse = pairsAt(line, line.places);
  const spread = Math.sqrt(cumulantOf(2, 0, coarse));
  if (!Number.isFinite(spread) || spread === 0)
    return { kind: 'none', why: 'the density has no normaliser where its natural parameter is 0' };
  const members = [-1, -0.5, -0.2, -0.1, -0.03, -0.01, 0, 0.01, 0.03, 0.1, 0.2, 0.5, 1].map(
    (share) => (share * reach) / spread,
  );
  const ends = whereItCounts(line, members);
  if (ends === null)
    return {
      kind: 'none',
      why: 'the density does not fall off at the ends of its support for every natural parameter',
    };
  if (line.isDiscrete) {
    const pairs = pairsOn(line, ends[0], ends[1], 0);
    return pairs.length <= 2 * mostPoints
      ? { kind: 'points', pairs }
      : { kind: 'none', why: `more than ${mostPoints} values count` };
  }
  const exact = pairsOn(line, ends[0], ends[1], 4 * mostPoints);
  for (let points = 24; points <= mostPoints; points = Math.ceil(points * 1.2)) {
    const pairs = pairsOn(line, ends[0], ends[1], points);
    if (members.every((eta) => agree(eta, pairs, exact))) return { kind: 'points', pairs };
  }
  return {
    kind: 'none',
    why: `${mostPoints} points are not enough for it: the density has kinks or is too narrow`,
  };
};

/** Whether three cumulants agree, as far as float32 programs could tell. */
const agree = (eta: number, pairs: readonly number[], exact: readonly number[]): boolean => {
  const differs = (n: number): number => Math.abs(cumulantOf(n, eta, pairs) - cumulantOf(n, eta, exact));
  const [value, mean, variance] = [0, 1, 2].map((n) => cumulantOf(n, eta, exact)) as [number, number, number];
  return (
    differs(0) < 1e-9 * (1 + Math.abs(value)) &&
    differs(1) < 1e-8 * (Math.sqrt(variance) + Math.abs(mean)) &&
    differs(2) < 1e-7 * variance
  );
};

/** The whole line is left as it is; other intervals are mapped onto it, so that their ends lie at infinity. */
const lineOf = (
  statistic: (x: number) => number,
  base: (x: number) => number,
  { support, domain: { low, high } }: CheckedSupport,
): Line => {
  const isDiscrete = ['count', 'integer', 'binary', 'spin'].includes(support.kind);
  if (isDiscrete) {
    const only = support.kind === 'spin' ? [-1, 1] : null;
    const [from, to] = [Math.max(low, -mostScanned), Math.min(high, mostScanned)];
    return {
      statistic,
      rest: (x) => (only === null || only.includes(x) ? base(x) : -Infinity),
      places: Array.from({ length: to - from + 1 }, (_, k) => from + k),
      isDiscrete,
    };
  }
  const onto = (
    places: readonly number[],
    at: (t: number) => number,
    logSlope: (t: number) => number,
  ): Line => ({
    statistic: (t) => statistic(at(t)),
    rest: (t) => base(at(t)) + logSlope(t),
    places,
    isDiscrete,
  });
  if (low === -Infinity && high === Infinity)
    return onto(
      wide,
      (t) => t,
      () => 0,
    );
  const share = (t: number): number => 1 / (1 + Math.exp(-t));
  const softplus = (t: number): number => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
  // Where softplus is too small for its digits, nothing but powers of x counts: e^−700 is the least number.
  const long = wide.filter((t) => t > -700);
  if (high === Infinity)
    return onto(
      long,
      (t) => low + softplus(t),
      (t) => -softplus(-t),
    );
  if (low === -Infinity)
    return onto(
      long,
      (t) => high - softplus(t),
      (t) => -softplus(-t),
    );
  return onto(
    scan(60),
    (t) => low + (high - low) * share(t),
    (t) => Math.log(high - low) - softplus(t) - softplus(-t),
  );
};

const scanned = 40_001;
const scan = (far: number): readonly number[] =>
  Array.from({ length: scanned }, (_, k) => far * ((2 * k) / (scanned - 1) - 1));
/** Fine about 0, and as far as 80,000. */
const wide = scan(12).map(Math.sinh);

/** T and the log weight in turn, at so many places with equal spacing, or at all whole numbers between two. */
const pairsOn = (line: Line, from: number, to: number, count: number): readonly number[] => {
  const points = line.isDiscrete ? to - from + 1 : count;
  const spacing = line.isDiscrete ? 1 : (to - from) / (points - 1);
  return pairsAt(
    line,
    Array.from({ length: points }, (_, k) => from + k * spacing),
  );
};

const pairsAt = (line: Line, places: readonly number[]): readonly number[] =>
  places.flatMap((t, k) => {
    const [before, after] = [places[k - 1] ?? t, places[k + 1] ?? t];
    // Half of both neighbours' distances; the whole of one at an end, where nothing counts.
    const width = line.isDiscrete ? 1 : (after - before) / 2;
    const [statistic, rest] = [line.statistic(t), line.rest(t)];
    return Number.isFinite(statistic) && Number.isFinite(rest) ? [statistic, rest + Math.log(width)] : [];
  });

/** The ends of what counts for any of the members; null where one of them reaches the end of the line. */
const whereItCounts = (line: Line, members: readonly number[]): readonly [number, number] | null => {
  const { places, isDiscrete } = line;
  let [first, last] = [Infinity, -Infinity];
  for (const eta of members) {
    const heights = places.map((t) => {
      const height = eta * line.statistic(t) + line.rest(t);
      return Number.isNaN(height) ? -Infinity : height;
    });
    const top = heights.reduce((most, height) => Math.max(most, height), -Infinity);
    heights.forEach((height, k) => {
      if (height < top - negligible) return;
      first = Math.min(first, k);
      last = Math.max(last, k);
    });
  }
  const end = places.length - 1;
  if (isDiscrete) return isCutOff(line, first, last) ? null : [places[first]!, places[last]!];
  return first <= 0 || last >= end ? null : [places[first - 1]!, places[last + 1]!];
};

/** Whether whole numbers that were not looked at count. */
const isCutOff = ({ places }: Line, first: number, last: number): boolean =>
  (first === 0 && places[0] === -mostScanned) || (last === places.length - 1 && places[last] === mostScanned);
