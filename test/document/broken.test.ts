/** What is broken in a site. */
import { expect, it } from 'vitest';
import { brokenIn } from '../../src/document/broken.ts';

const site = (page: string): ReadonlyMap<string, string> =>
  new Map([
    ['models/page.html', page],
    ['models/other.html', '<h2 id="Here">Here</h2>'],
    ['index.html', '<a href="models/page.html">page</a>'],
    ['picture.png', ''],
  ]);

it.each([
  '<a href="other.html#Here">other</a>',
  '<a href="../index.html">index</a>',
  '<img src="../picture.png">',
  '<p id="own"><a href="#own">own</a></p>',
  '<a href="https://example.org">a page elsewhere</a>',
  '<code>&lt;a href=&quot;nowhere.html&quot;&gt;</code>',
])('finds nothing wrong in %s', (page) => {
  expect(brokenIn(site(page))).toEqual([]);
});

it.each([
  ['<a href="gone.html">gone</a>', 'gone.html'],
  ['<a class="x" href="other.html#There">there</a>', 'other.html#There'],
  ['<img alt="" src="gone.png">', 'gone.png'],
  ['<a href="#gone">gone</a>', '#gone'],
  ['<path marker-end="url(#gone)"/>', '#gone'],
  ['<script src="https://example.org/script.js">', '<script src="https://example.org/script.js"'],
  ['<style>@import url(fonts.css);</style>', '@import url(fonts.css)'],
])('finds what is wrong in %s', (page, broken) => {
  expect(brokenIn(site(page))).toContain(`models/page.html: ${broken}`);
});
