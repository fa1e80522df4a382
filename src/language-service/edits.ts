/** What a fix changes in a text, made to fit: commas, blanks and lines go or come with what they belong to. */
import type { IToken } from 'chevrotain';
import { memberWords } from '../../grammar/recovery.ts';
import {
  Arrow,
  Colon,
  Comma,
  LeftBrace,
  LeftBracket,
  LeftParenthesis,
  lex,
  RightBrace,
  RightBracket,
  RightParenthesis,
  Semicolon,
} from '../../grammar/tokens.ts';
import type { Change, Edit } from '../diagnostics/diagnostic.ts';
import type { Span } from '../syntax/span.ts';

/** The edits of changes, in their order; null where one of them finds nothing to change. */
export const editsOf = (
  changes: readonly Change[],
  textOf: (file: string) => string | null,
): readonly Edit[] | null => {
  const edits = changes.map((change) => {
    const text = textOf(change.span.file);
    return text === null ? null : made(change, text);
  });
  return edits.every((edit) => edit !== null) ? edits.flat() : null;
};

const made = (change: Change, text: string): readonly Edit[] | null => {
  const { span } = change;
  switch (change.kind) {
    case 'replace':
      return [{ span, text: change.text }];
    case 'remove':
      return [removed(holding(change, text), text)];
    case 'words': {
      const place = placeOf(change.words, span, text);
      if (place === null) return null;
      return [change.text === '' ? removed(place, text) : { span: place, text: change.text }];
    }
    case 'above':
      return [above(span, change.text, text)];
    case 'below':
      return [below(span, change.text, text)];
    case 'top':
      return [atTop(span, change.text, text)];
    case 'hoist':
      return [atTop(span, text.slice(span.start, span.end), text), removed(span, text)];
  }
};

const empty = (file: string, at: number): Span => ({ file, start: at, end: at });

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
};
const indentation = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(lineStart(text, at)))?.[0] ?? '';

const placeOf = (words: string, { file, start, end }: Span, text: string): Span | null => {
  const letter = "[\\p{L}\\p{M}\\p{Nd}_']";
  const escaped = words.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<!${letter})${escaped.join('\\s+')}(?!${letter})`, 'u');
  const found = pattern.exec(text.slice(start, end));
  if (found === null) return null;
  return { file, start: start + found.index, end: start + found.index + found[0].length };
};

// ---- taking out --------------------------------------------------------------------------------------------------

/** All that is to go. */
const holding = ({ span, all }: Extract<Change, { kind: 'remove' }>, text: string): Span => {
  switch (all) {
    case 'this':
      return span;
    case 'entry':
      return { ...span, end: entryEnd(span, text) };
    case 'statement': {
      const found = statementsAround(span, text).find(
        ({ start, end }) => start <= span.start && span.end <= end,
      );
      return { ...span, ...(found === undefined ? {} : { start: found.start, end: found.end }) };
    }
  }
};

/** Where the entry of a list ends that begins at a place: before the next comma or closing bracket. */
const entryEnd = ({ start, end }: Span, text: string): number => {
  let depth = 0;
  let last = end;
  for (const { tokenType, startOffset, endOffset } of lex(text).tokens) {
    if (startOffset < start) continue;
    const closes = [RightParenthesis, RightBracket, RightBrace].includes(tokenType);
    if (depth === 0 && (closes || tokenType === Comma)) break;
    if ([LeftParenthesis, LeftBracket, LeftBrace].includes(tokenType)) depth += 1;
    if (closes) depth -= 1;
    last = (endOffset ?? startOffset) + 1;
  }
  return last;
};

const removed = ({ file, start, end }: Span, text: string): Edit => {
  const from = start - /[ \t]*$/.exec(text.slice(0, start))![0].length;
  const to = end + /^[ \t]*/.exec(text.slice(end))![0].length;
  const [before, after] = [text.slice(0, from), text.slice(to)];
  const edit = (first: number, last: number, put = ''): Edit => ({
    span: { file, start: first, end: last },
    text: put,
  });
  if (before.endsWith('[') && after.startsWith(']')) return edit(from - 1, to + 1);
  const beginsLine = before === '' || before.endsWith('\n');
  if (beginsLine && /^(?:\r?\n|\/\/|$)/.test(after)) {
    // What documents it goes, too.
    const documented = /(?:^|\n)((?:[ \t]*\/\/\/.*\n)+)$/.exec(before)?.[1]?.length ?? 0;
    return edit(from - documented, Math.min(text.length, lineEnd(text, to) + 1));
  }
  const separator = /[,;]\s*$/.exec(before);
  const next = /^\s*[,;][ \t]*/.exec(after);
  // An entry goes with the comma before it; a comma that is too many goes alone.
  if (separator !== null && text.slice(start, end) !== ',')
    return edit(before.length - separator[0].length, end);
  if (next !== null) return edit(start, to + next[0].length);
  if (beginsLine) return edit(start, to);
  const apart = (from < start || end < to) && !/[([]$/.test(before) && !/^(?:[)\],;]|\r?\n|$)/.test(after);
  return edit(from, to, apart ? ' ' : '');
};

// ---- a statement more --------------------------------------------------------------------------------------------

const above = ({ file, start }: Span, put: string, text: string): Edit => {
  const line = lineStart(text, start);
  const alone = text.slice(line, start).trim() === '';
  return alone
    ? { span: empty(file, line), text: `${indentation(text, start)}${put}\n` }
    : { span: empty(file, start), text: `${put}; ` };
};

const below = ({ file, start, end }: Span, put: string, text: string): Edit => {
  const last = lineEnd(text, end);
  const alone = /^[ \t\r]*(?:\/\/.*)?$/.test(text.slice(end, last));
  return alone
    ? { span: empty(file, last), text: `\n${indentation(text, start)}${put}` }
    : { span: empty(file, end), text: `; ${put}` };
};

/** The order in which statements begin a body; all others come after these. */
const customary = [
  ...['param', 'from', 'persist', 'clamp', 'free', 'belief', 'guard', 'set', 'start'],
  ...['replicas', 'state', 'let'],
  ...['support', 'statistic', 'natural', 'log_partition', 'log_base', 'standard', 'draw', 'axis', 'pathwise'],
];

const atTop = (span: Span, put: string, text: string): Edit => {
  const { file } = span;
  const rank = ({ head }: Statement): number => {
    const place = customary.indexOf(head);
    return place < 0 ? customary.length : place;
  };
  const all = statementsAround(span, text);
  const due = rank({ head: /^\S*/.exec(put)![0], start: 0, end: 0 });
  const next = all.find((each) => rank(each) >= due);
  const last = all.at(-1);
  if (next === undefined && last !== undefined) return below({ file, ...last }, put, text);
  return above({ file, start: next?.start ?? span.start, end: next?.end ?? span.end }, put, text);
};

interface Statement {
  readonly head: string;
  readonly start: number;
  readonly end: number;
}

/** The statements of the declaration around a place, or of the phase. */
const statementsAround = ({ start }: Span, text: string): readonly Statement[] => {
  const { tokens } = lex(text);
  const open: number[] = [];
  for (const [n, token] of tokens.entries()) {
    if (token.startOffset >= start) break;
    if (token.tokenType === LeftBrace) open.push(n);
    if (token.tokenType === RightBrace) open.pop();
  }
  const [declaration, inner] = open;
  if (declaration === undefined) return [];
  const isPhase = inner !== undefined && tokens[inner - 2]?.image === 'phase';
  return statementsFrom(tokens, isPhase ? inner : declaration);
};

/** Statements begin on a line of their own or behind a `;`; those of bodies inside go with the one around them. */
const statementsFrom = (tokens: readonly IToken[], opening: number): readonly Statement[] => {
  const statements: Statement[] = [];
  let depth = 0;
  for (let n = opening + 1; n < tokens.length; n += 1) {
    const [before, token] = [tokens[n - 1]!, tokens[n]!];
    const { image: head, startOffset: start } = token;
    if (depth === 0 && token.tokenType === RightBrace) break;
    const isApart = before.tokenType === Semicolon || before.endLine !== token.startLine || n === opening + 1;
    const isNew = depth === 0 && isApart && beginsStatement(token, tokens[n + 1]);
    const current = statements.at(-1);
    const end = (token.endOffset ?? start) + 1;
    if (isNew) statements.push({ head, start, end });
    else if (current !== undefined && (depth > 0 || token.tokenType !== Semicolon))
      statements[statements.length - 1] = { ...current, end };
    if ([LeftBrace, LeftParenthesis, LeftBracket].includes(token.tokenType)) depth += 1;
    if ([RightBrace, RightParenthesis, RightBracket].includes(token.tokenType)) depth -= 1;
  }
  return statements;
};

const words: ReadonlySet<string> = new Set(Object.values(memberWords).flat());

/** Besides words of the language, the name of what is updated or of a part: `p <- ...`, `A: d s = ...`. */
const beginsStatement = ({ image }: IToken, next: IToken | undefined): boolean =>
  words.has(image) || next?.tokenType === Arrow || next?.tokenType === Colon;
