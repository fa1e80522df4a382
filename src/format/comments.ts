/** Where comments stand: behind a token on its line, or above one on lines of their own. */
import type { IToken } from 'chevrotain';
import { Semicolon, type Lexed } from '../../grammar/tokens.ts';

export interface Comment {
  readonly text: string;
  readonly start: number;
  /** Whether an empty line stands above. */
  readonly blank: boolean;
}

/** What stands between a token, or the end of the file, and the token before it. */
export interface Above {
  readonly comments: readonly Comment[];
  /** Whether an empty line stands right above the token, below its comments. */
  readonly blank: boolean;
}

export interface Comments {
  /** By the offset of the token below; the end of the file has the length of the source. */
  readonly above: ReadonlyMap<number, Above>;
  /** By the offset at which the token before ends. */
  readonly behind: ReadonlyMap<number, string>;
  /** Offsets at which a token ends that a semicolon follows. */
  readonly marks: ReadonlySet<number>;
}

export const endOf = (token: IToken): number => (token.endOffset ?? token.startOffset) + 1;

/** As `attachDocs` knows empty lines: what stands apart from a doc comment must go on standing apart. */
export const emptyLine = /\n[ \t]*\r?\n/;

/** Attaches every comment once. Semicolons may go, so they carry nothing: what stood at one is set apart by a line. */
export const attachComments = ({ tokens, docs, comments }: Lexed, source: string): Comments => {
  const isComment = new Set<IToken>([...docs, ...comments]);
  const pieces = [...tokens, ...isComment].sort((a, b) => a.startOffset - b.startOffset);
  const above = new Map<number, Above>();
  const behind = new Map<number, string>();
  const marks = new Set<number>();
  let waiting: Comment[] = [];
  let severed = false;
  let end = 0;
  let previous: IToken | null = null;
  const isSetApart = (gap: string): boolean =>
    emptyLine.test(gap) || severed || (waiting.length > 0 && gap.includes(';'));
  for (const piece of pieces) {
    const place = previous === null ? null : endOf(previous);
    if (piece.tokenType === Semicolon) {
      if (place !== null) marks.add(place);
      continue;
    }
    const gap = source.slice(end, piece.startOffset);
    const blank = isSetApart(gap);
    end = endOf(piece);
    severed = false;
    if (!isComment.has(piece)) {
      above.set(piece.startOffset, { comments: waiting, blank });
      waiting = [];
      previous = piece;
      continue;
    }
    const text = piece.image.trimEnd();
    if (place !== null && waiting.length === 0 && !behind.has(place) && !gap.includes('\n')) {
      behind.set(place, text);
    } else {
      waiting.push({ text, start: piece.startOffset, blank });
      severed = /;[^\n]*$/.test(gap);
    }
  }
  above.set(source.length, { comments: waiting, blank: isSetApart(source.slice(end)) });
  return { above, behind, marks };
};
