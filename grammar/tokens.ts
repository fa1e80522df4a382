/**
 * The words and signs of the language. Newlines carry no meaning. Keywords are contextual: each is also an
 * `Identifier`, so `prior`, `rate` or `over` stay free as names and only the place decides.
 */
import { createToken, Lexer, type CustomPatternMatcherReturn, type IToken, type TokenType } from 'chevrotain';

/** Chevrotain drops the `u` flag of a regular expression, so Unicode patterns match themselves. */
const unicode = ({ source }: RegExp) => {
  const sticky = new RegExp(source, 'uy');
  const match = (text: string, offset: number): CustomPatternMatcherReturn | null => {
    sticky.lastIndex = offset;
    return sticky.exec(text) as CustomPatternMatcherReturn | null;
  };
  return Object.assign(match, { source });
};

const sign = (name: string, text: string): TokenType =>
  createToken({ name, pattern: text, label: `\`${text}\`` });

/** Letters of any script, marks, digits, subscripts and `_`, then any number of primes: `Φ`, `units'`. */
export const Identifier = createToken({
  name: 'Identifier',
  label: 'a name',
  pattern: unicode(/[\p{L}_][\p{L}\p{M}\p{Nd}\u2080-\u2089_]*'*/u),
  line_breaks: false,
});

export const NumberLiteral = createToken({
  name: 'NumberLiteral',
  label: 'a number',
  pattern: unicode(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}\p{Nd}_.])%?/u),
  line_breaks: false,
});

export const StringLiteral = createToken({
  name: 'StringLiteral',
  label: 'a text in double quotes',
  pattern: /"[^"\r\n]*"/,
});

export const LeftBrace = sign('LeftBrace', '{');
export const RightBrace = sign('RightBrace', '}');
export const LeftParenthesis = sign('LeftParenthesis', '(');
export const RightParenthesis = sign('RightParenthesis', ')');
export const LeftBracket = sign('LeftBracket', '[');
export const RightBracket = sign('RightBracket', ']');
export const Comma = sign('Comma', ',');
export const Semicolon = sign('Semicolon', ';');
export const Colon = sign('Colon', ':');
export const Tilde = sign('Tilde', '~');
export const Arrow = sign('Arrow', '<-');
export const LessEqual = sign('LessEqual', '<=');
export const GreaterEqual = sign('GreaterEqual', '>=');
export const EqualEqual = sign('EqualEqual', '==');
export const Less = sign('Less', '<');
export const Greater = sign('Greater', '>');
export const Equals = sign('Equals', '=');
export const Plus = sign('Plus', '+');
export const Minus = sign('Minus', '-');
export const Star = sign('Star', '*');
export const Slash = sign('Slash', '/');
export const AtSign = sign('AtSign', '@');
export const Caret = sign('Caret', '^');

export const DocComment = createToken({ name: 'DocComment', pattern: /\/\/\/(?!\/)[^\r\n]*/, group: 'docs' });
export const Comment = createToken({ name: 'Comment', pattern: /\/\/[^\r\n]*/, group: 'comments' });
export const WhiteSpace = createToken({
  name: 'WhiteSpace',
  pattern: /\s+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

// Mistakes with a spelling of their own. They are reported as they are read, and each stands in the grammar where
// the right spelling would, so that one slip is one error.
export const MalformedNumber = createToken({
  name: 'MalformedNumber',
  pattern: unicode(/\.?\d[\p{L}\p{Nd}_.]*%?/u),
  categories: NumberLiteral,
  line_breaks: false,
});
export const UnclosedString = createToken({
  name: 'UnclosedString',
  pattern: /"[^"\r\n]*/,
  categories: StringLiteral,
});
export const SingleQuoted = createToken({
  name: 'SingleQuoted',
  pattern: /'[^'\r\n]*'?/,
  categories: StringLiteral,
});
export const ForeignPower = createToken({ name: 'ForeignPower', pattern: '**', categories: Caret });
export const ForeignAssignment = createToken({
  name: 'ForeignAssignment',
  pattern: /:=|\+=|-=|\*=|\/=/,
  categories: Arrow,
});
export const ForeignComparison = createToken({
  name: 'ForeignComparison',
  pattern: /!=|&&|\|\||=>|=</,
  categories: Less,
});
export const ForeignComment = createToken({
  name: 'ForeignComment',
  pattern: /\/\*[^]*?(?:\*\/|$(?![^]))|#[^\r\n]*/,
  group: 'foreign',
  line_breaks: true,
});

/** Keywords by what they begin: a declaration, a member of one, or a part of a member. */
export const words = {
  declaration: ['import', 'family', 'model', 'dynamics', 'inference', 'learning', 'function'],
  member: [
    'support', 'statistic', 'natural', 'log_partition', 'log_base', 'standard', 'axis', 'pathwise', 'also',
    'param', 'latent', 'observed', 'state', 'energy', 'measure',
    'let', 'd', 'integrate', 'propose', 'accept', 'swap', 'replicas',
    'belief', 'start', 'guard', 'repeat', 'descend', 'phase', 'predict', 'rolling', 'interneurons', 'free', 'clamp',
    'sample', 'draw', 'set', 'from', 'persist', 'local',
  ],
  part: [
    'as', 'of', 'by', 'over', 'up', 'to', 'fixed', 'where', 'within', 'intractable', 'atom', 'dt', 'dW', 'exact', 'step',
    'until', 'with', 'mean', 'at', 'end', 'each', 'through', 'for', 'per', 'in',
  ],
} as const; // prettier-ignore

export type Word = (typeof words)[keyof typeof words][number];

/** Rules have lower-case names and tokens have upper-case ones. */
const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** One token type for each keyword, found by its word. */
export const keyword = Object.fromEntries(
  Object.values(words)
    .flat()
    .map((word) => [
      word,
      createToken({
        name: capitalised(word),
        label: `\`${word}\``,
        pattern: Lexer.NA,
        categories: Identifier,
      }),
    ]),
) as Readonly<Record<Word, TokenType>>;

/** All token types, in the order in which they are tried. */
export const tokenTypes: TokenType[] = [
  WhiteSpace,
  DocComment,
  Comment,
  ForeignComment,
  Identifier,
  NumberLiteral,
  MalformedNumber,
  StringLiteral,
  UnclosedString,
  SingleQuoted,
  ForeignPower,
  ForeignAssignment,
  ForeignComparison,
  Arrow,
  LessEqual,
  GreaterEqual,
  EqualEqual,
  Less,
  Greater,
  Equals,
  LeftBrace,
  RightBrace,
  LeftParenthesis,
  RightParenthesis,
  LeftBracket,
  RightBracket,
  Comma,
  Semicolon,
  Colon,
  Tilde,
  Plus,
  Minus,
  Star,
  Slash,
  AtSign,
  Caret,
  ...Object.values(keyword),
];

/** What the lexer read: tokens for the parser, and everything it set aside. */
export interface Lexed {
  readonly tokens: IToken[];
  readonly docs: readonly IToken[];
  readonly comments: readonly IToken[];
  readonly foreign: readonly IToken[];
  /** Runs of characters that begin no token. */
  readonly unknown: readonly { readonly offset: number; readonly length: number }[];
}

let lexer: Lexer | null = null;

/** Splits a source text into tokens. Never throws: what cannot be read is set aside in `unknown`. */
export const lex = (source: string): Lexed => {
  lexer ??= new Lexer(tokenTypes, { positionTracking: 'full', skipValidations: true });
  const result = lexer.tokenize(source);
  // A name that spells a keyword becomes that keyword: cheaper than trying some sixty patterns before each name.
  for (const token of result.tokens) {
    const type =
      token.tokenType === Identifier && Object.hasOwn(keyword, token.image)
        ? keyword[token.image as Word]
        : null;
    if (type === null) continue;
    token.tokenType = type;
    token.tokenTypeIdx = type.tokenTypeIdx as number;
  }
  return {
    tokens: result.tokens,
    docs: result.groups['docs'] ?? [],
    comments: result.groups['comments'] ?? [],
    foreign: result.groups['foreign'] ?? [],
    unknown: result.errors.map(({ offset, length }) => ({ offset, length })),
  };
};
