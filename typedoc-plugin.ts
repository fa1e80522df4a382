/**
 * The standard library in the API pages: each `.nsm` file is a document of the project, with the content that `nsm doc` gives it, and
 * stands in typedoc's navigation and search.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  Converter,
  DocumentReflection,
  JSX,
  PageEvent,
  RendererEvent,
  type Application,
  type ProjectReflection,
  type Reflection,
} from 'typedoc';
import { loadFiles } from './src/cli/doc.ts';
import { openExamples } from './src/cli/doc-examples.ts';
import { movedUp } from './src/document/example.ts';
import type { DocumentedFile } from './src/document/file.ts';
import { linksBetween } from './src/document/links.ts';
import { pageOf, titleOf } from './src/document/page.ts';
import { foldersOf, listHtml } from './src/document/site.ts';
import { pageStyle } from './src/document/style.ts';

const library = 'stdlib';
const styleAddress = 'assets/nsm.css';
/** Runs of examples are kept from one build to the next. */
const cache = 'dist/examples';

export function load(app: Application): void {
  const { root, files } = loadFiles([library]);
  const documents = new Map<string, DocumentReflection>();
  /** Documents that list others. */
  const lists = new Map<DocumentReflection, readonly DocumentedFile[]>();

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
  });

  app.renderer.on(RendererEvent.BEGIN, ({ outputDirectory }) => {
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
      for (const [address, content] of examples.contents) write(address, content);
      write(styleAddress, pageStyle);
    });
  });

  app.renderer.on(PageEvent.BEGIN, (page) => {
    const file = files.find((one) => documents.get(one.page) === page.model);
    page.pageHeadings.push(
      ...(file?.tree.declarations ?? []).map(({ name }) => ({
        link: `#${name.text}`,
        text: name.text,
        level: 2,
      })),
    );
  });

  app.renderer.hooks.on('head.end', (context) =>
    JSX.createElement('link', { rel: 'stylesheet', href: context.relativeURL(styleAddress) }),
  );
}

/** One block of HTML to Markdown, which a blank line would end. */
const block = (html: string): string => `<div class="nsm-page">${html.replaceAll('\n', '&#10;')}</div>`;
