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

  const told = async (name: string) => {
    const { text, families } = familiesIn(planted.find(([each]) => each === name)![1]);
    const { diagnostic } = (await report(families[0]!)).verdicts[0]!;
    return {
      ...diagnostic,
      others: diagnostic.secondary.map(({ span }) => lineAt(text, span).split(' ')[0]),
    };
  };

  it('names every line whose slip alone explains what is seen', async () => {
    const { message, others } = await told('inverse-gaussian-base-or-order');
    expect(message).toContain('`statistic` and `natural` are not in the same order, or the base measure');
    expect(others).toEqual(['natural', 'log_base']);
  });

  it('leaves open which of two orders is wrong', async () => {
    expect((await told('normal-natural-order')).others).toEqual(['natural']);
    expect((await told('normal-statistics-swapped')).others).toEqual(['natural']);
  });

  it('says when a second line has to be wrong as well', async () => {
    const { hint, others } = await told('normal-two-lines');
    expect(hint).toContain('more than one line is wrong');
    expect(others).toEqual(['pathwise']);
  });

  it('says which draws a wrong line reads, and how the line would have to read', async () => {
    const { hint, others } = await told('dirichlet-draws-of-other-shape');
    expect(hint).toContain(
      'With `draw g ~ Gamma(shape = concentration, rate = 1)` the draws follow the density.',
    );
    expect(others).toContain('pathwise');
  });

  it('knows the law of a `pathwise` line better than its draws show it', async () => {
    const { hint } = await told('normal-draws-one-percent-wider');
    expect(hint).toMatch(/the average of statistic 2 is [\d.]+ by it, and [\d.]+ is right/);
    expect(hint).toContain('With `pathwise mean + sd · standard_normal`');
  });

  it('does not repair a line by leaving out a parameter that no other line reads', async () => {
    const { hint } = await told('laplace-centre-forgotten');
    expect(hint).toContain('With `statistic abs(x − centre)` the draws follow the density.');
  });
});
