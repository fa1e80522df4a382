/** Where the name under the cursor is declared. */
import type { Span } from '../syntax/span.ts';
import { occurrenceAt } from './occurrences.ts';
import { importedFiles, moduleOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

/** The text of an import leads to the files that it stands for. */
export const definition = (workspace: Workspace, file: string, offset: number): readonly Span[] => {
  const entity = occurrenceAt(workspace, file, offset)?.entity ?? null;
  if (entity !== null) return [(entity.original ?? entity).span];
  const statement = moduleOf(workspace, file)?.imports.find(
    ({ from: { span } }) => span.start <= offset && offset <= span.end,
  );
  if (statement === undefined) return [];
  return importedFiles(workspace, file, statement).map((path) => ({ file: path, start: 0, end: 0 }));
};
