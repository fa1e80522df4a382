import type { DictionaryAnalysis } from './analysis.ts';
import type { Metric, MetricPoint } from './metrics.ts';

export interface TrainingPoint {
  readonly iteration: number;
  /** What learning descends, in nats; it may not be finite when training diverged. */
  readonly objective: number;
}

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
  /** What was changed of the run on its way, and after how many iterations. */
  readonly changes: readonly {
    readonly change: number;
    readonly iteration: number;
    readonly undoes: number | null;
    readonly what: string;
  }[];
  /** Height and width of the data as pictures, or null when they are none. */
  readonly imageShape: readonly [number, number] | null;
  readonly dictionary: ReportDictionary | null;
  /** Expected count per neuron. */
  readonly meanActivity: Float32Array | null;
  readonly training: readonly TrainingPoint[];
  /** Why there is no value of what learning descends, or null. */
  readonly untold: string | null;
  /** What inference on the test examples is measured by. */
  readonly metrics: readonly Metric[];
  /** By inference step, from 1. */
  readonly inference: readonly MetricPoint[];
  readonly reconstructions: readonly Reconstruction[];
  readonly analysis: DictionaryAnalysis | null;
  /** At the last step. */
  readonly final: Readonly<Record<string, number>>;
  /** What has no figure, and why. */
  readonly unmeasured: readonly { readonly name: string; readonly why: string }[];
}
