/**
 * Wrong programs beside what the compiler says about them: `test/samples/bad/CODE-some-words.nsm` and `.txt`.
 * A new sample is a new `.nsm` file; `UPDATE_SAMPLES=1 npx vitest run test/samples.test.ts` writes what is said.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileSources } from '../src/check/sources.ts';
import { analyse } from '../src/derive/analyse.ts';
import { codes } from '../src/diagnostics/codes.ts';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { longHelp } from '../src/diagnostics/help.ts';
import { render } from '../src/diagnostics/render.ts';
import { define } from '../src/schedule/define.ts';
import { parse } from '../src/syntax/parse.ts';

/** Everything that is said about one file; what cannot be compiled yet (NSM5090) only shows when it is compiled. */
const diagnose = (file: string, source: string, compiled = false): readonly Diagnostic[] => {
  const { checked, diagnostics } = analyse(file, fileSources(new Map([[file, source]])));
  return compiled ? define(checked).diagnostics : diagnostics;
};

/** Codes that a program can give; the others need data, options or files. */
const ofPrograms = (code: string): boolean => /^NSM[123459]/.test(code);

const folder = new URL('./samples/bad/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.nsm'))
  .map((file) => file.slice(0, -'.nsm'.length))
  .filter(ofPrograms)
  .sort();
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const said = (name: string): string => {
  const source = read(`${name}.nsm`);
  return `${render(diagnose(`${name}.nsm`, source, name.startsWith('NSM5090')), () => source)}\n`;
};

describe('a wrong program', () => {
  it.each(names)('is explained as written beside it: %s', (name) => {
    const expected = new URL(`${name}.txt`, folder);
    if (process.env['UPDATE_SAMPLES'] === '1') writeFileSync(expected, said(name));
    expect(existsSync(expected), `no ${name}.txt: run with UPDATE_SAMPLES=1 and read what it wrote`).toBe(
      true,
    );
    expect(said(name)).toBe(readFileSync(expected, 'utf8'));
  });

  it.each(names)('shows the code it is named after: %s', (name) => {
    const code = name.split('-')[0] ?? '';
    expect(Object.hasOwn(codes, code)).toBe(true);
    expect(said(name)).toContain(` ${code}: `);
  });

  it('has no expected output without a program', () => {
    const outputs = readdirSync(folder).filter((file) => file.endsWith('.txt'));
    expect(outputs.filter((file) => !existsSync(new URL(file.replace(/txt$/, 'nsm'), folder)))).toEqual([]);
  });
});

describe('a diagnostic code', () => {
  const known = Object.entries(codes).filter(([code]) => ofPrograms(code));

  it.each(known)('%s has a sample', (code) => {
    expect(names.some((name) => name.startsWith(`${code}-`))).toBe(true);
  });

  it.each(Object.entries(codes))('%s has a page whose title says "%s"', (code, title) => {
    expect(longHelp(code)?.split('\n')[0]).toBe(`# ${code}: ${title}`);
  });

  it('is known wherever there is a page', () => {
    const pages = readdirSync(new URL('../docs/diagnostics/', import.meta.url)).filter((file) =>
      /^NSM\d+\.md$/.test(file),
    );
    expect(pages.filter((page) => !Object.hasOwn(codes, page.slice(0, -'.md'.length)))).toEqual([]);
  });

  it.each(known)(
    '%s is what the wrong program on its page gives, and the right one gives nothing',
    (code) => {
      const [wrong = '', right = ''] = [...(longHelp(code) ?? '').matchAll(/```nsm\n(.*?)```/gs)].map(
        ([, program]) => program,
      );
      // Pages about syntax show pieces of programs; the others show whole ones.
      const of = (file: string, source: string): readonly Diagnostic[] =>
        code.startsWith('NSM1')
          ? parse(file, source).diagnostics
          : diagnose(file, source, code === 'NSM5090');
      expect([...new Set(of('wrong.nsm', wrong).map((each) => each.code))]).toEqual([code]);
      expect(of('right.nsm', right)).toEqual([]);
    },
  );
});
