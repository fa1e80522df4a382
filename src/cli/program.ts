/** From the file that a command names to a checked program and its definition. */
import { statSync } from 'node:fs';
import { analyse } from '../derive/analyse.ts';
import { nameOf, recording, type Import } from '../check/named-sources.ts';
import { fileSources, type Sources } from '../check/sources.ts';
import type { Checked } from '../check/typed.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { offsetOf } from '../diagnostics/position.ts';
import type { Span } from '../syntax/span.ts';
import { diagnosed, fault, problemsAsText, type Problem } from './problem.ts';

/** A checked file with every file that it is made of, by the names that spans use: `std/...` for the library's. */
export interface LoadedProgram {
  readonly entry: string;
  readonly checked: Checked;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
  readonly imports: readonly Import[];
}

/** Checks a file from disk or the standard library. Throws NSM6001 when it is not there. */
export function loadProgram(file: string): LoadedProgram {
  const entry = findEntry(file);
  const recorded = recording(fileSources());
  if (recorded.sources.read(entry)?.includes('\0') === true)
    throw fault('NSM6001', `${file} is not a text file`, 'name a .nsm file', file);
  const { checked, diagnostics } = analyse(entry, recorded.sources);
  return { entry, checked, diagnostics, texts: checked.texts, imports: recorded.imports };
}

/** Checks a program from kept texts and imports alone. Throws its diagnostics when it has errors. */
export function restoreProgram(
  entry: string,
  texts: ReadonlyMap<string, string>,
  imports: readonly Import[],
): LoadedProgram {
  const sources: Sources = {
    read: (path) => texts.get(path) ?? null,
    resolve: (from, specifier) => {
      const found = imports.find((entry) => entry.from === from && entry.specifier === specifier);
      return found === undefined
        ? { kind: 'missing', candidates: [], problem: 'the run does not hold it' }
        : { kind: 'files', files: found.files };
    },
  };
  const { checked, diagnostics } = analyse(entry, sources);
  const program = { entry, checked, diagnostics, texts, imports };
  requireNoErrors(program);
  return program;
}

const textOf =
  ({ texts }: LoadedProgram) =>
  (file: string): string | undefined =>
    texts.get(file);

export const problemsIn = (program: LoadedProgram, diagnostics = program.diagnostics): readonly Problem[] =>
  diagnostics.map((diagnostic) => ({ kind: 'diagnostic', diagnostic, textOf: textOf(program) }));

/** Throws all diagnostics when one of them is an error; shows the warnings otherwise, on standard error. */
export function requireGood(program: LoadedProgram): void {
  requireNoErrors(program);
  if (program.diagnostics.length > 0) process.stderr.write(`${problemsAsText(problemsIn(program))}\n`);
}

export function requireNoErrors(program: LoadedProgram): void {
  const { diagnostics } = program;
  if (diagnostics.some(({ severity }) => severity === 'error')) throw diagnosed(diagnostics, textOf(program));
}

/** Whether the files that a program was made of hold what it was made of, and its imports still mean them. */
export function isAsOnDisk({ texts, imports }: LoadedProgram): boolean {
  const sources = recording(fileSources()).sources;
  const files = (from: string, specifier: string): readonly string[] => {
    const found = sources.resolve(from, specifier);
    return found.kind === 'files' ? found.files : [];
  };
  return (
    [...texts].every(([name, text]) => sources.read(name) === text) &&
    imports.every((entry) => files(entry.from, entry.specifier).join() === entry.files.join())
  );
}

/** An error to `throw` for diagnostics that came after checking. */
export const diagnosedIn = (program: LoadedProgram, diagnostics: readonly Diagnostic[]): Error =>
  diagnosed(diagnostics, textOf(program));

/** What is wrong with a run of a program. */
interface RunFault {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  /** The place of the program that it comes from, as runs name it: `ipvae.nsm:12:3`. */
  readonly place: string | null;
  /** The URI of the data that are wrong there. */
  readonly about?: string;
}

/** An error to `throw` that shows the line of the program that it comes from, where that is known. */
export function faultIn(program: LoadedProgram, { code, message, hint, place, about }: RunFault): Error {
  const span = place === null ? null : restOfLine(program, place);
  if (span === null) return fault(code, message, hint, about ?? place);
  const diagnostic = { code, severity: 'error', message, span, secondary: [], hint } as const;
  return diagnosedIn(program, [about === undefined ? diagnostic : { ...diagnostic, about }]);
}

function restOfLine({ texts }: LoadedProgram, place: string): Span | null {
  const [, file = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
  const text = texts.get(file);
  const start = text === undefined ? null : offsetOf(text, { line: Number(line), column: Number(column) });
  if (text === undefined || start === null) return null;
  const [rest = ''] = text.slice(start).split(/\s*(?:\/\/.*)?\r?\n|\s*$/, 1);
  return { file, start, end: start + rest.length };
}

/** `std/models/ipvae` names the library's file unless the path is on disk. */
function findEntry(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() === true) return file;
  if (found?.isDirectory() === true) {
    throw fault('NSM6001', `${file} is a directory`, 'name a .nsm file in it', file);
  }
  if (file === 'std' || file.startsWith('std/')) {
    const resolution = fileSources().resolve('', file);
    const [first, second] = resolution.kind === 'files' ? resolution.files : [];
    if (first !== undefined && second === undefined) return nameOf(first);
    const candidates = resolution.kind === 'files' ? resolution.files.map(nameOf) : resolution.candidates;
    const hint =
      candidates.length === 0 ? 'the models are in std/models' : `there is ${candidates.join(', ')}`;
    throw fault('NSM6001', `${file} is no file of the standard library`, hint);
  }
  const withExtension = `${file}.nsm`;
  if (statSync(withExtension, { throwIfNoEntry: false })?.isFile() === true) return withExtension;
  throw fault(
    'NSM6001',
    `there is no file ${file}`,
    'check the path, which counts from the current directory; files of the standard library are named as std/models/ipvae',
  );
}
