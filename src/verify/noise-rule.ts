/** Quadrature rules for the standard noises that `pathwise` lines read. */
import type { Noise } from '../schedule/program.ts';
import { integrateLine, isRule, valueOf, type LinePoint } from './line.ts';

export interface NoiseRule {
  readonly points: readonly LinePoint[];
  /** Probabilities. */
  readonly weights: readonly number[];
}

export const noises = [
  'standard_normal',
  'standard_uniform',
  'standard_exponential',
  'standard_logistic',
] as const satisfies readonly Noise[];
type SmoothNoise = (typeof noises)[number];

const laws: Readonly<Record<SmoothNoise, { low: number; high: number; log: (x: number) => number }>> = {
  standard_normal: { low: -Infinity, high: Infinity, log: (x) => -(x ** 2) / 2 },
  standard_uniform: { low: 0, high: 1, log: () => 0 },
  standard_exponential: { low: 0, high: Infinity, log: (x) => -x },
  standard_logistic: {
    low: -Infinity,
    high: Infinity,
    log: (x) => -Math.abs(x) - 2 * Math.log1p(Math.exp(-Math.abs(x))),
  },
};

/** Points and probabilities of one standard noise; `kinks` are places where the function to be averaged has one. */
export const noiseRule = (noise: SmoothNoise, kinks: readonly number[] = []): NoiseRule => {
  const { low, high, log } = laws[noise];
  const rule = integrateLine(
    low,
    high,
    kinks,
    ({ origin, direction }) =>
      (y) =>
        log(origin + direction * y),
  );
  if (!isRule(rule)) throw new Error(`internal: ${noise} has no quadrature`);
  const weights = rule.points.map((point) => Math.exp(log(valueOf(point)) + point.logWeight));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { points: rule.points, weights: weights.map((weight) => weight / total) };
};

/** A coarse rule of the normal noise for products of two: the trapezoid rule, exact to 1e-14 for smooth functions. */
export const coarseNormal = (): {
  readonly values: readonly number[];
  readonly weights: readonly number[];
} => {
  const values = Array.from({ length: 65 }, (_, n) => (n - 32) / 4);
  const weights = values.map((x) => Math.exp(-(x ** 2) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { values, weights: weights.map((weight) => weight / total) };
};
