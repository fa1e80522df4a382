/** Models imported as modules: bundled by Rollup, esbuild and Vite, and loaded by Node. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { rollup, type RollupLog } from 'rollup';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { defineModel } from '../../src/runtime/model.ts';
import { define } from '../../src/schedule/define.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { blocksOf } from '../docs/blocks.ts';
import { makeProject, runNode, source, type Project } from './project.ts';

let project: Project;
let wanted: string;
beforeAll(async () => {
  project = await makeProject();
  project.write('print.js', `import { told } from './use.js';\nconsole.log(await told());\n`);
  const { checked } = check('counts.nsm', fileSources(new Map([['counts.nsm', source]])));
  const model = defineModel(
    planInProcess(define(checked, { model: 'Counts' }).definition!, await loadBackend('wasm')),
  );
  const rows = Float32Array.from({ length: 30 }, (_, place) => (place % 7) / 7);
  const { states, steps } = await model.infer(model.create({ seed: 4 }), rows);
  wanted = JSON.stringify({ u: [...states['u']!.values], steps });
}, 120_000);
afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

/** Everything but the project's own files and nsm's. */
const external = (id: string): boolean => id.startsWith('@tensorflow/') || id.startsWith('node:');
const withRollup = async (input: string, output: string): Promise<string> => {
  const bundle = await rollup({
    input: join(project.folder, input),
    external,
    plugins: [project.plugins.rollup()],
  });
  const { output: made } = await bundle.write({
    file: join(project.folder, output),
    format: 'esm',
    sourcemap: true,
    inlineDynamicImports: true,
  });
  return made[0].code;
};
const withEsbuild = (input: string, output: string): Promise<esbuild.BuildResult> =>
  esbuild.build({
    entryPoints: [join(project.folder, input)],
    outfile: join(project.folder, output),
    bundle: true,
    format: 'esm',
    platform: 'node',
    sourcemap: true,
    minify: true,
    external: ['@tensorflow/*'],
    logLevel: 'silent',
    plugins: [project.plugins.esbuild()],
  });
const withVite = (input: string, output: string): Promise<unknown> =>
  build({
    root: project.folder,
    configFile: false,
    logLevel: 'silent',
    plugins: [project.plugins.vite()],
    ssr: { noExternal: ['nsm'] },
    build: {
      ssr: join(project.folder, input),
      outDir: join(project.folder, output),
      sourcemap: true,
      emptyOutDir: false,
    },
  });

describe('a program that imports a model', () => {
  it('has the bits of the model in process, bundled by Rollup, without the model that it does not use', async () => {
    const code = await withRollup('print.js', 'rollup.js');
    expect(code).toContain('Counts_sample');
    expect(code).not.toContain('Unused_sample');
    expect(runNode(project, ['rollup.js']).out.trim()).toBe(wanted);
  });
  it('has them bundled by esbuild', async () => {
    await withEsbuild('print.js', 'esbuild.js');
    expect(project.read('esbuild.js')).not.toContain('Unused_sample');
    expect(runNode(project, ['esbuild.js']).out.trim()).toBe(wanted);
  });
  it('has them built by Vite', async () => {
    await withVite('print.js', 'vite');
    expect(project.read('vite/print.js')).not.toContain('Unused_sample');
    expect(runNode(project, ['vite/print.js']).out.trim()).toBe(wanted);
  });
  it('bundles for pages, with everything that they need, by esbuild', async () => {
    const { errors, warnings } = await esbuild.build({
      entryPoints: [join(project.folder, 'use.js')],
      outfile: join(project.folder, 'page/use.js'),
      bundle: true,
      format: 'esm',
      logLevel: 'silent',
      plugins: [project.plugins.esbuild()],
    });
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  });
  it('is the page of docs/bundlers.md, which says what it found', () => {
    const page = blocksOf('docs/bundlers.md').find(({ code }) => code.includes('document.body'))!;
    project.write('ipvae.nsm', readFileSync('stdlib/models/ipvae.nsm', 'utf8'));
    project.write('documented.js', page.code);
    project.write('document.js', 'globalThis.document = { body: { append: console.log } };');
    const words = ['--import', './document.js', '--import', 'nsm/register', 'documented.js'];
    expect(runNode(project, words)).toEqual({
      out: expect.stringMatching(/^R² -?[\d.]+\n$/),
      err: '',
      code: 0,
    });
  });
  it('shows an error of a run that nothing catches as it is', () => {
    project.write(
      'short.js',
      "import { Counts } from './counts.nsm';\nawait Counts.infer(Counts.create(), new Float32Array(4));\n",
    );
    const { err, code } = runNode(project, ['--import', 'nsm/register', 'short.js']);
    expect(code).toBe(1);
    expect(err).toContain('4 numbers are not rows of x[pixels], which has 6\n  at:   counts.nsm:10:12\n');
    expect(Math.max(...err.split('\n').map(({ length }) => length))).toBeLessThan(200);
  });
  it('has them in Node, with the loader', () => {
    expect(runNode(project, ['--import', 'nsm/register', 'print.js'])).toEqual({
      out: `${wanted}\n`,
      err: '',
      code: 0,
    });
  });
});

describe('an error of the source', () => {
  const slip = '  observed x ~ Normal(mean = Phi @ z + biass, sd = 1)';
  beforeAll(() => {
    project.write('broken.nsm', source.replace(/ {2}observed x ~ Normal\(mean = Phi.*/, slip));
    project.write('broken.js', "import { Counts } from './broken.nsm';\nconsole.log(Counts);\n");
  });
  const place = { line: 10, column: slip.indexOf('biass') };

  it('is an error of Rollup, with its place and frame', async () => {
    const error = await withRollup('broken.js', 'none.js').then(
      () => null,
      (problem: RollupLog) => problem,
    );
    expect(error).toMatchObject({ id: join(project.folder, 'broken.nsm'), plugin: 'nsm', loc: place });
    expect(error!.message).toContain('NSM2001');
    expect(error!.frame).toContain(`10 | ${slip}`);
    expect(error!.frame).toContain('Did you mean `bias`?');
  });
  it('is an error of Vite', async () => {
    const error = await withVite('broken.js', 'none').then(
      () => null,
      (failure: { readonly errors: readonly RollupLog[] }) => failure,
    );
    expect(error!.errors).toMatchObject([
      { plugin: 'nsm', id: join(project.folder, 'broken.nsm'), loc: place },
    ]);
    expect(error!.errors[0]!.frame).toContain(`10 | ${slip}`);
  });
  it('is an error of esbuild', async () => {
    const error = await withEsbuild('broken.js', 'none.js').then(
      () => null,
      (failure: esbuild.BuildFailure) => failure,
    );
    expect(error!.errors).toMatchObject([
      {
        text: expect.stringContaining('NSM2001'),
        location: { ...place, lineText: slip, length: 5 },
        notes: [{ text: 'Did you mean `bias`?' }, { text: expect.stringContaining('this import') }],
      },
    ]);
  });
  it('is an error of Node, with its place', () => {
    const { err, code } = runNode(project, ['--import', 'nsm/register', 'broken.js']);
    expect(code).toBe(1);
    expect(err).toMatch(/NSM2001.*\n --> .*broken\.nsm:10:40/);
  });
});

describe('an error of a run', () => {
  const entropy = `import { GradientFlow } from "std/dynamics"
model Entropy(pixels: dim = 3) {
  observed x: real[pixels]
  state s: real[pixels]
  energy tie = sum((x - s)^2) / 2 + sum(s * log(s))
}
inference Settling of Entropy(steps: int = 5) {
  start s = 1
  repeat steps {
    descend energy over s by GradientFlow(rate = 20)
  }
}
`;
  beforeAll(() => {
    project.write('entropy.nsm', entropy);
    project.write(
      'entropy.js',
      `import { Entropy } from './entropy.nsm';
const { brokenAt } = await Entropy.infer(Entropy.create(), Float32Array.of(0.5, 1, 2));
const { place } = await Entropy.infer(Entropy.create(), new Float32Array(4)).catch((error) => error);
console.log(JSON.stringify([brokenAt, place]));
`,
    );
  });
  const places = [expect.stringMatching(/entropy\.nsm:10:5$/), expect.stringMatching(/entropy\.nsm:3:12$/)];

  it('says the line of the source, bundled and made short by esbuild', async () => {
    await withEsbuild('entropy.js', 'short.js');
    expect(JSON.parse(runNode(project, ['short.js']).out)).toEqual(places);
  });
  it('says it in Node, with the loader', () => {
    expect(JSON.parse(runNode(project, ['--import', 'nsm/register', 'entropy.js']).out)).toEqual(places);
  });
  it('has a stack that source maps lead to that line', () => {
    project.write(
      'stack.js',
      `import { Entropy } from './entropy.nsm';
const sizes = { example: 1, get pixels() { throw new Error('found'); } };
try {
  const trace = { place: null, isFound: false };
  Entropy.plan.inferences[0].start({}, { seed: 1, firstExample: 0, sizes, trace });
} catch (error) {
  console.log(error.stack);
}
`,
    );
    const { out } = runNode(project, ['--enable-source-maps', '--import', 'nsm/register', 'stack.js']);
    expect(out).toMatch(/at .*entropy\.nsm:7:11\)/);
  });
});
