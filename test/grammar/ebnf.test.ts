import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { grammarFile, grammarText } from '../../grammar/ebnf.ts';

it('docs/grammar.ebnf is the grammar of the parser (`npm run grammar` writes it anew)', () => {
  expect(readFileSync(grammarFile, 'utf8')).toBe(grammarText());
});

it('every name on the right of a rule has a rule or is a token', () => {
  const text = grammarText().replace(/\(\*[^]*?\*\)/g, '');
  const defined = new Set([...text.matchAll(/^(\w+)\s*::=/gm)].map(([, name]) => name));
  const rules = text.slice(0, text.indexOf('NAME   ::='));
  const used = [...rules.replace(/"[^"]*"/g, '').matchAll(/\b[a-zA-Z]+\b/g)].map(([name]) => name);
  expect(used.filter((name) => !defined.has(name))).toEqual([]);
});
