/** `nsm doc` as its users run it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { brokenIn } from '../../src/document/broken.ts';
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

it('goes on in a later block with what an earlier one wrote, and shows charts and pictures that all are there', async () => {
  const fence = '```';
  write(
    'learned.nsm',
    `/// Features of patches.
///
/// Learned in a moment:
///
/// ${fence}sh
/// nsm train std/models/sparse_coding --data 'dead-leaves:?size=4&count=200' \\
///   --set features=4 --iterations 3 --batch 10 --out run
/// ${fence}
///
/// Used again:
///
/// ${fence}sh
/// nsm infer run --steps 2
/// ${fence}

${model('nsm check learned.nsm').replace(/^[^]*?\n\n(?=import)/, '')}`,
  );
  const { code } = await nsm(['doc', 'models', '--out', 'site'], { cwd: folder });
  expect(code).toBe(0);
  const page = read('site/learned.html');
  expect(page).toContain('trained 3 iterations\n');
  expect(page).toMatch(/<figure><svg[^]*The objective that learning descends/);
  expect(page).toMatch(/<img src="examples\/[^"]*run-dictionary.png"/);
  expect(page).toMatch(/residual force[^]*residual force/);
  const files = readdirSync(join(folder, 'site'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, 'site', path)).isFile(),
  );
  const texts = files.map((path) => [path, /html|css/.test(path) ? read(`site/${path}`) : ''] as const);
  expect(brokenIn(new Map(texts))).toEqual([]);
  rmSync(join(folder, 'models/learned.nsm'));
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
