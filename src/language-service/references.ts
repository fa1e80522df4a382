/** Every place that names the entity under the cursor. */
import type { Span } from '../syntax/span.ts';
import { same, type Entity } from './entities.ts';
import { occurrenceAt, occurrences } from './occurrences.ts';
import type { Workspace } from './workspace.ts';

/** In the open documents and in the other files that the editor names; the declaration is one of them. */
export const references = (
  workspace: Workspace,
  file: string,
  offset: number,
  others: readonly string[] = [],
): readonly Span[] => {
  const entity = occurrenceAt(workspace, file, offset)?.entity ?? null;
  return entity === null ? [] : placesOf(workspace, entity.original ?? entity, others, true);
};

/** `renamed`: also where an import gave it another name. */
export const placesOf = (
  workspace: Workspace,
  entity: Entity,
  others: readonly string[],
  renamed: boolean,
): readonly Span[] => {
  const files = new Set([entity.span.file, ...Object.keys(workspace.documents), ...others]);
  return [...files].flatMap((file) =>
    occurrences(workspace, file).flatMap(({ span, entity: other }) => {
      if (other === null) return [];
      const meant =
        same(other, entity) || (renamed && other.original !== null && same(other.original, entity));
      return meant ? [span] : [];
    }),
  );
};
