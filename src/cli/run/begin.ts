/** What a run of `nsm train` starts from: nothing, or a run that was interrupted. */
import { batchesPerEpoch } from '../../data/batches.ts';
import { defineModel, type Model } from '../../runtime/model.ts';
import type { ModelState } from '../../runtime/state.ts';
import { openBackend, type Backend } from '../backend.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Change } from './editable.ts';
import type { Output } from '../execute.ts';
import {
  dataText,
  dataWords,
  datasetsNote,
  loadDatasets,
  observedNames,
  type DataNames,
  type Datasets,
} from './datasets.ts';
import { definitionForData, requireValues } from './fit.ts';
import { makeEmptyDirectory, makeNumberedDirectory } from '../files.ts';
import { fault } from '../problem.ts';
import { restoreRun } from '../definition.ts';
import { trainDefaults } from '../options.ts';
import { loadProgram, requireGood, type LoadedProgram } from '../program.ts';
import { announceChange } from './live.ts';
import { change, numbersOf, registered, revised, undo, type Changed } from './revision.ts';
import { readRun, truncateChanges, truncateMetrics, writeRecord, type RunRecord } from './directory.ts';
import { checkSettings, requireLearning, select } from '../select.ts';
import { version } from '../version.ts';
import { commandLine, counted, shellWord } from '../words.ts';

export interface TrainRequest {
  readonly file?: string | undefined;
  readonly data?: DataNames | undefined;
  readonly test?: DataNames | undefined;
  readonly model?: string | undefined;
  readonly learning?: string | undefined;
  readonly set?: Readonly<Record<string, number>> | undefined;
  readonly iterations?: number | undefined;
  readonly epochs?: number | undefined;
  readonly batch?: number | undefined;
  readonly seed?: number | undefined;
  readonly fast?: true | undefined;
  readonly out?: string | undefined;
  readonly resume?: string | undefined;
  readonly watch?: true | undefined;
  readonly undo?: true | undefined;
}

export interface Run {
  readonly directory: string;
  readonly record: RunRecord;
  readonly program: LoadedProgram;
  readonly changes: readonly Change[];
  readonly data: Datasets;
  readonly test: Datasets | null;
  readonly backend: Backend;
  readonly model: Model;
  readonly state: ModelState;
}

/** Without test data, so many examples at the end of the data are kept for the measurement, if they are few enough. */
const mostHeldOut = 250;
const shareHeldOut = 0.1;

export async function begin(request: TrainRequest, output: Output, signal: AbortSignal): Promise<Run> {
  const program = loadProgram(request.file!);
  requireGood(program);
  const selection = select(program.checked, request);
  const learning = requireLearning(selection);
  const asked = request.set ?? {};
  checkSettings(program.checked, selection, asked);

  const names = request.data ?? trainDefaults.data;
  if (request.data === undefined)
    output.note(`no --data given: training on generated images, ${trainDefaults.data}`);
  const observed = observedNames(selection.model.variables);
  const load = (given: DataNames): Promise<Datasets> =>
    loadDatasets(given, selection.model.name, observed, { signal });
  const data = await load(names);
  const test = request.test === undefined ? null : await load(request.test);
  const { definition, set } = definitionForData(program, selection, asked, data, test);

  const batch = request.batch ?? trainDefaults.batch;
  const seed = request.seed ?? trainDefaults.seed;
  const wanted = Math.min(mostHeldOut, Math.floor(data.rows * shareHeldOut));
  const heldOut = test === null && data.rows - wanted >= batch ? wanted : 0;
  const rows = data.rows - heldOut;
  if (rows < batch) {
    throw fault(
      'NSM6006',
      `a batch of ${batch} examples cannot be taken from ${rows}`,
      `lower --batch to at most ${rows}, or give more data`,
      dataText(names),
    );
  }
  const iterations =
    request.epochs === undefined
      ? (request.iterations ?? trainDefaults.iterations)
      : request.epochs * batchesPerEpoch(batch, rows);

  const backend = await openBackend(request, output);
  const model = defineModel(backend.plan(definition));
  const state = model.create({ seed });
  const directory =
    request.out === undefined
      ? makeNumberedDirectory(`${definition.model}-${learning.name}`)
      : makeEmptyDirectory(request.out);
  const record: RunRecord = {
    format: 1,
    versions: versionsOf(backend),
    command: commandLine(['train', request.file!], {
      data: dataWords(names),
      test: request.test === undefined ? undefined : dataWords(request.test),
      model: definition.model,
      learning: learning.name,
      set,
      iterations,
      batch,
      seed,
      fast: request.fast,
    }),
    entry: program.entry,
    sources: storedNames([...program.texts.keys()]),
    imports: program.imports,
    model: definition.model,
    learning: learning.name,
    set,
    ...numbersOf(program.checked, definition, model, learning.name),
    parameters: registered(model, state, () => 0),
    data: names,
    test: request.test ?? null,
    held_out: heldOut,
    iterations,
    batch,
    seed,
    ...(request.fast && { fast: true }),
  };
  writeRecord(directory, record, program.texts);
  const run: Run = { directory, record, program, changes: [], data, test, backend, model, state };
  announce(run, output);
  return run;
}

/** Continues a run from its last checkpoint, with exactly what it had, but for what the request changes. */
export async function resume(
  directory: string,
  request: TrainRequest,
  output: Output,
  signal: AbortSignal,
): Promise<Run> {
  const stored = readRun(directory);
  const { record, changes } = stored;
  const { program, definition } = restoreRun(stored);
  refuseChanges(directory, record, request);
  const observed = definition.observed.map(({ name }) => name);
  const load = (given: DataNames): Promise<Datasets> =>
    loadDatasets(given, definition.model, observed, { signal });
  const data = await load(record.data);
  requireValues(program, definition, data, 'fixed');
  const test = record.test === null ? null : await load(record.test);
  const backend = await openBackend(record, output);
  const before = record.versions['backend'];
  if (before !== undefined && before !== backend.name) {
    output.note(
      `the run was started on the ${before} backend and continues on ${backend.name}: rounding may differ`,
    );
  }
  const model = defineModel(backend.plan(definition));
  const fresh = model.create({ seed: record.seed });
  const state = readCheckpoint(directory, fresh) ?? fresh;
  truncateMetrics(directory, state.iteration);
  truncateChanges(directory, changes);
  output.note(`continuing after iteration ${state.iteration} of ${record.iterations}`);
  const kept: Run = { directory, record, program, changes, data, test, backend, model, state };
  const changed = request.undo === true ? undo(kept) : changeAsked(kept, request);
  if (changed !== null) {
    saveState(changed.run);
    announceChange(changed, request.undo === true ? 'undone' : 'resumed', output);
  }
  const run = changed?.run ?? kept;
  announce(run, output);
  return run;
}

/** Writes the state that the run goes on from. */
export const saveState = ({ directory, record, state, changes }: Run): void =>
  writeCheckpoint(directory, record.model, state, changes.length);

/** The change that a file or settings beside `--resume` ask for. */
function changeAsked(run: Run, { file, set = {} }: TrainRequest): Changed | null {
  const { settings, sizes, set: before } = run.record;
  const has: Readonly<Record<string, number>> = { ...settings, ...sizes, ...before };
  const other = Object.fromEntries(Object.entries(set).filter(([name, value]) => has[name] !== value));
  if (file === undefined && Object.keys(other).length === 0) return null;
  const program = file === undefined ? run.program : loadProgram(file);
  return change(run, revised(run, program, other));
}

function announce({ record, data, test, directory }: Run, output: Output): void {
  const settings = Object.entries({ ...record.sizes, ...record.settings });
  output.say(
    [
      `${record.model} by ${record.learning}: ${settings.map(([name, value]) => `${name} ${value}`).join(', ')}`,
      `data: ${datasetsNote(data)}`,
      test !== null
        ? `test: ${datasetsNote(test)}`
        : record.held_out > 0
          ? `test: the last ${record.held_out} examples of the data, which are not trained on`
          : 'test: the training data, which are too few to keep some apart',
      `${counted(record.iterations, 'iteration')} of ${counted(record.batch, 'example')}, seed ${record.seed}, in ${directory}`,
    ].join('\n'),
  );
}

/** Throws NSM6009 for an option that says something else than the run. */
function refuseChanges(directory: string, record: RunRecord, request: TrainRequest): void {
  const refuse = (what: string): Error =>
    fault(
      'NSM6009',
      `a run is continued as it was started, but ${what}`,
      `write only: nsm train --resume ${shellWord(directory)}; or start a new run without --resume`,
      directory,
    );
  type Value = string | number | null | undefined;
  const compare = (name: string, asked: Value, kept: Value): void => {
    if (asked === undefined || asked === kept) return;
    throw refuse(`--${name} is ${asked} and the run has ${kept ?? 'none'}`);
  };
  for (const name of ['data', 'test'] as const) {
    const [asked, kept] = [request[name], record[name]];
    compare(name, asked === undefined ? undefined : dataText(asked), kept === null ? null : dataText(kept));
  }
  for (const name of ['model', 'learning', 'iterations', 'batch', 'seed'] as const) {
    compare(name, request[name], record[name]);
  }
  if (request.epochs !== undefined)
    throw refuse(`--epochs is given, and the run has ${record.iterations} iterations`);
  if (request.fast && !record.fast) throw refuse('--fast is given, and the run was started without it');
  if (request.out !== undefined) throw refuse('--out is given: it goes on in its own directory');
}

const versionsOf = (backend: Backend): Readonly<Record<string, string>> => ({
  nsm: version(),
  node: process.version,
  tensorflow: backend.version,
  backend: backend.name,
});

/** A place in the run directory for each source file: its base name, numbered where two are alike. */
function storedNames(files: readonly string[]): RunRecord['sources'] {
  const taken = new Set<string>();
  return files.map((file) => {
    const base =
      file
        .split(/[/\\]/)
        .at(-1)!
        .replace(/\.nsm$/, '') || 'source';
    let stored = `source/${base}.nsm`;
    for (let number = 2; taken.has(stored); number += 1) stored = `source/${base}-${number}.nsm`;
    taken.add(stored);
    return { file, stored };
  });
}
