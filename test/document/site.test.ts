/** The site of the standard library: whole, and without a link that leads nowhere. */
import { dirname, join, normalize } from 'node:path/posix';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFiles } from '../../src/cli/doc.ts';
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
    const broken: string[] = [];
    for (const [path, content] of pages) {
      if (!path.endsWith('.html')) continue;
      for (const [, address] of content.matchAll(/(?:href|src)="([^"]*)"/g)) {
        const [file = '', anchor] = address!.split('#');
        const target = file === '' ? path : normalize(join(dirname(path), file));
        const there = pages.get(target);
        if (there === undefined || (anchor !== undefined && !there.includes(`id="${anchor}"`)))
          broken.push(`${path}: ${address}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('gives each anchor once', () => {
    for (const [path, content] of pages) {
      const ids = [...content.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id!);
      expect(ids.length, path).toBe(new Set(ids).size);
    }
  });

  it('asks nothing of a network', () => {
    for (const [path, content] of pages)
      expect(content, path).not.toMatch(/(?:src|href)="https?:|@import|url\((?!#)/);
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

  it('shows the certificate of every learning rule, and the verdict on a dynamics', () => {
    expect(page('models/ipvae.html')).toContain('<span class="badge good">local</span>');
    expect(page('models/ipvae.html')).toContain('<span class="badge bad">not local</span>');
    expect(page('dynamics/HMC.html')).toContain('<span class="badge good">exact</span>');
  });
});
