/**
 * The tokens as a TextMate grammar, by which editors colour text without asking a language server:
 * `editors/vscode/syntaxes/nsm.tmLanguage.json`. `npm run grammar` writes it anew; a test says when that is due.
 *
 * Words and signs are those of the lexer, tried in its order. Whether a keyword is a name at its place is the parser's to
 * say; here it is told from what stands beside it.
 */
import { writeFileSync } from 'node:fs';
import type { TokenType } from 'chevrotain';
import * as t from './tokens.ts';
import { keyword, tokenTypes, words, type Word } from './tokens.ts';

/** A rule of a TextMate grammar, as far as it is needed here. */
interface TextMateRule {
  readonly include?: string;
  readonly name?: string;
  readonly match?: string;
  readonly captures?: Captures;
  readonly begin?: string;
  readonly beginCaptures?: Captures;
  readonly end?: string;
  readonly endCaptures?: Captures;
  readonly patterns?: readonly TextMateRule[];
}
type Captures = Readonly<Record<string, Named>>;
interface Named {
  readonly name: string;
}

export interface TextMateGrammar {
  readonly name: string;
  readonly scopeName: string;
  readonly fileTypes: readonly string[];
  readonly patterns: readonly TextMateRule[];
  readonly repository: Readonly<Record<string, TextMateRule>>;
}

const named = (scope: string): Named => ({ name: `${scope}.nsm` });

const declaration = named('keyword.declaration');
const member = named('keyword.member');
const part = named('keyword.part');
const plainName = named('variable.other');
const keywordScopes = { declaration, member, part };

const scopes: ReadonlyMap<TokenType, Named> = new Map([
  [t.DocComment, named('comment.line.documentation')],
  [t.Comment, named('comment.line.double-slash')],
  [t.ForeignComment, named('invalid.illegal.comment')],
  [t.Identifier, plainName],
  [t.NumberLiteral, named('constant.numeric')],
  [t.MalformedNumber, named('invalid.illegal.number')],
  [t.StringLiteral, named('string.quoted.double')],
  [t.UnclosedString, named('invalid.illegal.string')],
  [t.SingleQuoted, named('invalid.illegal.string')],
  [t.ForeignPower, named('invalid.illegal.operator')],
  [t.ForeignAssignment, named('invalid.illegal.operator')],
  [t.ForeignComparison, named('invalid.illegal.operator')],
  [t.Arrow, named('keyword.operator.assignment')],
  [t.LessEqual, named('keyword.operator.comparison')],
  [t.GreaterEqual, named('keyword.operator.comparison')],
  [t.EqualEqual, named('keyword.operator.comparison')],
  [t.Less, named('keyword.operator.comparison')],
  [t.Greater, named('keyword.operator.comparison')],
  [t.Equals, named('keyword.operator.assignment')],
  [t.LeftBrace, named('punctuation.section.braces.begin')],
  [t.RightBrace, named('punctuation.section.braces.end')],
  [t.LeftParenthesis, named('punctuation.section.parens.begin')],
  [t.RightParenthesis, named('punctuation.section.parens.end')],
  [t.LeftBracket, named('punctuation.section.brackets.begin')],
  [t.RightBracket, named('punctuation.section.brackets.end')],
  [t.Comma, named('punctuation.separator.comma')],
  [t.Semicolon, named('punctuation.terminator')],
  [t.Colon, named('punctuation.separator.colon')],
  [t.Tilde, named('keyword.operator.distribution')],
  [t.Plus, named('keyword.operator.arithmetic')],
  [t.Minus, named('keyword.operator.arithmetic')],
  [t.Star, named('keyword.operator.arithmetic')],
  [t.Slash, named('keyword.operator.arithmetic')],
  [t.AtSign, named('keyword.operator.arithmetic')],
  [t.Caret, named('keyword.operator.arithmetic')],
  ...Object.entries(words).flatMap(([kind, those]) =>
    those.map((word) => [keyword[word], keywordScopes[kind as keyof typeof words]] as const),
  ),
]);

/** What a name is, where that can be told from what stands beside it. */
export const roles = {
  class: named('entity.name.type.class'),
  method: named('entity.name.function.method'),
  function: named('entity.name.function'),
  type: named('support.type'),
  declared: named('variable.other.declaration'),
  parameter: named('variable.parameter'),
} as const;

/** The scope of a token; null for white space, which has none. */
export const scopeOf = (token: TokenType): string | null => scopes.get(token)?.name ?? null;

/** The pattern of a token as Oniguruma reads it, whose `\d` are the digits of every script. */
const patternOf = ({ PATTERN, name }: TokenType): string => {
  if (typeof PATTERN === 'string') return PATTERN.replace(/[\^$.*+?()[\]{}|]/g, '\\$&');
  const { source } = (PATTERN ?? {}) as { readonly source?: string };
  if (source === undefined) throw new Error(`the token ${name} has no pattern`);
  return source.replaceAll('\\d', '[0-9]').replace(/\\u([0-9a-f]{4})/g, '\\x{$1}');
};

const oneOf = (those: readonly string[]): string => `(${those.join('|')})`;
const include = (...rules: readonly string[]): readonly TextMateRule[] =>
  rules.map((rule) => ({ include: `#${rule}` }));
const plain = (...tokens: readonly TokenType[]): readonly TextMateRule[] =>
  tokens.map((token) => ({ ...scopes.get(token), match: patternOf(token) }));
/** Scopes of the groups of a pattern, in order. */
const groups = (match: string, ...those: readonly Named[]): TextMateRule => ({
  match,
  captures: Object.fromEntries(those.map((each, position) => [position + 1, each])),
});

/** What names go on with, as in `Identifier`. */
const letters = "\\p{L}\\p{M}\\p{Nd}\\x{2080}-\\x{2089}_'";
const wordEnd = `(?![${letters}])`;
const name = `(${patternOf(t.Identifier)})${wordEnd}`;
/** Not a definition, a list, a call or an operand, which only names can be. A minus may begin a value. */
const isKeyword = `${wordEnd}(?!\\(|\\s*(?:[=:,)\\]<>+*@^]|/(?!/)))`;
/** Where members begin: in their line, or behind a brace or a semicolon. */
const first = '(?:^|(?<=[{};]))\\s*';
/** Where parts stand: behind an operand or first in a line. Behind an operator or a comma stand names. */
const behindOperand = `(?<=[${letters}%)\\]}])\\s+`;
const behind = `(?:^\\s*|${behindOperand})`;

const declarations = [
  groups(`${first}(family|model)\\s+${name}`, declaration, roles.class),
  groups(`${first}(dynamics)\\s+${name}`, declaration, roles.method),
  groups(
    `${first}(inference|learning)\\s+${name}(?:\\s+(of)\\s+${name})?`,
    declaration,
    roles.method,
    part,
    roles.class,
  ),
  groups(`${first}(function)\\s+${name}`, declaration, roles.function),
  groups(`${first}(import)${wordEnd}`, declaration),
];

/** What follows these is a new name, or at least an old one, even if it is spelled like a keyword: `phase model`. */
const beforeDeclared = [
  'axis', 'also', 'param', 'latent', 'observed', 'state', 'energy', 'measure', 'let', 'd', 'phase',
] as const satisfies readonly Word[]; // prettier-ignore
const beforeNames = [
  'statistic', 'natural', 'log_base', 'standard', 'pathwise', 'belief', 'start', 'guard', 'repeat', 'descend', 'predict',
  'rolling', 'free', 'clamp', 'sample', 'draw', 'set', 'from', 'replicas',
] as const satisfies readonly Word[]; // prettier-ignore
const beforeOperands = [
  'of', 'over', 'in', 'per', 'as', 'where', 'until', 'within', 'for', 'to',
] as const satisfies readonly Word[]; // prettier-ignore

const members = [
  groups(`${first}(support)\\s+${name}`, member, roles.type),
  groups(`${first}(belief)\\s+(exact)${wordEnd}`, member, part),
  groups(`${first}(propose)\\s+(integrate)${wordEnd}`, member, member),
  groups(`${first}${oneOf(beforeDeclared)}\\s+${name}`, member, roles.declared),
  groups(`(?<=:)\\s*(d)\\s+${name}`, member, roles.declared),
  groups(`${first}${oneOf(beforeNames)}\\s+${name}(?!\\()`, member, plainName),
  groups(`${first}${oneOf(words.member)}${isKeyword}`, member),
  // The coordinates of a belief; what a file or a number is taken from.
  groups(`${behindOperand}(natural|from)${isKeyword}`, member),
];

const parts = [
  groups(`${behind}(at)\\s+(end)${wordEnd}`, part, part),
  groups(`${behind}(at)\\s+(each)\\s+(step)${wordEnd}`, part, part, part),
  groups(`${behind}(through)\\s+(inference)${wordEnd}`, part, declaration),
  groups(`${behind}(by)\\s+${name}`, part, roles.method),
  groups(`${behind}${oneOf(beforeOperands)}\\s+${name}(?!\\()`, part, plainName),
  groups(`${behindOperand}(dt|dW)${wordEnd}`, part),
  groups('(?<=guard |, )(step)(?=\\()', part),
  groups(`${behind}${oneOf(words.part)}${isKeyword}`, part),
];

/** In parentheses and square brackets: lists of arguments, of parameters and of subscripts. */
const listed = [
  groups(`(fixed)\\s+${name}`, part, roles.parameter),
  groups(`${name}(?=\\s*(?::|=(?!=)))`, roles.parameter),
  groups(`${behind}(over|in)\\s+${name}`, part, plainName),
  groups(`${behind}(up)\\s+(to)${isKeyword}`, part, part),
];

const names = [
  groups(`(?<=:)\\s*${name}`, roles.type),
  groups(`(?<=~)\\s*${name}`, roles.class),
  groups(`${name}(?=\\()`, roles.function),
  ...plain(t.Identifier),
];

const comments = [
  ...plain(t.DocComment, t.Comment),
  // The one token that goes over lines, which patterns cannot do.
  { ...scopes.get(t.ForeignComment), begin: '/\\*', end: '\\*/' },
  { ...scopes.get(t.ForeignComment), match: '#[^\\r\\n]*' },
];

const bracketed = (open: TokenType, close: TokenType, content: string): TextMateRule => ({
  begin: patternOf(open),
  beginCaptures: { 0: scopes.get(open)! },
  // No brace stands inside other brackets: one that was never closed ends there.
  end: close === t.RightBrace ? patternOf(close) : `${patternOf(close)}|(?=[{}])`,
  endCaptures: { 0: scopes.get(close)! },
  patterns: include(content),
});

const repository = {
  body: {
    patterns: [
      ...include('comments'),
      ...declarations,
      ...members,
      ...parts,
      ...include('names', 'literals', 'brackets', 'signs'),
    ],
  },
  list: {
    patterns: [...include('comments'), ...listed, ...include('names', 'literals', 'brackets', 'signs')],
  },
  comments: { patterns: comments },
  names: { patterns: names },
  literals: {
    patterns: plain(t.NumberLiteral, t.MalformedNumber, t.StringLiteral, t.UnclosedString, t.SingleQuoted),
  },
  brackets: {
    patterns: [
      bracketed(t.LeftBrace, t.RightBrace, 'body'),
      bracketed(t.LeftParenthesis, t.RightParenthesis, 'list'),
      bracketed(t.LeftBracket, t.RightBracket, 'list'),
    ],
  },
  /** Operators, commas and colons; and brackets that close nothing. */
  signs: {
    patterns: plain(...tokenTypes.filter((token) => /operator|punctuation/.test(scopeOf(token) ?? ''))),
  },
} satisfies TextMateGrammar['repository'];

export const textMateGrammar = (): TextMateGrammar => ({
  name: 'nsm',
  scopeName: 'source.nsm',
  fileTypes: ['nsm'],
  patterns: include('body'),
  repository,
});

export const textMateFile = new URL('../editors/vscode/syntaxes/nsm.tmLanguage.json', import.meta.url);

/** As it stands in its file. */
export const textMateText = (): string => `${JSON.stringify(textMateGrammar(), null, 2)}\n`;

if (import.meta.main) writeFileSync(textMateFile, textMateText());
