/**
 * A model made ready to run: its programs and what surrounds them. Plain data; targets turn the programs into
 * functions (`src/targets`), the driver (`src/runtime/model.ts`) calls them.
 *
 * Every program takes the parameters by name (in their stored coordinates) and, as host inputs, the settings by
 * name. Besides:
 *
 * | program   | more inputs                                                    | outputs                          |
 * |-----------|----------------------------------------------------------------|----------------------------------|
 * | `start`   | the observed variables `[example, ...]`                        | the states                       |
 * | `advance` | observed, states, host `first_step`, `step_count`, `progress`  | the states                       |
 * | `measure` | observed, states, data of states that are observed variables   | sums over examples: see          |
 * |           | as `NAME.data`, host `iteration` (keys the draws)              | `InferenceDefinition.measure`    |
 * | `update`  | observed, memory, particles `[example, ...]`,                  | parameters, memory, particles,   |
 * |           | host `iteration` (from 1), `progress`                          | `objective`, limits              |
 * | `sample`  | host `iteration`                                               | every variable                   |
 */
import type { Expression, Index } from '../calculus/expression.ts';
import type { Origin, Program } from './program.ts';

export interface Definition {
  readonly model: string;
  readonly doc: string | null;
  /** Size of each axis of the model. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Settings of the model that are not sizes. */
  readonly settings: Readonly<Record<string, number>>;
  readonly parameters: readonly ParameterDefinition[];
  readonly observed: readonly ObservedDefinition[];
  /** The variables that are not observed. */
  readonly latents: readonly ArrayDefinition[];
  readonly inferences: readonly InferenceDefinition[];
  readonly learnings: readonly LearningDefinition[];
  /** Ancestral draws from the model itself: outputs every variable, `[example, ...]`. */
  readonly sample: Program;
  /** Why some variable is missing among them; null where none is. */
  readonly undrawn: string | null;
  /** Where parameters, variables, inferences and learnings are declared, by their names. */
  readonly origins?: Readonly<Record<string, Origin>>;
}

export interface ArrayDefinition {
  readonly name: string;
  readonly doc: string | null;
  /** Without the example index. */
  readonly axes: readonly Index[];
}

export interface ObservedDefinition extends ArrayDefinition {
  /** What data may hold; null where nothing is known. */
  readonly values: ValueRange | null;
}

/** Values of a support, for data to be held against. */
export type ValueRange = PointRange | LineRange | VectorRange;

interface Bounds {
  /** Whose values they are: `x ~ Poisson`. */
  readonly of: string;
  /** The least and the greatest value, or infinities. */
  readonly low: number;
  readonly high: number;
  /** Settings and sizes that the bounds were computed from. */
  readonly restsOn: readonly string[];
}
export interface PointRange extends Bounds {
  readonly kind: 'count' | 'integer' | 'binary' | 'spin';
}
export interface LineRange extends Bounds {
  readonly kind: 'real' | 'positive' | 'unit' | 'angle';
  /** Whether the ends are values themselves. */
  readonly hasLow: boolean;
  readonly hasHigh: boolean;
}
export interface VectorRange {
  readonly of: string;
  readonly kind: 'one_hot' | 'simplex';
  /** Place among the variable's axes of the one along which entries belong together. */
  readonly along: number;
}

export interface ParameterDefinition extends ArrayDefinition {
  /** The inference that owns it, or null when it is the model's. */
  readonly owner: string | null;
  /** Initial value in natural (not stored) coordinates, with numbers filled in. */
  readonly initial:
    | { readonly kind: 'constant'; readonly value: number }
    | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
    | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
    | { readonly kind: 'glorot' };
  /** How the stored array relates to the parameter: itself, its logarithm (positive) or its log odds (unit). */
  readonly coordinates: 'identity' | 'log' | 'logit';
  /** The value that the model uses, as a function of the stored array (a read of `name`), guards included. */
  readonly effective: Expression;
}

export interface InferenceDefinition {
  readonly name: string;
  readonly doc: string | null;
  readonly settings: Readonly<Record<string, number>>;
  readonly states: readonly ArrayDefinition[];
  /** Turns of the main repetition: how many steps an ordinary run makes. */
  readonly steps: number;
  /** Observed variables that the states and beliefs follow from. Data of others are needed for measurements alone. */
  readonly observed: readonly string[];
  readonly start: Program;
  readonly advance: Program;
  /**
   * Scalars summed over the examples given, from which `metrics` are made; besides, where there is one, `reconstruction`, and of
   * inferences with beliefs the draw of each latent under its own name.
   */
  readonly measure: Program;
  readonly metrics: readonly MetricDefinition[];
  /** What `reconstruction` is of, an observed variable, and the observed variables whose data it needs. */
  readonly reconstruction: { readonly of: string; readonly observed: readonly string[] } | null;
  /** What has no value in this inference, and why. */
  readonly unmeasured: readonly { readonly name: string; readonly why: string }[];
}

/** One figure of an inference at one step. */
export interface MetricDefinition {
  /** Its key among the results, and in JSON. */
  readonly name: string;
  /** For people: `R²`. */
  readonly label: string;
  readonly doc: string;
  /** A share lies between 0 and 1; `explained` is at most 1; a root mean square has the units of what is squared. */
  readonly unit: 'nats' | 'share' | 'explained' | 'size' | 'turns' | 'number';
  readonly made: Making;
  /** Observed variables whose data it needs, besides those that the states follow from. */
  readonly observed: readonly string[];
}

/** How a figure is made from sums over examples, named as `measure` returns them. */
export type Making =
  /** The sum over the number of entries that arrays over these axes have, each per example. */
  | { readonly kind: 'mean'; readonly sum: string; readonly entries: readonly (readonly Index[])[] }
  /** The square root of the mean over examples. */
  | { readonly kind: 'root_mean'; readonly sum: string }
  /** 1 − error / total. */
  | { readonly kind: 'explained'; readonly error: string; readonly total: string }
  | { readonly kind: 'ratio'; readonly part: string; readonly whole: string };

export interface LearningDefinition {
  readonly name: string;
  readonly doc: string | null;
  /** Null where phases do all the moving. */
  readonly inference: string | null;
  readonly settings: Readonly<Record<string, number>>;
  /** Observed variables that it needs data of. */
  readonly observed: readonly string[];
  /** Why what it descends has a gradient but no value; null where it has one. */
  readonly unmeasured: string | null;
  /** State of the optimiser, zero-dimensional or shaped like a parameter. */
  readonly memory: readonly {
    readonly name: string;
    readonly axes: readonly Index[];
    readonly initial: number;
  }[];
  /** States that phases keep from one iteration to the next, 0 at first: of each chain of the batch, or of each row of the data. */
  readonly particles: readonly {
    readonly name: string;
    /** Without the plate's own index. */
    readonly axes: readonly Index[];
    readonly persist: 'chain' | 'example';
  }[];
  /**
   * Latents whose relaxed draws cannot pass some values of their support (null: no such end). `output` names the output of
   * `update` that says which part of the draws reached an end.
   */
  readonly limits: readonly {
    readonly latent: string;
    readonly family: string;
    readonly low: number | null;
    readonly high: number | null;
    readonly output: string;
  }[];
  readonly update: Program;
}
