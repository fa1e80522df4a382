/** Another name for the entity under the cursor, everywhere. */
import { reservedNames } from '../check/builtins.ts';
import type { Edit } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';
import { same, type Entity } from './entities.ts';
import { occurrenceAt } from './occurrences.ts';
import { placesOf } from './references.ts';
import { moduleOf, scopesIn } from './scopes.ts';
import type { Workspace } from './workspace.ts';

export type Renaming =
  | { readonly kind: 'edits'; readonly edits: readonly Edit[] }
  | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): Renaming => ({ kind: 'refused', why });

/** `others` are the files of the project that are not open; nothing outside of the project is changed. */
export const rename = (
  workspace: Workspace,
  file: string,
  offset: number,
  name: string,
  others: readonly string[] = [],
): Renaming => {
  const entity = renamable(workspace, file, offset);
  if (entity === null) return refused('Nothing that has been declared stands here.');
  if (entity.name === 'dt' && entity.home.kind === 'dynamics')
    return refused('Whatever integrates the equations of a dynamics reads its step by the name `dt`.');
  const own = [...Object.keys(workspace.documents), ...others];
  if (!own.includes(entity.span.file))
    return refused(
      `\`${entity.name}\` is declared in ${entity.span.file}, which is not part of this project.`,
    );
  if (!/^[\p{L}_][\p{L}\p{M}\p{Nd}\u2080-\u2089_]*'*$/u.test(name))
    return refused('A name has letters, digits and `_`, and does not begin with a digit.');
  if (reservedNames.has(name)) return refused(`\`${name}\` already means something everywhere.`);
  const places = placesOf(workspace, entity, others, false).filter((span) => own.includes(span.file));
  const taken = places.find((span) => means(workspace, span, name, entity));
  if (taken !== undefined)
    return refused(`\`${name}\` already has a meaning where \`${entity.name}\` is used.`);
  return {
    kind: 'edits',
    // A prime after the name of an axis stays.
    edits: places.map((span) => ({ span: { ...span, end: span.start + entity.name.length }, text: name })),
  };
};

/** What would be renamed, or null. */
export const renamable = (workspace: Workspace, file: string, offset: number): Entity | null =>
  occurrenceAt(workspace, file, offset)?.entity ?? null;

/** Whether a name stands for something else already at a place. */
const means = (workspace: Workspace, span: Span, name: string, entity: Entity): boolean => {
  const holder =
    moduleOf(workspace, span.file)?.declarations.find(
      ({ span: whole }) => whole.start <= span.start && span.end <= whole.end,
    ) ?? null;
  const scope = scopesIn(workspace, span.file)(holder);
  const bare = { kind: 'name', text: name, primes: 0, span } as const;
  const found =
    entity.kind === 'phase'
      ? scope.phase(bare)
      : entity.kind === 'part'
        ? scope.part(bare)
        : scope.value(bare);
  // A declaration may be named like something of the prelude: the nearer one is meant.
  return (
    found !== null && !same(found, entity) && (found.span.file === span.file || found.home === entity.home)
  );
};
