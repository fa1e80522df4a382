/** Words for what the lexer could not read. */
import type { IToken } from 'chevrotain';
import {
  ForeignAssignment,
  ForeignComparison,
  ForeignPower,
  MalformedNumber,
  SingleQuoted,
  UnclosedString,
  type Lexed,
} from '../../grammar/tokens.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';
import { removal, replacement } from '../diagnostics/fixes.ts';
import type { Span } from './span.ts';

/** Characters that look like the language's own, or mean something elsewhere, and what to write. */
const substitutes: Readonly<Record<string, string>> = {
  '−': '-', '–': '-', '—': '-', '×': '*', '·': '*', '⋅': '*', '∗': '*', '÷': '/', '≤': '<=', '≥': '>=', '←': '<-',
  '∼': '~', '˜': '~', '“': '"', '”': '"', '„': '"', '‘': '"', '’': "'", '′': "'", '″': "''", '²': '^2', '³': '^3',
  '∞': 'infinity', '√': 'sqrt(...)', '∑': 'sum(... over axis)', '∇': 'grad(objective, x)', '，': ',', '；': ';',
  '：': ':', '（': '(', '）': ')', '＝': '=', '％': '%',
}; // prettier-ignore

/** Errors of the lexer, in the order of their kinds. */
export const lexicalErrors = (file: string, source: string, lexed: Lexed): readonly Diagnostic[] => [
  ...lexed.unknown.map(({ offset, length }) => unknownCharacter(file, source, offset, length)),
  ...lexed.tokens.flatMap((token) => mistaken(file, source, token) ?? []),
  ...lexed.foreign.map((token) => foreignComment(file, source, token)),
];

const unknownCharacter = (file: string, source: string, offset: number, length: number): Diagnostic => {
  const character = String.fromCodePoint(source.codePointAt(offset) ?? 0);
  const codePoint = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const printable = /^[^\p{C}\p{Z}]$/u.test(character);
  const several = length > character.length ? ', and the characters after it,' : '';
  const named = printable ? `\`${character}\` (${codePoint})` : codePoint;
  const substitute = substitutes[character];
  return error(
    'NSM1002',
    { file, start: offset, end: offset + length },
    `the character ${named}${several} has no meaning here`,
    {
      hint: substitute === undefined ? hintFor(character) : `Write \`${substitute}\`.`,
      fixes: characterFixes({ file, start: offset, end: offset + length }, character, named),
    },
  );
};

const characterFixes = (span: Span, character: string, named: string): readonly Fix[] => {
  const substitute = substitutes[character];
  if (span.end - span.start > character.length || "!%'".includes(character)) return [];
  return [substitute === undefined ? removal(span, named) : replacement(span, substitute)];
};

const hintFor = (character: string): string => {
  switch (character) {
    case '!':
      return 'A factorial is `log_factorial(n)`, on the log scale.';
    case '%':
      return 'A per cent sign belongs right after a number: `10%`.';
    case "'":
      return "A prime belongs right after a name: `units'`.";
    default:
      return 'Names are made of letters of any script, digits, `_` and primes. Remove the character.';
  }
};

const mistaken = (file: string, source: string, token: IToken): Diagnostic | null => {
  const span = { file, start: token.startOffset, end: (token.endOffset ?? token.startOffset) + 1 };
  const { image } = token;
  switch (token.tokenType) {
    case MalformedNumber:
      return error('NSM1003', span, `\`${image}\` is not a number`, {
        hint: numberHint(image),
        fixes: numbersMeant(image).map((meant) => replacement(span, meant)),
      });
    case UnclosedString:
      return error('NSM1004', span, 'this text has no closing `"`', {
        hint: `Write \`${image.trimEnd()}"\`, on one line.`,
        fixes: [replacement(span, `${image.trimEnd()}"`)],
      });
    case SingleQuoted:
      return error('NSM1004', span, 'texts stand in double quotes', {
        hint: `Write \`"${image.replaceAll("'", '')}"\`.`,
        fixes: [replacement(span, `"${image.replaceAll("'", '')}"`)],
      });
    case ForeignPower:
      return error('NSM1015', span, '`**` is not an operator', {
        hint: 'A power is `x^2`.',
        fixes: [replacement(span, '^')],
      });
    case ForeignAssignment:
      return error('NSM1015', span, `\`${image}\` is not an operator`, {
        hint: assignmentHint(image),
        fixes: assignmentFixes(span, source, image),
      });
    case ForeignComparison:
      return error('NSM1015', span, `\`${image}\` is not an operator`, {
        hint: comparisonHint(image),
        fixes: image === '=<' || image === '=>' ? [replacement(span, image === '=<' ? '<=' : '>=')] : [],
      });
    default:
      return null;
  }
};

const numberHint = (image: string): string => {
  const factor = /^(\d+(?:\.\d+)?)([\p{L}_][\p{L}\p{Nd}_]*)$/u.exec(image);
  if (image.startsWith('.')) return `Write \`0${image}\`.`;
  if (/^\d+\.$/.test(image)) return `Write \`${image}0\`, or \`${image.slice(0, -1)}\`.`;
  if (/^0[xXbBoO]/.test(image)) return 'Numbers are decimal: `255`, `1e-4`, `10%`.';
  if (/^\d[\d_]*$/.test(image)) return `Write \`${image.replaceAll('_', '')}\`.`;
  if (/[eE]$/.test(image)) return `An exponent is missing: \`${image}-4\`, say.`;
  if (factor !== null)
    return `For a product write \`${factor[1]} * ${factor[2]}\`. A name cannot begin with a digit.`;
  return 'Numbers look like `2`, `0.5`, `1e-4` or `10%`.';
};

/** What was meant by something that looks like a number; the likeliest first. */
const numbersMeant = (image: string): readonly string[] => {
  const factor = /^(\d+(?:\.\d+)?)([\p{L}_][\p{L}\p{Nd}_]*)$/u.exec(image);
  if (/^\.\d+$/.test(image)) return [`0${image}`];
  if (/^\d+\.$/.test(image)) return [`${image}0`, image.slice(0, -1)];
  if (/^0[xXbBoO]/.test(image)) return Number.isNaN(Number(image)) ? [] : [String(Number(image))];
  if (/^\d[\d_]*$/.test(image)) return [image.replaceAll('_', '')];
  return factor === null || /^\d+[eE]$/.test(image) ? [] : [`${factor[1]} * ${factor[2]}`];
};

/** Whether an expression is continued on the next line. */
const goesOn = (expression: string): boolean =>
  /(?:^|[-+*/^@,(])$/.test(expression) ||
  expression.replace(/[^([]/g, '').length !== expression.replace(/[^)\]]/g, '').length;

/** An update written in full: its target stands before it, what it adds on the rest of the line. */
const assignmentFixes = ({ file, start, end }: Span, source: string, image: string): readonly Fix[] => {
  const before = /(\S*)[ \t]*$/.exec(source.slice(source.lastIndexOf('\n', start - 1) + 1, start));
  const target = before?.[1] ?? '';
  const isUpdate = /^\s*$|[;{]\s*$/.test(before?.input.slice(0, before.index) ?? '');
  if (image === ':=') return [replacement({ file, start, end }, isUpdate ? '<-' : '=')];
  const value = /^[ \t]*(.*?)[ \t]*(?=$|[;}\r\n]|\/\/)/.exec(source.slice(end));
  if (!isUpdate || target === '' || value === null || goesOn(value[1]!)) return [];
  const written = image === '+=' ? value[1] : `(${value[1]})`;
  const text = `<- ${target} ${image.charAt(0)} ${written}`;
  return [replacement({ file, start, end: end + value[0].trimEnd().length }, text)];
};

const assignmentHint = (image: string): string => {
  if (image === ':=') return 'An update is `u <- value`, a definition `name = value`.';
  return `Write the update in full: \`u <- u ${image.charAt(0)} ...\`.`;
};

const comparisonHint = (image: string): string => {
  if (image === '=<') return 'Write `<=`.';
  if (image === '=>') return 'Write `>=`.';
  return 'There are `<`, `>`, `<=`, `>=` and `==`; two conditions in one are `min(a, b)` (and) or `max(a, b)` (or).';
};

const foreignComment = (file: string, source: string, token: IToken): Diagnostic => {
  const begins = token.image.startsWith('#') ? '#' : '/*';
  const span = { file, start: token.startOffset, end: token.startOffset + begins.length };
  return error('NSM1016', span, `\`${begins}\` does not begin a comment`, {
    hint: 'A comment is `// ...` to the end of the line; `/// ...` documents what stands below it.',
    fixes: commentFixes(file, source, token),
  });
};

const commentFixes = (file: string, source: string, { image, startOffset }: IToken): readonly Fix[] => {
  const span = { file, start: startOffset, end: startOffset + image.length };
  if (image.startsWith('#')) return [replacement({ ...span, end: startOffset + 1 }, '//')];
  if (/^[ \t]*\S/.test(source.slice(span.end))) return [];
  const indent = /^[ \t]*/.exec(source.slice(source.lastIndexOf('\n', startOffset - 1) + 1))![0];
  const lines = image.replace(/^\/\*+|\*+\/$/g, '').trim();
  const text = lines
    .split('\n')
    .map((line) => `// ${line.trim().replace(/^\*+\s?/, '')}`.trimEnd())
    .join(`\n${indent}`);
  return [{ title: 'Write `//`', changes: [{ kind: 'replace', span, text }] }];
};
