/**
 * What fixes make of the wrong programs of `test/samples/bad`: each is applied, and must mend what it is about. For every
 * code that has one, `fixes.txt` shows the first; `UPDATE_SAMPLES=1 npx vitest run test/language-service/fixes.test.ts` writes it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fileSources } from '../../src/check/sources.ts';
import type { Edit } from '../../src/diagnostics/diagnostic.ts';
import { actions, type Action } from '../../src/language-service/actions.ts';
import { diagnostics } from '../../src/language-service/diagnostics.ts';
import { analysed, edited, newWorkspace, type Workspace } from '../../src/language-service/workspace.ts';
import { parse } from '../../src/syntax/parse.ts';
import { applied } from './support.ts';

const folder = fileURLToPath(new URL('../samples/bad/', import.meta.url));
const names = readdirSync(folder).filter((name) => /^NSM[123459].*\.nsm$/.test(name));

/** A sample at its own path, with another text. */
const opened = (name: string, text: string): Workspace => {
  const file = `${folder}${name}`;
  return analysed(edited(newWorkspace(fileSources()), file, 1, text).workspace, file).workspace;
};

interface Mended {
  readonly name: string;
  readonly before: string;
  readonly action: Action;
  readonly after: string;
}

const mended = names.flatMap((name): readonly Mended[] => {
  const before = readFileSync(`${folder}${name}`, 'utf8');
  const offered = actions(opened(name, before), `${folder}${name}`, { start: 0, end: before.length });
  return offered.map((action) => ({ name, before, action, after: applied(before, action.edits) }));
});

/** After these something else comes to light, by its code. */
const leading: Readonly<Record<string, string>> = {
  // Nothing is left where the character stood, or what followed made no sense before.
  'NSM1002-unknown-character: Take `?` (U+003F) out': 'NSM1017',
  'NSM1005-parenthesis-never-closed: Add `)`': 'NSM1001',
  // Other lines use the name as it was.
  'NSM2004-nothing-of-that-name: Write `Poisson`': 'NSM2008',
  'NSM2005-file-imports-itself: Take the import out': 'NSM2002',
  'NSM5003-number-of-coordinates: Take `b` out': 'NSM2001',
  'NSM5009-inference-of-another-model: Write `Layer`': 'NSM2001',
  // Nobody looked at what is said about it.
  'NSM3010-unknown-support: Write `real`': 'NSM3006',
  'NSM4004-parameter-in-the-base-measure: Add `fixed`': 'NSM4011',
  'NSM5020-unknown-word: Write `feedforward`': 'NSM5004',
  // One step of two.
  'NSM5004-cannot-move-that: Add `free x`': 'NSM5004',
  'NSM5005-free-energy-without-a-belief: Add `belief z natural z_eta`': 'NSM5004',
  'NSM5032-no-distribution: Write `sample h`': 'NSM5006',
  // Another fix imports it.
  'NSM5012-natural-gradient-of-a-parameter: Write `SGD`': 'NSM2008',
  'NSM5012-natural-gradient-of-a-parameter: Write `Adam`': 'NSM2008',
  'NSM5030-no-law-given-all-others: Write `descend energy over x by Langevin(dt = 0.01)`': 'NSM2008',
  'NSM5045-walk-on-spins: Write `Gibbs()`': 'NSM2008',
  'NSM5045-walk-on-spins: Write `Flips()`': 'NSM2008',
  // What is used no more is left over.
  'NSM5021-formulas-that-may-differ: Write `few`': 'NSM9003',
  'NSM5044-no-value: Write `Langevin`': 'NSM9001',
};

/** Where a place is after edits. */
const shifted = (place: number, edits: readonly Edit[]): number =>
  edits
    .filter(({ span }) => span.end <= place)
    .reduce((at, { span, text }) => at + text.length - (span.end - span.start), place);

const keyOf = ({ name, action }: Mended): string => `${name.replace('.nsm', '')}: ${action.title}`;

describe('a fix of a wrong program', () => {
  it.each(mended.map((each) => [keyOf(each), each] as const))('mends what it is about: %s', (key, each) => {
    const { name, before, after, action } = each;
    const file = `${folder}${name}`;
    const unread = (text: string): number => parse(file, text).diagnostics.length;
    expect(unread(after)).toBeLessThanOrEqual(unread(before));
    const was = diagnostics(opened(name, before), file);
    const left = diagnostics(opened(name, after), file);
    const place = shifted(action.problem.span.start, action.edits);
    expect(
      left.filter(({ message, span }) => message === action.problem.message && span.start === place),
    ).toEqual([]);
    const fresh = left.filter(({ message }) => was.every((other) => other.message !== message));
    if (left.length >= was.length) expect(fresh.map(({ code }) => code)).toContain(leading[key]);
  });

  it('is among those that lead to something else only where it is', () => {
    expect(Object.keys(leading).filter((key) => !mended.map(keyOf).includes(key))).toEqual([]);
  });
});

/** The lines that differ, as in a patch. */
const changed = (before: string, after: string): string => {
  const [from, to] = [before.split('\n'), after.split('\n')];
  let first = 0;
  while (first < from.length && from[first] === to[first]) first += 1;
  let last = 0;
  while (last < Math.min(from.length, to.length) - first && from.at(-1 - last) === to.at(-1 - last))
    last += 1;
  const lines = (of: readonly string[], sign: string): readonly string[] =>
    of.slice(first, of.length - last).map((line) => `${sign} ${line}`.trimEnd());
  const [out, put] = [lines(from, '-'), lines(to, '+')];
  // A line that comes or goes is shown where it does.
  const isOneSided = out.length === 0 || put.length === 0;
  const around = (at: number): readonly string[] => (isOneSided ? [`  ${to[at] ?? ''}`.trimEnd()] : []);
  return [...around(first - 1), ...out, ...put, ...around(to.length - last)].join('\n');
};

const codesMended = [...new Set(mended.map(({ action }) => action.problem.code))].sort();

describe('the fixes', () => {
  it('are shown, of the first problem of each code', () => {
    const shown = codesMended.map((code) => {
      const of = mended.filter(({ name, action }) => name.startsWith(code) && action.problem.code === code);
      const first = of[0] ?? mended.find(({ action }) => action.problem.code === code)!;
      const { problem } = first.action;
      const same = mended.filter(
        ({ name, action }) =>
          name === first.name &&
          action.problem.message === problem.message &&
          action.problem.span.start === problem.span.start,
      );
      const results = same.map(({ action, before, after }) => `${action.title}\n${changed(before, after)}`);
      return [`${code}: ${problem.message}`, ...results].join('\n\n');
    });
    const text = `${shown.join('\n\n\n')}\n`;
    const stored = new URL('fixes.txt', import.meta.url);
    if (process.env['UPDATE_SAMPLES'] === '1') writeFileSync(stored, text);
    expect(text).toBe(readFileSync(stored, 'utf8'));
  });

  it('are of the codes that the documentation lists', () => {
    const page = readFileSync(new URL('../../docs/editors.md', import.meta.url), 'utf8');
    const section = page.split('## Fixes\n')[1]?.split('\n## ')[0] ?? '';
    const listed = [...section.matchAll(/\[(NSM\d+)\]/g)].map(([, code]) => code);
    expect(listed).toEqual(codesMended);
  });
});
