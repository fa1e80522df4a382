/** Runs a command and turns what it throws into an exit code and words. The one place that does. */
import { problemsOf, printProblems } from './problem.ts';

/** Exit codes. */
export const ended = { well: 0, badInput: 1, usage: 2, interrupted: 130 } as const;

/** How a command speaks. */
export interface Output {
  readonly json: boolean;
  /** A line of results, to standard output; not used with `json`. */
  readonly say: (line: string) => void;
  /** A JSON object on a line of its own, to standard output; nothing without `json`. */
  readonly event: (event: Readonly<Record<string, unknown>>) => void;
  /** A line about the run itself, to standard error; not used with `json`. */
  readonly note: (line: string) => void;
}

const output = (json: boolean): Output => ({
  json,
  say: (line) => void (json || process.stdout.write(`${line}\n`)),
  event: (event) => void (json && process.stdout.write(`${JSON.stringify(event)}\n`)),
  note: (line) => void (json || process.stderr.write(`${line}\n`)),
});

export async function execute(
  options: { readonly json?: true },
  command: (output: Output) => Promise<number>,
): Promise<void> {
  // A reader that stops reading (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ended.well);
    throw error;
  });
  const spoken = output(options.json === true);
  try {
    process.exitCode = await command(spoken);
  } catch (error) {
    const problems = problemsOf(error);
    if (problems !== null) {
      printProblems(problems, spoken);
      process.exitCode = ended.badInput;
      return;
    }
    process.exitCode = ended.badInput;
    const message = error instanceof Error ? error.message : String(error);
    if (spoken.json) spoken.event({ event: 'internal_error', message });
    process.stderr.write(
      `internal error: ${message}\n  This is a bug in nsm, not in your program. Please report it with the command ` +
        'that you ran;\n  NSM_DEBUG=1 shows where it happened.\n',
    );
    if (process.env['NSM_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
}
