/** Data on the host: rows of observed variables. */
import type { Tensor } from '@tensorflow/tfjs';
import { didYouMean } from '../diagnostics/suggest.ts';
import { runError } from './failure.ts';
import { valueFault } from './observed-values.ts';
import type { ModelPlan } from './plan.ts';
import { shapeOf, sizeOf, type ModelState } from './state.ts';

/** Examples after each other: of the first observed variable, or of several by their names, in the same order. */
export type Data = Float32Array | Readonly<Record<string, Float32Array>>;

export interface Examples {
  readonly rows: number;
  readonly variables: readonly ObservedRows[];
}
export interface ObservedRows {
  readonly name: string;
  readonly columns: number;
  /** Shape of one example. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The data as rows of observed variables. Throws a `RunError` when they do not fit, or one that is `needed` is missing. */
export function examplesOf(
  plan: ModelPlan,
  state: ModelState,
  data: Data,
  needed: readonly string[],
): Examples {
  const given = data instanceof Float32Array ? { [firstObserved(plan)]: data } : data;
  const names = plan.observed.map(({ name }) => name);
  const placeOf = (name: string): string | null => plan.origins?.[name] ?? null;
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw runError(
      `${plan.model} observes no "${name}"`,
      `${didYouMean(name, names)}it observes ${names.join(', ')}`,
    );
  }
  const variables = plan.observed.flatMap((variable): readonly ObservedRows[] => {
    const { name, axes } = variable;
    const values = given[name];
    if (values === undefined) return [];
    const shape = shapeOf(axes, state.sizes);
    const columns = sizeOf(shape);
    if (!Number.isInteger(values.length / columns) || values.length === 0) {
      throw runError(
        `${values.length} numbers are not rows of ${name}[${axes.join(', ')}], which has ${columns}`,
        'give whole examples one after the other, or create the model with the size that the data have',
        placeOf(name),
      );
    }
    const fault = valueFault(
      variable,
      shape,
      values,
      { ...plan.sizes, ...plan.settings },
      { ...state.sizes, ...state.settings },
    );
    if (fault !== null) throw runError(fault.what, fault.hint, placeOf(name));
    return [{ name, columns, shape, values }];
  });
  const missing = needed.filter((name) => !Object.hasOwn(given, name));
  if (missing.length > 0) {
    throw runError(
      `there are no data of ${missing.join(' and ')}, which ${plan.model} observes`,
      `give rows of each: { ${needed.join(', ')} }`,
      placeOf(missing[0]!),
    );
  }
  const counts = variables.map(({ values, columns }) => values.length / columns);
  const [rows = 0] = counts;
  if (counts.some((count) => count !== rows)) {
    throw runError(
      `the observed variables have different numbers of examples: ${variables.map(({ name }, i) => `${name} ${counts[i]}`).join(', ')}`,
      'give the same examples of each, in the same order',
    );
  }
  return { rows, variables };
}

const firstObserved = ({ observed, model }: ModelPlan): string => {
  const [first] = observed;
  if (first === undefined)
    throw runError(`${model} observes nothing, so there are no data of it`, 'give no data');
  return first.name;
};

/** Tensors of some rows, by the variables' names; the caller disposes of them. */
export function rowTensors(
  { tf }: ModelPlan,
  { variables }: Examples,
  rows: RowRange | Uint32Array,
): Record<string, Tensor> {
  return Object.fromEntries(
    variables.map(({ name, columns, shape, values }) => {
      const taken = takeRows(values, columns, rows);
      return [name, tf.tensor(taken, [taken.length / columns, ...shape], 'float32')];
    }),
  );
}

export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/** Some rows of an array, one after the other. */
export function takeRows(values: Float32Array, columns: number, rows: RowRange | Uint32Array): Float32Array {
  if (!(rows instanceof Uint32Array))
    return values.subarray(rows.from * columns, (rows.from + rows.count) * columns);
  const taken = new Float32Array(rows.length * columns);
  rows.forEach((row, position) => {
    taken.set(values.subarray(row * columns, (row + 1) * columns), position * columns);
  });
  return taken;
}
