import { globSync, readFileSync, writeFileSync } from 'node:fs';
import type { CstNode, IToken, TokenType } from 'chevrotain';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTokens } from '../../grammar/parser.ts';
import { roles, scopeOf, textMateFile, textMateText } from '../../grammar/textmate.ts';
import { Identifier, keyword, lex, tokenTypes, WhiteSpace } from '../../grammar/tokens.ts';
import { startColouring, type Coloured } from './textmate/colour.ts';

const place = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const root = place('').pathname;
const programs = globSync('{stdlib,examples,bench,test}/**/*.nsm', { cwd: root }).map((path) => ({
  path,
  source: readFileSync(place(path), 'utf8'),
}));
const keywords: ReadonlySet<TokenType> = new Set(Object.values(keyword));
const namesOfAnyRole = [scopeOf(Identifier), ...Object.values(roles).map(({ name }) => name)];

let coloured: (source: string) => readonly Coloured[];
beforeAll(async () => {
  coloured = await startColouring();
});

it('the TextMate grammar is what the tokens give (`npm run grammar` writes it anew)', () => {
  expect(readFileSync(textMateFile, 'utf8')).toBe(textMateText());
});

it('every token has a scope, except white space', () => {
  expect(tokenTypes.filter((token) => scopeOf(token) === null)).toEqual([WhiteSpace]);
});

// `UPDATE_SCOPES=1 npx vitest run test/grammar` writes the scopes anew: read them.
it.each(['words', 'mistakes'])('colours of %s.nsm', (name) => {
  const source = readFileSync(place(`test/grammar/textmate/${name}.nsm`), 'utf8');
  const starts = [...source.matchAll(/^/gm)].map(({ index }) => index);
  const lines = source.split('\n').map((line, position) => {
    const start = starts[position] ?? source.length;
    const words = coloured(source).filter((each) => each.start >= start && each.start <= start + line.length);
    return [line, ...words.map(({ text, scope }) => `    ${text.trim().padEnd(12)} ${scope}`)].join('\n');
  });
  const expected = place(`test/grammar/textmate/${name}.scopes`);
  if (process.env['UPDATE_SCOPES']) writeFileSync(expected, lines.join('\n'));
  expect(lines.join('\n')).toBe(readFileSync(expected, 'utf8'));
});

describe('every character has the scope of its token', () => {
  it.each(programs)('in $path', ({ source }) => {
    const scopes = scopesByOffset(source);
    const wrong = tokensOf(source).flatMap(({ token, scopes: allowed }) => {
      const found = [...token.image].flatMap((character, position) =>
        character.trim() === '' ? [] : [scopes[token.startOffset + position]],
      );
      const isRight = found.every((scope) => scope === found[0] && allowed.includes(scope ?? null));
      return isRight ? [] : [`line ${token.startLine}: ${token.image} as ${found[0]}, not ${allowed[0]}`];
    });
    expect(wrong).toEqual([]);
  });

  it('and all of these programs together have every token', () => {
    const seen = new Set(
      programs.flatMap(({ source }) =>
        tokensOf(source)
          .filter(({ scopes }) => scopes.length === 1)
          .map(({ token }) => token.tokenType),
      ),
    );
    const missing = tokenTypes.filter((token) => token !== Identifier && !seen.has(token));
    expect(missing.map(({ name }) => name)).toEqual(['WhiteSpace']);
  });
});

const scopesByOffset = (source: string): readonly (string | undefined)[] => {
  const scopes: (string | undefined)[] = [];
  for (const { start, text, scope } of coloured(source))
    for (let position = 0; position < text.length; position += 1) scopes[start + position] = scope;
  return scopes;
};

/** The lexer's tokens with the scopes they may have. Keywords are the parser's to tell, where it can read the file. */
const tokensOf = (
  source: string,
): readonly { readonly token: IToken; readonly scopes: readonly unknown[] }[] => {
  const { tokens, docs, comments, foreign } = lex(source);
  const { tree, failures } = parseTokens(tokens);
  const names = new Set(identifiersIn(tree).map(({ startOffset }) => startOffset));
  return [...tokens, ...docs, ...comments, ...foreign].flatMap((token) => {
    const { tokenType, startOffset } = token;
    if (keywords.has(tokenType) && failures.length > 0) return [];
    const isName = tokenType === Identifier || names.has(startOffset);
    return [{ token, scopes: isName ? namesOfAnyRole : [scopeOf(tokenType)] }];
  });
};

const identifiersIn = (tree: CstNode): readonly IToken[] =>
  Object.entries(tree.children).flatMap(([key, children]) =>
    children.flatMap((child) =>
      'children' in child ? identifiersIn(child) : key === 'Identifier' ? [child] : [],
    ),
  );
