/**
 * What may stand at a cursor, asked of the parser itself: it reads what stands before, then a word, then something
 * that fits nowhere. Where it stumbles, and over what, tells whether the word was taken, and what was due.
 */
import type { IToken } from 'chevrotain';
import { parseTokens } from '../../grammar/parser.ts';
import { infixWords, isName, memberWords, type Body, type Failure } from '../../grammar/recovery.ts';
import { keyword, LeftBrace, lex, RightBrace, Semicolon, type Word } from '../../grammar/tokens.ts';

export interface Cursor {
  /** The part of a name that is typed already. */
  readonly start: number;
  readonly end: number;
  /** Where it is: between words, in a comment, or in the quotes of an import. */
  readonly place: 'code' | 'comment' | 'text';
  /** The header of the declaration, those of open braces around, and the beginning of the member: all that matters. */
  readonly before: readonly IToken[];
  readonly body: Body;
  /** Whether nothing of a member stands before the cursor on its line. */
  readonly startsLine: boolean;
}

/** Only the declaration around the cursor is read: its first word stands at the left margin. */
export const cursorAt = (whole: string, place: number): Cursor => {
  const beginnings = [...whole.slice(0, place).matchAll(declarations)];
  const skipped = beginnings.at(-1)?.index ?? 0;
  const found = cursorIn(whole.slice(skipped), place - skipped);
  return { ...found, start: found.start + skipped, end: found.end + skipped };
};

const declarations = new RegExp(`^(?:${memberWords.file.join('|')})\\b`, 'gm');

const cursorIn = (rest: string, offset: number): Cursor => {
  const lineEnd = rest.indexOf('\n', offset);
  const text = lineEnd < 0 ? rest : rest.slice(0, lineEnd);
  const lexed = lex(text);
  const aside = [...lexed.comments, ...lexed.docs].find(
    (token) => startOf(token) < offset && offset <= endOf(token),
  );
  const touching = lexed.tokens.find((token) => startOf(token) < offset && offset <= endOf(token));
  const isText = touching !== undefined && /^["']/.test(touching.image);
  const word = touching !== undefined && isName(touching) ? touching : null;
  const start = word === null ? offset : startOf(word);
  const earlier = lexed.tokens.filter((token) => endOf(token) <= start);
  const { before, body } = around(earlier);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const first = /[{;]\s*$/.test(text.slice(0, start)) || text.slice(lineStart, start).trim() === '';
  return {
    start,
    end: word === null ? offset : endOf(word),
    place: aside !== undefined ? 'comment' : isText ? 'text' : 'code',
    before,
    body,
    startsLine: first,
  };
};

const startOf = (token: IToken): number => token.startOffset;
const endOf = (token: IToken): number => token.startOffset + token.image.length;

/** Leaves out members that are complete: what may follow does not depend on them. */
const around = (tokens: readonly IToken[]): Pick<Cursor, 'before' | 'body'> => {
  let open: IToken[][] = [];
  let member: IToken[] = [];
  let body: Body = 'file';
  for (const [n, token] of tokens.entries()) {
    const previous = tokens[n - 1];
    const startsLine = previous === undefined || previous.endLine !== token.startLine;
    const begins = (words: readonly Word[]): boolean =>
      words.some((word) => token.tokenType === keyword[word]);
    const afterBrace =
      previous?.tokenType === LeftBrace ||
      previous?.tokenType === RightBrace ||
      previous?.tokenType === Semicolon;
    const next = tokens[n + 1];
    const updates = body === 'dynamics' && startsLine && isName(token) && /^(<-|:)$/.test(next?.image ?? '');
    if (startsLine && begins(memberWords.file) && (open.length === 0 || token.startColumn === 1)) {
      open = [];
      body = 'file';
      member = [token];
    } else if (token.tokenType === LeftBrace) {
      if (open.length === 0) body = bodyOf(member[0]);
      open.push([...member, token]);
      member = [];
    } else if (token.tokenType === RightBrace) {
      open.pop();
      member = [];
      if (open.length === 0) body = 'file';
    } else if (token.tokenType === Semicolon) member = [];
    else if (open.length > 0 && (updates || ((startsLine || afterBrace) && begins(memberWords[body]))))
      member = [token];
    else member.push(token);
  }
  return { before: [...open.flat(), ...member], body };
};

const bodyOf = (first: IToken | undefined): Body => {
  const word = first?.image ?? '';
  return word in memberWords && word !== 'file' ? (word as Body) : 'file';
};

/** What is due at the cursor, in the parser's words. Null where what stands before cannot be read. */
export const due = ({ before }: Cursor): Due | null => stumble(before, []);

export type Due = Pick<Failure, 'kind' | 'expected' | 'rules'>;

/** Whether any name may stand at the cursor. */
export const takesName = ({ before }: Cursor): boolean => stumble(before, [token('a_name')]) !== null;

/** The keywords that may stand at the cursor, as keywords and not as names. */
export const keywordsAt = (cursor: Cursor): readonly Word[] => {
  const { before, body, startsLine } = cursor;
  const isInside = !startsLine && before.length > 0;
  // A new member begins on a line of its own.
  const begins = (word: Word): boolean =>
    memberWords[body].includes(word) && !(body === 'family' && infixWords.includes(word));
  const candidates = (Object.keys(keyword) as Word[]).filter((word) => !(isInside && begins(word)));
  const namesHere = takesName(cursor);
  // What is a keyword only before something else is told by what comes after it.
  const followers = namesHere ? [[], [token('(')], [token('a_name')]] : [[]];
  const asName = followers.map((follower) => stumble(before, [token('a_name'), ...follower]));
  return candidates.filter((word) =>
    followers.some((follower, n) => {
      const asKeyword = stumble(before, [token(word), ...follower]);
      const other = asName[n] ?? null;
      return asKeyword !== null && (other === null || !alike(other, asKeyword));
    }),
  );
};

const alike = (a: Due, b: Due): boolean =>
  a.kind === b.kind && a.expected === b.expected && a.rules.join() === b.rules.join();

const token = (text: string): IToken => lex(text).tokens[0]!;

/** What was due after tokens, or null when the parser stumbles over these already. */
const stumble = (before: readonly IToken[], words: readonly IToken[]): Due | null => {
  const tokens = [...before];
  for (const word of [...words, token('"misfit"')]) tokens.push(behind(word, tokens.at(-1)));
  const { failures } = parseTokens(tokens);
  const [first = null] = failures;
  return first?.found === tokens.at(-1) ? first : null;
};

/** A token right behind another: recovery from errors goes by lines, which must not run backwards. */
const behind = (word: IToken, last: IToken | undefined): IToken => {
  if (last === undefined) return word;
  const startLine = last.endLine ?? 1;
  const startOffset = endOf(last) + 1;
  const startColumn = (last.endColumn ?? 1) + 2;
  const { length } = word.image;
  return {
    ...word,
    ...{ startLine, startOffset, startColumn, endLine: startLine },
    ...{ endOffset: startOffset + length - 1, endColumn: startColumn + length - 1 },
  };
};

/** The call around the cursor: its name, and how many arguments stand before. */
export interface OpenCall {
  readonly callee: string;
  readonly argument: number;
  /** Of the argument at the cursor, where it is given one. */
  readonly name: string | null;
  /** Whether the argument is yet to begin. */
  readonly begins: boolean;
}

export const openCall = ({ before }: Cursor): OpenCall | null => {
  let depth = 0;
  let argument = 0;
  for (let n = before.length - 1; n >= 0; n -= 1) {
    const { image } = before[n]!;
    if (image === ')' || image === ']') depth += 1;
    else if (image === ',' && depth === 0) argument += 1;
    else if (image === '(' || image === '[') {
      if (depth > 0) depth -= 1;
      else {
        const callee = before[n - 1];
        if (image === '[' || callee === undefined || !isName(callee)) return null;
        const last = before.findLastIndex((each, m) => m >= n && (each.image === ',' || m === n));
        const named = before[last + 2]?.image === '=' ? before[last + 1]!.image : null;
        return { callee: callee.image, argument, name: named, begins: last === before.length - 1 };
      }
    } else if (image === '{' || image === '}') return null;
  }
  return null;
};
