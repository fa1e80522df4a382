/**
 * Quadrature on an interval of the line by double exponential rules (Takahasi and Mori 1974): the trapezoid rule after a
 * change of variable that lets the integrand die out twice exponentially, which takes singular ends and heavy tails alike.
 * The way is cut at the modes and at points where the integrand has a kink; every piece is seen from an end of its own, so
 * that no digits are lost next to it.
 */

import type { End } from '../calculus/near.ts';

/** The integrand's logarithm at the distance `y` from the frame's origin. */
export type LogIntegrand = (frame: End) => (y: number) => number;

export interface LinePoint {
  readonly frame: End;
  readonly y: number;
  /** Log of the rule's weight, without the integrand. */
  readonly logWeight: number;
}

export type LineProblem =
  | { readonly kind: 'undefined' | 'infinite'; readonly at: number }
  | { readonly kind: 'diverges'; readonly at: number }
  /** There is an integral, of which a part that matters lies nearer to this end than numbers do. */
  | { readonly kind: 'beyond'; readonly at: number }
  | { readonly kind: 'empty' };

export interface LineRule {
  readonly points: readonly LinePoint[];
  /** How much the integral changed, relatively, when the number of points was doubled the last time. */
  readonly change: number;
}

export const valueOf = ({ frame, y }: Place): number => frame.origin + frame.direction * y;

/** A way of this length (or without end, on the given scale) from the distance `start` of the frame's origin. */
interface Piece {
  readonly frame: End;
  readonly start: number;
  readonly way: 1 | -1;
  readonly length: number;
  readonly scale: number;
}

/** A place on the line by its distance from an origin. */
interface Place {
  readonly frame: End;
  readonly y: number;
}

const finest = 8;
/** Points whose part of the integral is below exp(-this) of the greatest part are left out. */
const depth = 90;

export const integrateLine = (
  low: number,
  high: number,
  kinks: readonly number[],
  integrand: LogIntegrand,
): LineRule | LineProblem => {
  const peaks = peaksOf(low, high, integrand);
  if (peaks.length === 0) return { kind: 'empty' };
  const bends = kinks.filter((kink) => kink > low && kink < high).map(placeAt);
  const cuts = [...peaks, ...bends]
    .sort(compare)
    .filter((cut, n, all) => n === 0 || compare(all[n - 1]!, cut) < 0);
  const pieces = piecesOf(low, high, cuts, integrand);
  let before: { readonly points: readonly LinePoint[]; readonly logTotal: number } | null = null;
  for (let level = 3; level <= finest; level++) {
    const parts = pieces.map((piece) => applyRule(piece, 2 ** -level, integrand(piece.frame)));
    const problem = parts.find((part): part is LineProblem => !Array.isArray(part));
    if (problem !== undefined) return problem;
    const points = parts.flatMap((part) => part as readonly Weighted[]);
    const top = points.reduce((most, { logTerm }) => Math.max(most, logTerm), -Infinity);
    if (top === -Infinity) return { kind: 'empty' };
    const kept = points.filter(({ logTerm }) => logTerm >= top - depth);
    const logTotal = top + Math.log(kept.reduce((total, { logTerm }) => total + Math.exp(logTerm - top), 0));
    const change = before === null ? Infinity : Math.abs(Math.expm1(logTotal - before.logTotal));
    if (change < 1e-12 || level === finest) return { points: kept, change };
    before = { points: kept, logTotal };
  }
  return { kind: 'empty' };
};

/** Whether a rule came out, rather than a reason why there is none. */
export const isRule = (found: LineRule | LineProblem): found is LineRule => !('kind' in found);

interface Weighted extends LinePoint {
  readonly logTerm: number;
}

const applyRule = (
  { frame, start, way: inside, length, scale }: Piece,
  step: number,
  integrand: (y: number) => number,
): readonly Weighted[] | LineProblem => {
  const place = (t: number): { readonly y: number; readonly logSlope: number } => {
    const s = Math.PI * Math.sinh(t);
    const logCosh = Math.log(Math.PI * Math.cosh(t));
    if (length === Infinity) {
      const half = s / 2;
      return { y: scale * Math.exp(half), logSlope: Math.log(scale) + half + logCosh - Math.log(2) };
    }
    // length * sigmoid(s), and its derivative length * sigmoid(s) * sigmoid(-s) * ds/dt.
    const small = -Math.log1p(Math.exp(-Math.abs(s)));
    const logUp = s < 0 ? s + small : small;
    return {
      y: length * Math.exp(logUp),
      logSlope: Math.log(length) + logUp + (s > 0 ? -s + small : small) + logCosh,
    };
  };
  const middle: Weighted[] = [];
  let top = -Infinity;
  const put = (t: number): number => {
    const { y: distance, logSlope } = place(t);
    const y = start + inside * distance;
    const value = integrand(y);
    const logWeight = Math.log(step) + logSlope;
    const logTerm = value + logWeight;
    if (logTerm > top && logTerm < Infinity) top = logTerm;
    if (logTerm > -Infinity) middle.push({ frame, y, logWeight, logTerm });
    return logTerm;
  };
  const valueAt = (distance: number): number => valueOf({ frame, y: start + inside * distance });
  const first = put(0);
  if (Number.isNaN(first)) return { kind: 'undefined', at: valueAt(place(0).y) };
  for (const way of [-1, 1]) {
    // Distances stay between 1e-290 and 1e140, where powers of them still are numbers.
    const least = way < 0 ? -290 : length === Infinity ? 140 : 17;
    const outwards = frame.direction * inside * Infinity;
    let last = first;
    let [fall, before] = [0, heightOf(place(0), first)];
    let ended = false;
    for (let n = 1; ; n++) {
      const t = way * n * step;
      const exponent = (Math.abs(Math.sinh(t)) * Math.PI * (length === Infinity ? 0.5 : 1)) / Math.LN10;
      if (exponent > Math.abs(least)) break;
      const term = put(t);
      const now = heightOf(place(t), term);
      if (Number.isNaN(term) || term === Infinity) {
        // Where the rest is negligible anyway, infinities may meet: x^2 - exp(x) far out.
        if (last < top - depth) {
          ended = true;
          break;
        }
        if (way > 0 && length === Infinity) return { kind: 'diverges', at: outwards };
        return { kind: Number.isNaN(term) ? 'undefined' : 'infinite', at: valueAt(place(t).y) };
      }
      last = term;
      fall = (before.height - now.height) / Math.abs(now.along - before.along);
      before = now;
      if (term < top - depth && n * step > 1.5) {
        ended = true;
        break;
      }
    }
    const isOpen = way < 0 || length === Infinity;
    if (!ended && isOpen && last >= top - 23)
      // A power of the distance that falls, however slowly, has an integral.
      return { kind: fall > 1e-3 ? 'beyond' : 'diverges', at: way < 0 ? valueAt(0) : outwards };
  }
  return middle;
};

/** The integrand over the logarithm of the distance, on which a power of it is a straight line. */
const heightOf = (
  { y, logSlope }: { readonly y: number; readonly logSlope: number },
  logTerm: number,
): { readonly along: number; readonly height: number } => ({
  along: Math.log(y),
  height: logTerm - logSlope + Math.log(y),
});

const compare = (left: Place, right: Place): number =>
  left.frame === right.frame ? (left.y - right.y) * left.frame.direction : valueOf(left) - valueOf(right);

const placeAt = (x: number): Place => ({ frame: { origin: x, direction: 1 }, y: 0 });

const piecesOf = (
  low: number,
  high: number,
  cuts: readonly Place[],
  integrand: LogIntegrand,
): readonly Piece[] => {
  const pieces: Piece[] = [];
  const put = ({ frame, y }: Place, up: 1 | -1, length: number, scale = 1): void => {
    pieces.push({ frame, start: y, way: frame.direction === up ? 1 : -1, length, scale });
  };
  const end = (origin: number, direction: 1 | -1): Place => ({ frame: { origin, direction }, y: 0 });
  /** Halved, so that each half is seen from the place that it touches, or seen from the left one alone. */
  const fill = (left: Place, right: Place, halved: boolean): void => {
    const gap = gapBetween(left, right);
    put(left, 1, halved ? gap / 2 : gap);
    if (halved) put(right, -1, gap / 2);
  };
  const [first, last] = [cuts[0]!, cuts.at(-1)!];
  if (low === -Infinity) put(first, -1, Infinity, fallOf(integrand, first, -1));
  else fill(end(low, 1), first, first.frame.direction < 0);
  for (let n = 0; n + 1 < cuts.length; n++) fill(cuts[n]!, cuts[n + 1]!, true);
  if (high === Infinity) put(last, 1, Infinity, fallOf(integrand, last, 1));
  else if (last.y > 0 && last.frame.direction > 0) fill(last, end(high, -1), true);
  else put(end(high, -1), -1, gapBetween(last, end(high, -1)));
  return pieces;
};

const gapBetween = (left: Place, right: Place): number => {
  if (left.frame.origin === right.frame.origin)
    return right.frame.direction * right.y - left.frame.direction * left.y;
  return valueOf(right) - valueOf(left);
};

/** How far from a mode the integrand has fallen by one unit of its logarithm. */
const fallOf = (integrand: LogIntegrand, from: Place, up: 1 | -1): number => {
  const log = integrand(from.frame);
  const way = up * from.frame.direction;
  const top = log(from.y);
  let distance = 1e-9 * (from.y || Math.max(1, Math.abs(from.frame.origin)));
  while (distance < 1e30 && log(from.y + way * distance) > top - 1) distance *= 2;
  return distance;
};

/** A peak nearer to an end than this, beside the end's size, would lose digits that its distance from there has. */
const near = 1e-3;

/** Places of the local maxima that matter, on a scale that takes in all sizes. */
const peaksOf = (low: number, high: number, integrand: LogIntegrand): readonly Place[] => {
  const { at, logSlope, reach } = scaleOf(low, high);
  const count = 1200;
  const place = (n: number): number => -reach + (2 * reach * (n + 0.5)) / count;
  const seen = new Map<End, (y: number) => number>();
  const height = (t: number): number => {
    const { frame, y } = at(t);
    let log = seen.get(frame);
    if (log === undefined) seen.set(frame, (log = integrand(frame)));
    const value = log(y) + logSlope(t);
    return Number.isNaN(value) || value === Infinity ? -Infinity : value;
  };
  const heights = Array.from({ length: count }, (_, n) => height(place(n)));
  const top = Math.max(...heights);
  if (top === -Infinity) return [];
  const found: { readonly at: Place; readonly value: number }[] = [];
  for (let n = 0; n < count; n++) {
    const value = heights[n]!;
    if (
      value === -Infinity ||
      value < (heights[n - 1] ?? -Infinity) ||
      value <= (heights[n + 1] ?? -Infinity)
    )
      continue;
    const t = climb(height, place(n - 1), place(n + 1));
    found.push({ at: at(t), value: height(t) });
  }
  const best = Math.max(...found.map(({ value }) => value));
  return found
    .filter(({ value }) => value >= best - 50)
    .sort((a, b) => b.value - a.value)
    .map(({ at: peak }) =>
      Math.abs(peak.y) < near * Math.abs(peak.frame.origin) ? peak : placeAt(valueOf(peak)),
    )
    .filter((peak) => peak.y > 0 || (valueOf(peak) > low && valueOf(peak) < high))
    .slice(0, 6);
};

const scaleOf = (low: number, high: number) => {
  const [line, up, down]: readonly End[] = [
    { origin: 0, direction: 1 },
    { origin: low, direction: 1 },
    { origin: high, direction: -1 },
  ];
  const seen = (frame: End, y: number): Place => ({ frame, y });
  if (low === -Infinity && high === Infinity)
    return {
      at: (t: number) => seen(line!, Math.sinh(t)),
      logSlope: (t: number) => Math.log(Math.cosh(t)),
      reach: 40,
    };
  if (high === Infinity)
    return { at: (t: number) => seen(up!, Math.exp(t)), logSlope: (t: number) => t, reach: 100 };
  if (low === -Infinity)
    return { at: (t: number) => seen(down!, Math.exp(t)), logSlope: (t: number) => t, reach: 100 };
  const width = high - low;
  const small = (t: number): number => 1 / (1 + Math.exp(Math.abs(t)));
  return {
    at: (t: number) => seen(t < 0 ? up! : down!, width * small(t)),
    logSlope: (t: number) => Math.log(width) + Math.log(small(t)) + Math.log1p(-small(t)),
    reach: 30,
  };
};

const climb = (height: (t: number) => number, from: number, to: number): number => {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  for (let turn = 0; turn < 60; turn++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (height(left) >= height(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
};
