/**
 * The typed model: what a checked file means. Names are resolved, functions are inlined, `@` is a sum over the
 * shared axis, every expression is an index expression (`src/calculus`). Batch axes do not appear: each variable
 * has a plate, and derivation adds the `example` index.
 */
import type { Expression, Index } from '../calculus/expression.ts';
import type { Span } from '../syntax/span.ts';

/** Values a variable may take. */
export type Support =
  | { readonly kind: 'real' | 'positive' | 'unit' | 'binary' | 'spin' | 'angle' | 'integer' }
  /** 0, 1, 2, ... up to `upTo` where given. */
  | { readonly kind: 'count'; readonly upTo: Expression | null }
  | { readonly kind: 'one_hot' | 'simplex'; readonly over: readonly Index[] }
  /** `real over dims`: one value is a vector. */
  | { readonly kind: 'vector'; readonly over: readonly Index[] }
  /** Symmetric positive definite matrices: a support of parameters, not of variables. */
  | { readonly kind: 'positive_definite'; readonly over: readonly Index[] };

/** A scalar setting of a model, inference, learning or dynamics: `beta: real = 16`. */
export interface Setting {
  readonly name: string;
  readonly kind: 'int' | 'real' | 'positive' | 'dim';
  readonly initial: Expression | null;
  readonly span: Span;
  readonly doc: string | null;
}

export interface Family {
  readonly name: string;
  readonly doc: string | null;
  readonly span: Span;
  readonly parameters: readonly FamilyParameter[];
  readonly support: Support;
  readonly supportSpan: Span;
  /**
   * Least and greatest value of a scalar support (null: unbounded), in terms of constants and fixed parameters:
   * 0 and null for counts, 0 and `trials` for `count up to trials`, `minimum` and null for `positive from minimum`.
   */
  readonly range: { readonly low: Expression | null; readonly high: Expression | null };
  /** A value of a continuous support that has a probability of its own (`positive with atom at 0`), or null. */
  readonly atom: Expression | null;
  /** In terms of `x` (and fixed parameters). Scalars, or over the family's event axes. */
  readonly statistic: readonly { readonly value: Expression; readonly span: Span }[];
  /** Natural parameters as functions of the parameters, and the open interval that each entry lies in. */
  readonly natural: readonly {
    readonly name: string;
    readonly value: Expression;
    readonly domain: { readonly low: number; readonly high: number };
    readonly span: Span;
  }[];
  /** Parameters in terms of the natural parameters' names, where the family states them, or null. */
  readonly standard:
    readonly { readonly name: string; readonly value: Expression; readonly span: Span }[] | null;
  /** In terms of the natural parameters' names; null when it is intractable. */
  readonly logPartition: Expression | null;
  readonly logPartitionSpan: Span;
  /** In terms of `x`. */
  readonly logBase: Expression;
  readonly logBaseSpan: Span;
  /** Draws of other families that `pathwise` reads by name: `draw g ~ Gamma(shape = concentration, rate = 1)`. */
  readonly draws: readonly {
    readonly name: string;
    readonly indices: readonly Index[];
    readonly distribution: Distribution;
    readonly span: Span;
  }[];
  /** The axis of noise that has many entries for each value, with its length: `arrivals:32`. */
  readonly axis: Index | null;
  /** A draw as a function of the parameters and parameter-free noise (reads named after `Noise`), or null. */
  readonly pathwise: Expression | null;
  /** Bounds that no draw by the `pathwise` line passes, whatever the noise: 0 and 32 where it counts 32 arrivals. */
  readonly pathwiseRange: { readonly low: number; readonly high: number } | null;
  readonly pathwiseSpan: Span | null;
  /** Other parametrisations: `name` may be given in place of `target`, which is then `value`. */
  readonly also: readonly {
    readonly name: string;
    readonly support: Support;
    readonly target: string;
    readonly value: Expression;
    readonly span: Span;
  }[];
}
export interface FamilyParameter {
  readonly name: string;
  readonly span: Span;
  readonly support: Support;
  readonly fixed: boolean;
  /** Event axes, `over classes`. */
  readonly over: readonly Index[];
  readonly initial: Expression | null;
}

/** `Poisson(log_rate = prior)`: a family with its parameters, given in its main parametrisation. */
export interface Distribution {
  readonly family: Family;
  readonly arguments: Readonly<Record<string, Expression>>;
  /**
   * The natural parameters, where they are known without the arguments: a belief in natural coordinates. Of its arguments
   * only the fixed ones are sure to be there.
   */
  readonly natural?: readonly Expression[];
  readonly span: Span;
}

export interface Model {
  readonly name: string;
  readonly doc: string | null;
  readonly span: Span;
  readonly settings: readonly Setting[];
  readonly parameters: readonly Param[];
  readonly variables: readonly Variable[];
  readonly energies: readonly { readonly name: string; readonly value: Expression; readonly span: Span }[];
  /** Numbers of each example that are reported as their mean, and that nothing descends. */
  readonly measures: readonly {
    readonly name: string;
    readonly doc: string | null;
    readonly value: Expression;
    readonly span: Span;
  }[];
}

export interface Param {
  readonly name: string;
  readonly doc: string | null;
  readonly span: Span;
  readonly support: Support;
  readonly indices: readonly Index[];
  readonly initial: Initialiser;
  /** The guard as a function of a read named `self` with the parameter's indices, or null. */
  readonly within: Expression | null;
}
export type RandomInitialiser =
  | { readonly kind: 'normal'; readonly mean: Expression; readonly sd: Expression }
  | { readonly kind: 'uniform'; readonly low: Expression; readonly high: Expression };
export type Initialiser =
  | RandomInitialiser
  | { readonly kind: 'constant'; readonly value: Expression }
  /** Uniform within sqrt(6 / (rows + columns)), Glorot and Bengio 2010. */
  | { readonly kind: 'glorot' };

export interface Variable {
  readonly name: string;
  readonly doc: string | null;
  readonly span: Span;
  readonly role: 'latent' | 'observed' | 'state';
  readonly support: Support;
  /** Without the plate's own index. */
  readonly indices: readonly Index[];
  readonly plate: 'shared' | 'example' | 'chain';
  readonly distribution: Distribution | null;
}

/** An update rule for any variable. Expressions are elementwise in the moved variable. */
export interface Dynamics {
  readonly name: string;
  readonly doc: string | null;
  readonly span: Span;
  readonly settings: readonly Setting[];
  /** The moved variable, read by this name, with the placeholder index `*` for "all of its indices". */
  readonly variable: string;
  readonly states: readonly { readonly name: string; readonly initial: Expression }[];
  /**
   * What happens, in order. Reads with the index `*`: the moved variable, states, lets, and `@gradient`, `@natural_gradient`,
   * `@curvature` and `@conditional_mean` at the moved variable's current value, `@conditional_draw`, `@flipped` (the other value of
   * a two-valued unit), `@noise` and `@uniform` (drawn afresh for every line). Scalars: settings, `@gradient_norm` (over everything
   * moved together), `iteration` (1 at the first update), `progress` (0 to 1); one number per chain: `@acceptance` (of the last
   * `accept`), `@replica` (its number, from 0).
   */
  readonly steps: readonly DynamicsStep[];
  /** Stochastic differential equations: target's drift times dt and noise times dW. */
  readonly differentials: readonly Differential[];
  /** How many copies of the variable it moves, of which the model sees the first; null: the variable itself. */
  readonly replicas: Expression | null;
}
export type DynamicsStep =
  | {
      readonly kind: 'let' | 'assign';
      readonly target: string;
      readonly value: Expression;
      readonly span: Span;
    }
  /** Parts in order, each solved by itself; none: all lines at once, by the method. */
  | {
      readonly kind: 'integrate';
      readonly parts: readonly string[];
      readonly method: IntegrationMethod;
      readonly span: Span;
    }
  /** The moved variable takes this value if the next `accept` says so. */
  | { readonly kind: 'propose'; readonly value: Expression; readonly span: Span }
  /** Everything goes to the end of so many splittings if the next `accept` says so. */
  | {
      readonly kind: 'trajectory';
      readonly parts: readonly string[];
      readonly times: Expression;
      readonly span: Span;
    }
  /** Metropolis and Hastings for exp(−objective / temperature); `swap` exchanges neighbouring replicas. */
  | { readonly kind: 'accept' | 'swap'; readonly temperature: Expression; readonly span: Span };
export type IntegrationMethod = 'euler' | 'heun';
export interface Differential {
  readonly part: string | null;
  readonly target: string;
  readonly drift: Expression;
  readonly noise: Expression;
  readonly span: Span;
}

/** A dynamics with its settings bound: expressions over settings, parameters and scalars. */
export interface BoundDynamics {
  readonly dynamics: Dynamics;
  readonly arguments: Readonly<Record<string, Expression>>;
  readonly span: Span;
}

export interface Inference {
  readonly name: string;
  readonly doc: string | null;
  readonly span: Span;
  readonly model: Model;
  readonly settings: readonly Setting[];
  /** Parameters owned by the inference (learned rates, encoders). */
  readonly parameters: readonly Param[];
  readonly beliefs: readonly Belief[];
  readonly guards: readonly Guard[];
  readonly body: readonly InferenceStatement[];
}

/** The approximate posterior of one latent: a family and the coordinates that the inference moves. */
export interface Belief {
  readonly latent: string;
  readonly exact: boolean;
  readonly distribution: Distribution;
  /** New variables; reads of them appear in `distribution.arguments`. */
  readonly coordinates: readonly {
    readonly name: string;
    readonly support: Support;
    readonly indices: readonly Index[];
  }[];
  /**
   * True when the coordinates are the family's natural parameters, each by the map onto its domain
   * (`src/derive/belief.ts`). With fewer coordinates than natural parameters, the last ones stay as in the prior.
   */
  readonly natural: boolean;
  readonly span: Span;
}

export interface Guard {
  readonly target: string;
  /** Guard the change that a descend statement makes, rather than the value. */
  readonly step: boolean;
  /** A function of a read named `self` with the target's indices. */
  readonly within: Expression;
  readonly span: Span;
}

export type InferenceStatement =
  | {
      readonly kind: 'start';
      readonly targets: readonly string[];
      readonly value: StartValue;
      readonly span: Span;
    }
  | {
      readonly kind: 'repeat';
      readonly times: Expression;
      readonly until: Expression | null;
      readonly body: readonly InferenceStatement[];
      readonly span: Span;
    }
  | { readonly kind: 'rolling'; readonly span: Span }
  | {
      readonly kind: 'descend';
      readonly objective: Objective;
      readonly over: readonly string[];
      readonly by: BoundDynamics;
      readonly span: Span;
    }
  /** Of the layers named, or of all whose log-partition is intractable. */
  | {
      readonly kind: 'interneurons';
      readonly over: readonly string[] | null;
      readonly by: BoundDynamics;
      readonly span: Span;
    }
  /** From here on a setting of the model has this value. */
  | { readonly kind: 'set'; readonly name: string; readonly value: Expression; readonly span: Span }
  | { readonly kind: 'free' | 'clamp' | 'sample'; readonly names: readonly string[]; readonly span: Span }
  | {
      readonly kind: 'draw';
      readonly names: readonly string[];
      readonly by: BoundDynamics | null;
      readonly steps: Expression | null;
      readonly span: Span;
    };
export type StartValue =
  | { readonly kind: 'value'; readonly value: Expression; readonly draws: readonly StartDraw[] }
  | { readonly kind: 'feedforward' };
/** Random numbers that a start reads by this name, one for each entry of what is started. */
export interface StartDraw {
  readonly name: string;
  readonly initialiser: RandomInitialiser;
}

export type Objective =
  | {
      readonly kind: 'free_energy';
      readonly klWeight: Expression;
      readonly kl: 'exact' | 'posterior_rate';
      readonly span: Span;
    }
  | { readonly kind: 'energy'; readonly span: Span }
  /** `energy in data - energy in model`: a weighted sum over the ends of phases. */
  | {
      readonly kind: 'contrast';
      readonly terms: readonly ContrastTerm[];
      readonly withMean: readonly string[];
      readonly span: Span;
    };

export interface ContrastTerm {
  /** The energy of all variables, or that of the beliefs: −log q of the latents' values. */
  readonly what: 'energy' | 'belief_energy';
  /** One number: a formula of settings. */
  readonly weight: Expression;
  readonly phase: string;
}

export interface Learning {
  readonly name: string;
  readonly doc: string | null;
  readonly span: Span;
  readonly model: Model;
  readonly inference: Inference;
  readonly settings: readonly Setting[];
  /** Span of the `local` statement, or null. */
  readonly local: Span | null;
  readonly phases: readonly Phase[];
  readonly steps: readonly LearningStep[];
}
export interface Phase {
  readonly name: string;
  readonly from: string | null;
  readonly persist: 'chain' | 'example' | null;
  readonly body: readonly InferenceStatement[];
  readonly span: Span;
}
export type LearningStep =
  | {
      readonly kind: 'descend';
      readonly objective: Objective;
      readonly when: 'end' | 'each_step';
      readonly over: readonly string[];
      readonly by: BoundDynamics;
      readonly through: { readonly estimator: Estimator; readonly span: Span } | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'predict';
      readonly when: 'end' | 'each_step';
      readonly over: readonly string[];
      readonly by: BoundDynamics;
      readonly span: Span;
    };

/** How a derivative goes through a draw. */
export type Estimator =
  | { readonly kind: 'straight_through' | 'pathwise' | 'score' }
  | { readonly kind: 'relaxed'; readonly temperature: Expression };

/** A checked file with everything it imports that it uses. */
export interface Checked {
  readonly families: readonly Family[];
  readonly models: readonly Model[];
  readonly dynamics: readonly Dynamics[];
  readonly inferences: readonly Inference[];
  readonly learnings: readonly Learning[];
  readonly doc: string | null;
  /** The text of each file that was read: where spans are lines and columns. */
  readonly texts: ReadonlyMap<string, string>;
}
