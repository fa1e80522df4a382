/** The data of a model's observed variables, as the command line names them. */
import { InvalidArgumentError } from 'commander';
import { loadData, type Dataset, type LoadOptions } from '../../data/load.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { fault } from '../problem.ts';

/** A URI for the first observed variable, or one for each of several by their names. */
export type DataNames = string | Readonly<Record<string, string>>;

export interface Datasets {
  readonly names: DataNames;
  /** Of every part the same. */
  readonly rows: number;
  readonly parts: readonly { readonly variable: string; readonly data: Dataset }[];
}

/** Adds one `URI` or `variable=URI` to those given before. Throws commander's own error, which ends in a usage message. */
export function dataArgument(text: string, before?: DataNames): DataNames {
  const match = /^([\p{L}_][\p{L}\p{N}_]*)=(.+)$/u.exec(text);
  if (match === null) {
    if (before === undefined) return text;
    throw new InvalidArgumentError('Write NAME=URI for each of several observed variables.');
  }
  const [, name, uri] = match as unknown as readonly [string, string, string];
  if (typeof before === 'string')
    throw new InvalidArgumentError('Write NAME=URI for each of several observed variables.');
  if (Object.hasOwn(before ?? {}, name))
    throw new InvalidArgumentError(`"${name}" has data twice; keep one.`);
  return { ...before, [name]: uri };
}

/** The words after `--data` that give these names. */
export const dataWords = (names: DataNames): readonly string[] =>
  typeof names === 'string' ? [names] : Object.entries(names).map(([name, uri]) => `${name}=${uri}`);

/** The names as one text. */
export const dataText = (names: DataNames): string => dataWords(names).join(' ');

/** @param observed the model's observed variables. Throws NSM6006 where the data cannot be theirs, or differ in rows. */
export async function loadDatasets(
  names: DataNames,
  model: string,
  observed: readonly string[],
  options: LoadOptions,
): Promise<Datasets> {
  const given = uriOfVariable(names, model, observed);
  const parts: Datasets['parts'][number][] = [];
  for (const variable of observed) {
    const uri = given[variable];
    if (uri !== undefined) parts.push({ variable, data: await loadData(uri, options) });
  }
  const rows = parts[0]?.data.rows ?? 0;
  const other = parts.find(({ data }) => data.rows !== rows);
  if (other !== undefined) {
    throw fault(
      'NSM6006',
      `there are ${rows} examples of ${parts[0]!.variable}, but ${other.data.rows} of ${other.variable}`,
      'name the same examples of each, in the same order: offset and limit choose them',
      other.data.uri,
    );
  }
  return { names, rows, parts };
}

/** The same data as those of a changed model's observed variables. Throws NSM6006 where they cannot be. */
export function dataOfModel(data: Datasets, model: string, observed: readonly string[]): Datasets {
  const given = uriOfVariable(data.names, model, observed);
  const loaded = (variable: string): Dataset =>
    typeof data.names === 'string'
      ? data.parts[0]!.data
      : data.parts.find((part) => part.variable === variable)!.data;
  const parts = observed
    .filter((variable) => Object.hasOwn(given, variable))
    .map((variable) => ({ variable, data: loaded(variable) }));
  return { ...data, parts };
}

function uriOfVariable(
  names: DataNames,
  model: string,
  observed: readonly string[],
): Readonly<Record<string, string>> {
  const [first] = observed;
  if (first === undefined) {
    throw fault(
      'NSM6006',
      `${model} observes nothing, so there are no data to give it`,
      'declare what it observes, as in `observed x: real[pixels]`',
    );
  }
  const given = typeof names === 'string' ? { [first]: names } : names;
  const unknown = Object.keys(given).find((name) => !observed.includes(name));
  if (unknown !== undefined) {
    throw fault(
      'NSM6006',
      `${model} observes no "${unknown}"`,
      `${didYouMean(unknown, observed)}it observes ${observed.join(', ')}`,
    );
  }
  return given;
}

/** Rows `from` to `to` of every part, by the variables' names. */
export const rowsOf = (
  { parts }: Datasets,
  from: number,
  to: number,
): Readonly<Record<string, Float32Array>> =>
  Object.fromEntries(
    parts.map(({ variable, data: { values, columns } }) => [
      variable,
      values.subarray(from * columns, to * columns),
    ]),
  );

/** What the data are, a line for each part. */
export const datasetsNote = ({ parts }: Datasets): string =>
  parts.length === 1
    ? parts[0]!.data.note
    : parts.map(({ variable, data }) => `${variable}: ${data.note}`).join('\n      ');

export const observedNames = (
  variables: readonly { readonly name: string; readonly role: string }[],
): readonly string[] => variables.filter(({ role }) => role === 'observed').map(({ name }) => name);
