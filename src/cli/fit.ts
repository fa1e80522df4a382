/** A program's sizes and the data's. */
import { axisOf } from '../calculus/expression.ts';
import type { Dataset } from '../data/load.ts';
import type { Definition } from '../schedule/definition.ts';
import { valueFault } from '../runtime/observed-values.ts';
import { shapeOf, sizeOf } from '../runtime/state.ts';
import { fault } from './problem.ts';
import { defineProgram } from './definition.ts';
import type { LoadedProgram } from './program.ts';
import { requireSettings, type Selection } from './select.ts';

export interface Fitted {
  readonly definition: Definition;
  /** What was set, with the sizes taken from the data. */
  readonly set: Readonly<Record<string, number>>;
}

/**
 * The definition with the observed variable's sizes taken from the data, where they were not set.
 * Throws NSM6006 when the data cannot be rows of the observed variable.
 */
export function definitionForData(
  program: LoadedProgram,
  selection: Selection,
  asked: Readonly<Record<string, number>>,
  data: Dataset,
): Fitted {
  const set = { ...asked, ...sizesFromData(selection, asked, data) };
  requireSettings(selection, set);
  const definition = defineProgram(program, selection.model.name, set);
  requireValues(definition, data);
  return { definition, set };
}

/** Sizes of the observed variable's axes: from its one axis, or axis by axis from examples of as many axes. */
function sizesFromData(
  { model }: Selection,
  asked: Readonly<Record<string, number>>,
  data: Dataset,
): Readonly<Record<string, number>> {
  const observed = model.variables.filter(({ role }) => role === 'observed');
  const axes = observed.length === 1 ? observed[0]!.indices.map(axisOf) : [];
  const shape = axes.length === 1 ? [data.columns] : axes.length === data.shape.length ? data.shape : null;
  if (shape === null) return {};
  const free = axes.map((axis, position) => [axis, shape[position]!] as const);
  const settable = new Set(model.settings.filter(({ kind }) => kind === 'dim').map(({ name }) => name));
  return Object.fromEntries(free.filter(([axis]) => settable.has(axis) && !Object.hasOwn(asked, axis)));
}

/** Throws NSM6006 when rows of the data are not values of the observed variable: by their number, or by what they are. */
export function requireValues(definition: Definition, data: Dataset): void {
  const [variable, second] = definition.observed;
  if (variable === undefined || second !== undefined) {
    const names = definition.observed.map(({ name }) => name).join(', ');
    throw fault(
      'NSM6006',
      `data are rows of one observed variable, but ${definition.model} observes ${names === '' ? 'none' : names}`,
      'declare one observed variable, or join the others into it',
    );
  }
  const shape = shapeOf(variable.axes, definition.sizes);
  if (sizeOf(shape) === data.columns) {
    const numbers = { ...definition.sizes, ...definition.settings };
    const found = valueFault(variable, shape, data.values, numbers, numbers);
    if (found !== null) throw fault('NSM6006', found.what, found.hint, data.uri);
    return;
  }
  const sizes = variable.axes.map((axis, position) => `${axis} ${shape[position]}`).join(' by ');
  const [only] = variable.axes;
  throw fault(
    'NSM6006',
    `each row of the data holds ${data.columns} numbers, but ${variable.name} holds ${sizeOf(shape)} (${sizes})`,
    variable.axes.length === 1
      ? `leave out --set ${only}=${shape[0]}, or give data with ${shape[0]} numbers in a row`
      : `set the sizes of ${variable.axes.join(' and ')} so that they multiply to ${data.columns}`,
    data.uri,
  );
}
