/**
 * Kernels: what a program does to memory. Every register of the program is an array in memory (or a number of the frame); a nest
 * computes elements of arrays of equal indices in one pass.
 */
import type { Expression, Index } from '../../../calculus/expression.ts';
import type { Draw, DrawSource, Noise, Register } from '../../../schedule/program.ts';

/** An area of memory: row-major over `indices`, and once for each turn of the loops in `stacks`. */
export interface Area {
  readonly name: string;
  readonly indices: readonly Index[];
  /** Labels of the loops whose every turn keeps its own, outermost first. */
  readonly stacks: readonly string[];
}

export type Step = Nest | Product | Turned | Forget | NoiseStep | HostStep | Turns | NumberStep | Reading;

/** Loops over `order`, the last one in vectors. Statements stand in the order of their values. */
export interface Nest {
  readonly kind: 'nest';
  readonly order: readonly Index[];
  readonly statements: readonly NestStatement[];
}
export interface NestStatement {
  readonly target: string;
  /** Those of the target: `order`, less what is reduced. */
  readonly indices: readonly Index[];
  readonly value: Expression;
  readonly how: 'element' | 'sum' | 'maximum';
  /** False: read in this nest alone. */
  readonly isStored: boolean;
}

/** target[rows, columns] = Σ left[rows, inner] right[inner, columns], each of them a run of axes; or transposed, as `layout` says. */
export interface Product {
  readonly kind: 'product';
  readonly target: string;
  readonly left: string;
  readonly right: string;
  readonly layout: 'plain' | 'transposed_right' | 'transposed_left';
  readonly rows: readonly Index[];
  readonly columns: readonly Index[];
  readonly inner: readonly Index[];
  /** Whether the product is added to what is in the target. */
  readonly isAdded: boolean;
  /** Whether the target equals its transpose, so that half of it need not be computed. */
  readonly isSymmetric: boolean;
  /** In a loop that ends by examples: which rows are at work, and what the left operand was when they were computed last. */
  readonly rowsAtWork: RowsAtWork | null;
}
export interface RowsAtWork {
  /** Rows where this array is 0 need not be computed. */
  readonly mask: string;
  /** Null where the right operand changes as well. */
  readonly before: string | null;
}

/** Areas of which nothing is known: NaN everywhere. */
export interface Forget {
  readonly kind: 'forget';
  readonly targets: readonly string[];
}
/** target[columns, rows] = source[rows, columns] */
export interface Turned {
  readonly kind: 'turned';
  readonly target: string;
  readonly source: string;
  readonly rows: readonly Index[];
  readonly columns: readonly Index[];
}

export interface NoiseStep {
  readonly kind: 'noise';
  readonly target: Register;
  readonly site: number;
  readonly distribution: Exclude<Noise, 'arrival_times' | 'standard_logistic'>;
  readonly counters: readonly string[];
}

/** What JavaScript does on views of memory: draws that have no kernel, and functions of matrices. */
export interface HostStep {
  readonly kind: 'host';
  readonly work: DrawWork | MatrixWork;
}
export interface DrawWork {
  readonly kind: 'draw';
  readonly draw: Draw & { readonly source: DrawSource };
  readonly counters: readonly string[];
}
export interface MatrixWork {
  readonly kind: 'inverse' | 'log_determinant' | 'cholesky';
  readonly target: Register;
  readonly matrices: string;
  readonly batch: readonly Index[];
  readonly side: Index;
}

export interface Turns {
  readonly kind: 'turns';
  readonly label: string;
  /** The loop whose stacks this one reads or fills; its own label, unless it runs backward. */
  readonly stack: string;
  readonly isBackward: boolean;
  readonly counter: string;
  readonly times: Expression;
  readonly first: Expression;
  readonly body: readonly Step[];
  /** Ends once this array is 0 everywhere. */
  readonly whileAny: string | null;
}

/** A number of the frame. */
export interface NumberStep {
  readonly kind: 'number';
  readonly target: string;
  readonly value: Expression;
}
/** A number of the frame from an array without indices. */
export interface Reading {
  readonly kind: 'reading';
  readonly target: string;
  readonly source: string;
}

export interface Kernels {
  readonly name: string;
  readonly inputs: readonly Register[];
  readonly areas: readonly Area[];
  /** The area of each register; several may share one. */
  readonly areaOf: ReadonlyMap<string, string>;
  readonly numbers: readonly string[];
  readonly body: readonly Step[];
  readonly outputs: readonly { readonly name: string; readonly register: Register }[];
}

/** Kernels in the order in which they run. */
export interface PhasedKernels extends Omit<Kernels, 'areas' | 'body'> {
  readonly areas: readonly PhasedArea[];
  readonly phases: readonly Phase[];
}
/** First what is done once, then what is done for every chunk of the examples; then the chunks' own areas become one. */
export interface Phase {
  /** The axis that is cut into chunks: that of the examples, or one of what they share. */
  readonly chunked: string;
  readonly once: readonly Step[];
  readonly chunks: readonly Step[];
  /** Areas that are added up over the chunks, and such as are the same in all. */
  readonly sums: readonly string[];
  readonly firsts: readonly string[];
}
/**
 * `chunk`: a chunk alone needs it, while it is worked on. `sum`, `first`: every chunk has its own, and they are added up, or that of
 * the first chunk is taken.
 */
export interface PhasedArea extends Area {
  readonly kept: 'whole' | 'chunk' | 'sum' | 'first';
}
