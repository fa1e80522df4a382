/** Samplers written in nsm, compiled and run as they would be: many chains at once, each an example. */
import { expect } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { render } from '../../src/diagnostics/render.ts';
import type { RunContext, Value } from '../../src/runtime/executable.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { define } from '../../src/schedule/define.ts';
import type { Definition, InferenceDefinition } from '../../src/schedule/definition.ts';
import type { Program, Statement } from '../../src/schedule/program.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { loadProgram } from '../../src/targets/tfjs/load.ts';
import { chiSquareTail } from '../support/goodness.ts';

export type Numbers = Readonly<Record<string, readonly number[]>>;
type Matrix = readonly (readonly number[])[];

/** Compiles a source text; fails with its diagnostics when it has errors. */
export const compile = (source: string, set: Readonly<Record<string, number>> = {}): Definition => {
  const { checked, diagnostics } = check('test.nsm', fileSources(new Map([['test.nsm', source]])));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const defined = errors.length > 0 ? null : define(checked, { set });
  if (defined?.definition) return defined.definition;
  return expect.fail(render([...errors, ...(defined?.diagnostics ?? [])], () => source));
};

export const inferenceOf = (definition: Definition, name?: string): InferenceDefinition =>
  name === undefined ? definition.inferences[0]! : definition.inferences.find((one) => one.name === name)!;

/** The definition with one assignment of its first inference's steps changed: a slip that the language has no words for. */
export const edited = (
  definition: Definition,
  target: string,
  change: (value: Expression) => Expression,
): Definition => {
  let found = 0;
  const visit = (statements: readonly Statement[]): readonly Statement[] =>
    statements.map((statement) => {
      if (statement.kind === 'repeat') return { ...statement, body: visit(statement.body) };
      if (statement.kind !== 'assign' || statement.target.name !== target) return statement;
      found++;
      return { ...statement, value: change(statement.value) };
    });
  const [first, ...others] = definition.inferences;
  const advance = { ...first!.advance, body: visit(first!.advance.body) };
  if (found !== 1)
    expect.fail(
      `${found} assignments to ${target}, of ${first!.advance.body.map((one) => ('target' in one ? one.target.name : one.kind)).join(', ')}`,
    );
  return { ...definition, inferences: [{ ...first!, advance }, ...others] };
};

let backend: Promise<TensorFlow> | null = null;
/** TensorFlow.js in WebAssembly: float32, the library's own samplers and noise. */
const tensors = (): Promise<TensorFlow> => (backend ??= loadBackend('wasm').then(({ tf }) => tf));

export interface ChainRequest {
  readonly definition: Definition;
  readonly inference?: InferenceDefinition;
  readonly chains: number;
  readonly steps: number;
  readonly seed: number;
  /** Arrays of parameters and observed variables, row-major. */
  readonly given?: Numbers;
  /** Snapshots after so many steps each; 1 without. */
  readonly snapshots?: number;
  /** Steps before the first snapshot's own. */
  readonly burn?: number;
}

/** Values of every state after each stretch of steps, one row for each chain. */
export const runChains = async (request: ChainRequest): Promise<readonly Record<string, Float32Array>[]> => {
  const { definition, chains, steps, seed, snapshots = 1, burn = 0 } = request;
  const inference = request.inference ?? inferenceOf(definition);
  const tf = await tensors();
  const sizes = { ...definition.sizes, example: chains };
  const context: RunContext = { seed, firstExample: 0, sizes };
  const given = tensorsOf(tf, inference.advance, inference.start, request.given ?? {}, sizes);
  const host = { ...definition.settings, ...inference.settings, progress: 1, iteration: 0 };
  const [start, advance] = [loadProgram(inference.start, tf), loadProgram(inference.advance, tf)];
  let states = start({ ...host, ...given }, context);
  const found: Record<string, Float32Array>[] = [];
  for (let taken = 0, n = 0; n < snapshots; n++) {
    const count = steps + (n === 0 ? burn : 0);
    const next = advance({ ...host, ...given, ...states, first_step: taken, step_count: count }, context);
    tf.dispose(states);
    states = next;
    taken += count;
    found.push(
      Object.fromEntries(
        Object.entries(states).map(([name, value]) => [name, Float32Array.from(value.dataSync())]),
      ),
    );
  }
  tf.dispose([states, given]);
  return found;
};

const tensorsOf = (
  tf: TensorFlow,
  advance: Program,
  start: Program,
  given: Numbers,
  sizes: Readonly<Record<string, number>>,
): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(given).map(([name, values]) => {
      const register = [...advance.inputs, ...start.inputs].find((input) => input.name === name);
      const shape = (register?.indices ?? []).map((index) => sizes[index.replace(/'+$/, '')]!);
      return [name, tf.tensor(Float32Array.from(values), shape)];
    }),
  );

// Gaussian targets.

/** Precision and mean of a normal law of three coupled coordinates, condition number 6. */
export const gaussian = {
  root: [1.5, 0.4, -0.3, 0, 0.8, 0.5, 0, 0, 1.1],
  mean: [0.5, -1, 2],
} as const;

/** A model of that law, and one inference for each line: `Name: dynamics`. */
export const gaussianModel = (dynamics: string, moves: Readonly<Record<string, string>>): string => `
  import { ${standardDynamics.join(', ')} } from "std/dynamics"
  ${dynamics}
  model Gaussian(units: dim = 3) {
    param root: real[units, units'] = 0
    param mean: real[units] = 0
    state s: real[units]
    energy quadratic = sum(((s - mean) @ root)^2) / 2
  }
  ${Object.entries(moves)
    .map(
      ([name, by]) => `
  inference ${name} of Gaussian(steps: int = 100) {
    start s = normal(0, 2)
    repeat steps { descend energy over s by ${by} }
  }`,
    )
    .join('')}`;

export const standardDynamics: readonly string[] = [
  'Langevin',
  'HeunLangevin',
  'MALA',
  'Adaptation',
  'HMC',
  'Metropolis',
  'ParallelTempering',
];

export const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((total, value, k) => total + value * b[k]![j]!, 0)));
export const transpose = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!));
export const sumOf = (a: Matrix, b: Matrix, weight = 1): number[][] =>
  a.map((row, i) => row.map((value, j) => value + weight * b[i]![j]!));
export const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));
/** By Gauss and Jordan, with pivots. */
export const inverse = (a: Matrix): number[][] => {
  const n = a.length;
  const rows = a.map((row, i) => [...row, ...identity(n)[i]!]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column; i < n; i++)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const scale = rows[column]![column]!;
    rows[column] = rows[column]!.map((value) => value / scale);
    for (let i = 0; i < n; i++) {
      const factor = rows[i]![column]!;
      if (i !== column) rows[i] = rows[i]!.map((value, j) => value - factor * rows[column]![j]!);
    }
  }
  return rows.map((row) => row.slice(n));
};

export const rootMatrix: Matrix = [0, 3, 6].map((start) => gaussian.root.slice(start, start + 3));
export const precision: Matrix = product(rootMatrix, transpose(rootMatrix));
export const covariance: Matrix = inverse(precision);

/**
 * How well rows fit a normal law: the p-value of the whitened means, variances and covariances together, which are independent and
 * nearly standard normal for as many rows as this. It is 0 for anything that is not a number.
 */
export const normalTest = (rows: ArrayLike<number>, mean: readonly number[], spread: Matrix): number => {
  const n = mean.length;
  const count = rows.length / n;
  const whiten = inverse(lower(spread));
  const first = new Float64Array(n);
  const second = Array.from({ length: n }, () => new Float64Array(n));
  for (let row = 0; row < count; row++) {
    const y = whiten.map((weights) =>
      weights.reduce((total, weight, j) => total + weight * (rows[row * n + j]! - mean[j]!), 0),
    );
    for (let i = 0; i < n; i++) {
      first[i]! += y[i]!;
      for (let j = 0; j <= i; j++) second[i]![j]! += y[i]! * y[j]!;
    }
  }
  let statistic = 0;
  for (let i = 0; i < n; i++) {
    statistic += first[i]! ** 2 / count;
    for (let j = 0; j < i; j++) statistic += second[i]![j]! ** 2 / count;
    statistic += (second[i]![i]! - count) ** 2 / (2 * count);
  }
  return Number.isFinite(statistic) ? chiSquareTail(statistic, n + (n * (n + 1)) / 2) : 0;
};

/** The Cholesky factor. */
const lower = (a: Matrix): number[][] => {
  const result = a.map((row) => row.map(() => 0));
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j <= i; j++) {
      const rest =
        a[i]![j]! -
        result[i]!.reduce((total, value, k) => (k < j ? total + value * result[j]![k]! : total), 0);
      result[i]![j] = i === j ? Math.sqrt(rest) : rest / result[j]![j]!;
    }
  return result;
};
