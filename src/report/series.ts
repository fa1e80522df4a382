import type { Series } from './charts.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** At most 400 points: means of neighbouring ones. */
export function thinned(points: readonly Point[]): { points: Point[]; width: number } {
  const width = Math.max(1, Math.ceil(points.length / 400));
  if (width === 1) return { points: [...points], width };
  const means: Point[] = [];
  for (let start = 0; start < points.length; start += width) {
    const bin = points.slice(start, start + width);
    const mean = (of: (point: Point) => number): number =>
      bin.reduce((sum, point) => sum + of(point), 0) / bin.length;
    means.push({ x: mean((point) => point.x), y: mean((point) => point.y) });
  }
  return { points: means, width };
}

/**
 * Logarithmic when all values are positive and span a factor of 30; otherwise linear, cut above the largest
 * value of the last nine tenths where the start would flatten the rest.
 */
export function objectiveAxis(values: readonly number[]): { scale?: 'log'; domain?: [number, number] } {
  if (values.length < 3) return {};
  const [low, high] = extent(values);
  if (low > 0 && high / low > 30) return { scale: 'log' };
  const [, later] = extent(values.slice(Math.ceil(values.length / 10)));
  if (values.length < 20 || !(high - low > 4 * (later - low)) || later === low) return {};
  const margin = 0.05 * (later - low);
  return { domain: [low - margin, later + margin] };
}

/** Smallest and largest value. */
export function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  );
}

/** From 0, or from just below the lowest R² but not below −1, to 1. */
export function shareDomain(series: readonly Series[]): [number, number] {
  const [low] = extent([0, ...series.flatMap(({ points }) => points.map(({ y }) => y))]);
  return [Math.max(-1, Math.floor(5 * low) / 5), 1];
}

/** `count` of the items at even distances, the first and the last among them. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, k) => items[Math.round((k * (items.length - 1)) / (count - 1))]!);
}
