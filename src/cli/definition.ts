/** From a checked program to a definition. Apart from `program.ts`, so that `nsm check` does not load the compiler. */
import { define } from '../schedule/define.ts';
import type { Definition } from '../schedule/definition.ts';
import { diagnosedIn, restoreProgram, type LoadedProgram } from './program.ts';
import type { StoredRun } from './run/directory.ts';

/** Throws the diagnostics of what cannot be derived or lowered. */
export function defineProgram(
  program: LoadedProgram,
  model: string,
  set: Readonly<Record<string, number>>,
): Definition {
  const { definition, diagnostics } = define(program.checked, { model, set });
  if (definition === null) throw diagnosedIn(program, diagnostics);
  return definition;
}

/** The program and definition of a run, from the sources that it holds. */
export function restoreRun({ record, texts }: StoredRun): {
  readonly program: LoadedProgram;
  readonly definition: Definition;
} {
  const program = restoreProgram(record.entry, texts, record.imports);
  return { program, definition: defineProgram(program, record.model, record.set) };
}
