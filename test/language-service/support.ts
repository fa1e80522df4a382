/** Programs with a cursor in them: `z = W @ §x`. */
import { fileSources } from '../../src/check/sources.ts';
import type { Edit } from '../../src/diagnostics/diagnostic.ts';
import { analysed, edited, newWorkspace, type Workspace } from '../../src/language-service/workspace.ts';
import { tinyProgram } from '../cli/run.ts';

export const mark = '§';

export interface Sample {
  readonly workspace: Workspace;
  readonly file: string;
  readonly text: string;
  /** Where the cursor is; the length of the text when there is none. */
  readonly offset: number;
}

/** An open document, analysed, with other open documents beside it. */
export const sample = (marked: string, beside: Readonly<Record<string, string>> = {}): Sample => {
  const offset = marked.indexOf(mark);
  const text = marked.replace(mark, '');
  const file = '/models/main.nsm';
  let workspace = newWorkspace(fileSources());
  for (const [path, content] of Object.entries(beside))
    workspace = edited(workspace, path, 1, content).workspace;
  workspace = edited(workspace, file, 1, text).workspace;
  workspace = analysed(workspace, file).workspace;
  return { workspace, file, text, offset: offset < 0 ? text.length : offset };
};

/** The pieces of a text that spans cover. */
export const textAt = (
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
): string => text.slice(start, end);

/** A text after edits, which do not overlap. */
export const applied = (text: string, edits: readonly Edit[]): string =>
  edits
    .toSorted((a, b) => b.span.start - a.span.start)
    .reduce((done, { span, text: put }) => done.slice(0, span.start) + put + done.slice(span.end), text);

/** A model with an inference and a learning, and with text of a member. */
export const program = tinyProgram.replace('  param Phi:', '  /// What each neuron paints.\n  param Phi:');
