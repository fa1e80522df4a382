/** The directory of a run: what `nsm train` writes and `nsm infer` reads. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { savedChanges } from './checkpoint.ts';
import type { DataNames } from './datasets.ts';
import { replayed, type Change, type Editable } from './editable.ts';
import { cannotWrite, writeAtomic } from '../files.ts';
import { fault } from '../problem.ts';
import { counted } from '../words.ts';

/** Everything that decides what a run computes; `run.json` holds it as it was when the run was begun. */
export interface RunRecord extends Omit<Editable, 'texts'> {
  readonly format: 1;
  readonly versions: Readonly<Record<string, string>>;
  /** The command line that repeats the run. */
  readonly command: string;
  /** Where the run keeps the files that its first program was made of, under the names that spans and imports use. */
  readonly sources: readonly { readonly file: string; readonly stored: string }[];
  readonly model: string;
  readonly learning: string;
  readonly data: DataNames;
  readonly test: DataNames | null;
  /** Examples at the end of the data that are kept for the measurement, where there are no test data. */
  readonly held_out: number;
  readonly iterations: number;
  readonly batch: number;
  readonly seed: number;
  /** With fused multiply-adds, where the engine had them. */
  readonly fast?: true;
}

export function writeRecord(directory: string, record: RunRecord, texts: ReadonlyMap<string, string>): void {
  for (const { file, stored } of record.sources) {
    const path = join(directory, stored);
    mkdirSync(dirname(path), { recursive: true });
    writeAtomic(path, texts.get(file) ?? '');
  }
  writeAtomic(join(directory, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/** A run as its directory holds it, after all of its changes. */
export interface StoredRun {
  readonly directory: string;
  readonly record: RunRecord;
  readonly texts: ReadonlyMap<string, string>;
  readonly changes: readonly Change[];
}

/** Throws NSM6008 when the directory is not that of a run. */
export function readRun(directory: string): StoredRun {
  const first = readRecord(directory);
  const begun = editableOf(first, readSources(directory, first));
  const changes = readChanges(directory, savedChanges(directory));
  try {
    const { texts, ...rest } = replayed(begun, changes);
    return { directory, record: { ...first, ...rest }, texts: new Map(Object.entries(texts)), changes };
  } catch (error) {
    throw damagedChanges(directory, (error as Error).message);
  }
}

export const editableOf = (
  { entry, imports, set, sizes, settings, schedules, parameters }: RunRecord,
  texts: ReadonlyMap<string, string>,
): Editable => ({
  entry,
  texts: Object.fromEntries(texts),
  imports,
  set,
  sizes,
  settings,
  schedules,
  parameters,
});

function readRecord(directory: string): RunRecord {
  const path = join(directory, 'run.json');
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw fault(
      'NSM6008',
      `there is no directory ${directory}`,
      'give the directory that `nsm train` printed',
    );
  }
  if (!existsSync(path)) {
    throw fault(
      'NSM6008',
      `${directory} is not a run: it has no run.json`,
      'give the directory that `nsm train` printed',
    );
  }
  const damaged = (what: string): Error =>
    fault('NSM6008', `run.json ${what}`, 'copy the run again, or train anew', path);
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw damaged(`cannot be read: ${(error as Error).message}`);
  }
  if (typeof record !== 'object' || record === null) throw damaged('is not an object');
  const { format } = record as { readonly format?: unknown };
  if (format !== 1) throw damaged(`has format ${JSON.stringify(format)}; this version of nsm reads format 1`);
  for (const [name, isRight] of Object.entries(fields)) {
    if (!isRight((record as Record<string, unknown>)[name]))
      throw damaged(`lacks "${name}", or it is of another kind`);
  }
  // Runs that were begun before there were changes lack these.
  return { ...(record as RunRecord), ...withDefaults(record) };
}

const withDefaults = ({
  schedules = {},
  parameters = {},
}: Partial<RunRecord>): Pick<RunRecord, 'schedules' | 'parameters'> => ({ schedules, parameters });

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumbers = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((entry) => typeof entry === 'number');
const isTexts = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);
const fields: Readonly<Record<string, (value: unknown) => boolean>> = {
  command: isText,
  entry: isText,
  sources: (value) =>
    Array.isArray(value) &&
    value.every((source: unknown) => {
      const { file, stored } = (source ?? {}) as Readonly<Record<string, unknown>>;
      return isText(file) && isText(stored);
    }),
  schedules: (value) => value === undefined || isTexts(value),
  parameters: (value) => value === undefined || (typeof value === 'object' && value !== null),
  imports: (value) =>
    Array.isArray(value) &&
    value.every((entry: unknown) => {
      const { from, specifier, files } = (entry ?? {}) as Readonly<Record<string, unknown>>;
      return isText(from) && isText(specifier) && Array.isArray(files) && files.every(isText);
    }),
  model: isText,
  learning: isText,
  set: isNumbers,
  sizes: isNumbers,
  settings: isNumbers,
  data: (value) => isText(value) || isTexts(value),
  test: (value) => value === null || isText(value) || isTexts(value),
  held_out: isCount,
  iterations: isCount,
  batch: isCount,
  seed: isCount,
  fast: (value) => value === undefined || value === true,
};

function readSources(directory: string, record: RunRecord): ReadonlyMap<string, string> {
  return new Map(
    record.sources.map(({ file, stored }) => {
      const path = join(directory, stored);
      if (!existsSync(path)) {
        const message = `the source file ${stored} of the run is missing`;
        throw fault('NSM6008', message, 'copy the run again, or train anew', path);
      }
      return [file, readFileSync(path, 'utf8')];
    }),
  );
}

const changesPath = (directory: string): string => join(directory, 'changes.jsonl');

/** The first `count` changes: a line after them is of a change that a crash cut off before its checkpoint. */
function readChanges(directory: string, count: number): readonly Change[] {
  const changes = readLines(changesPath(directory)).slice(0, count) as unknown as readonly Change[];
  if (changes.length === count && changes.every(isChange)) return changes;
  const words = `it should begin with ${counted(count, 'change')}`;
  throw damagedChanges(
    directory,
    existsSync(changesPath(directory)) ? words : `it is not there, and ${words}`,
  );
}

const isChange = ({ change, patches, inverse }: Change, position: number): boolean =>
  change === position + 1 && Array.isArray(patches) && Array.isArray(inverse);

const damagedChanges = (directory: string, what: string): Error =>
  fault(
    'NSM6008',
    `the changes of the run cannot be read: ${what}`,
    'copy the run again, or train anew',
    changesPath(directory),
  );

export const appendChange = (directory: string, change: Change): void =>
  appendLines(changesPath(directory), [change]);

/** Drops what a crash left after the changes that have happened. */
export function truncateChanges(directory: string, changes: readonly Change[]): void {
  if (existsSync(changesPath(directory))) writeLines(changesPath(directory), changes);
}

export type MetricsLine = Readonly<Record<string, string | number | null>>;

const metricsPath = (directory: string): string => join(directory, 'metrics.jsonl');

export const appendMetrics = (directory: string, lines: readonly MetricsLine[]): void =>
  appendLines(metricsPath(directory), lines);

export const readMetrics = (directory: string): readonly MetricsLine[] =>
  readLines(metricsPath(directory)) as readonly MetricsLine[];

/** Drops what was written after the checkpoint, and measurements, which are made again at the end. */
export function truncateMetrics(directory: string, iteration: number): void {
  const path = metricsPath(directory);
  if (!existsSync(path)) return;
  writeLines(
    path,
    readMetrics(directory).filter(
      (line) => line['event'] === 'iteration' && Number(line['iteration']) <= iteration,
    ),
  );
}

const asLines = (lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const writeLines = (path: string, lines: readonly object[]): void => writeAtomic(path, asLines(lines));

function appendLines(path: string, lines: readonly object[]): void {
  if (lines.length === 0) return;
  try {
    appendFileSync(path, asLines(lines));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** The lines written, without a last one that a crash cut short. */
function readLines(path: string): readonly object[] {
  if (!existsSync(path)) return [];
  const lines: object[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      lines.push(JSON.parse(line) as object);
    } catch {
      break;
    }
  }
  return lines;
}
