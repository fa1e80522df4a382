/** The site of the standard library: whole, and without a link that leads nowhere. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFiles } from '../../src/cli/doc.ts';
import { brokenIn } from '../../src/document/broken.ts';
import { siteOf } from '../../src/document/site.ts';

const { files } = loadFiles(['stdlib']);
const pages = new Map<string, string>();
beforeAll(async () => {
  for (const { path, content } of await siteOf('nsm', files, new Map())) pages.set(path, content);
});

const page = (path: string): string => pages.get(path)!;

describe('the site of the standard library', () => {
  it('has a page for every file, an index, a style and a search', () => {
    expect([...pages.keys()].sort()).toEqual(
      [...files.map((file) => `${file.page}.html`), 'index.html', 'search.js', 'style.css'].sort(),
    );
  });

  it('has no link, address or anchor that leads nowhere', () => {
    expect(brokenIn(pages)).toEqual([]);
  });

  it('has a text for every declaration', () => {
    for (const { page: name, tree } of files)
      for (const declaration of tree.declarations)
        expect(declaration.doc, `${name}: ${declaration.name.text}`).not.toBeNull();
  });

  it('gives each anchor once', () => {
    for (const [path, content] of pages) {
      const ids = [...content.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id!);
      expect(ids.length, path).toBe(new Set(ids).size);
    }
  });

  it('has no result of its search that leads nowhere', () => {
    const results = [...page('search.js').matchAll(/"address":"([^"#]*)#([^"]*)"/g)];
    expect(results.length).toBeGreaterThan(100);
    for (const [, path, anchor] of results) expect(page(path!)).toContain(`id="${anchor}"`);
  });

  it('finds every declaration by its search', () => {
    for (const file of files)
      for (const { name } of file.tree.declarations)
        expect(page('search.js')).toContain(`"address":"${file.page}.html#${name.text}"`);
  });

  it('sets every formula of `///` text', () => {
    for (const [path, content] of pages)
      for (const [, code] of content
        .replaceAll(/<details class="source">[^]*?<\/details>/g, '')
        .matchAll(/<code>([^<]*)<\/code>/g))
        expect(code, path).not.toMatch(/\\[a-z]+/);
  });
});

describe('a page', () => {
  it('links what a file uses, and who uses it', () => {
    expect(page('models/ipvae.html')).toContain('Uses <a href="../families/Poisson.html">Poisson</a>');
    expect(page('families/Quartic.html')).toMatch(/Used by[^]*models\/hee\.html/);
  });

  it('shows a model as a graph of its parameters, variables and energies', () => {
    const [, graph = ''] = /<svg class="graph"([^]*?)<\/svg>/.exec(page('models/attractor.html')) ?? [];
    for (const kind of ['parameter', 'observed', 'state', 'energy'])
      expect(graph).toContain(`class="node ${kind}"`);
  });

  it('says laws and energies as formulas, and leaves out what tables have', () => {
    const [, rows = ''] = /Densities and energies<\/h3>([^]*?)<\/dl>/.exec(page('models/ipvae.html')) ?? [];
    expect(rows).toContain('<dt>latent</dt><dd><math displaystyle="true"><mi>z</mi></math> <math');
    expect(rows).not.toContain('starts at');
  });

  it('shows densities beside draws of a family, and draws of vectors in the plane', () => {
    expect(page('families/Gamma.html').match(/<svg class="density"/g)).toHaveLength(3);
    expect(page('families/Poisson.html')).toContain('<circle class="law"');
    expect(page('families/MultivariateNormal.html')).toContain('<circle class="draw"');
  });

  it('ends with examples, after what they are about', () => {
    const text = page('models/hee.html');
    expect(text.indexOf('id="run-examples"')).toBeGreaterThan(text.indexOf('id="MarginalGeneration"'));
  });

  it('shows the certificate of every learning rule, and the verdict on a dynamics', () => {
    expect(page('models/ipvae.html')).toContain('<span class="badge good">local</span>');
    expect(page('models/ipvae.html')).toContain('<span class="badge bad">not local</span>');
    expect(page('dynamics/HMC.html')).toContain('<span class="badge good">exact</span>');
  });

  it('shows the verdict on a dynamics that its own file uses', async () => {
    const [, declared] = /^dynamics (\w+)/m.exec(readFileSync('examples/momentum.nsm', 'utf8'))!;
    const own = await siteOf('nsm', loadFiles(['examples/momentum.nsm']).files, new Map());
    const text = own.find(({ path }) => path === 'momentum.html')!.content;
    const section = text.slice(text.indexOf(`id="${declared}"`));
    expect(section.slice(0, section.indexOf('</section>'))).toContain('<dt>verdict</dt>');
  });
});
