import type { DictionaryAnalysis } from './analysis.ts';

/** Metrics of held-out inference. Any of them may be NaN where the model has no such quantity. */
export interface ReportMetrics {
  /** Explained share of the data's variance, pooled over the set. */
  readonly r2: number;
  /** Share of latent values that are exactly zero, 0 to 1. */
  readonly zeros: number;
  /** In nats, mean per example, under the model's own prior. */
  readonly free_energy: number;
}

export interface TrainingPoint {
  readonly iteration: number;
  /** What learning descends, in nats; it may not be finite when training diverged. */
  readonly objective: number;
  readonly r2?: number;
  readonly zeros?: number;
}

export type InferencePoint = ReportMetrics & {
  /** Number of inference steps taken, from 1. */
  readonly step: number;
};

export interface ReportDictionary {
  readonly name: string;
  /** Row-major [pixels, neurons]: element k is column k. */
  readonly values: Float32Array;
  readonly pixels: number;
  readonly neurons: number;
}

export interface Reconstruction {
  /** [pixels] */
  readonly original: Float32Array;
  /** [pixels] */
  readonly reconstruction: Float32Array;
}

/** Everything the report of one training run says; `report` adds no fact of its own. */
export interface ReportInput {
  readonly title: string;
  readonly modelName: string;
  readonly learningName: string;
  /** Command line that repeats the run. */
  readonly command: string;
  /** Which data, and how they were prepared. */
  readonly dataNote: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** Resolved source of the model. */
  readonly source: string;
  /** Height and width of the data as pictures, or null when they are none. */
  readonly imageShape: readonly [number, number] | null;
  readonly dictionary: ReportDictionary | null;
  /** Expected count per neuron. */
  readonly meanActivity: Float32Array | null;
  readonly training: readonly TrainingPoint[];
  readonly inference: readonly InferencePoint[];
  readonly reconstructions: readonly Reconstruction[];
  readonly analysis: DictionaryAnalysis | null;
  readonly final: ReportMetrics;
}
