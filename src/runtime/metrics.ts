/** Metrics of a run from the sums that an inference's `measure` program returns. */

/** Sums over examples; see `InferenceDefinition.measure`. */
export interface MeasuredSums {
  readonly squared_error: number;
  readonly squared_total: number;
  readonly zeros: number;
  readonly free_energy: number;
}

/** Metrics at one step of inference. */
export interface StepMetrics {
  readonly step: number;
  /** Pooled: 1 - (sum of squared errors) / (sum of squares about each example's mean). */
  readonly r2: number;
  /** Fraction of latents drawn as 0. */
  readonly zeros: number;
  /** Nats per example, under the model's own prior. */
  readonly free_energy: number;
}

export const noSums: MeasuredSums = { squared_error: 0, squared_total: 0, zeros: 0, free_energy: 0 };

export const addSums = (first: MeasuredSums, second: MeasuredSums): MeasuredSums => ({
  squared_error: first.squared_error + second.squared_error,
  squared_total: first.squared_total + second.squared_total,
  zeros: first.zeros + second.zeros,
  free_energy: first.free_energy + second.free_energy,
});

/** @param latentCount latent numbers of one example */
export function metricsOf(
  sums: MeasuredSums,
  step: number,
  examples: number,
  latentCount: number,
): StepMetrics {
  return {
    step,
    r2: 1 - sums.squared_error / sums.squared_total,
    zeros: sums.zeros / (examples * latentCount),
    free_energy: sums.free_energy / examples,
  };
}

/** The steps recorded when none are asked for: 1, 2, 4, ... and the last. */
export function powersOfTwo(last: number): readonly number[] {
  const steps: number[] = [];
  for (let step = 1; step < last; step *= 2) steps.push(step);
  return last >= 1 ? [...steps, last] : steps;
}
