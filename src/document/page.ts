/** The page of one model file, as the inside of an HTML document. */
import type { Declaration } from '../syntax/tree.ts';
import { densityFigure } from './density-picture.ts';
import { panelsOf } from './density.ts';
import { exampleHtml, type Example } from './example.ts';
import { sectionsAbout, signatureOf, type DocumentedFile } from './file.ts';
import type { AxesOf } from './formula/notation.ts';
import { graphOf, graphSvg } from './graph.ts';
import { highlighted } from './highlight.ts';
import { escapeHtml } from './html.ts';
import type { Links, Place } from './links.ts';
import { atExamples, inlineMarkdown, markdown, summaryOf, type MarkdownContext } from './markdown.ts';
import { sectionHtml } from './rows.ts';
import { shapesOf } from './sections.ts';
import { axisTable, parameterTable, settingTable, variableTable } from './tables.ts';

/** What a page knows of what is around it. */
export interface Around {
  readonly links: Links;
  /** The address of a page, from this one. */
  readonly addressOf: (page: string) => string;
  /** By the commands of the block. */
  readonly exampleOf: (commands: string) => Example | null;
}

interface Context extends Around {
  readonly file: DocumentedFile;
  readonly axesOf: AxesOf;
  readonly text: MarkdownContext;
}

export const pageOf = async (file: DocumentedFile, around: Around): Promise<string> => {
  const { tree, explanation } = file;
  const context: Context = {
    ...around,
    file,
    axesOf: shapesOf(explanation),
    text: {
      hrefOf: (name) => hrefOf(around, around.links.named(file, name) ?? around.links.anywhere(name)),
      exampleOf: (code) => {
        const found = around.exampleOf(code);
        return found === null ? null : exampleHtml(code, found);
      },
    },
  };
  const declarations = await Promise.all(tree.declarations.map((one) => declarationHtml(one, context)));
  const { text, examples } = atExamples(tree.doc ?? '');
  return [
    `<h1>${escapeHtml(titleOf(file.page))}</h1>`,
    text === '' ? '' : `<div class="lead">${markdown(text, context.text)}</div>`,
    referencesHtml(context),
    contentsHtml(tree.declarations, examples !== '', context),
    ...declarations,
    examples === ''
      ? ''
      : `<section class="declaration" id="${examplesAnchor}"><h2>Examples</h2>\n${markdown(examples, context.text)}</section>`,
    '<details class="source"><summary>Source</summary>',
    `<pre class="nsm"><code>${highlighted(file.text, ownHref(context))}</code></pre></details>`,
  ]
    .filter((part) => part !== '')
    .join('\n');
};

/** No name of a declaration. */
const examplesAnchor = 'run-examples';

const hrefOf = ({ addressOf }: Around, place: Place | null): string | null =>
  place === null ? null : `${addressOf(place.file.page)}#${place.declaration.name.text}`;
const ownHref =
  ({ file, ...around }: Context) =>
  (name: string): string | null =>
    hrefOf(around, around.links.named(file, name));

/** The last part of a page's place. */
export const titleOf = (page: string): string => page.slice(page.lastIndexOf('/') + 1);

const referencesHtml = ({ file, links, addressOf }: Context): string => {
  const list = (label: string, pages: readonly string[]): string =>
    pages.length === 0
      ? ''
      : `<p class="references">${label} ${pages.map((page) => `<a href="${addressOf(page)}">${escapeHtml(titleOf(page))}</a>`).join(', ')}</p>`;
  const used = [...file.imported.keys()].flatMap((name) => links.named(file, name)?.file.page ?? []);
  return [
    list('Uses', [...new Set(used)]),
    list(
      'Used by',
      links.users(file).map(({ page }) => page),
    ),
  ].join('');
};

/** Of files that declare several things. */
const contentsHtml = (
  declarations: readonly Declaration[],
  hasExamples: boolean,
  { text }: Context,
): string => {
  const examples = hasExamples ? `<li><a href="#${examplesAnchor}">Examples</a></li>` : '';
  return declarations.length < 2
    ? ''
    : `<ul class="contents">${declarations
        .map(({ kind, name, doc }) => {
          const about = doc === null ? '' : ` ${inlineMarkdown(summaryOf(doc), text)}`;
          return `<li><a href="#${name.text}">${escapeHtml(name.text)}</a> <span class="kind">${kind}</span>${about}</li>`;
        })
        .join('')}${examples}</ul>`;
};

const declarationHtml = async (declaration: Declaration, context: Context): Promise<string> => {
  const { kind, name, doc } = declaration;
  const { file, text } = context;
  const sections = sectionsAbout(file, name.text);
  const told = atExamples(doc ?? '');
  // A family in a file of its own has the title of the page.
  const isWhole = file.tree.declarations.length === 1 && name.text === titleOf(file.page);
  return [
    `<section class="declaration${isWhole ? ' whole' : ''}" id="${name.text}">`,
    isWhole
      ? ''
      : `<h2><a href="#${name.text}">${escapeHtml(name.text)}</a> <span class="kind">${kind}</span></h2>`,
    `<pre class="nsm signature"><code>${highlighted(signatureOf(file, declaration), ownHref(context))}</code></pre>`,
    markdown(told.text, text),
    await ofKind(declaration, context),
    ...sections.map((section) => sectionHtml(section, context)),
    told.examples === '' ? '' : `<h3>Example</h3>\n${markdown(told.examples, text)}`,
    '</section>',
  ]
    .filter((part) => part !== '')
    .join('\n');
};

/** What pages show besides equations: the graph and tables of a model, densities of a family, settings of what has any. */
const ofKind = async (
  { kind, name }: Declaration,
  { file, text, links, addressOf }: Context,
): Promise<string> => {
  const { families, models, inferences, learnings, dynamics } = file.checked;
  const ofName = (one: { readonly name: string }): boolean => one.name === name.text;
  switch (kind) {
    case 'model': {
      const model = models.find(ofName);
      if (model === undefined) return '';
      const familyHref = (family: string): string | null =>
        hrefOf({ links, addressOf, exampleOf: () => null }, links.named(file, family));
      return [
        `<figure class="model">${await graphSvg(graphOf(model), model.name)}</figure>`,
        axisTable(model),
        settingTable(
          model.settings.filter((one) => one.kind !== 'dim'),
          text,
        ),
        parameterTable(model.parameters, text),
        variableTable(model.variables, familyHref, text),
      ].join('\n');
    }
    case 'inference': {
      const found = inferences.find(ofName);
      return [settingTable(found?.settings ?? [], text), parameterTable(found?.parameters ?? [], text)].join(
        '\n',
      );
    }
    case 'learning':
      return settingTable(learnings.find(ofName)?.settings ?? [], text);
    case 'dynamics':
      return settingTable(dynamics.find(ofName)?.settings ?? [], text);
    case 'family': {
      const family = families.find(ofName);
      return family === undefined ? '' : densityFigure(panelsOf(family), family.name);
    }
    case 'function':
      return '';
  }
};
