/**
 * Index expressions: the pure mathematics of the compiler. Every value is an array over *named*
 * indices; an operation aligns its operands by name, so there are no positions, no transposes
 * and no broadcasting rules. An index is an axis name with primes (`neurons`, `neurons'`): both range
 * over the same axis. A matrix product is a sum of a product, sum over pixels of Phi[pixels, neurons] * e[pixels].
 *
 * Nodes are made by the constructors of `build.ts` only, which keep a normal form and share equal
 * nodes: two expressions are equal exactly when they are the same object.
 */
export type Index = string;

export type Expression =
  | Constant
  | SizeOf
  | Position
  | Read
  | Add
  | Multiply
  | Power
  | Apply
  | Sum
  | Maximum
  | Delta
  | Triangle
  | Inverse
  | LogDeterminant
  | Cholesky;

interface Node {
  /** Order of creation; unique per structure. */
  readonly id: number;
  /** Free indices, in order of first appearance. */
  readonly indices: readonly Index[];
}

export interface Constant extends Node {
  readonly kind: 'constant';
  readonly value: number;
}
/** Number of entries along the axis of an index. A scalar. */
export interface SizeOf extends Node {
  readonly kind: 'size';
  readonly axis: string;
}
/**
 * The place of an entry along the axis of an index: 0, 1, 2, ... An affine subscript is a sum against it: x[i + k], 0 outside of x, is
 * Σ_j x[j] [position(j) = position(i) + position(k)].
 */
export interface Position extends Node {
  readonly kind: 'position';
  readonly index: Index;
}
/** `Phi[pixels, neurons]`. `name` is a variable, parameter, register or scalar setting. */
export interface Read extends Node {
  readonly kind: 'read';
  readonly name: string;
  readonly subscripts: readonly Index[];
}
/** A sum of terms, flat, at least two, like terms collected. */
export interface Add extends Node {
  readonly kind: 'add';
  readonly terms: readonly Expression[];
}
/** A product of factors, flat, at least two; a numeric coefficient, if any, comes first. */
export interface Multiply extends Node {
  readonly kind: 'multiply';
  readonly factors: readonly Expression[];
}
export interface Power extends Node {
  readonly kind: 'power';
  readonly base: Expression;
  readonly exponent: Expression;
}
/** An elementwise function. */
export interface Apply extends Node {
  readonly kind: 'apply';
  readonly operator: Operator;
  readonly arguments: readonly Expression[];
}
/** Sum over bound indices. */
export interface Sum extends Node {
  readonly kind: 'sum';
  readonly over: readonly Index[];
  readonly body: Expression;
}
/** Largest entry over bound indices (for stable log-sum-exp). Has no derivative of its own: treated as constant. */
export interface Maximum extends Node {
  readonly kind: 'maximum';
  readonly over: readonly Index[];
  readonly body: Expression;
}
/** One where the two indices are equal, else zero. */
export interface Delta extends Node {
  readonly kind: 'delta';
  readonly left: Index;
  readonly right: Index;
}

/** One where the row is below the column's place (row > column), a half where they are equal, else zero. */
export interface Triangle extends Node {
  readonly kind: 'triangle';
  readonly row: Index;
  readonly column: Index;
}

/** Entry (row, column) of the inverse of a square matrix. The body's indices `over` are bound: its row and its column. */
export interface Inverse extends Node {
  readonly kind: 'inverse';
  readonly row: Index;
  readonly column: Index;
  readonly over: readonly [row: Index, column: Index];
  readonly body: Expression;
}
/** log |det M| of a square matrix whose row and column are the bound indices `over`. */
export interface LogDeterminant extends Node {
  readonly kind: 'log_determinant';
  readonly over: readonly [row: Index, column: Index];
  readonly body: Expression;
}
/** Entry (row, column) of the lower triangular L with L Lᵀ = M, for a positive definite M; only its symmetric part counts. */
export interface Cholesky extends Node {
  readonly kind: 'cholesky';
  readonly row: Index;
  readonly column: Index;
  readonly over: readonly [row: Index, column: Index];
  readonly body: Expression;
}

/**
 * Elementwise operators and their number of arguments. Comparisons give 1 or 0; `where(c, a, b)` chooses a
 * where c is not 0. `step(x)` is 1 for x > 0, else 0, with derivative 0 (the relaxed estimators replace it).
 * `detach(x)` is x with derivative 0. `log_base` style helpers (log_choose) are expanded to these.
 *
 * Functions whose derivatives lose digits when they are written out count their derivatives in a first argument, a
 * constant n >= 0, so that each is computed by a form of its own:
 * `polygamma(n, x)` is the n-th derivative of digamma (n >= 2; digamma and trigamma have their own names);
 * `log_bessel(n, x)` is (1/x d/dx)^n log I₀(x), smooth and even in x;
 * `log_mills(n, x)` is the n-th derivative of log((1 − Φ(x)) / φ(x)), the log of Mills' ratio;
 * `log_exprel(n, x)` is the n-th derivative of log((exp(x) − 1) / x).
 * `cumulant(n, x, t₁, l₁, t₂, l₂, ...)` is the n-th derivative of log Σ_k exp(x t_k + l_k), the n-th cumulant of t under these weights
 * (n >= 1), with as many points as there are, all of them constants: a log-partition by quadrature.
 * `log_bessel_i(order, x)` is log I_order(x); `log1m_exp(x)` is log(1 − exp(x)) for x < 0.
 */
export const operators = {
  exp: 1,
  log: 1,
  log1p: 1,
  expm1: 1,
  tanh: 1,
  sigmoid: 1,
  softplus: 1,
  sin: 1,
  cos: 1,
  abs: 1,
  sign: 1,
  floor: 1,
  step: 1,
  detach: 1,
  log_gamma: 1,
  digamma: 1,
  trigamma: 1,
  log1m_exp: 1,
  normal_log_cdf: 1,
  polygamma: 2,
  log_bessel: 2,
  log_bessel_i: 2,
  log_mills: 2,
  log_exprel: 2,
  cumulant: 4,
  atan2: 2,
  max: 2,
  min: 2,
  less: 2,
  less_equal: 2,
  equal: 2,
  where: 3,
} as const;
export type Operator = keyof typeof operators;

/** The axis an index ranges over: the name without its primes (or the compiler's own mark `°n`). */
export const axisOf = (index: Index): string => {
  let axis = axes.get(index);
  if (axis === undefined) axes.set(index, (axis = index.replace(/['°]+[0-9]*$/, '')));
  return axis;
};
const axes = new Map<Index, string>();

/** Whether the compiler added an axis to a model's own: the replicas of a variable. */
export const isInternalAxis = (axis: string): boolean => axis.endsWith('.replicas');

/** An axis whose length is stated where it is declared, by a family: `arrivals:32`. Its length is part of what it is. */
export const axisOfLength = (name: string, length: number): Index => `${name}:${length}`;

/** The index as a file writes it, without its length. */
export const writtenIndex = (index: Index): string => index.replace(/:[0-9]+/, '');

/** The length of an index: its own, or the size of its axis where sizes give one. */
export const lengthOf = (index: Index, sizes: Readonly<Record<string, number>>): number | undefined => {
  const axis = axisOf(index);
  const [, own] = /:([0-9]+)$/.exec(axis) ?? [];
  return own === undefined ? sizes[axis] : Number(own);
};
