/** Declarations, their bodies and the lines in them. */
import type { CstNode } from 'chevrotain';
import { cellsOf } from './cells.ts';
import { commentBehind, inRows, type Row } from './columns.ts';
import type { Comments } from './comments.ts';
import { chosen, endOf, imageOf, isToken, partsOf, startOf, type Part } from './concrete.ts';
import { comment, flatText, group, indent, line, newline, type Doc } from './document.ts';
import { between, docOf, enclosed, flushDoc, hanging, sequence } from './layout.ts';

export interface Source {
  readonly text: string;
  readonly comments: Comments;
}

/** A declaration at the margin, without the comments above and behind it. */
export const declarationDoc = (source: Source, declaration: CstNode): Doc => {
  const { comments } = source;
  const parts = partsOf(declaration);
  const each = (part: Part): Doc =>
    !isToken(part) && part.name === 'parameters' ? parametersDoc(source, part) : docOf(comments, part);
  if (declaration.name === 'importDeclaration') {
    const closing = parts.findIndex((part) => imageOf(part) === '}');
    return [
      sequence(comments, parts.slice(0, 2)),
      enclosed(comments, parts.slice(1, closing + 1), line),
      parts
        .slice(closing + 1)
        .map((part, position) => [
          between(comments, parts[closing + position]!, part, ' '),
          docOf(comments, part),
        ]),
    ];
  }
  if (declaration.name === 'functionDeclaration') {
    const [equals, value] = parts.slice(-2) as [Part, Part];
    return [
      sequence(comments, parts.slice(0, -1), '', each),
      group(indent([between(comments, equals, value, line), flushDoc(comments, value)])),
    ];
  }
  const [header, ...body] = parts as [CstNode, Part, ...Part[]];
  const ofStatements = ['inferenceDeclaration', 'learningDeclaration'].includes(declaration.name);
  return [
    sequence(comments, partsOf(header), '', each),
    between(comments, header, body[0], ' '),
    bodyDoc(source, body, 0, ofStatements),
  ];
};

/** `(rate: positive = 1, fixed trials: count)`, or each on a line of its own. */
const parametersDoc = ({ comments }: Source, node: CstNode): Doc => {
  const parts = partsOf(node);
  const isComma = (part: Part | undefined): boolean => imageOf(part) === ',';
  const rows = parts.slice(1, -1).flatMap((part, index, inside): Row | [] => {
    const next = inside[index + 1];
    if (isComma(part)) return [];
    const comma = isComma(next) ? [between(comments, part, next!, ''), ','] : '';
    return rowOf(comments, part, [docOf(comments, part), comma], isComma(next) ? next! : part);
  });
  const flat = enclosed(comments, parts, '');
  if (rows.length === 0) return ['(', flat];
  return ['(', group(flat, [rowsBetween(comments, parts[0]!, rows, parts.at(-1)!, 1), ')'])];
};

/** `{`, members, `}`. Statements that were written on one line stay there if they fit. */
const bodyDoc = (source: Source, parts: readonly Part[], depth: number, ofStatements: boolean): Doc => {
  const { comments, text } = source;
  const [opening, ...members] = parts.slice(0, -1) as [Part, ...Part[]];
  const closing = parts.at(-1)!;
  if (members.length === 0 && between(comments, opening, closing, '') === '') return '{}';
  const docs = members.map((member) => memberDoc(source, member, depth + 1));
  const rows = members.map((member, position) => {
    const mark = position < members.length - 1 && comments.marks.has(endOf(member)) ? ';' : '';
    return rowOf(comments, chosen(member), [docs[position]!, mark], member);
  });
  const broken = ['{', rowsBetween(comments, opening, rows, closing, depth + 1), '}'];
  const onOneLine = !text.slice(endOf(opening), startOf(parts[1]!)).includes('\n');
  if (!ofStatements || !onOneLine) return broken;
  const flat = members.map((member, position) => [
    between(comments, parts[position]!, member, position === 0 ? ' ' : '; '),
    docs[position]!,
  ]);
  return group(['{', flat, between(comments, parts.at(-2)!, closing, ' '), '}'], broken);
};

/** Rows between brackets, with the comment behind the first bracket, those above the second, and a new line for it. */
const rowsBetween = (
  comments: Comments,
  opening: Part,
  rows: readonly Row[],
  closing: Part,
  depth: number,
): Doc => {
  const behind = comments.behind.get(endOf(opening));
  const below = comments.above.get(startOf(closing))?.comments ?? [];
  const lines = below.map(({ text, blank }, position) => [
    newline,
    blank && rows.length + position > 0 ? newline : '',
    comment(text),
  ]);
  return [behind === undefined ? '' : commentBehind(behind), indent([inRows(rows, depth), lines]), newline];
};

/** A row of `doc`, whose last part is `last`. */
const rowOf = (comments: Comments, part: Part, doc: Doc, last: Part): Row => {
  const text = flatText(doc);
  return {
    doc,
    cells: text === null ? null : cellsOf(comments, part, text),
    above: comments.above.get(startOf(part)) ?? { comments: [], blank: false },
    behind: comments.behind.get(endOf(last)) ?? null,
  };
};

/** The words of these lines stand in one column, as wide as the longest. */
const familyLines = new Set(['support', 'statistic', 'natural', 'logPartition', 'logBase', 'standard', 'familyAxis', 'pathwise']); // prettier-ignore
const familyColumn = 'log_partition'.length;

const memberDoc = (source: Source, member: Part, depth: number): Doc => {
  const { comments } = source;
  const part = chosen(member);
  if (isToken(part)) return part.image;
  const parts = partsOf(part);
  const last = parts.at(-1)!;
  if (!isToken(last) && last.name === 'statements') {
    const head = parts.slice(0, -1);
    return [
      group(hanging(comments, head)),
      between(comments, head.at(-1)!, last, ' '),
      bodyDoc(source, partsOf(last), depth, true),
    ];
  }
  if (!familyLines.has(part.name)) return group(docOf(comments, part));
  const padding = ' '.repeat(familyColumn - imageOf(parts[0]).length + 1);
  const [word, value] = parts as [Part, Part];
  return group([
    imageOf(word),
    indent(between(comments, word, value, padding)),
    hanging(comments, parts.slice(1)),
  ]);
};
