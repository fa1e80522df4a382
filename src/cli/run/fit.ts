/** A program's sizes and the data's. */
import { axisOf } from '../../calculus/expression.ts';
import type { Definition } from '../../schedule/definition.ts';
import { placeText } from '../../schedule/locate.ts';
import { valueFault } from '../../runtime/observed-values.ts';
import { shapeOf, sizeOf } from '../../runtime/state.ts';
import type { Datasets } from './datasets.ts';
import { fault } from '../problem.ts';
import { defineProgram } from '../definition.ts';
import { faultIn, type LoadedProgram } from '../program.ts';
import { requireLearning, requireSettings, type Selection } from '../select.ts';

export interface Fitted {
  readonly definition: Definition;
  /** What was set, with the sizes taken from the data. */
  readonly set: Readonly<Record<string, number>>;
}

/**
 * The definition with the observed variables' sizes taken from the data, where they were not set.
 * Throws NSM6006 when the data cannot be rows of the observed variables, or some are missing that the learning needs.
 */
export function definitionForData(
  program: LoadedProgram,
  selection: Selection,
  asked: Readonly<Record<string, number>>,
  data: Datasets,
  test: Datasets | null,
): Fitted {
  const set = { ...asked, ...sizesFromData(selection, asked, data) };
  requireSettings(selection, set);
  const definition = defineProgram(program, selection.model.name, set);
  requireValues(program, definition, data, 'free');
  const learning = requireLearning(selection).name;
  const needed = definition.learnings.find(({ name }) => name === learning)!.observed;
  requireParts(needed, learning, 'data', data);
  if (test !== null) {
    requireValues(program, definition, test, 'fixed');
    requireParts(
      data.parts.map(({ variable }) => variable),
      'the measurement',
      'test',
      test,
    );
  }
  return { definition, set };
}

/**
 * What `--set` asked for by itself: without sizes that came from the data, and without what another program of the run, which
 * `declared` is of, does not have any more.
 */
export function askedAlone(
  selection: Selection,
  set: Readonly<Record<string, number>>,
  data: Datasets,
  declared: readonly string[],
): Readonly<Record<string, number>> {
  const fromData = sizesFromData(selection, {}, data);
  return Object.fromEntries(
    Object.entries(set).filter(([name, value]) => fromData[name] !== value && declared.includes(name)),
  );
}

/** Sizes of the observed variables' axes: from the one axis of a variable, or axis by axis from examples of as many axes. */
function sizesFromData(
  { model }: Selection,
  asked: Readonly<Record<string, number>>,
  { parts }: Datasets,
): Readonly<Record<string, number>> {
  const settable = new Set(model.settings.filter(({ kind }) => kind === 'dim').map(({ name }) => name));
  const free = parts.flatMap(({ variable, data }): readonly (readonly [string, number])[] => {
    const axes = model.variables.find(({ name }) => name === variable)!.indices.map(axisOf);
    const shape = axes.length === 1 ? [data.columns] : axes.length === data.shape.length ? data.shape : null;
    return shape === null ? [] : axes.map((axis, position) => [axis, shape[position]!]);
  });
  return Object.fromEntries(free.filter(([axis]) => settable.has(axis) && !Object.hasOwn(asked, axis)));
}

/**
 * Throws NSM6006 when rows of the data are not values of the observed variables: by their number, or by what they are.
 *
 * @param sizesAre `free` where options may still set them
 */
export function requireValues(
  program: LoadedProgram,
  { observed, sizes, settings, origins = {} }: Definition,
  { parts }: Datasets,
  sizesAre: 'free' | 'fixed',
): void {
  const numbers = { ...sizes, ...settings };
  for (const { variable, data } of parts) {
    const own = observed.find(({ name }) => name === variable)!;
    const refuse = (message: string, hint: string): Error => {
      const origin = origins[variable];
      const place = origin === undefined ? null : placeText(origin);
      return faultIn(program, { code: 'NSM6006', message, hint, place, about: data.uri });
    };
    const { axes } = own;
    const shape = shapeOf(axes, sizes);
    if (sizeOf(shape) === data.columns) {
      const found = valueFault(own, shape, data.values, numbers, numbers);
      if (found !== null) throw refuse(found.what, found.hint);
      continue;
    }
    const [only] = axes;
    throw refuse(
      `each row of the data holds ${data.columns} numbers, but ${variable} holds ${sizeOf(shape)} (${axes.map((axis, position) => `${axis} ${shape[position]}`).join(' by ')})`,
      sizesAre === 'fixed'
        ? `the model has these sizes already: give data with ${sizeOf(shape)} numbers in a row`
        : axes.length === 1
          ? `leave out --set ${only}=${shape[0]}, or give data with ${shape[0]} numbers in a row`
          : `set the sizes of ${axes.join(' and ')} so that they multiply to ${data.columns}`,
    );
  }
}

/** Throws NSM6006 when a variable that must be observed has no data. */
export function requireParts(
  needed: readonly string[],
  who: string,
  option: 'data' | 'test',
  { parts, names }: Datasets,
): void {
  const missing = needed.filter((name) => !parts.some(({ variable }) => variable === name));
  if (missing.length === 0) return;
  const uri = typeof names === 'string' ? names : 'URI';
  throw fault(
    'NSM6006',
    `${who} needs data of ${needed.join(' and ')}, and there are none of ${missing.join(' and ')}`,
    `name each: ${needed.map((name) => `--${option} ${name}=${missing.includes(name) ? 'URI' : uri}`).join(' ')}`,
  );
}
