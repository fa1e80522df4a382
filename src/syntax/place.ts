/** Where something could not be read, and words for what stands there. */
import { EOF, type IToken } from 'chevrotain';
import { infixWords, isName, type Failure } from '../../grammar/recovery.ts';
import {
  LeftParenthesis,
  NumberLiteral,
  RightBracket,
  RightParenthesis,
  StringLiteral,
} from '../../grammar/tokens.ts';
import type { Span } from './span.ts';

export interface Place {
  readonly file: string;
  /** All tokens of the file. */
  readonly tokens: readonly IToken[];
}

export const listed = (words: readonly string[]): string =>
  words
    .map((word) => `\`${word}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ' and $1');

/** Text as it is quoted in a message: not longer than one reads. */
export const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
export const quoted = (token: IToken): string => `\`${clipped(token.image)}\``;

export const described = (token: IToken): string =>
  token.tokenType === EOF
    ? 'the end of the file'
    : token.tokenType === StringLiteral
      ? 'a text in quotes'
      : `${quoted(token)}`;

export const isInfix = (token: IToken): boolean => infixWords.includes(token.image as never);
export const endsValue = (token: IToken): boolean =>
  isName(token) || [NumberLiteral, RightParenthesis, RightBracket].includes(token.tokenType);
export const beginsValue = (token: IToken): boolean =>
  isName(token) || [NumberLiteral, LeftParenthesis].includes(token.tokenType);

/** Whether the line or the file ends where something is due. */
export const isGap = ({ found, previous }: Failure): boolean =>
  previous.tokenType !== EOF && (found.tokenType === EOF || (previous.endLine ?? 0) < (found.startLine ?? 0));

export const beforeFound = (failure: Failure): string => {
  if (failure.found.tokenType === EOF) return 'at the end of the file';
  return isGap(failure) ? `before line ${failure.found.startLine}` : `before ${quoted(failure.found)}`;
};

export const spanOf = ({ file }: Place, token: IToken): Span =>
  token.tokenType === EOF
    ? { file, start: 0, end: 0 }
    : { file, start: token.startOffset, end: (token.endOffset ?? token.startOffset) + 1 };

/** What was found, or the place right after the last token when nothing more stands on its line. */
export const gapSpan = (place: Place, failure: Failure): Span =>
  isGap(failure) ? afterPrevious(place, failure) : spanOf(place, failure.found);

export const afterPrevious = (place: Place, failure: Failure): Span => {
  const { end } = spanOf(place, failure.previous);
  return { file: place.file, start: end, end };
};
