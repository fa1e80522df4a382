import { describe, expect, it } from 'vitest';
import { Grammar, parseTokens } from '../../grammar/parser.ts';
import { keyword, lex } from '../../grammar/tokens.ts';

describe('the grammar', () => {
  it('is free of ambiguities and left recursion', () => {
    expect(() => new Grammar(false)).not.toThrow();
  });

  it('is ready well within a command that should feel immediate', () => {
    const times = Array.from({ length: 3 }, () => {
      const start = performance.now();
      new Grammar();
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(80);
  });

  it('reads a file into whole nodes only', () => {
    const { tree, failures } = parseTokens(lex('model A { param a: real = 0\n param b real }').tokens);
    expect(failures).toHaveLength(1);
    expect(JSON.stringify(tree)).not.toContain('recoveredNode":true');
  });
});

describe('the lexer', () => {
  const images = (source: string): string[] => lex(source).tokens.map(({ image }) => image);

  it.each([
    ["s' <- s-1", ["s'", '<-', 's', '-', '1']],
    ['a<=b>=c==d', ['a', '<=', 'b', '>=', 'c', '==', 'd']],
    ['1e-4 10% 0.5e+3', ['1e-4', '10%', '0.5e+3']],
    ["over overs over'", ['over', 'overs', "over'"]],
    ['a//b\n/// c\n////d\ne', ['a', 'e']],
  ])('splits %j', (source, expected) => {
    expect(images(source)).toEqual(expected);
  });

  it('marks keywords, and only whole ones', () => {
    expect(lex("over overs over'").tokens.map(({ tokenType }) => tokenType === keyword.over)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('sets aside comments, docs and unknown characters', () => {
    const { comments, docs, unknown } = lex('// one\n/// two\n//// three\n§');
    expect(comments.map(({ image }) => image)).toEqual(['// one', '//// three']);
    expect(docs.map(({ image }) => image)).toEqual(['/// two']);
    expect(unknown).toEqual([{ offset: 26, length: 1 }]);
  });
});
