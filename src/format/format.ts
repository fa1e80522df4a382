/** Source text -> the same program in the one layout. */
import type { CstNode, IToken } from 'chevrotain';
import { parseTokens } from '../../grammar/parser.ts';
import { lex, Semicolon, type Lexed } from '../../grammar/tokens.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { parse, type Parsed } from '../syntax/parse.ts';
import { commentBehind, commentLines } from './columns.ts';
import { attachComments } from './comments.ts';
import { chosen } from './concrete.ts';
import { print } from './document.ts';
import { declarationDoc, type Source } from './members.ts';
import { piecesOf, type Piece } from './pieces.ts';

export interface Formatted {
  readonly text: string;
  /** What could not be read. The declarations that hold it stay as they are. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Lays out one file; `file` only names the source in spans. Never throws on bad input: what cannot be read stays as it
 * is. Throws when the layout would change the program, which is a bug.
 */
export const format = (file: string, source: string): Formatted => {
  const parsed = parse(file, source);
  const lexed = lex(source);
  const isKept = (text: string): boolean => isSame(parsed, parse(file, text)) && keepsWords(lexed, lex(text));
  for (const withMarks of [false, true]) {
    const text = layOut(source, parsed.diagnostics, withMarks);
    if (isKept(text)) return { text, diagnostics: parsed.diagnostics };
  }
  throw new Error(`the layout of ${file} would change what it says, so it stays as it is`);
};

/**
 * Semicolons at line ends go, unless the file would be read otherwise without them: `x <- 1; at <- 2`, where the second
 * name would carry on the first line.
 */
const layOut = (source: string, diagnostics: readonly Diagnostic[], withMarks: boolean): string => {
  const lexed = lex(source);
  const read = readable(lexed.tokens);
  if (read === null) return source;
  const declarations = ((read.tree.children['declaration'] ?? []) as CstNode[]).map(chosen) as CstNode[];
  const attached = attachComments(lexed, source);
  const comments = withMarks ? attached : { ...attached, marks: new Set<number>() };
  const pieces = piecesOf({ source, lexed, comments, declarations, failures: read.failures, diagnostics });
  const context: Source = { text: source, comments };
  const below = comments.above.get(source.length);
  const isLast = pieces.at(-1)?.kind === 'damaged' || below === undefined || below.comments.length === 0;
  const parts = [
    ...pieces.map(
      (piece, position) => [isApart(piece, pieces[position - 1]), pieceText(context, piece)] as const,
    ),
    ...(isLast ? [] : [[below.comments[0]?.blank, print(commentLines({ ...below, blank: false }))] as const]),
  ];
  const text = parts.map(([apart, part], position) => (position > 0 && apart === true ? `\n${part}` : part));
  return text.length === 0 ? '' : `${text.join('\n').trimEnd()}\n`;
};

/** Null for what is nested so deeply that the stack ends; the diagnostics say so. */
const readable = (tokens: IToken[]): ReturnType<typeof parseTokens> | null => {
  try {
    return parseTokens(tokens);
  } catch (problem) {
    if (problem instanceof RangeError) return null;
    throw problem;
  }
};

const pieceText = (source: Source, piece: Piece): string => {
  if (piece.kind === 'damaged') return piece.text;
  const { node, above, behind } = piece;
  const remark = behind === null ? '' : commentBehind(behind);
  return print([commentLines(above), declarationDoc(source, node), remark]);
};

/** Declarations stand an empty line apart. Imports, and functions without comments, may follow each other directly. */
const isApart = (piece: Piece, before: Piece | undefined): boolean => {
  if (piece.kind === 'damaged') return piece.isSetApart;
  const { comments } = piece.above;
  const isWritten = (comments[0] ?? piece.above).blank;
  if (before === undefined || before.kind === 'damaged') return isWritten;
  const name = piece.node.name;
  const mayFollow =
    name === before.node.name &&
    comments.length === 0 &&
    ['importDeclaration', 'functionDeclaration'].includes(name);
  return isWritten || !mayFollow;
};

/** Whether two trees differ in nothing but spans, and their files in no error. */
const isSame = (before: Parsed, after: Parsed): boolean =>
  withoutSpans(before) === withoutSpans(after) &&
  before.diagnostics.map(({ code }) => code).join() === after.diagnostics.map(({ code }) => code).join();

const withoutSpans = ({ module }: Parsed): string =>
  JSON.stringify(module, (key, value: unknown) => (key === 'span' ? undefined : value));

/** Whether all words and comments are there, in order. */
const keepsWords = (before: Lexed, after: Lexed): boolean => {
  const images = (tokens: readonly IToken[]): string =>
    tokens
      .filter(({ tokenType }) => tokenType !== Semicolon)
      .map(({ image }) => image.trimEnd())
      .join('\n');
  return (['tokens', 'docs', 'comments', 'foreign'] as const).every(
    (group) => images(before[group]) === images(after[group]),
  );
};
