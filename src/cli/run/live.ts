/** What is said of changes to a run, and a training run that takes up its source when that is saved. */
import type { Run } from './begin.ts';
import type { Output } from '../execute.ts';
import { printWarnings, problemAsJson, problemsAsText, problemsOf } from '../problem.ts';
import { problemsIn, type LoadedProgram } from '../program.ts';
import { revised, type Changed } from './revision.ts';
import { watchProgram } from './watch.ts';
import { counted } from '../words.ts';

export interface Live {
  /** Looks for a save: the run with the saved program, where there is one that can be trained. Says why where it cannot. */
  readonly look: (run: Run, iteration: number) => Run | null;
  readonly close: () => void;
}

/**
 * @param file the program's own
 * @param first the program as it was last seen on disk
 * @param aside shows lines, apart from the progress that is shown
 */
export function watchSource(
  file: string,
  first: LoadedProgram,
  output: Output,
  aside: (show: () => void) => void,
): Live {
  const watcher = watchProgram(file, first);
  let seen = first;
  const look = (run: Run, iteration: number): Run | null => {
    const program = watcher.saved();
    if (program === null) return null;
    const warned = problemsAsText(problemsIn(seen));
    seen = program;
    try {
      const next = revised(run, program);
      const warnings = problemsIn(program);
      if (problemsAsText(warnings) !== warned) aside(() => printWarnings(warnings, output));
      return next;
    } catch (error) {
      // A mistake of nsm's own in a half-written program is no reason to lose a run.
      const problems = problemsOf(error) ?? [];
      const words = problems.length > 0 ? problemsAsText(problems) : `internal error: ${String(error)}`;
      aside(() => {
        output.event({ event: 'source_rejected', iteration, diagnostics: problems.map(problemAsJson) });
        output.note(
          `${words}\n\n${program.entry} was saved and cannot be trained: after ${counted(iteration, 'iteration')}, the run ` +
            'goes on as it was, until the next save',
        );
      });
      return null;
    }
  };
  return { look, close: watcher.close };
}

/** One line. */
export function announceChange({ change, difference, run }: Changed, why: Why, output: Output): void {
  const { change: number, iteration, undoes, what } = change;
  output.event({ event: events[why], change: number, iteration, undoes, ...difference });
  const undone = run.changes.find((other) => other.change === undoes);
  const words =
    undone === undefined
      ? `the ${why === 'saved' ? 'source' : 'run'} was changed after ${counted(iteration, 'iteration')}`
      : `undid change ${undone.change}, made after ${counted(undone.iteration, 'iteration')}`;
  output.note(`${words}: ${what}`);
}

type Why = keyof typeof events;
const events = { saved: 'source_changed', resumed: 'run_changed', undone: 'change_undone' } as const;
