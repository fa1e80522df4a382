/** `nsm doc` as its users run it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nsm } from '../cli/run.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nsm-doc-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = (commands: string): string => `/// A model for a page, with $\\frac12 x^2$ and <b>tags</b>.
///
/// \`\`\`sh
/// ${commands}
/// \`\`\`

import { Normal } from "std/families"

/// One number.
model Number(pixels: dim = 2) {
  param m: real[pixels] = 0
  observed x ~ Normal(mean = m, sd = 1)
}
`;
const write = (name: string, text: string): void => {
  mkdirSync(join(folder, 'models'), { recursive: true });
  writeFileSync(join(folder, 'models', name), text);
};
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

it('writes a page with the output of its examples, and runs them again only when something has changed', async () => {
  write('number.nsm', model('nsm check number.nsm'));
  const first = await nsm(['doc', 'models', '--out', 'site'], { cwd: folder });
  expect(first).toMatchObject({ code: 0, err: 'running the examples of number\n' });
  expect(first.out).toContain('1 page, 1 example');
  const page = read('site/number.html');
  expect(page).toContain('number.nsm: no problems (1 model)');
  expect(page).toContain('&lt;b&gt;');
  expect(page).toContain('<mfrac><mn>1</mn><mn>2</mn></mfrac>');
  const second = await nsm(['doc', 'models', '--out', 'site'], { cwd: folder });
  expect(second).toMatchObject({ code: 0, err: '' });
  expect(read('site/number.html')).toBe(page);
});

it('takes away the pages of files that are gone', async () => {
  write('other.nsm', 'function double(x: real): real = 2 * x\n');
  await nsm(['doc', 'models', '--out', 'site'], { cwd: folder });
  expect(existsSync(join(folder, 'site/other.html'))).toBe(true);
  rmSync(join(folder, 'models/other.nsm'));
  await nsm(['doc', 'models', '--out', 'site'], { cwd: folder });
  expect(existsSync(join(folder, 'site/other.html'))).toBe(false);
});

it('says which example failed and why, and writes nothing', async () => {
  write('number.nsm', model('nsm check missing.nsm'));
  const { code, err } = await nsm(['doc', 'models', '--out', 'broken'], { cwd: folder });
  expect(code).toBe(1);
  expect(err).toContain('NSM6030');
  expect(err).toContain('`nsm check missing.nsm` failed');
  expect(err).toContain('there is no file missing.nsm');
  expect(existsSync(join(folder, 'broken/index.html'))).toBe(false);
});

it('runs nothing but nsm', async () => {
  write('number.nsm', model('rm -rf things'));
  const { code, err } = await nsm(['doc', 'models', '--out', 'broken'], { cwd: folder });
  expect(code).toBe(1);
  expect(err).toContain('`rm -rf things` is no nsm command');
});

it('refuses a directory with other files, and files with errors', async () => {
  write('number.nsm', 'model Broken( {\n');
  const occupied = await nsm(['doc', 'models/number.nsm', '--out', 'models'], { cwd: folder });
  expect(occupied.err).toContain('NSM6007');
  const wrong = await nsm(['doc', 'models', '--out', 'fresh'], { cwd: folder });
  expect(wrong).toMatchObject({ code: 1 });
  expect(wrong.err).toContain('error NSM1');
});
