/** Every error that a user can act on, in the one form in which it is shown. */
import { isDataError } from '../data/error.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { position } from '../diagnostics/position.ts';
import { render } from '../diagnostics/render.ts';
import { isRunError } from '../runtime/failure.ts';
import type { Output } from './execute.ts';

/** What is wrong outside of any program: with options, data, files and runs. */
export interface Fault {
  readonly code: Code;
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  /** File and place in it, or null. */
  readonly where: string | null;
  readonly hint: string;
}

/** The text of a source file by its name, as spans name it. */
export type TextOf = (file: string) => string | undefined;

export type Problem =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'diagnostic'; readonly diagnostic: Diagnostic; readonly textOf: TextOf };

type ProblemError = Error & { readonly name: 'ProblemError'; readonly problems: readonly Problem[] };

const problemError = (message: string, problems: readonly Problem[]): ProblemError =>
  Object.assign(new Error(message), { name: 'ProblemError' as const, problems });

/** An error to `throw`. */
export const fault = (code: Code, message: string, hint: string, where: string | null = null): ProblemError =>
  problemError(message, [{ kind: 'fault', fault: { code, severity: 'error', message, where, hint } }]);

/** An error to `throw` that holds all of the diagnostics, warnings too. */
export const diagnosed = (diagnostics: readonly Diagnostic[], textOf: TextOf): ProblemError =>
  problemError(
    diagnostics[0]?.message ?? 'the program is wrong',
    diagnostics.map((diagnostic) => ({ kind: 'diagnostic', diagnostic, textOf })),
  );

/** The problems that an error stands for, or null when it is a bug of nsm itself. */
export function problemsOf(error: unknown): readonly Problem[] | null {
  if (error instanceof Error && error.name === 'ProblemError') return (error as ProblemError).problems;
  if (isDataError(error)) {
    const { what: message, hint, uri } = error;
    const places = [error.path, error.where, uri === null ? null : `from ${uri}`].filter(
      (part) => part !== null,
    );
    const where = places.length === 0 ? null : places.join(', ');
    return [{ kind: 'fault', fault: { code: 'NSM6005', severity: 'error', message, where, hint } }];
  }
  if (isRunError(error)) {
    const { what: message, hint, place: where } = error;
    return [{ kind: 'fault', fault: { code: 'NSM6006', severity: 'error', message, where, hint } }];
  }
  return null;
}

/** Text goes to standard error; with `--json` one object goes to standard output. */
export function printProblems(problems: readonly Problem[], output: Output): void {
  output.event({ event: 'error', diagnostics: problems.map(problemAsJson) });
  output.note(problemsAsText(problems));
}

/** Tells of something that stops nothing. */
export function printWarning(code: Code, message: string, hint: string, output: Output): void {
  const fault: Fault = { code, severity: 'warning', message, where: null, hint };
  printWarnings([{ kind: 'fault', fault }], output);
}

export function printWarnings(problems: readonly Problem[], output: Output): void {
  if (problems.length === 0) return;
  output.event({ event: 'warning', diagnostics: problems.map(problemAsJson) });
  output.note(problemsAsText(problems));
}

/** In colour where standard error is a terminal. */
export function problemsAsText(problems: readonly Problem[]): string {
  const color = process.stderr.isTTY && process.env['NO_COLOR'] === undefined;
  return problems.map((problem) => problemAsText(problem, color)).join('\n\n');
}

function problemAsText(problem: Problem, color = false): string {
  switch (problem.kind) {
    case 'diagnostic':
      return render([problem.diagnostic], problem.textOf, { color });
    case 'fault': {
      const { code, severity, message, where, hint } = problem.fault;
      const paint = (style: string, text: string): string =>
        color ? `\u001b[${style}m${text}\u001b[0m` : text;
      return [
        `${paint(severity === 'error' ? '1;31' : '1;33', `${severity} ${code}`)}${paint('1', `: ${message}`)}`,
        ...(where === null ? [] : [`${paint('36', ' -->')} ${where}`]),
        `${paint('36', '  = hint:')} ${hint}`,
      ].join('\n');
    }
  }
}

/** `line` and `column` count from 1; they and `file` are null where the problem lies in no program. */
export function problemAsJson(problem: Problem): Readonly<Record<string, unknown>> {
  switch (problem.kind) {
    case 'diagnostic': {
      const { code, severity, message, span, about, secondary, hint } = problem.diagnostic;
      const place = ({ file, start }: Diagnostic['span']) => ({
        file,
        ...position(problem.textOf(file) ?? '', start),
      });
      return {
        code,
        severity,
        message,
        ...place(span),
        ...(about === undefined ? {} : { where: about }),
        hint,
        secondary: secondary.map((other) => ({ ...place(other.span), label: other.label })),
      };
    }
    case 'fault': {
      const { code, severity, message, where, hint } = problem.fault;
      return {
        code,
        severity,
        message,
        file: null,
        line: null,
        column: null,
        where,
        hint,
        secondary: [],
      };
    }
  }
}
