/**
 * Effect programs: what index expressions do not hold (order, repetition, draws, gradients). A program is
 * static: names, axes and order are fixed when it is compiled; sizes bind when it runs.
 *
 * Every register is assigned once per execution of the block that holds it, so a name identifies a value.
 * A register without indices whose `place` is `host` is a plain number (schedules, settings, counters).
 */
import type { Expression, Index } from '../calculus/expression.ts';
import type { Position } from '../diagnostics/position.ts';
import type { Span } from '../syntax/span.ts';

export interface Register {
  readonly name: string;
  /** Named axes in storage order; `example`, when present, is first. */
  readonly indices: readonly Index[];
  readonly place: 'tensor' | 'host';
}

export type Statement = Assign | Draw | Repeat | Gradient;

export interface Assign {
  readonly kind: 'assign';
  readonly target: Register;
  readonly value: Expression;
  /** What this is, in the paper's words; becomes a comment in compiled code. */
  readonly note: string | null;
}

/** One random array. Its key is (seed, site, iteration, counters of the enclosing repeats); its counter is the element. */
export interface Draw {
  readonly kind: 'draw';
  readonly target: Register;
  readonly site: number;
  readonly source: DrawSource;
  /**
   * What reverse mode differentiates in place of the draw (`straight_through`: the mean), or null when the
   * draw is a constant for derivatives.
   */
  readonly surrogate: Expression | null;
}

export type DrawSource =
  /** Parameter-free noise of the target's shape. */
  | { readonly kind: 'noise'; readonly distribution: Noise }
  /**
   * Exact draw from a discrete family by inversion, starting the search at the mode. `logMass` is the log
   * probability of the value read as `x`, and `ratio` is p(x) / p(x - 1); both read `x` and the names in
   * `parameters` as scalars, and so do `low` and `high`, the least and the greatest value (null: unbounded).
   * `parameters[i].value` is evaluated elementwise with the target's indices.
   */
  | {
      readonly kind: 'inversion';
      readonly family: string;
      readonly parameters: readonly SourceParameter[];
      readonly low: Expression | null;
      readonly high: Expression | null;
      readonly mean: Expression;
      readonly logMass: Expression;
      readonly ratio: Expression;
    }
  /** One of the one-hot vectors over the index `over` (the last of the target), with these log weights. */
  | { readonly kind: 'choice'; readonly over: Index; readonly logits: Expression }
  /**
   * Draw from a continuous density on the line. `logDensity` (up to a constant) and its first two derivatives read the
   * line's coordinate as `@y` and the names in `parameters`; they hold the Jacobian of `value`, which is the family's
   * value in terms of `@y`. `low` and `high` bound `@y`, `range` bounds the value (null: unbounded). `log_concave` and
   * `bell` draws are exact; `langevin` ones are the end of a chain with accept steps.
   */
  | {
      readonly kind: 'density';
      readonly family: string;
      readonly method: 'log_concave' | 'bell' | 'langevin';
      /** Length of a Langevin chain. */
      readonly steps: number;
      readonly isPeriodic: boolean;
      readonly parameters: readonly SourceParameter[];
      readonly low: Expression | null;
      readonly high: Expression | null;
      readonly logDensity: Expression;
      readonly slope: Expression;
      readonly curvature: Expression;
      readonly value: Expression;
      readonly range: { readonly low: Expression | null; readonly high: Expression | null };
      /** A value with a probability of its own: drawn first. `logProbability` reads the parameters. */
      readonly atom: { readonly value: Expression; readonly logProbability: Expression } | null;
    }
  /**
   * Not random: how an earlier draw moves with one natural parameter when its uniform number is kept (implicit
   * reparametrisation, Figurnov et al. 2018): ∂x/∂η = −(1/p(x)) ∫ up to x of (T(t) − μ) p(t) dt. The draw is the parameter
   * named `x`. `coordinate` is its place on the line in terms of `x`; the other formulas read that as `@y`, with
   * `logDensity` up to the log-partition and `jacobian` dx/d@y. `mean` is μ; null: by quadrature. On the circle
   * (`isPeriodic`) the integral starts opposite the mode. `isLogarithm`: the place is one, so its scale is 1.
   */
  | {
      readonly kind: 'implicit';
      readonly family: string;
      /** Name of the natural parameter η. */
      readonly natural: string;
      readonly isPeriodic: boolean;
      readonly isLogarithm: boolean;
      readonly parameters: readonly SourceParameter[];
      readonly coordinate: Expression;
      readonly jacobian: Expression;
      readonly statistic: Expression;
      readonly mean: Expression | null;
      readonly logDensity: Expression;
      readonly slope: Expression;
      readonly curvature: Expression;
      /**
       * A value with a probability of its own, its place on the line (which may be an end of it), its statistic, and the log
       * of its probability up to the log-partition.
       */
      readonly atom: {
        readonly value: Expression;
        readonly statistic: Expression;
        readonly logMass: Expression;
        readonly place: Expression;
      } | null;
    };

/** A name that the formulas of a draw read as a number, and its value for every element of the target. */
export interface SourceParameter {
  readonly name: string;
  readonly value: Expression;
}

/** `arrival_times`: cumulative sums of unit exponentials along the target's last index. */
export type Noise =
  'standard_normal' | 'standard_uniform' | 'standard_exponential' | 'standard_logistic' | 'arrival_times';

/**
 * A counted loop. `carried` values enter as `initial`, are read in the body as `register`, and take the value
 * of `next` at the end of each turn; after the loop `result` holds the last value (`initial` if `times` is 0).
 * `counter` is a host register: `first`, `first + 1`, ... (keys of draws inside use it).
 * `saved` registers of the body are kept for every turn, for a later loop that runs `backward`: such a loop
 * visits the same turns last to first, reads the saved values of `replays` under their own names, and its
 * counter takes the same values.
 */
export interface Repeat {
  readonly kind: 'repeat';
  readonly label: string;
  readonly times: Expression;
  readonly first: Expression;
  readonly counter: Register;
  readonly direction: 'forward' | 'backward';
  readonly carried: readonly Carried[];
  readonly body: readonly Statement[];
  readonly saved: readonly Register[];
  /** Label of the forward loop whose saved values a backward loop reads. */
  readonly replays: string | null;
  /** A carried register: the loop ends early once it is 0 everywhere. Null for a loop that makes all its turns. */
  readonly whileAny: Register | null;
}
export interface Carried {
  readonly register: Register;
  readonly initial: Expression;
  readonly next: Expression;
  readonly result: Register;
}

/**
 * The gradient of a scalar register in others. `total` goes through every earlier statement (draws by their
 * surrogate); `partial` treats states and draws as constants. Lowered away by `src/optimize/reverse.ts`.
 */
export interface Gradient {
  readonly kind: 'gradient';
  readonly mode: 'partial' | 'total';
  readonly objective: Register;
  readonly wrt: readonly { readonly of: Register; readonly result: Register }[];
}

export interface Program {
  readonly name: string;
  readonly doc: string | null;
  /** Tensor inputs (parameters, data, states, optimiser memory) and host inputs (numbers). */
  readonly inputs: readonly Register[];
  readonly body: readonly Statement[];
  /** Named results. */
  readonly outputs: readonly { readonly name: string; readonly register: Register }[];
  /** Where in the source registers come from, by their names. Those that passes add for the sake of others may have no origin. */
  readonly origins?: Readonly<Record<string, Origin>>;
}

/** What is written in the source; its line and column where the text was at hand. */
export type Origin = Span & Partial<Position>;
