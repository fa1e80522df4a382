/** Figures of an inference from the sums over examples that its `measure` program returns. */
import type { MetricDefinition } from '../schedule/definition.ts';
import { shapeOf, sizeOf } from './state.ts';

/** Sums over examples, by their names. */
export type Sums = Readonly<Record<string, number>>;

/** Figures at one step of inference, by the names of the inference's `metrics`. */
export type StepMetrics = Readonly<Record<string, number>> & { readonly step: number };

/** Names of the sums that figures are made of. */
export const sumsIn = (metrics: readonly MetricDefinition[]): readonly string[] =>
  metrics.flatMap(({ made }) => {
    switch (made.kind) {
      case 'mean':
      case 'root_mean':
        return [made.sum];
      case 'explained':
        return [made.error, made.total];
      case 'ratio':
        return [made.part, made.whole];
    }
  });

export const addSums = (first: Sums, second: Sums): Sums =>
  Object.fromEntries(Object.entries(second).map(([name, value]) => [name, (first[name] ?? 0) + value]));

/** @param sizes of the axes, without the examples' */
export const metricsOf = (
  metrics: readonly MetricDefinition[],
  sums: Sums,
  step: number,
  examples: number,
  sizes: Readonly<Record<string, number>>,
): StepMetrics => ({
  step,
  ...Object.fromEntries(metrics.map(({ name, made }) => [name, figure(made, sums, examples, sizes)])),
});

const figure = (
  made: MetricDefinition['made'],
  sums: Sums,
  examples: number,
  sizes: Readonly<Record<string, number>>,
): number => {
  switch (made.kind) {
    case 'mean': {
      const entries = made.entries.reduce((count, axes) => count + sizeOf(shapeOf(axes, sizes)), 0);
      return sums[made.sum]! / (examples * entries);
    }
    case 'root_mean':
      return Math.sqrt(sums[made.sum]! / examples);
    case 'explained':
      return 1 - sums[made.error]! / sums[made.total]!;
    case 'ratio':
      return sums[made.part]! / sums[made.whole]!;
  }
};

/** The steps recorded when none are asked for: 1, 2, 4, ... and the last. */
export function powersOfTwo(last: number): readonly number[] {
  const steps: number[] = [];
  for (let step = 1; step < last; step *= 2) steps.push(step);
  return [...steps, last];
}
