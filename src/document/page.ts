/** The page of one model file, as the inside of an HTML document. */
import type { Declaration } from '../syntax/tree.ts';
import { sectionsAbout, signatureOf, type DocumentedFile } from './file.ts';
import { mathml } from './formula/mathml.ts';
import { readNotation, type AxesOf } from './formula/notation.ts';
import { graphOf, graphSvg } from './graph.ts';
import { highlighted } from './highlight.ts';
import { escapeHtml } from './html.ts';
import type { Links, Place } from './links.ts';
import { inlineMarkdown, markdown, summaryOf, type MarkdownContext } from './markdown.ts';
import { shapesOf, type Row, type Section } from './sections.ts';
import { axisTable, parameterTable, settingTable, variableTable } from './tables.ts';

/** What a run of an example left: text, and pictures and pages by their address from the page. */
export interface Example {
  readonly output: string;
  readonly pictures: readonly { readonly name: string; readonly address: string }[];
  readonly pages: readonly { readonly name: string; readonly address: string }[];
}

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
  return [
    `<h1>${escapeHtml(titleOf(file.page))}</h1>`,
    tree.doc === null ? '' : `<div class="lead">${markdown(tree.doc, context.text)}</div>`,
    referencesHtml(context),
    contentsHtml(tree.declarations, context),
    ...declarations,
    '<details class="source"><summary>Source</summary>',
    `<pre class="nsm"><code>${highlighted(file.text, ownHref(context))}</code></pre></details>`,
  ]
    .filter((part) => part !== '')
    .join('\n');
};

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
const contentsHtml = (declarations: readonly Declaration[], { text }: Context): string =>
  declarations.length < 2
    ? ''
    : `<ul class="contents">${declarations
        .map(({ kind, name, doc }) => {
          const about = doc === null ? '' : ` ${inlineMarkdown(summaryOf(doc), text)}`;
          return `<li><a href="#${name.text}">${escapeHtml(name.text)}</a> <span class="kind">${kind}</span>${about}</li>`;
        })
        .join('')}</ul>`;

const declarationHtml = async (declaration: Declaration, context: Context): Promise<string> => {
  const { kind, name, doc } = declaration;
  const { file, text } = context;
  const sections = sectionsAbout(file, name.text);
  // A family in a file of its own has the title of the page.
  const isWhole = file.tree.declarations.length === 1 && name.text === titleOf(file.page);
  return [
    `<section class="declaration${isWhole ? ' whole' : ''}" id="${name.text}">`,
    isWhole
      ? ''
      : `<h2><a href="#${name.text}">${escapeHtml(name.text)}</a> <span class="kind">${kind}</span></h2>`,
    `<pre class="nsm signature"><code>${highlighted(signatureOf(file, declaration), ownHref(context))}</code></pre>`,
    doc === null ? '' : markdown(doc, text),
    await ofKind(declaration, context),
    ...sections.map((section) => sectionHtml(section, context)),
    '</section>',
  ]
    .filter((part) => part !== '')
    .join('\n');
};

/** What pages show besides equations: the graph and tables of a model, the settings of what has any. */
const ofKind = async (
  { kind, name }: Declaration,
  { file, text, links, addressOf }: Context,
): Promise<string> => {
  const { models, inferences, learnings, dynamics } = file.checked;
  const ofName = (one: { readonly name: string }): boolean => one.name === name.text;
  switch (kind) {
    case 'model': {
      const model = models.find(ofName);
      const explained = file.explanation.models.find((one) => one.model === name.text);
      if (model === undefined || explained === undefined) return '';
      const familyHref = (family: string): string | null =>
        hrefOf({ links, addressOf, exampleOf: () => null }, links.named(file, family));
      return [
        `<figure class="model">${await graphSvg(graphOf(model), model.name)}</figure>`,
        axisTable(model),
        settingTable(
          model.settings.filter((one) => one.kind !== 'dim'),
          text,
        ),
        parameterTable(model.parameters, explained.parameters, text),
        variableTable(model.variables, familyHref, text),
      ].join('\n');
    }
    case 'inference': {
      const found = inferences.find(ofName);
      return [
        settingTable(found?.settings ?? [], text),
        found === undefined || found.parameters.length === 0
          ? ''
          : parameterTable(found.parameters, [], text),
      ].join('\n');
    }
    case 'learning':
      return settingTable(learnings.find(ofName)?.settings ?? [], text);
    case 'dynamics':
      return settingTable(dynamics.find(ofName)?.settings ?? [], text);
    case 'family':
    case 'function':
      return '';
  }
};

const sectionHtml = ({ kind, title, rows, of }: Section, context: Context): string => {
  // Tables show what a model declares.
  const shown = kind === 'model' ? rows.filter((row) => row.kind === 'formula') : rows;
  if (shown.length === 0) return '';
  const isOwn = kind === 'family' || kind === 'dynamics' || kind === 'model' || !title.includes(' of ');
  const heading = isOwn ? headings[kind] : kind === 'inference' ? titleCase(title) : headings[kind];
  const more = kind === 'samplers' && of.startsWith('phase ') ? `, ${of.replace(/ of \S+$/, '')}` : '';
  return `<h3>${heading}${more}</h3>\n<dl class="equations">${shown.map((row) => rowHtml(row, context)).join('\n')}</dl>`;
};
const headings: Readonly<Record<Section['kind'], string>> = {
  model: 'Densities and energies',
  family: 'What follows',
  start: 'Feed-forward start',
  inference: 'Updates',
  samplers: 'What is sampled',
  dynamics: 'Steps and verdict',
  learning: 'Learning rules',
};
const titleCase = (text: string): string => {
  const plain = text.replace(/ of \S+$/, '');
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
};

const rowHtml = ({ name, depth, kind, text }: Row, context: Context): string => {
  const label =
    name === '' ? '' : `<dt${depth === 0 ? '' : ` class="depth-${depth}"`}>${nameHtml(name, context)}</dt>`;
  switch (kind) {
    case 'words': {
      const verdict =
        name === 'verdict' || /^(?:exact|approximate|deterministic|rejected|biased|not judged)\b/.test(text);
      return `${label}<dd>${verdict ? badge(text) : inlineMarkdown(text, context.text)}</dd>`;
    }
    case 'certificate':
      return `${label}<dd>${badge(text.replace('certificate: ', ''))}</dd>`;
    case 'formula': {
      const formula = readNotation(text, context.axesOf);
      return `${label}<dd>${formula === null ? `<code>${escapeHtml(text)}</code>` : mathml(formula)}</dd>`;
    }
  }
};

/** Names of variables as mathematics, other words as they are. */
const nameHtml = (name: string, { axesOf }: Context): string => {
  const stem = name.replace(/\[.*/, '');
  const isFormula = axesOf(stem) !== null || /[|(]/.test(name);
  const formula = isFormula ? readNotation(stem === name ? name : stem, axesOf) : null;
  return formula === null ? escapeHtml(name) : mathml(formula);
};

/** `local (space yes, ...)`, `exact: samples ...`: the first words stand out, in the colour of what they say. */
const badge = (text: string): string => {
  const [, word = text, rest = ''] = /^([^:(;]+?)(\s*[:(;].*)?$/s.exec(text) ?? [];
  const tone = /^(?:local|exact)/.test(word)
    ? 'good'
    : /^(?:not local|rejected)/.test(word)
      ? 'bad'
      : 'plain';
  return `<span class="badge ${tone}">${escapeHtml(word)}</span>${escapeHtml(rest)}`;
};

const exampleHtml = (commands: string, { output, pictures, pages }: Example): string =>
  [
    '<div class="example">',
    `<pre class="commands"><code>${escapeHtml(commands)}</code></pre>`,
    output === '' ? '' : `<pre class="output"><samp>${escapeHtml(output)}</samp></pre>`,
    ...pictures.map(
      ({ name, address }) =>
        `<figure><img src="${address}" alt="${escapeHtml(name)}"><figcaption>${escapeHtml(name)}</figcaption></figure>`,
    ),
    ...pages.map(({ name, address }) => `<p><a href="${address}">${escapeHtml(name)}</a></p>`),
    '</div>',
  ]
    .filter((part) => part !== '')
    .join('\n');
