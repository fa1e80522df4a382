/** What stands within a line: concrete tree -> text that knows where it may be broken. Brackets stay as written. */
import { NumberLiteral } from '../../grammar/tokens.ts';
import { commentBehind } from './columns.ts';
import type { Comments } from './comments.ts';
import { chosen, endOf, firstOf, imageOf, isToken, partsOf, startOf, type Part } from './concrete.ts';
import { comment, group, indent, line, newline, softline, type Doc } from './document.ts';

export const docOf = (comments: Comments, part: Part): Doc => {
  if (isToken(part)) return part.image;
  const parts = partsOf(part);
  switch (part.name) {
    case 'expression':
    case 'additive':
    case 'multiplicative':
      return chainDoc(comments, parts, 0, indent);
    case 'differential':
      return chainDoc(comments, parts, parts.findIndex((each) => imageOf(each) === '=') + 1, indent);
    case 'call':
    case 'subscripts':
    case 'grouping': {
      const opening = parts.findIndex((each) => brackets.opening.has(imageOf(each)));
      if (opening === -1) return hanging(comments, parts, part.name);
      return [
        hanging(comments, parts.slice(0, opening + 1)),
        enclosed(comments, parts.slice(opening), softline, part.name),
      ];
    }
    // As many names on each line as fit.
    case 'names':
      return indent(
        parts.map((each, position) => {
          const left = parts[position - 1];
          if (left === undefined) return docOf(comments, each);
          const isComma = imageOf(each) === ',';
          return group([between(comments, left, each, isComma ? '' : line), docOf(comments, each)]);
        }),
      );
    case 'type':
      return group(hanging(comments, parts));
    default:
      return hanging(comments, parts, part.name);
  }
};

/** What begins a line of its own: operators stand below its first operand, not indented. */
export const flushDoc = (comments: Comments, part: Part): Doc => {
  const inner = chosen(part);
  const isChain = !isToken(inner) && ['expression', 'additive', 'multiplicative'].includes(inner.name);
  return isChain ? chainDoc(comments, partsOf(inner), 0, (rest) => rest) : docOf(comments, part);
};

/** A sequence that is indented from where its first line may end. */
export const hanging = (comments: Comments, parts: readonly Part[], rule = '', each?: Lay): Doc => {
  const end = parts.findIndex(
    (part, position) =>
      position > 0 && typeof separator(comments, parts[position - 1]!, part, rule) !== 'string',
  );
  if (end === -1) return sequence(comments, parts, rule, each);
  const docs = sequence(comments, parts, rule, each);
  return [docs.slice(0, end), indent(docs.slice(end))];
};

type Lay = (part: Part) => Doc;

/** Parts of a rule one after the other, each with what belongs between it and the one before. */
export const sequence = (
  comments: Comments,
  parts: readonly Part[],
  rule = '',
  each: Lay = (part) => docOf(comments, part),
): readonly Doc[] =>
  parts.map((part, position) => {
    const left = parts[position - 1];
    return left === undefined ? each(part) : [separator(comments, left, part, rule), each(part)];
  });

const separator = (comments: Comments, left: Part, right: Part, rule: string): Doc =>
  between(comments, left, right, usualBetween(left, right, rule));

/** A bracket, what it encloses, and the bracket that closes it; the first stands there already. */
export const enclosed = (comments: Comments, parts: readonly Part[], edge: Doc, rule = ''): Doc => {
  const [opening, ...inside] = parts.slice(0, -1) as [Part, ...Part[]];
  const closing = parts.at(-1)!;
  const last = inside.at(-1);
  if (last === undefined) return [between(comments, opening, closing, ''), docOf(comments, closing)];
  return group([
    indent([
      between(comments, opening, inside[0]!, edge),
      sequence(comments, inside, rule, (part) => flushDoc(comments, part)),
    ]),
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
const chainDoc = (
  comments: Comments,
  parts: readonly Part[],
  from: number,
  indented: (rest: Doc) => Doc,
): Doc => {
  const first = hanging(comments, parts.slice(0, from + 1));
  const rest = parts.slice(from + 1).map((part, index) => {
    const position = from + 1 + index;
    const usual = isFraction(parts, position) ? '' : index % 2 === 0 ? line : ' ';
    return [between(comments, parts[position - 1]!, part, usual), docOf(comments, part)];
  });
  return rest.length === 0 ? first : group([first, indented(rest)]);
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
