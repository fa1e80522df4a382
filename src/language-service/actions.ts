/** What can be done about the problems at a place: the fixes that came with them, and those that need the whole file. */
import type { Diagnostic, Edit, Fix } from '../diagnostics/diagnostic.ts';
import { parameterMore } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import { holder } from './completion.ts';
import { diagnostics } from './diagnostics.ts';
import { editsOf } from './edits.ts';
import { textOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

export interface Action {
  /** What it does, in the words of a menu. */
  readonly title: string;
  readonly edits: readonly Edit[];
  readonly problem: Diagnostic;
  /** Whether it is the likeliest thing to do. */
  readonly isPreferred: boolean;
}

/** Of problems that touch a range. */
export const actions = (
  workspace: Workspace,
  file: string,
  { start, end }: Pick<Span, 'start' | 'end'>,
): readonly Action[] =>
  diagnostics(workspace, file)
    .filter(({ span }) => span.start <= end && start <= span.end)
    .flatMap((problem) => {
      const fixes = [...(problem.fixes ?? []), ...widerFixes(workspace, problem)];
      return fixes.flatMap(({ title, changes }) => {
        const edits = editsOf(changes, (of) => textOf(workspace, of));
        return edits === null ? [] : [{ title, edits, problem, isPreferred: fixes.length === 1 }];
      });
    });

const widerFixes = (workspace: Workspace, { code, span }: Diagnostic): readonly Fix[] => {
  const text = textOf(workspace, span.file) ?? '';
  const home = holder(workspace, span.file, span.start);
  const word = text.slice(span.start, span.end).replace(/'+$/, '');
  if (home === null || !/^[\p{L}_][\p{L}\p{M}\p{Nd}\u2080-\u2089_]*$/u.test(word)) return [];
  const unknownAxis = code === 'NSM3004' && home.kind === 'model';
  if (!unknownAxis) return [];
  return [{ title: `Declare the axis \`${word}\``, changes: parameterMore(home, `${word}: dim`).changes }];
};
