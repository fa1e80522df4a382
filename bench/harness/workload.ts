/**
 * What `npm run bench` measures: a computation stated once in nsm and again by hand, so that all can be given the same numbers and held
 * against each other.
 */
import type { TensorFlow } from '../../src/runtime/plan.ts';
import type { NumberArrays } from '../../src/runtime/state.ts';
import type { Load } from '../../src/targets/plan.ts';

/** What every variant of a workload is given. */
export interface Inputs {
  readonly numbers: Readonly<Record<string, number>>;
  readonly arrays: NumberArrays;
}

export interface Compared {
  readonly outputs: NumberArrays;
  /** All draws that were made on the way, by name, `[turn, ...]`. */
  readonly draws: NumberArrays;
}

/** One way to do the work, made ready on one set of inputs. */
export interface Variant {
  /** The outputs of the first `compared` units: on these draws, or on draws of its own where null. */
  readonly compare: (draws: NumberArrays | null) => Compared;
  /** Does `units` units on draws of its own. */
  readonly run: () => void;
}

export type Prepare = (tf: TensorFlow, inputs: Inputs) => Variant;

/** What runs programs is chosen for it. */
export type PrepareNsm = (tf: TensorFlow, inputs: Inputs, load?: Load) => Variant;

/** What a variant's own draws are held to: those of the first turn where they are Poisson, for only there the rates are known. */
export type Law = { readonly kind: 'normal' } | { readonly kind: 'poisson'; readonly logRates: Float32Array };

export interface Workload {
  readonly name: string;
  /** Sizes in words. */
  readonly shape: string;
  /** What the milliseconds are for. */
  readonly unit: 'step' | 'iteration' | 'run';
  /** Units that one timed run makes, and units after which outputs are compared. */
  readonly units: number;
  readonly compared: number;
  /** Largest root mean square difference of an output from nsm's, over the root mean square of that. */
  readonly tolerance: number;
  /** Outputs that are counts: the largest share of entries that may differ, where a rounding decides about a turn. */
  readonly counts: Readonly<Record<string, number>>;
  /** Whether a person would take something out of the loop by hand, which gives PyTorch a second variant. */
  readonly isHoistable: boolean;
  /** A draw whose share of entries above 0 is told as the activity. */
  readonly spikes: string | null;
  readonly laws: (inputs: Inputs) => Readonly<Record<string, Law>>;
  readonly inputs: (tf: TensorFlow, data: string | null) => Promise<Inputs>;
  readonly nsm: PrepareNsm;
  readonly tfjs: Prepare;
}
