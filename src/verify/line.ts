/**
 * Quadrature on an interval of the line by double exponential rules (Takahasi and Mori 1974): the trapezoid rule after a
 * change of variable that lets the integrand die out twice exponentially, which takes singular ends and heavy tails alike.
 * The way is cut at the modes and at points where the integrand has a kink; every piece is seen from an end of its own, so
 * that no digits are lost next to it.
 */

/** A value on the line by its distance from an origin. */
export interface Frame {
  readonly origin: number;
  readonly direction: 1 | -1;
}
/** The integrand's logarithm at the distance `y` from the frame's origin. */
export type LogIntegrand = (frame: Frame) => (y: number) => number;

export interface LinePoint {
  readonly frame: Frame;
  readonly y: number;
  /** Log of the rule's weight, without the integrand. */
  readonly logWeight: number;
}

export type LineProblem =
  | { readonly kind: 'undefined' | 'infinite'; readonly at: number }
  | { readonly kind: 'diverges'; readonly at: number }
  | { readonly kind: 'empty' };

export interface LineRule {
  readonly points: readonly LinePoint[];
  /** How much the integral changed, relatively, when the number of points was doubled the last time. */
  readonly change: number;
}

export const valueOf = ({ frame, y }: LinePoint): number => frame.origin + frame.direction * y;

/** A way from a distance 0 of the frame's origin to `length` (or without end, on the given scale). */
interface Piece {
  readonly frame: Frame;
  readonly length: number;
  readonly scale: number;
}

const finest = 7;
/** Points whose part of the integral is below exp(-this) of the greatest part are left out. */
const depth = 90;

export const integrateLine = (
  low: number,
  high: number,
  kinks: readonly number[],
  integrand: LogIntegrand,
): LineRule | LineProblem => {
  const plain = integrand({ origin: 0, direction: 1 });
  const peaks = peaksOf(low, high, plain);
  if (peaks.length === 0) return { kind: 'empty' };
  const cuts = [...new Set([...peaks, ...kinks.filter((kink) => kink > low && kink < high)])].sort(
    (a, b) => a - b,
  );
  const pieces = piecesOf(low, high, cuts, plain);
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
  { frame, length, scale }: Piece,
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
    const { y, logSlope } = place(t);
    const value = integrand(y);
    const logWeight = Math.log(step) + logSlope;
    const logTerm = value + logWeight;
    if (logTerm > top && logTerm < Infinity) top = logTerm;
    if (logTerm > -Infinity) middle.push({ frame, y, logWeight, logTerm });
    return logTerm;
  };
  const first = put(0);
  if (Number.isNaN(first)) return { kind: 'undefined', at: frame.origin + frame.direction * place(0).y };
  for (const way of [-1, 1]) {
    // Distances stay between 1e-290 and 1e140, where powers of them still are numbers.
    const least = way < 0 ? -290 : length === Infinity ? 140 : 17;
    let last = first;
    let ended = false;
    for (let n = 1; ; n++) {
      const t = way * n * step;
      const exponent = (Math.abs(Math.sinh(t)) * Math.PI * (length === Infinity ? 0.5 : 1)) / Math.LN10;
      if (exponent > Math.abs(least)) break;
      const term = put(t);
      const { y } = place(t);
      if (Number.isNaN(term) || term === Infinity) {
        // Where the rest is negligible anyway, infinities may meet: x^2 - exp(x) far out.
        if (last < top - depth) {
          ended = true;
          break;
        }
        if (way > 0 && length === Infinity) return { kind: 'diverges', at: frame.direction * Infinity };
        return {
          kind: Number.isNaN(term) ? 'undefined' : 'infinite',
          at: frame.origin + frame.direction * y,
        };
      }
      last = term;
      if (term < top - depth && n * step > 1.5) {
        ended = true;
        break;
      }
    }
    const isOpen = way < 0 || length === Infinity;
    if (!ended && isOpen && last >= top - 23)
      return { kind: 'diverges', at: way < 0 ? frame.origin : frame.direction * Infinity };
  }
  return middle;
};

const piecesOf = (
  low: number,
  high: number,
  cuts: readonly number[],
  plain: (x: number) => number,
): readonly Piece[] => {
  const pieces: Piece[] = [];
  const up = (origin: number): Frame => ({ origin, direction: 1 });
  const down = (origin: number): Frame => ({ origin, direction: -1 });
  const [first, last] = [cuts[0]!, cuts.at(-1)!];
  if (low === -Infinity)
    pieces.push({ frame: down(first), length: Infinity, scale: fallOf(plain, first, -1) });
  else if (first > low) pieces.push({ frame: up(low), length: first - low, scale: 1 });
  // A piece between two cuts is halved, so that each half is seen from the cut that it touches.
  for (let n = 0; n + 1 < cuts.length; n++) {
    const half = (cuts[n + 1]! - cuts[n]!) / 2;
    pieces.push({ frame: up(cuts[n]!), length: half, scale: 1 });
    pieces.push({ frame: down(cuts[n + 1]!), length: half, scale: 1 });
  }
  if (high === Infinity) pieces.push({ frame: up(last), length: Infinity, scale: fallOf(plain, last, 1) });
  else if (last < high) pieces.push({ frame: down(high), length: high - last, scale: 1 });
  return pieces;
};

/** How far from a mode the integrand has fallen by one unit of its logarithm. */
const fallOf = (plain: (x: number) => number, from: number, direction: 1 | -1): number => {
  const top = plain(from);
  let distance = 1e-9 * Math.max(1, Math.abs(from));
  while (distance < 1e30 && plain(from + direction * distance) > top - 1) distance *= 2;
  return distance;
};

/** Places of the local maxima that matter, on a scale that takes in all sizes. */
const peaksOf = (low: number, high: number, plain: (x: number) => number): readonly number[] => {
  const { at, logSlope, reach } = scaleOf(low, high);
  const count = 1200;
  const place = (n: number): number => -reach + (2 * reach * (n + 0.5)) / count;
  const height = (t: number): number => {
    const value = plain(at(t)) + logSlope(t);
    return Number.isNaN(value) || value === Infinity ? -Infinity : value;
  };
  const heights = Array.from({ length: count }, (_, n) => height(place(n)));
  const top = Math.max(...heights);
  if (top === -Infinity) return [];
  const found: { readonly x: number; readonly value: number }[] = [];
  for (let n = 0; n < count; n++) {
    const value = heights[n]!;
    if (
      value === -Infinity ||
      value < (heights[n - 1] ?? -Infinity) ||
      value <= (heights[n + 1] ?? -Infinity)
    )
      continue;
    const t = climb(height, place(n - 1), place(n + 1));
    found.push({ x: at(t), value: height(t) });
  }
  const best = Math.max(...found.map(({ value }) => value));
  return found
    .filter(({ x, value }) => value >= best - 50 && x > low && x < high)
    .sort((a, b) => b.value - a.value)
    .slice(0, 6)
    .map(({ x }) => x);
};

const scaleOf = (low: number, high: number) => {
  if (low === -Infinity && high === Infinity)
    return { at: Math.sinh, logSlope: (t: number) => Math.log(Math.cosh(t)), reach: 40 };
  if (high === Infinity)
    return { at: (t: number) => low + Math.exp(t), logSlope: (t: number) => t, reach: 100 };
  if (low === -Infinity)
    return { at: (t: number) => high - Math.exp(t), logSlope: (t: number) => t, reach: 100 };
  const width = high - low;
  const small = (t: number): number => 1 / (1 + Math.exp(Math.abs(t)));
  return {
    at: (t: number) => (t < 0 ? low + width * small(t) : high - width * small(t)),
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
