/** The concrete tree as a formatter reads it: the parts of a node from left to right. */
import type { CstNode, IToken } from 'chevrotain';
import { Semicolon } from '../../grammar/tokens.ts';
import { endOf as endOfToken } from './comments.ts';

export type Part = CstNode | IToken;

export const isToken = (part: Part): part is IToken => 'image' in part;

/** Offsets of a part in the source: half open, as spans are. */
export const startOf = (part: Part): number =>
  isToken(part) ? part.startOffset : (part.location?.startOffset ?? 0);
export const endOf = (part: Part): number =>
  isToken(part) ? endOfToken(part) : (part.location?.endOffset ?? -1) + 1;

/** Rules whose parts are laid out as if they were their parent's own. */
const transparent = new Set(['definition', 'clauses', 'decision']);

/** What a node is made of, in source order, without semicolons and empty rules. */
export const partsOf = (node: CstNode): readonly Part[] => {
  const all = Object.values(node.children).flat();
  // Most nodes of a formula only hand on another.
  if (all.length === 1) return all;
  return all
    .filter((part) => (isToken(part) ? part.tokenType !== Semicolon : !isEmpty(part)))
    .sort((a, b) => startOf(a) - startOf(b))
    .flatMap((part) => (!isToken(part) && transparent.has(part.name) ? partsOf(part) : part));
};

const isEmpty = (node: CstNode): boolean => Object.keys(node.children).length === 0;

/** A member itself: rules that only choose between others are looked through. */
export const chosen = (part: Part): Part => {
  if (isToken(part)) return part;
  const parts = partsOf(part);
  return parts.length === 1 ? chosen(parts[0]!) : part;
};

/** The text of a token, or nothing for a rule. */
export const imageOf = (part: Part | undefined): string =>
  part !== undefined && isToken(part) ? part.image : '';

/** The first token of a part. */
export const firstOf = (part: Part): IToken => (isToken(part) ? part : firstOf(partsOf(part)[0]!));
