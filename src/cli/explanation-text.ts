/** An explanation as text, and as LaTeX. */
import type { Explanation } from '../derive/explain.ts';
import { escapeLatex, latexText } from '../document/formula/latex.ts';
import { readNotation } from '../document/formula/notation.ts';
import { withPlainMaths } from '../document/formula/text.ts';
import { sectionsOf, shapesOf, type Section } from '../document/sections.ts';

export const explanationText = (explanation: Explanation): string =>
  sectionsOf(explanation).map(sectionText).join('\n\n');

function sectionText({ title, doc, rows }: Section): string {
  const names = rows.map(({ name, depth }) => `${name === '' ? '' : '  '.repeat(depth)}${name}`);
  const width = Math.max(0, ...names.map((name) => [...name].length));
  const lines = rows.map(({ text }, i) => {
    const name = names[i]!;
    return `  ${name}${' '.repeat(width - [...name].length)}  ${text}`.trimEnd();
  });
  const words =
    doc === null
      ? []
      : withPlainMaths(doc)
          .split('\n')
          .map((line) => `  ${line}`.trimEnd());
  return [title, ...words, ...lines].join('\n');
}

/** The same rows as a document of LaTeX, whose lines are taken into a paper. */
export function explanationLatex(explanation: Explanation): string {
  const axesOf = shapesOf(explanation);
  const rowText = (text: string): string => {
    const formula = readNotation(text, axesOf);
    return formula === null ? escapeLatex(text) : latexText(formula);
  };
  const sections = sectionsOf(explanation).map(({ title, rows }) => [
    `\\section*{${escapeLatex(title)}}`,
    '\\begin{description}',
    ...rows.map(
      ({ name, kind, text }) =>
        `  \\item[${escapeLatex(name)}] ${kind === 'formula' ? rowText(text) : escapeLatex(text)}`,
    ),
    '\\end{description}',
    '',
  ]);
  return [
    '\\documentclass{article}',
    '\\usepackage{amsmath,amssymb}',
    '\\begin{document}',
    '',
    ...sections.flat(),
    '\\end{document}',
  ].join('\n');
}
