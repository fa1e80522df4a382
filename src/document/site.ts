/** The site of model files: pages, an index, one style sheet and a search that works without a server. */
import type { Declaration } from '../syntax/tree.ts';
import { movedUp, type ExampleRuns } from './example.ts';
import type { DocumentedFile } from './file.ts';
import { escapeHtml } from './html.ts';
import { linksBetween } from './links.ts';
import { examplesIn, inlineMarkdown, summaryOf } from './markdown.ts';
import { pageOf, titleOf } from './page.ts';
import { searchScript } from './search.ts';
import { style } from './style.ts';

export interface SiteFile {
  readonly path: string;
  readonly content: string;
}

/** `title` names the whole. Addresses of `examples` count from the site's folder. */
export const siteOf = async (
  title: string,
  files: readonly DocumentedFile[],
  examples: ExampleRuns,
): Promise<readonly SiteFile[]> => {
  const links = linksBetween(files);
  const pages = await Promise.all(
    files.map(async (file) => {
      const up = upFrom(file.page);
      const content = await pageOf(file, {
        links,
        addressOf: (page) => (page === file.page ? '' : `${up}${page}.html`),
        exampleOf: (commands) => {
          const found = examples.get(file.page)?.get(commands);
          return found === undefined ? null : movedUp(found, up);
        },
      });
      return {
        path: `${file.page}.html`,
        content: documentHtml(title, file.page, content, files),
      };
    }),
  );
  return [
    ...pages,
    {
      path: 'index.html',
      content: documentHtml(
        title,
        'index',
        `<h1>${escapeHtml(title)}</h1>\n${indexHtml(files, (page) => `${page}.html`)}`,
        files,
      ),
    },
    { path: 'style.css', content: style },
    { path: 'search.js', content: searchScript(entriesOf(files)) },
  ];
};

/** All blocks of commands that the texts of a file want run. */
export const examplesOf = ({ tree }: DocumentedFile): readonly string[] =>
  [tree.doc, ...tree.declarations.map(({ doc }) => doc)].flatMap((doc) =>
    doc === null ? [] : examplesIn(doc),
  );

const folderOf = (page: string): string => page.slice(0, Math.max(0, page.lastIndexOf('/')));
const upFrom = (page: string): string => '../'.repeat(page.split('/').length - 1);

/** Files by folder: those with models first, then what models are made of. */
export const foldersOf = (
  files: readonly DocumentedFile[],
): readonly (readonly [string, readonly DocumentedFile[]])[] => {
  const rankOf = ({ tree }: DocumentedFile): number =>
    Math.min(...tree.declarations.map(({ kind }) => order.indexOf(kind)), order.length);
  const sorted = files.toSorted((a, b) => rankOf(a) - rankOf(b));
  const folders = [...new Set(sorted.map(({ page }) => folderOf(page)))];
  return folders.map((folder) => [folder, files.filter(({ page }) => folderOf(page) === folder)]);
};
const order: readonly Declaration['kind'][] = [
  'model',
  'inference',
  'learning',
  'family',
  'dynamics',
  'function',
];

const docOf = ({ tree }: DocumentedFile): string | null => tree.doc ?? tree.declarations[0]?.doc ?? null;

const plain = { hrefOf: () => null, exampleOf: () => null };

/** All files by folder. */
export const indexHtml = (files: readonly DocumentedFile[], addressOf: (page: string) => string): string =>
  foldersOf(files)
    .map(([folder, inside]) => `${headingOf(folder, files, 'h2')}${listHtml(inside, addressOf)}`)
    .join('\n');

/** `Models`; files beside folders are others. */
const headingOf = (folder: string, files: readonly DocumentedFile[], tag: string): string => {
  const isFlat = files.every(({ page }) => folderOf(page) === '');
  if (isFlat) return '';
  const title = folder === '' ? 'Other files' : folder.charAt(0).toUpperCase() + folder.slice(1);
  return `<${tag}>${escapeHtml(title)}</${tag}>\n`;
};

/** Files with what they are about. */
export const listHtml = (files: readonly DocumentedFile[], addressOf: (page: string) => string): string => {
  const items = files.map((file) => {
    const about = inlineMarkdown(summaryOf(docOf(file)), plain);
    return `<li><a href="${addressOf(file.page)}">${escapeHtml(titleOf(file.page))}</a> ${about}</li>`;
  });
  return `<ul class="index">\n${items.join('\n')}\n</ul>`;
};

const navigationHtml = (current: string, files: readonly DocumentedFile[]): string =>
  foldersOf(files)
    .map(([folder, inside]) => {
      const items = inside.map(({ page }) => {
        const here = page === current ? ' aria-current="page"' : '';
        return `<li><a href="${upFrom(current)}${page}.html"${here}>${escapeHtml(titleOf(page))}</a></li>`;
      });
      return `${headingOf(folder, files, 'p')}<ul>${items.join('')}</ul>`;
    })
    .join('\n');

const documentHtml = (
  title: string,
  page: string,
  body: string,
  files: readonly DocumentedFile[],
): string => {
  const up = upFrom(page);
  const own = page === 'index' ? title : `${titleOf(page)} · ${title}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(own)}</title>
<link rel="stylesheet" href="${up}style.css">
<script defer src="${up}search.js"></script>
</head>
<body>
<header><a class="home" href="${up}index.html">${escapeHtml(title)}</a>
<div class="search"><input type="search" placeholder="Search" aria-label="Search" data-up="${up}"><ol hidden></ol></div></header>
<div class="columns">
<nav><details open><summary>Contents</summary>
${navigationHtml(page, files)}
</details></nav>
<main class="nsm-page">
${body}
</main>
</div>
</body>
</html>
`;
};

export interface SearchEntry {
  readonly name: string;
  readonly kind: string;
  readonly address: string;
  /** The text that is searched, and as it is shown. */
  readonly about: string;
  readonly html: string;
}
const entriesOf = (files: readonly DocumentedFile[]): readonly SearchEntry[] =>
  files.flatMap((file) => {
    const { page, tree } = file;
    const title = titleOf(page);
    const about = (doc: string | null): Pick<SearchEntry, 'about' | 'html'> => {
      const summary = summaryOf(doc);
      return { about: summary, html: inlineMarkdown(summary, plain) };
    };
    const declared = tree.declarations.map(({ kind, name, doc }) => ({
      name: name.text,
      kind,
      address: `${page}.html#${name.text}`,
      ...about(doc),
    }));
    // A family in a file of its own is found once.
    return declared.some(({ name }) => name === title)
      ? declared
      : [{ name: title, kind: 'file', address: `${page}.html`, ...about(docOf(file)) }, ...declared];
  });
