/** What each word of a document is, for colours that follow meaning and not only spelling. */
import { EOF } from 'chevrotain';
import { keyword, lex, NumberLiteral, StringLiteral } from '../../grammar/tokens.ts';
import type { Span } from '../syntax/span.ts';
import type { EntityKind } from './entities.ts';
import { occurrences, type Occurrence } from './occurrences.ts';
import { textOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

/** Types that editors have colours for. */
export const tokenKinds = [
  'keyword',
  'type',
  'class',
  'function',
  'method',
  'typeParameter',
  'parameter',
  'variable',
  'property',
  'namespace',
  'number',
  'string',
  'comment',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

export interface SemanticToken {
  readonly span: Span;
  readonly kind: TokenKind;
  readonly isDeclaration: boolean;
  /** Whether it is the language's own, or the standard library's. */
  readonly isStandard: boolean;
}

/** In source order. */
export const semanticTokens = (workspace: Workspace, file: string): readonly SemanticToken[] => {
  const { tokens, comments, docs } = lex(textOf(workspace, file) ?? '');
  const named = new Map(
    occurrences(workspace, file).map((occurrence) => [occurrence.span.start, occurrence]),
  );
  const plain = (start: number, image: string, kind: TokenKind): SemanticToken => ({
    span: { file, start, end: start + image.length },
    kind,
    isDeclaration: false,
    isStandard: false,
  });
  const keywords = new Set(Object.values(keyword));
  const found = tokens.flatMap(({ startOffset, image, tokenType }): readonly SemanticToken[] => {
    const occurrence = named.get(startOffset);
    if (occurrence !== undefined) return [tokenOf(occurrence)];
    if (tokenType === EOF) return [];
    if (keywords.has(tokenType)) return [plain(startOffset, image, 'keyword')];
    if (tokenType === NumberLiteral) return [plain(startOffset, image, 'number')];
    return tokenType === StringLiteral ? [plain(startOffset, image, 'string')] : [];
  });
  const aside = [...comments, ...docs].map(({ startOffset, image }) => plain(startOffset, image, 'comment'));
  return [...found, ...aside].sort((a, b) => a.span.start - b.span.start);
};

const tokenOf = ({ span, entity, role }: Occurrence): SemanticToken => {
  if (entity === null) {
    const kind = role === 'support' ? 'type' : role === 'call' ? 'function' : 'variable';
    return { span, kind, isDeclaration: false, isStandard: true };
  }
  return {
    span,
    kind: kinds[entity.kind],
    isDeclaration: entity.span.file === span.file && entity.span.start === span.start,
    isStandard: false,
  };
};

const kinds: Readonly<Record<EntityKind, TokenKind>> = {
  family: 'class',
  model: 'class',
  dynamics: 'method',
  inference: 'method',
  learning: 'method',
  function: 'function',
  axis: 'typeParameter',
  setting: 'parameter',
  parameter: 'property',
  latent: 'variable',
  observed: 'variable',
  state: 'variable',
  energy: 'property',
  measure: 'property',
  coordinate: 'variable',
  'natural parameter': 'property',
  'moved variable': 'variable',
  value: 'variable',
  draw: 'variable',
  part: 'namespace',
  phase: 'namespace',
};
