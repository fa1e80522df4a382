/**
 * What holds of every program: the layout of a layout is itself, and words, comments and the tree stay. `format` would
 * throw otherwise, so it is not believed here: everything is compared again.
 */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lex } from '../../grammar/tokens.ts';
import { format } from '../../src/format/format.ts';
import { parse } from '../../src/syntax/parse.ts';
import { sentence } from './generate.ts';
import { mutated, randomOf } from './mutate.ts';

const root = new URL('../../', import.meta.url).pathname;
const own = globSync(['stdlib/**/*.nsm', 'examples/**/*.nsm', 'bench/*.nsm'], { cwd: root }).sort();
const samples = globSync('test/**/*.nsm', { cwd: root }).sort();
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

/** The tree without places, and what cannot be read. */
const meaning = (source: string): string => {
  const { module, diagnostics } = parse('test.nsm', source);
  const tree = JSON.stringify(module, (key, value: unknown) => (key === 'span' ? undefined : value));
  return [tree, ...diagnostics.map(({ code }) => code)].join('\n');
};

const remarks = (source: string): readonly string[] => {
  const { docs, comments } = lex(source);
  return [...docs, ...comments]
    .sort((a, b) => a.startOffset - b.startOffset)
    .map(({ image }) => image.trimEnd());
};

const holds = (source: string): void => {
  const { text } = format('test.nsm', source);
  expect(meaning(text)).toBe(meaning(source));
  expect(remarks(text)).toEqual(remarks(source));
  expect(format('test.nsm', text).text).toBe(text);
};

describe('our own programs', () => {
  it.each(own)('%s is laid out: `nsm fmt` keeps it so', (file) => {
    expect(format(file, read(file)).text).toBe(read(file));
  });
});

describe('a layout keeps the program and is its own layout', () => {
  it.each([...own, ...samples])('of %s', (file) => holds(read(file)));

  it.each([...own, ...samples])('of %s with other space and comments between its words', (file) => {
    holds(mutated(read(file), randomOf(1), 0.05));
    holds(mutated(read(file), randomOf(2), 0.3));
  });

  it('of programs made from the grammar', () => {
    let whole = 0;
    for (let seed = 0; whole < 50; seed += 1) {
      const random = randomOf(seed);
      const words = sentence('declaration', random);
      const source = mutated(words.join(' '), random, seed % 3 === 0 ? 0 : 0.03);
      if (words.length > 200 || parse('test.nsm', source).diagnostics.length > 0) continue;
      whole += 1;
      holds(source);
    }
  });

  it('of programs in which something was struck out or put in', () => {
    const slips = ['}', '{', '(', ';', '/* x */', 'modle ', '\n\n', '§', 'model A {\n', '# c\n'];
    own.forEach((file, seed) => {
      const random = randomOf(seed);
      const source = read(file);
      const at = Math.floor(random() * source.length);
      const struck = source.slice(0, at) + source.slice(at + 1 + Math.floor(random() * 12));
      holds(struck);
      holds(source.slice(0, at) + slips[Math.floor(random() * slips.length)]! + source.slice(at));
    });
  });
});
