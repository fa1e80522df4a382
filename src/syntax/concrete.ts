/** Reading Chevrotain's concrete tree: children by key, and spans. */
import type { CstNode, IToken } from 'chevrotain';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from './span.ts';
import type { Name } from './tree.ts';

/** What building a tree needs besides the concrete tree. */
export interface Context {
  readonly file: string;
  /** Text of the doc comment right above, by the offset of the token below it. */
  readonly docs: ReadonlyMap<number, string>;
  /** Offsets at which reading broke off: what ends there may be incomplete for a reason already reported. */
  readonly interrupted: ReadonlySet<number>;
  /** Filled while building. */
  readonly diagnostics: Diagnostic[];
}

export const nodes = (parent: CstNode, key: string): readonly CstNode[] =>
  (parent.children[key] ?? []) as CstNode[];
export const tokens = (parent: CstNode, key: string): readonly IToken[] =>
  (parent.children[key] ?? []) as IToken[];
export const maybeNode = (parent: CstNode, key: string): CstNode | null => nodes(parent, key)[0] ?? null;
export const maybeToken = (parent: CstNode, key: string): IToken | null => tokens(parent, key)[0] ?? null;

/** A child that the grammar promises: a rule that failed leaves no node at all, so a node is whole. */
export const node = (parent: CstNode, key: string): CstNode => {
  const found = maybeNode(parent, key);
  if (found === null) throw new Error(`internal: ${parent.name} without ${key}`);
  return found;
};
export const token = (parent: CstNode, key: string): IToken => {
  const found = maybeToken(parent, key);
  if (found === null) throw new Error(`internal: ${parent.name} without ${key}`);
  return found;
};

/** The only child of a rule that chooses between others. */
export const choice = (parent: CstNode): CstNode | IToken => {
  const only = Object.values(parent.children)[0]?.[0];
  if (only === undefined) throw new Error(`internal: ${parent.name} is empty`);
  return only;
};

export const spanOf = (context: Context, of: CstNode): Span => ({
  file: context.file,
  start: of.location?.startOffset ?? 0,
  end: (of.location?.endOffset ?? -1) + 1,
});
export const spanOfToken = (context: Context, of: IToken): Span => ({
  file: context.file,
  start: of.startOffset,
  end: (of.endOffset ?? of.startOffset) + 1,
});

/** The name in a `name` node. Equal names may be typed with different code points, so they are normalised. */
export const nameOf = (context: Context, of: CstNode): Name => nameOfToken(context, token(of, 'Identifier'));
export const nameOfToken = (context: Context, of: IToken): Name => {
  const text = of.image.replace(/'+$/, '');
  return {
    kind: 'name',
    text: text.normalize('NFC'),
    primes: of.image.length - text.length,
    span: spanOfToken(context, of),
  };
};
export const namesOf = (context: Context, of: CstNode | null): readonly Name[] =>
  of === null ? [] : nodes(of, 'name').map((each) => nameOf(context, each));

/** The doc comment right above a node. */
export const docOf = (context: Context, of: CstNode): string | null =>
  context.docs.get(of.location?.startOffset ?? -1) ?? null;
