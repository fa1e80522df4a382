/** The directory of a run: what `nsm train` writes and `nsm infer` reads. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../runtime/safetensors.ts';
import type { ModelState, NumberArray } from '../runtime/state.ts';
import type { DataNames } from './datasets.ts';
import { cannotWrite, writeAtomic } from './files.ts';
import { fault } from './problem.ts';
import type { Import } from '../check/named-sources.ts';

/** Everything that decides what a run computes; `run.json`. */
export interface RunRecord {
  readonly format: 1;
  readonly versions: Readonly<Record<string, string>>;
  /** The command line that repeats the run. */
  readonly command: string;
  /** The program's own file, and every file that it is made of, under the names that spans and imports use. */
  readonly entry: string;
  readonly sources: readonly { readonly file: string; readonly stored: string }[];
  readonly imports: readonly Import[];
  readonly model: string;
  readonly learning: string;
  /** As asked for with `--set`, sizes taken from the data included. */
  readonly set: Readonly<Record<string, number>>;
  /** As they came out. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
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

/** Throws NSM6008 when the directory is not that of a run. */
export function readRecord(directory: string): RunRecord {
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
  return record as RunRecord;
}

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

export function readSources(directory: string, record: RunRecord): ReadonlyMap<string, string> {
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

const memoryPrefix = 'memory/';
const particlesPrefix = 'particles/';
const parametersFile = 'params.safetensors';

export function writeCheckpoint(directory: string, model: string, state: ModelState): void {
  const tensors: Record<string, StoredTensor> = {};
  const store = (name: string, { shape, values }: NumberArray): void => {
    tensors[name] = { shape, data: values };
  };
  for (const [name, array] of Object.entries(state.parameters)) store(name, array);
  for (const [name, array] of Object.entries(state.memory)) store(memoryPrefix + name, array);
  for (const [name, array] of Object.entries(state.particles)) store(particlesPrefix + name, array);
  const metadata = {
    format: 'nsm 1',
    model,
    learning: state.learning ?? '',
    iteration: String(state.iteration),
    iterations: String(state.iterations ?? 0),
    seed: String(state.seed),
    sizes: JSON.stringify(state.sizes),
    settings: JSON.stringify(state.settings),
  };
  writeAtomic(join(directory, parametersFile), writeSafetensors(tensors, metadata));
}

/** The saved state, or null when nothing was saved yet. `fresh` is a new state of the model that the run records. */
export function readCheckpoint(directory: string, fresh: ModelState): ModelState | null {
  const path = join(directory, parametersFile);
  if (!existsSync(path)) return null;
  const damaged = (what: string): Error =>
    fault(
      'NSM6008',
      `the saved parameters cannot be used: ${what}`,
      'copy the run again, or train anew',
      path,
    );
  let file: ReturnType<typeof readSafetensors>;
  try {
    file = readSafetensors(readFileSync(path));
  } catch (error) {
    throw damaged((error as Error).message);
  }
  const parameters: Record<string, NumberArray> = {};
  const memory: Record<string, NumberArray> = {};
  const particles: Record<string, NumberArray> = {};
  for (const [name, { shape, data }] of Object.entries(file.tensors)) {
    if (name.startsWith(memoryPrefix)) memory[name.slice(memoryPrefix.length)] = { shape, values: data };
    else if (name.startsWith(particlesPrefix))
      particles[name.slice(particlesPrefix.length)] = { shape, values: data };
    else parameters[name] = { shape, values: data };
  }
  for (const [name, { shape }] of Object.entries(fresh.parameters)) {
    const found = parameters[name]?.shape;
    if (found === undefined) throw damaged(`the parameter "${name}" is missing`);
    if (found.join() !== shape.join()) {
      throw damaged(
        `"${name}" has the shape [${found.join(', ')}], but the model's is [${shape.join(', ')}]`,
      );
    }
  }
  const { metadata } = file;
  const iteration = Number(metadata['iteration']);
  const iterations = Number(metadata['iterations']);
  if (!Number.isSafeInteger(iteration) || !Number.isSafeInteger(iterations)) {
    throw damaged('they do not say after which iteration they were saved');
  }
  return {
    ...fresh,
    parameters,
    memory,
    particles,
    iteration,
    iterations,
    learning: metadata['learning'] === '' ? null : (metadata['learning'] ?? null),
  };
}

export type MetricsLine = Readonly<Record<string, string | number | null>>;

const metricsPath = (directory: string): string => join(directory, 'metrics.jsonl');

export function appendMetrics(directory: string, lines: readonly MetricsLine[]): void {
  if (lines.length === 0) return;
  try {
    appendFileSync(metricsPath(directory), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  } catch (error) {
    throw cannotWrite(metricsPath(directory), error);
  }
}

/** The lines written, without a last one that a crash cut short. */
export function readMetrics(directory: string): readonly MetricsLine[] {
  const path = metricsPath(directory);
  if (!existsSync(path)) return [];
  const lines: MetricsLine[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      lines.push(JSON.parse(line) as MetricsLine);
    } catch {
      break;
    }
  }
  return lines;
}

/** Drops what was written after the checkpoint, and measurements, which are made again at the end. */
export function truncateMetrics(directory: string, iteration: number): void {
  const path = metricsPath(directory);
  if (!existsSync(path)) return;
  const kept = readMetrics(directory).filter(
    (line) => line['event'] === 'iteration' && Number(line['iteration']) <= iteration,
  );
  if (kept.length === 0) truncateSync(path);
  else writeAtomic(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
