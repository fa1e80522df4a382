/** The language service and the documentation of models in a worker of a page, as docs/editors.md shows it. */
import { rmSync } from 'node:fs';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject, type Project } from '../bundle/project.ts';
import { hasChromium, openPage } from '../runtime/kernels/browser.ts';

const worker = `import { actions, analysed, completion, diagnostics, edited, format, hover, newWorkspace, textSources }
  from 'nsm/language-service';
import { documentFile, siteOf } from 'nsm/document';

const files = import.meta.glob('/node_modules/nsm/stdlib/**/*.nsm', { query: '?raw', import: 'default', eager: true });
const texts = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [path.replace('/node_modules/nsm/stdlib', 'std'), text]),
);
const sources = textSources(texts);

const answer = async (text) => {
  let { workspace } = edited(newWorkspace(sources), 'model.nsm', 1, text);
  const wrong = diagnostics(workspace, 'model.nsm').map(({ code, span }) => [code, text.slice(span.start, span.end)]);
  const [{ span }] = diagnostics(workspace, 'model.nsm');
  const [fix] = actions(workspace, 'model.nsm', span);
  const good = text.replace('log_rat ', 'log_rate ');
  ({ workspace } = edited(workspace, 'model.nsm', 2, good));
  ({ workspace } = analysed(workspace, 'model.nsm'));
  const documented = documentFile('ipvae', 'std/models/ipvae.nsm', sources);
  const pages = await siteOf('Models', [documented], new Map());
  return {
    wrong,
    fix: fix.title,
    left: diagnostics(workspace, 'model.nsm').length,
    shown: hover(workspace, 'model.nsm', good.indexOf('u by')).markdown,
    offered: completion(workspace, 'model.nsm', good.indexOf('Phi @') + 6).items.map(({ label }) => label),
    formatted: format('model.nsm', good).text,
    page: pages.find(({ path }) => path === 'ipvae.html').content,
  };
};
onmessage = ({ data }) =>
  answer(data).then((told) => postMessage({ told }), (error) => postMessage({ failed: String(error.stack) }));
`;

const page = `const post = (path, body) => fetch(path, { method: 'POST', body });
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data: { told, failed } }) =>
  failed === undefined ? post('told', JSON.stringify(told)) : post('failed', failed);
worker.onerror = ({ message }) => post('failed', message);
worker.postMessage(await (await fetch('./model.txt')).text());
`;

const model = `import { Normal, Poisson } from "std/families"
import { NaturalGradient } from "std/dynamics"

model Tiny(pixels: dim = 6, neurons: dim = 5) {
  param Phi: real[pixels, neurons] = normal(0, 0.1)
  param prior: real[neurons] = -1
  latent z ~ Poisson(log_rat = prior)
  observed x ~ Normal(mean = Phi @ z, sd = 1)
}

inference Settle of Tiny(steps: int = 3) {
  belief z natural u
  start u = prior
  repeat steps { descend free_energy over u by NaturalGradient(rate = 0.1) }
}
`;

describe.skipIf(!hasChromium)('a worker of a page (skipped where there is no Chromium)', () => {
  let project: Project;
  let told: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    project = await makeProject();
    project.write('worker.js', worker);
    project.write('page.js', page);
    project.write('public/model.txt', model);
    project.write('index.html', '<script type="module" src="./page.js"></script>');
    await build({
      root: project.folder,
      configFile: false,
      logLevel: 'error',
      worker: { format: 'es' },
      build: { target: 'esnext', chunkSizeWarningLimit: 10_000 },
    });
    told = JSON.parse(await openPage(project.folder, false)) as typeof told;
  }, 120_000);
  afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

  it('has neither modules of Node nor TensorFlow.js', () => {
    const built = project.files('dist/assets/worker-*.js').map(project.read).join('\n');
    expect(built).toContain('NSM1001');
    expect(built).not.toMatch(/__vite-browser-external|registerKernel|node:fs/);
  });
  it('answers what editors ask', () => {
    const { shown, offered, formatted } = told;
    expect(shown).toContain('coordinate u: real[neurons]');
    expect(offered).toContain('z');
    expect(formatted).toContain('param Phi:   real[pixels, neurons] = normal(0, 0.1)');
  });
  it('makes pages, with formulas and the graph of the model', () => {
    expect(told['page']).toContain('<svg');
    expect(told['page']).toContain('<math');
  });
  it('tells problems and their fixes', () => {
    expect(told).toMatchObject({ wrong: [['NSM2009', 'log_rat']], fix: 'Write `log_rate`', left: 0 });
  });
});
