/** Which parts of a line stand in columns with those of its neighbours. */
import type { CstNode } from 'chevrotain';
import type { Cell } from './columns.ts';
import type { Comments } from './comments.ts';
import { firstOf, imageOf, isToken, partsOf, type Part } from './concrete.ts';
import { flatText } from './document.ts';
import { sequence } from './layout.ts';

/** The cells of a line whose text is known. Types line up, and so does what follows them where they have as many axes. */
export const cellsOf = (comments: Comments, part: Part, text: string): readonly Cell[] => {
  if (isToken(part)) return [{ text, form: '' }];
  const heads = headsOf(part, (parts) => flatText(sequence(comments, parts)) ?? '');
  const taken = heads.reduce((sum, head) => sum + head.text.length + 1, 0);
  return [...heads, { text: text.slice(taken), form: '' }];
};

type TextOf = (parts: readonly Part[]) => string;

/** All cells but the last. */
const headsOf = (node: CstNode, textOf: TextOf): readonly Cell[] => {
  const parts = partsOf(node);
  const cell = (from: number, to: number, form: string): Cell => ({
    text: textOf(parts.slice(from, to)),
    form,
  });
  const colon = parts.findIndex((part) => imageOf(part) === ':');
  /** `name:`, then the type where something follows it. */
  const typed = (from: number, form: string): readonly Cell[] => {
    if (colon === -1) return [];
    const type = cell(colon + 1, colon + 2, '');
    const more = parts.length > colon + 2;
    return [cell(from, colon + 1, form), ...(more ? [{ ...type, form: commasOf(type.text) }] : [])];
  };
  switch (node.name) {
    case 'param':
    case 'parameter':
      return typed(0, '');
    case 'variable':
    case 'modelState':
      return [cell(0, 1, 'variable'), ...(colon === -1 ? [cell(1, 2, '~')] : typed(1, ':'))];
    case 'energy':
    case 'measure':
    case 'phase':
      return [cell(0, 2, node.name)];
    case 'belief': {
      const word = parts.findIndex((part) => ['natural', '~'].includes(imageOf(part)));
      return [cell(0, word, imageOf(parts[word]))];
    }
    case 'descend': {
      const over = parts.findIndex((part) => isClause(part, 'over'));
      if (over === -1 || !isClause(parts[over + 1], 'by')) return [];
      return [cell(0, over + 1, textOf(parts.slice(0, over)) + commasOf(textOf([parts[over]!])))];
    }
    default:
      return [];
  }
};

const isClause = (part: Part | undefined, word: string): boolean =>
  part !== undefined && !isToken(part) && part.name === 'clause' && firstOf(part).image === word;

/** Brackets and commas: equal for types with as many axes, and for lists of as many names. */
const commasOf = (text: string): string => text.replace(/[^[\],]/g, '');
