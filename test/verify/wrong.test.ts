/**
 * Planted mistakes. A comment `// blame: IDENTITY at LINE` in each file says which identity has to fail and which line is
 * the wrong one, by how it begins; the first line of documentation says what is wrong.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { titles } from '../../src/verify/identity.ts';
import { familiesIn, lineAt, report } from './families.ts';

const filesIn = (folder: string): readonly (readonly [name: string, path: string])[] =>
  readdirSync(new URL(folder, import.meta.url))
    .sort()
    .map((name) => [name.replace(/\.nsm$/, ''), fileURLToPath(new URL(`${folder}${name}`, import.meta.url))]);

const planted = filesIn('./wrong/');

describe('a wrong family', () => {
  it.each(planted)('is rejected for the right reason: %s', async (_, path) => {
    const { text, families, errors } = familiesIn(path);
    expect(errors).toEqual([]);
    const [, identity, line] = /^\/\/ blame: (.+?) at (.+)$/m.exec(text)!;
    const { verdicts } = await report(families[0]!);
    const [first, ...others] = verdicts;
    expect(titles[first!.identity]).toBe(identity);
    expect(lineAt(text, first!.diagnostic.span).startsWith(line!)).toBe(true);
    expect(first!.diagnostic.message.startsWith(`${identity}: `)).toBe(true);
    // One mistake is told once.
    expect(others).toEqual([]);
  });

  it('is one of at least twenty that reach the conformance kit', () => {
    expect(planted.length).toBeGreaterThanOrEqual(20);
  });

  it.each(filesIn('./refused/'))(
    'is refused before it is tried, where its formulas say enough: %s',
    (_, path) => {
      const { text, errors } = familiesIn(path);
      expect(errors.map(({ code }) => code)).toEqual([/^\/\/ refused: (NSM\d+)$/m.exec(text)![1]]);
    },
  );
});

describe('blame', () => {
  it('points at the term that is missing, and says how the line would have to read', async () => {
    const { families } = familiesIn(planted.find(([name]) => name === 'gamma-without-jacobian')![1]);
    const { verdicts } = await report(families[0]!);
    expect(verdicts[0]!.diagnostic.hint).toContain(
      'With `log_base −log(x)` it adds up to 1 at every member tried.',
    );
    expect(verdicts[0]!.diagnostic.hint).toContain('mean, Fisher information, score');
  });

  it('names both lines that a constant factor may be missing from', async () => {
    const { text, families } = familiesIn(
      planted.find(([name]) => name === 'normal-constant-not-halved')![1],
    );
    const { verdicts } = await report(families[0]!);
    const { message, secondary } = verdicts[0]!.diagnostic;
    expect(message).toContain(
      'a factor exp(log(2 * pi) / 2), the same for all members, is missing; log_base or log_partition',
    );
    expect(secondary.map(({ span }) => lineAt(text, span).split(' ')[0])).toEqual(['log_partition']);
  });
});
