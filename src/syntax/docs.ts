/** Doc comments, and what they are about. */
import type { IToken } from 'chevrotain';
import { Comma, keyword, LeftBrace, StringLiteral } from '../../grammar/tokens.ts';

export interface Docs {
  /** What the file says about itself before its first declaration. */
  readonly module: string | null;
  /** Text of the lines right above, by the offset of the token below them. */
  readonly byOffset: ReadonlyMap<number, string>;
}

interface Block {
  readonly lines: string[];
  readonly tokens: IToken[];
}

/**
 * Attaches blocks of `///` lines. A block belongs to what begins right below it; one that is followed by an empty
 * line or an import, before the first declaration, is about the file. One at the end of a line of code is nothing's.
 */
export const attachDocs = (tokens: readonly IToken[], docs: readonly IToken[], source: string): Docs => {
  const byOffset = new Map<number, string>();
  const module: string[] = [];
  // Before the first declaration stand imports alone: it begins where one ends, or at least a line.
  const firstDeclaration = tokens.find(({ tokenType, startLine }, position) => {
    const previous = tokens[position - 1];
    if (!declarations.has(tokenType)) return false;
    if (previous === undefined || previous.tokenType === StringLiteral) return true;
    return previous.endLine !== startLine && !insideImport.has(previous.tokenType);
  });
  let next = 0;
  for (const block of blocksOf(docs, source)) {
    const end = (block.tokens.at(-1)?.endOffset ?? 0) + 1;
    while (next < tokens.length && tokens[next]!.startOffset < end) next += 1;
    const below = tokens[next];
    const text = block.lines.join('\n');
    const adjacent = below !== undefined && !/\n[ \t]*\r?\n/.test(source.slice(end, below.startOffset));
    if (adjacent && below.tokenType !== keyword.import) byOffset.set(below.startOffset, text);
    else if (firstDeclaration === undefined || end <= firstDeclaration.startOffset) module.push(text);
  }
  return { module: module.length === 0 ? null : module.join('\n\n'), byOffset };
};

const declarations = new Set([
  keyword.family,
  keyword.model,
  keyword.dynamics,
  keyword.inference,
  keyword.learning,
  keyword.function,
]);

/** After these a word is a name that is imported. */
const insideImport = new Set([LeftBrace, Comma, keyword.as]);

/** Runs of doc comments on lines of their own that follow each other. */
const blocksOf = (docs: readonly IToken[], source: string): readonly Block[] => {
  const blocks: Block[] = [];
  for (const doc of docs) {
    const lineStart = source.lastIndexOf('\n', doc.startOffset - 1) + 1;
    if (source.slice(lineStart, doc.startOffset).trim() !== '') continue;
    const line = doc.image.replace(/^\/\/\/ ?/, '').trimEnd();
    const last = blocks.at(-1);
    if (last !== undefined && last.tokens.at(-1)?.startLine === (doc.startLine ?? 0) - 1) {
      last.lines.push(line);
      last.tokens.push(doc);
    } else {
      blocks.push({ lines: [line], tokens: [doc] });
    }
  }
  return blocks;
};
