/**
 * The standard library in the API pages: each `.nsm` file is a document of the project, with the content that `nsm doc` gives it, and
 * stands in typedoc's index, navigation and search. A link that leads nowhere in any page is an error.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import {
  Converter,
  DocumentReflection,
  IndexEvent,
  JSX,
  PageEvent,
  RendererEvent,
  type Application,
  type ProjectReflection,
  type Reflection,
} from 'typedoc';
import { loadFiles } from './src/cli/doc.ts';
import { openExamples } from './src/cli/doc-examples.ts';
import { brokenIn } from './src/document/broken.ts';
import { movedUp } from './src/document/example.ts';
import { escapeHtml } from './src/document/html.ts';
import type { DocumentedFile } from './src/document/file.ts';
import { linksBetween } from './src/document/links.ts';
import { pageOf, titleOf } from './src/document/page.ts';
import { foldersOf, indexHtml, listHtml } from './src/document/site.ts';
import { pageStyle } from './src/document/style.ts';

const library = 'stdlib';
const introduction =
  'The models, families and dynamics of the standard library, each with its equations, and the modules of the TypeScript API.';
const styleAddress = 'assets/nsm.css';
/** Runs of examples are kept from one build to the next. */
const cache = 'dist/examples';

export function load(app: Application): void {
  const { root, files } = loadFiles([library]);
  const documents = new Map<string, DocumentReflection>();
  /** Documents that list others. */
  const lists = new Map<DocumentReflection, readonly DocumentedFile[]>();
  const fileOf = (model: unknown): DocumentedFile | undefined =>
    files.find(({ page }) => documents.get(page) === model);

  app.converter.on(Converter.EVENT_BEGIN, ({ project }) => {
    const add = (name: string, parent: ProjectReflection | DocumentReflection): DocumentReflection => {
      const document = new DocumentReflection(name, parent, [], {});
      parent.addChild(document);
      project.registerReflection(document, undefined, undefined);
      return document;
    };
    for (const [folder, inside] of foldersOf(files)) {
      const parent = folder === '' ? project : add(`std/${folder}`, project);
      if (parent instanceof DocumentReflection) lists.set(parent, inside);
      for (const { page } of inside) documents.set(page, add(titleOf(page), parent));
    }
    // With a readme, the index is a page of its own.
    project.readme = [{ kind: 'text', text: '' }];
  });

  app.renderer.on(RendererEvent.BEGIN, ({ outputDirectory, project }) => {
    app.renderer.preRenderAsyncJobs.push(async () => {
      const links = linksBetween(files);
      const examples = openExamples(files, root, cache, (line) => app.logger.info(line));
      const write = (address: string, content: string | Uint8Array): void => {
        const place = join(outputDirectory, address);
        mkdirSync(dirname(place), { recursive: true });
        writeFileSync(place, content);
      };
      const { router } = app.renderer;
      const addressFrom = (from: Reflection) => (page: string) =>
        router!.relativeUrl(from, documents.get(page)!);
      for (const file of files) {
        const own = documents.get(file.page)!;
        const html = await pageOf(file, {
          links,
          addressOf: (page) => (page === file.page ? '' : addressFrom(own)(page)),
          exampleOf: (commands) => {
            const found = examples.runs.get(file.page)?.get(commands);
            return found === undefined ? null : movedUp(found, router!.baseRelativeUrl(own, ''));
          },
        });
        own.content = [{ kind: 'text', text: block(html) }];
      }
      for (const [list, inside] of lists)
        list.content = [{ kind: 'text', text: block(listHtml(inside, addressFrom(list))) }];
      const modules = (project.children ?? []).map(
        (one) => `<li><a href="${router!.relativeUrl(project, one)}">${escapeHtml(one.name)}</a></li>`,
      );
      project.readme = [
        { kind: 'text', text: block(`<p>${introduction}</p>\n${indexHtml(files, addressFrom(project))}`) },
        {
          kind: 'text',
          text: block(`<h2>Modules of the API</h2><ul class="index">${modules.join('')}</ul>`),
        },
      ];
      for (const [address, content] of examples.contents) write(address, content);
      write(styleAddress, pageStyle);
    });
  });

  app.renderer.on(PageEvent.BEGIN, (page) => {
    page.pageHeadings.push(
      ...(fileOf(page.model)?.tree.declarations ?? []).map(({ name }) => ({
        link: `#${name.text}`,
        text: name.text,
        level: 2,
      })),
    );
  });

  // Files are found by what they declare, too.
  app.renderer.on(IndexEvent.PREPARE_INDEX, ({ searchResults, searchFields, searchFieldWeights }) => {
    searchFieldWeights['declared'] = 10;
    searchResults.forEach((result, i) => {
      const names = fileOf(result)?.tree.declarations.map(({ name }) => name.text);
      if (names !== undefined) searchFields[i]!['declared'] = names.join(' ');
    });
  });

  app.renderer.on(RendererEvent.END, ({ outputDirectory }) => {
    for (const broken of brokenIn(filesBelow(outputDirectory))) app.logger.error(`nowhere: ${broken}`);
  });

  app.renderer.hooks.on('head.end', (context) =>
    JSX.createElement('link', { rel: 'stylesheet', href: context.relativeURL(styleAddress) }),
  );
}

/** Texts of pages and style sheets by path; of other files, that they are there. */
const filesBelow = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [
        path.split(sep).join('/'),
        /\.(?:html|css|svg)$/.test(path) ? readFileSync(join(folder, path), 'utf8') : '',
      ]),
  );

/** One block of HTML to Markdown, which a blank line would end. */
const block = (html: string): string => `<div class="nsm-page">${html.replaceAll('\n', '&#10;')}</div>`;
