/** Summation over whole numbers, from the mode outwards, with a far tail of slowly falling terms as an integral. */
import { integrateLine, isRule, valueOf, type LineProblem } from './line.ts';

export interface WeightedPoint {
  readonly x: number;
  readonly logWeight: number;
}

/** Below the greatest term by this much, a falling term and all after it do not count. */
const depth = 80;
const longest = 1 << 15;

/** Points and weights for the whole numbers from `low` to `high`; terms are given by their logarithm. */
export const sumPoints = (
  low: number,
  high: number,
  logTerm: (x: number) => number,
): readonly WeightedPoint[] | LineProblem => {
  const mode = modeOf(low, high, logTerm);
  if (mode === null) return { kind: 'empty' };
  const top = logTerm(mode);
  const points: WeightedPoint[] = [{ x: mode, logWeight: 0 }];
  for (const direction of [1, -1]) {
    const end = direction > 0 ? high : low;
    for (let distance = 1; ; distance++) {
      const x = mode + direction * distance;
      if (direction * (x - end) > 0) break;
      const term = logTerm(x);
      if (Number.isNaN(term)) return { kind: 'undefined', at: x };
      if (term === Infinity) return { kind: 'infinite', at: x };
      // A whole number without mass may lie between others with mass.
      if (term < top - depth && distance > 64) break;
      points.push({ x, logWeight: 0 });
      if (distance < longest) continue;
      const tail = tailFrom(x, direction > 0 ? 1 : -1, end, logTerm);
      if ('kind' in tail) return tail;
      points.push(...tail);
      break;
    }
  }
  return points;
};

/**
 * The sum of all terms beyond `last` by the midpoint rule: the integral from half a step behind it. The error is a 24th of
 * the slope there, which after so many terms is nothing.
 */
const tailFrom = (
  last: number,
  direction: 1 | -1,
  end: number,
  logTerm: (x: number) => number,
): readonly WeightedPoint[] | LineProblem => {
  const start = last + direction / 2;
  const stop = end + direction / 2;
  const [low, high] = direction > 0 ? [start, stop] : [stop, start];
  const rule = integrateLine(
    low,
    high,
    [],
    ({ origin, direction: way }) =>
      (y) =>
        logTerm(origin + way * y),
  );
  if (!isRule(rule)) return rule.kind === 'empty' ? [] : rule;
  return rule.points.map((point) => ({ x: valueOf(point), logWeight: point.logWeight }));
};

/** A whole number of the greatest term, or null when no term is a number above 0. */
const modeOf = (low: number, high: number, logTerm: (x: number) => number): number | null => {
  const start = low !== -Infinity ? low : high !== Infinity ? high : 0;
  const inside = (x: number): boolean => x >= low && x <= high;
  const height = (x: number): number => {
    const term = logTerm(x);
    return Number.isNaN(term) || term === Infinity ? -Infinity : term;
  };
  const distances = Array.from({ length: 180 }, (_, n) => (n < 40 ? n : Math.round(40 * 1.1 ** (n - 40))));
  const candidates = [...new Set(distances.flatMap((distance) => [start + distance, start - distance]))]
    .filter(inside)
    .sort((a, b) => a - b);
  const heights = candidates.map(height);
  const best = heights.reduce((most, value, n) => (value > heights[most]! ? n : most), 0);
  if (heights[best] === -Infinity) return null;
  let [from, to] = [candidates[best - 1] ?? candidates[best]!, candidates[best + 1] ?? candidates[best]!];
  while (to - from > 8) {
    const third = Math.floor((to - from) / 3);
    if (height(from + third) < height(to - third)) from += third;
    else to -= third;
  }
  let mode = candidates[best]!;
  for (let x = from; x <= to; x++) if (height(x) > height(mode)) mode = x;
  return mode;
};
