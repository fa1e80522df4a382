/**
 * Every program in the documentation: whole files have no problems, as `nsm check` sees them; `nsm wrong CODE` has that one;
 * `nsm fragment of BODY` can be read as members of that body.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileSources } from '../../src/check/sources.ts';
import { analyse } from '../../src/derive/analyse.ts';
import { render } from '../../src/diagnostics/render.ts';
import { parse } from '../../src/syntax/parse.ts';
import { allBlocks, blocksOf, root } from './blocks.ts';

const programs = allBlocks.filter(({ language }) => language === 'nsm');
const file = join(fileURLToPath(root), 'documented.nsm');
const problemsOf = (program: string) => analyse(file, fileSources(new Map([[file, program]]))).diagnostics;

const bodies: Readonly<Record<string, readonly [string, string]>> = {
  file: ['', ''],
  family: ['family F {', '}'],
  model: ['model M {', '}'],
  inference: ['inference I of M {', '}'],
  learning: ['learning L of M by I {', '}'],
  dynamics: ['dynamics D of u {', '}'],
};

describe('a program in the documentation', () => {
  it.each(programs.filter(({ words }) => words.length === 0))('has no problems: $place', ({ code }) => {
    const problems = problemsOf(code);
    expect(render(problems, () => code)).toBe('');
  });

  it.each(programs.filter(({ words }) => words[0] === 'wrong'))(
    'is wrong as its text says: $place',
    ({ code, words }) => {
      expect([...new Set(problemsOf(code).map((problem) => problem.code))]).toEqual([words[1]]);
    },
  );

  it.each(programs.filter(({ words }) => words[0] === 'fragment'))(
    'can be read: $place',
    ({ code, words }) => {
      const [opening, closing] = bodies[words[2] ?? ''] ?? ['', ''];
      const whole = `${opening}\n${code}${closing}\n`;
      expect(render(parse('fragment.nsm', whole).diagnostics, () => whole)).toBe('');
    },
  );

  it("is the library's own where the README shows its model", () => {
    const library = readFileSync(new URL('stdlib/models/ipvae.nsm', root), 'utf8').split('\n');
    const shown = blocksOf('README.md').filter(({ language }) => language === 'nsm');
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.flatMap(({ code }) => code.split('\n')).filter((line) => !library.includes(line))).toEqual(
      [],
    );
  });

  it('is of a known kind', () => {
    const kinds = programs.map(({ words }) => words.join(' '));
    const known = /^(|wrong NSM\d{4}|fragment of (file|family|model|inference|learning|dynamics))$/;
    expect(kinds.filter((kind) => !known.test(kind))).toEqual([]);
  });
});
