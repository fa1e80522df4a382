/** Words for brackets that do not match. */
import type { IToken } from 'chevrotain';
import type { Failure } from '../../grammar/recovery.ts';
import {
  Comma,
  Equals,
  LeftBrace,
  LeftBracket,
  LeftParenthesis,
  RightBrace,
  RightBracket,
  RightParenthesis,
  Semicolon,
  Tilde,
} from '../../grammar/tokens.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { addition, replacement } from '../diagnostics/fixes.ts';
import { afterPrevious, beforeFound, gapSpan, isGap, isInfix, quoted, spanOf, type Place } from './place.ts';

/** A body without its closing brace. */
export const unclosedBody = (place: Place, failure: Failure): Diagnostic => {
  const lost = misindented(place, failure);
  const opening = lost?.opening ?? failure.opening;
  return error('NSM1005', gapSpan(place, failure), `a \`}\` is missing ${beforeFound(failure)}`, {
    hint: 'Each `{` needs a `}` of its own.',
    secondary: [{ span: spanOf(place, opening!), label: 'this `{` is never closed' }],
    fixes: [closing(place, failure, opening!, lost?.closer ?? null)],
  });
};

const indentOf = ({ tokens }: Place, token: IToken): number =>
  (tokens.find(({ startLine }) => startLine === token.startLine) ?? token).startColumn ?? 0;

/** A `}` on a line of its own: above the one that was taken for it, or where the body ends. */
const closing = (place: Place, failure: Failure, opening: IToken, closer: IToken | null): Fix => {
  const margin = ' '.repeat(Math.max(0, indentOf(place, opening) - 1));
  const line = closer === null ? 0 : closer.startOffset - (closer.startColumn ?? 1) + 1;
  const change =
    closer === null
      ? { span: afterPrevious(place, failure), text: `\n${margin}}` }
      : { span: { file: place.file, start: line, end: line }, text: `${margin}}\n` };
  return { title: 'Add `}`', changes: [{ kind: 'replace', ...change }] };
};

/** The `{` whose `}` stands at another indentation: the one that lost its own `}` to the body around it. */
const misindented = (
  place: Place,
  { opening, found }: Failure,
): { readonly opening: IToken; readonly closer: IToken } | null => {
  const { tokens } = place;
  const start = tokens.indexOf(opening as IToken);
  const end = tokens.indexOf(found);
  const open: IToken[] = [];
  for (const token of tokens.slice(start, end === -1 ? undefined : end)) {
    if (token.tokenType === LeftBrace) open.push(token);
    if (token.tokenType !== RightBrace) continue;
    const opened = open.pop();
    if (opened === undefined || opened.startLine === token.startLine) continue;
    if (indentOf(place, opened) > indentOf(place, token)) return { opening: opened, closer: token };
  }
  return null;
};

const closers = new Map([
  [LeftParenthesis, ')'],
  [LeftBracket, ']'],
]);

/** A `(` or `[` that is not closed, or closed by another sign. */
export const bracketError = (place: Place, failure: Failure): Diagnostic | null => {
  const { found, from, expected, previous } = failure;
  const open: IToken[] = [];
  for (const token of place.tokens.slice(place.tokens.indexOf(from))) {
    if (token.startOffset > previous.startOffset) break;
    if (closers.has(token.tokenType)) open.push(token);
    if (token.tokenType === RightParenthesis || token.tokenType === RightBracket) open.pop();
  }
  const opening = open.at(-1);
  if (opening === undefined) return null;
  const closer = closers.get(opening.tokenType) as string;
  const secondary = [{ span: spanOf(place, opening), label: `this ${quoted(opening)} is never closed` }];
  if (found.tokenType === RightParenthesis || found.tokenType === RightBracket) {
    if (found.image === closer) return null;
    const label = `${quoted(opening)} opens here`;
    return error('NSM1006', spanOf(place, found), `${quoted(found)} does not close ${quoted(opening)}`, {
      hint: `Write \`${closer}\`.`,
      secondary: [{ span: spanOf(place, opening), label }],
      fixes: [replacement(spanOf(place, found), closer)],
    });
  }
  const startsValue = [LeftParenthesis, LeftBracket, Comma].includes(previous.tokenType);
  const due = expected.includes(`\`${closer}\``) || (expected === 'a value' && startsValue);
  const endings = [LeftBrace, RightBrace, Semicolon, ...(closer === ']' ? [Equals, Tilde] : [])];
  const ends = isGap(failure) || endings.includes(found.tokenType) || isInfix(found);
  if (!due || !ends) return null;
  return error('NSM1005', gapSpan(place, failure), `a \`${closer}\` is missing ${beforeFound(failure)}`, {
    hint: `Close the ${quoted(opening)}.`,
    secondary,
    fixes: [addition(afterPrevious(place, failure), closer)],
  });
};
