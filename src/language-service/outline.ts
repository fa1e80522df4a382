/** What a document declares, as a tree. */
import type { Span } from '../syntax/span.ts';
import { namesIn, type EntityKind } from './entities.ts';
import { moduleOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

export interface OutlineEntry {
  readonly name: string;
  readonly kind: EntityKind;
  /** Of the name. */
  readonly at: Span;
  /** Of everything that belongs to it. */
  readonly span: Span;
  readonly children: readonly OutlineEntry[];
}

export const outline = (workspace: Workspace, file: string): readonly OutlineEntry[] =>
  (moduleOf(workspace, file)?.declarations ?? []).map((declaration) => ({
    name: declaration.name.text,
    kind: declaration.kind,
    at: declaration.name.span,
    span: declaration.span,
    children: namesIn(declaration).map(({ name, kind, span }) => ({
      name,
      kind,
      at: span,
      span,
      children: [],
    })),
  }));
