/** The one layout of a document, as the change that brings it there. */
import type { Edit } from '../diagnostics/diagnostic.ts';
import { format } from '../format/format.ts';
import { textOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

/** One edit from the first line to the last that change, so that cursors elsewhere stay; none where none does. */
export const formatting = (workspace: Workspace, file: string): readonly Edit[] => {
  const text = textOf(workspace, file) ?? '';
  const before = linesOf(text);
  const after = linesOf(format(file, text).text);
  const most = Math.min(before.length, after.length);
  let above = 0;
  while (above < most && before[above] === after[above]) above += 1;
  if (above === before.length && above === after.length) return [];
  let below = 0;
  while (below < most - above && before.at(-1 - below) === after.at(-1 - below)) below += 1;
  const start = before.slice(0, above).join('').length;
  const end = text.length - before.slice(before.length - below).join('').length;
  return [{ span: { file, start, end }, text: after.slice(above, after.length - below).join('') }];
};

/** With their ends. */
const linesOf = (text: string): readonly string[] => text.split(/(?<=\n)/);
