/** `nsm check`: what is wrong with programs. Loads nothing but the front end. */
import type { Span } from '../syntax/span.ts';
import { ended, type Output } from './execute.ts';
import { problemAsJson, problemsAsText, problemsOf, type Problem } from './problem.ts';
import { loadProgram, problemsIn } from './program.ts';

export async function check(files: readonly string[], output: Output): Promise<number> {
  const results = files.map(checkOne);
  const problems = results.flatMap((result) => result.problems);
  const errors = problems.filter(isError).length;
  const warnings = problems.length - errors;
  output.event({
    files: results.map(({ file, problems: own }) => ({ file, ok: !own.some(isError) })),
    errors,
    warnings,
    diagnostics: problems.map(problemAsJson),
  });
  if (problems.length > 0) output.note(problemsAsText(problems));
  for (const { file, problems: own, found } of results)
    if (own.length === 0) output.say(`${file}: no problems (${found})`);
  if (problems.length > 0) output.note(`\n${counted(errors, 'error')}, ${counted(warnings, 'warning')}`);
  return errors > 0 ? ended.badInput : ended.well;
}

interface Result {
  readonly file: string;
  readonly problems: readonly Problem[];
  /** What the file declares, in words. */
  readonly found: string;
}

function checkOne(file: string): Result {
  try {
    const program = loadProgram(file);
    const { families, models, dynamics, inferences, learnings } = program.checked;
    const own = (entries: readonly { readonly span: Span }[]): number =>
      entries.filter(({ span }) => span.file === program.entry).length;
    const found = [
      [own(families), 'family', 'families'],
      [own(dynamics), 'dynamics', 'dynamics'],
      [own(models), 'model', 'models'],
      [own(inferences), 'inference', 'inferences'],
      [own(learnings), 'learning', 'learnings'],
    ] as const;
    const words = found.filter(([count]) => count > 0).map(([count, one, many]) => counted(count, one, many));
    return {
      file,
      problems: problemsIn(program),
      found: words.length === 0 ? 'no declarations' : words.join(', '),
    };
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === null) throw error;
    return { file, problems, found: '' };
  }
}

const isError = (problem: Problem): boolean =>
  problem.kind === 'fault' || problem.diagnostic.severity === 'error';

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
