/** What a family looks like: the density of some members by quadrature, beside draws of the sampler. */
import { compileScalar } from '../calculus/scalar-function.ts';
import type { Family } from '../check/typed.ts';
import { naturalVector, type Member } from '../derive/family/member.ts';
import { samplerOf } from '../derive/family/sampler.ts';
import { drawMember, drawProgram } from '../verify/draws.ts';
import { hasNaturals, testGroups } from '../verify/members.ts';
import { boundsOf, isQuadrature, probabilitiesAt, quadratureAt } from '../verify/quadrature.ts';
import { unnormalisedEntry } from '../verify/value-function.ts';

/** One member: a density over a line, probabilities of single values, or draws in the plane. */
export interface Panel {
  /** `log_rate = 0.4`. */
  readonly label: string;
  readonly law: readonly Point[];
  readonly kind: 'density' | 'probabilities' | 'plane';
  /** Bars of a histogram: the middle of each and its height; draws themselves in the plane. */
  readonly draws: readonly Point[];
  /** Of a bar. */
  readonly width: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}

const shownMembers = 3;
const count = 4000;
const bins = 32;
const seed = 1;
/** Shares of the density to the left of a picture, and up to its right. */
const [leastShown, mostShown] = [0.002, 0.995];

/** None for a family whose values are matrices, or of whose members none can be integrated. */
export const panelsOf = (family: Family): readonly Panel[] => {
  const members = testGroups(family)
    .flat()
    .filter(({ member }) => hasNaturals(member));
  const kind = kindOf(family);
  const canDraw = samplerOf(family).kind !== 'none';
  const program = canDraw ? drawProgram(family) : null;
  const panels = members.flatMap(({ member, label }): readonly Panel[] => {
    const draws = program === null ? [] : drawMember(program, member, seed, count);
    if (kind === 'plane')
      return [{ label, kind, law: [], draws: draws.map(([x, y]) => ({ x: x!, y: y! })), width: 0 }];
    const quadrature = kind === null ? null : quadratureAt(member);
    if (kind === null || quadrature === null || !isQuadrature(quadrature)) return [];
    const weights = probabilitiesAt(quadrature, naturalVector(member));
    // A class is the place of its 1.
    const placeOf = (x: ArrayLike<number>): number =>
      family.support.kind === 'one_hot' ? Array.from(x).indexOf(1) + 1 : x[0]!;
    const values = draws.map(placeOf);
    const places = quadrature.values.map((value, n) => ({ x: placeOf(value), y: weights[n]! }));
    if (kind === 'probabilities') return [{ label, kind, ...probabilities(places, values) }];
    if (isFarOut(places)) return [];
    return [{ label, kind, ...density(member, quadrature.logTotal, places, values) }];
  });
  return panels.slice(0, shownMembers);
};

/** A density of which nothing would be seen but a line at its end. */
const isFarOut = (places: readonly Point[]): boolean =>
  quantile(places, mostShown) - quantile(places, leastShown) >
  15 * (quantile(places, 0.9) - quantile(places, 0.1));

const kindOf = ({ support }: Family): Panel['kind'] | null => {
  switch (support.kind) {
    case 'real':
    case 'positive':
    case 'unit':
    case 'angle':
      return 'density';
    case 'count':
    case 'integer':
    case 'binary':
    case 'spin':
    case 'one_hot':
      return 'probabilities';
    case 'simplex':
    case 'vector':
      return 'plane';
    case 'positive_definite':
      return null;
  }
};

type Drawn = Pick<Panel, 'law' | 'draws' | 'width'>;

const probabilities = (places: readonly Point[], values: readonly number[]): Drawn => {
  const law = places.filter(({ y }) => y > 1e-3).toSorted((a, b) => a.x - b.x);
  const share = (x: number): number => values.filter((value) => value === x).length / values.length;
  return { law, draws: values.length === 0 ? [] : law.map(({ x }) => ({ x, y: share(x) })), width: 0.8 };
};

const density = (
  member: Member,
  logTotal: number,
  places: readonly Point[],
  values: readonly number[],
): Drawn => {
  const { low, high, atom } = boundsOf(member);
  const [from, to] = [
    Math.max(low, quantile(places, leastShown)),
    Math.min(high, quantile(places, mostShown)),
  ];
  const logDensity = compileScalar(unnormalisedEntry(member), ['x']);
  const steps = 160;
  const law = Array.from({ length: steps + 1 }, (_, n) => from + ((to - from) * n) / steps)
    .filter((x) => x !== atom)
    .map((x) => ({ x, y: Math.exp(logDensity(x) - logTotal) }));
  const width = (to - from) / bins;
  const heights = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor((value - from) / width);
    if (value !== atom && bin >= 0 && bin < bins) heights[bin]! += 1 / (values.length * width);
  }
  const draws = Array.from(heights, (y, n) => ({ x: from + (n + 0.5) * width, y }));
  return { law, draws: values.length === 0 ? [] : draws, width };
};

/** Where the probability of quadrature's points reaches a share. */
const quantile = (places: readonly Point[], share: number): number => {
  let total = 0;
  const sorted = places.toSorted((a, b) => a.x - b.x);
  return (sorted.find(({ y }) => (total += y) >= share) ?? sorted.at(-1)!).x;
};
