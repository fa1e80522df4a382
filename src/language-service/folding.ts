/** What may be folded: bodies in braces, runs of `///` lines, the imports. */
import { LeftBrace, lex, RightBrace } from '../../grammar/tokens.ts';
import { moduleOf, textOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

export interface Fold {
  readonly start: number;
  readonly end: number;
  readonly kind: 'body' | 'comment' | 'imports';
}

/** Only what takes more than a line. */
export const folds = (workspace: Workspace, file: string): readonly Fold[] => {
  const text = textOf(workspace, file) ?? '';
  const { tokens, docs } = lex(text);
  const open: number[] = [];
  const found: Fold[] = [];
  for (const { tokenType, startOffset } of tokens) {
    if (tokenType === LeftBrace) open.push(startOffset);
    const start = tokenType === RightBrace ? open.pop() : undefined;
    if (start !== undefined) found.push({ start, end: startOffset, kind: 'body' });
  }
  for (const [n, { startOffset, startLine, image }] of docs.entries()) {
    const last = found.at(-1);
    const follows = n > 0 && docs[n - 1]!.startLine === (startLine ?? 0) - 1 && last?.kind === 'comment';
    const end = startOffset + image.length;
    if (follows) found[found.length - 1] = { ...last, end };
    else found.push({ start: startOffset, end, kind: 'comment' });
  }
  const imports = moduleOf(workspace, file)?.imports ?? [];
  if (imports.length > 0)
    found.push({ start: imports[0]!.span.start, end: imports.at(-1)!.span.end, kind: 'imports' });
  return found
    .filter(({ start, end }) => text.slice(start, end).includes('\n'))
    .sort((a, b) => a.start - b.start);
};
