/** From the file that a command names to a checked program and its definition. */
import { check } from '../check/check.ts';
import { fileSources, type Sources } from '../check/sources.ts';
import type { Checked } from '../check/typed.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { define } from '../schedule/define.ts';
import type { Definition } from '../schedule/definition.ts';
import { diagnosed, problemAsText } from './problem.ts';
import type { Output } from './execute.ts';

export interface LoadedProgram {
  /** The file as spans and imports name it. */
  readonly entry: string;
  readonly checked: Checked;
  readonly diagnostics: readonly Diagnostic[];
  /** Text of every file read, by name. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Checks a file from disk or the standard library. Throws NSM6001 when it is not there. */
export const loadProgram = (file: string): LoadedProgram => loadFrom(file, fileSources());

export interface DefinitionRequest {
  readonly model?: string;
  readonly learning?: string;
  readonly set?: Readonly<Record<string, number>>;
}

/** Throws all diagnostics when one of them is an error; notes the warnings otherwise. */
export function requireGood(program: LoadedProgram, output: Output): void {
  const { diagnostics } = program;
  const textOf = (file: string): string | undefined => program.texts.get(file);
  if (diagnostics.some(({ severity }) => severity === 'error')) throw diagnosed(diagnostics, textOf);
  for (const diagnostic of diagnostics) output.note(`${problemAsText({ kind: 'diagnostic', diagnostic, textOf })}\n`);
}
