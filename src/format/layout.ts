/** What stands within a line: concrete tree -> text that knows where it may be broken. Brackets stay as written. */
import { NumberLiteral } from '../../grammar/tokens.ts';
import { commentBehind } from './columns.ts';
import type { Comments } from './comments.ts';
import { endOf, firstOf, imageOf, isToken, partsOf, startOf, type Part } from './concrete.ts';
import { comment, group, indent, line, newline, softline, type Doc } from './document.ts';

export const docOf = (comments: Comments, part: Part): Doc => {
  if (isToken(part)) return part.image;
  const parts = partsOf(part);
  switch (part.name) {
    case 'expression':
    case 'additive':
    case 'multiplicative':
      return operatorsDoc(comments, parts, 0);
    case 'differential':
      return operatorsDoc(comments, parts, parts.findIndex((each) => imageOf(each) === '=') + 1);
    case 'call':
    case 'subscripts':
    case 'grouping': {
      const opening = parts.findIndex((each) => brackets.opening.has(imageOf(each)));
      if (opening === -1) return sequence(comments, parts, part.name);
      return [
        sequence(comments, parts.slice(0, opening + 1)),
        enclosed(comments, parts.slice(opening), softline, part.name),
      ];
    }
    case 'argument':
      return parts.length === 1 ? docOf(comments, parts[0]!) : indent(sequence(comments, parts));
    // As many names on each line as fit.
    case 'names':
      return parts.map((each, position) => {
        const left = parts[position - 1];
        if (left === undefined) return docOf(comments, each);
        const isComma = imageOf(each) === ',';
        return group([between(comments, left, each, isComma ? '' : line), docOf(comments, each)]);
      });
    case 'type':
      return group(indent(sequence(comments, parts)));
    default:
      return sequence(comments, parts, part.name);
  }
};

/** Parts of a rule one after the other, with what belongs between them. */
export const sequence = (
  comments: Comments,
  parts: readonly Part[],
  rule = '',
  each: (part: Part) => Doc = (part) => docOf(comments, part),
): Doc =>
  parts.map((part, position) => {
    const left = parts[position - 1];
    return left === undefined
      ? each(part)
      : [between(comments, left, part, usualBetween(left, part, rule)), each(part)];
  });

/** A bracket, what it encloses, and the bracket that closes it; the first stands there already. */
export const enclosed = (comments: Comments, parts: readonly Part[], edge: Doc, rule = ''): Doc => {
  const [opening, ...inside] = parts.slice(0, -1) as [Part, ...Part[]];
  const closing = parts.at(-1)!;
  const last = inside.at(-1);
  if (last === undefined) return [between(comments, opening, closing, ''), docOf(comments, closing)];
  return group([
    indent([between(comments, opening, inside[0]!, edge), sequence(comments, inside, rule)]),
    remarksBetween(comments, last, closing, indent) ?? edge,
    docOf(comments, closing),
  ]);
};

/** What stands between two parts: the usual, or on lines of their own the comments that are there. */
export const between = (comments: Comments, left: Part, right: Part, usual: Doc): Doc =>
  remarksBetween(comments, left, right, (remarks) => remarks) ?? usual;

const remarksBetween = (
  { above, behind }: Comments,
  left: Part,
  right: Part,
  indented: (remarks: Doc) => Doc,
): Doc | null => {
  const text = behind.get(endOf(left));
  const own = above.get(startOf(right));
  const lines = own?.comments ?? [];
  if (text === undefined && lines.length === 0) return null;
  const remarks = [
    text === undefined ? '' : commentBehind(text),
    ...lines.map((each, position) => [
      newline,
      position > 0 && each.blank ? newline : '',
      comment(each.text),
    ]),
  ];
  return [indented(remarks), lines.length > 0 && own?.blank === true ? newline : '', newline];
};

const brackets = { opening: new Set(['(', '[']), closing: new Set([')', ']']) };
const endsWithoutSpace = new Set([...brackets.closing, ',', ':']);
const followsWithoutSpace = new Set(['subscripts', 'parameters']);
const tightRules = new Set(['unary', 'power']);
/** Words and clauses before which a line may end. */
const lineWords = new Set(['within', 'where', 'until', 'for']);
const lineClauses = new Set(['over', 'by', 'through']);

const usualBetween = (left: Part, right: Part, rule: string): Doc => {
  const [before, after] = [imageOf(left), imageOf(right)];
  if (endsWithoutSpace.has(after) || brackets.opening.has(before) || brackets.opening.has(after)) return '';
  if (tightRules.has(rule) || (!isToken(right) && followsWithoutSpace.has(right.name))) return '';
  const endsClause = !isToken(right) && right.name === 'clause' && lineClauses.has(firstOf(right).image);
  const endsArguments = rule === 'call' && after === 'over';
  return before === ',' || lineWords.has(after) || endsArguments || endsClause ? line : ' ';
};

/** Operands on lines of their own where they do not fit on one, each behind its operator. */
const operatorsDoc = (comments: Comments, parts: readonly Part[], from: number): Doc => {
  const first = sequence(comments, parts.slice(0, from + 1));
  if (parts.length === from + 1) return first;
  return group([
    first,
    parts.slice(from + 1).map((part, index) => {
      const position = from + 1 + index;
      const left = parts[position - 1]!;
      if (isFraction(parts, position)) return [between(comments, left, part, ''), docOf(comments, part)];
      return index % 2 === 0
        ? [between(comments, left, part, line), docOf(comments, part)]
        : [between(comments, left, part, ' '), indent(docOf(comments, part))];
    }),
  ]);
};

/** `1/2`: a number over a number, before anything else is multiplied, is tight. */
const isFraction = (parts: readonly Part[], position: number): boolean =>
  position <= 2 && imageOf(parts[1]) === '/' && isNumber(parts[0]!, true) && isNumber(parts[2]!, false);

const isNumber = (part: Part, maySign: boolean): boolean => {
  if (isToken(part)) return part.tokenType === NumberLiteral;
  const parts = partsOf(part);
  if (maySign && parts.length === 2 && imageOf(parts[0]) === '-') return isNumber(parts[1]!, false);
  return parts.length === 1 && isNumber(parts[0]!, maySign);
};
