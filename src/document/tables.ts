/** Tables of what a declaration has: axes, settings, parameters, variables. */
import { print } from '../calculus/print.ts';
import { writtenIndex } from '../calculus/expression.ts';
import type { Model, Param, Setting, Support, Variable } from '../check/typed.ts';
import { initialiserText } from '../derive/explain-relaxation.ts';
import { nameFormula } from './formula/formula.ts';
import { mathml } from './formula/mathml.ts';
import { readNotation } from './formula/notation.ts';
import { escapeHtml } from './html.ts';
import { inlineMarkdown, type MarkdownContext } from './markdown.ts';

/** Columns that are empty in every row are left out; no rows, no table. */
const table = (caption: string, header: readonly string[], rows: readonly (readonly string[])[]): string => {
  if (rows.length === 0) return '';
  const kept = header.map((_, column) => rows.some((row) => row[column] !== ''));
  const cells = (row: readonly string[], tag: string): string =>
    row.flatMap((cell, column) => (kept[column] ? [`<${tag}>${cell}</${tag}>`] : [])).join('');
  return [
    `<div class="scroll"><table><caption>${caption}</caption>`,
    `<thead><tr>${cells(header, 'th')}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</tbody></table></div>`,
  ].join('');
};

const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;
const symbol = (name: string): string => mathml(nameFormula(name));
const formula = (text: string): string => {
  const read = readNotation(text);
  return read === null ? code(text) : mathml(read);
};
const docCell = (doc: string | null, text: MarkdownContext): string =>
  doc === null ? '' : inlineMarkdown(doc, text);
const axes = (indices: readonly string[]): string =>
  indices.map((index) => code(writtenIndex(index))).join(' × ');

const supportText = (support: Support): string =>
  support.kind === 'positive_definite' ? 'positive definite' : support.kind.replaceAll('_', ' ');

export const axisTable = ({ settings, parameters, variables }: Model): string =>
  table(
    'Axes',
    ['axis', 'size', 'along it'],
    settings
      .filter(({ kind }) => kind === 'dim')
      .map(({ name, initial }) => [
        code(name),
        initial === null ? 'to be set' : formula(print(initial)),
        [...parameters, ...variables]
          .filter(({ indices }) => indices.some((index) => index.replaceAll("'", '') === name))
          .map((one) => symbol(one.name))
          .join(', '),
      ]),
  );

export const settingTable = (settings: readonly Setting[], text: MarkdownContext): string =>
  table(
    'Settings',
    ['setting', 'values', 'default', ''],
    settings.map(({ name, kind, initial, doc }) => [
      code(name),
      kind === 'int' ? 'whole number' : kind,
      initial === null ? 'to be set' : formula(print(initial)),
      docCell(doc, text),
    ]),
  );

export const parameterTable = (parameters: readonly Param[], text: MarkdownContext): string =>
  table(
    'Parameters',
    ['parameter', 'axes', 'values', 'starts at', ''],
    parameters.map(({ name, support, indices, initial, doc }) => [
      symbol(name),
      axes(indices),
      supportText(support),
      formula(initialiserText(initial)),
      docCell(doc, text),
    ]),
  );

export const variableTable = (
  variables: readonly Variable[],
  hrefOf: (family: string) => string | null,
  text: MarkdownContext,
): string =>
  table(
    'Variables',
    ['variable', 'role', 'axes', 'values', 'family', ''],
    variables.map(({ name, role, indices, support, distribution, doc }) => {
      const family = distribution?.family.name;
      const href = family === undefined ? null : hrefOf(family);
      return [
        symbol(name),
        role,
        axes(indices),
        supportText(support),
        family === undefined ? '' : href === null ? code(family) : `<a href="${href}">${code(family)}</a>`,
        docCell(doc, text),
      ];
    }),
  );
