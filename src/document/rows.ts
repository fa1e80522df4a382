/** The sections of a declaration as lists of equations: laws, energies, updates, rules with their certificates, verdicts. */
import { nameFormula } from './formula/formula.ts';
import { equationMathml, mathml } from './formula/mathml.ts';
import { readNotation, type AxesOf } from './formula/notation.ts';
import { escapeHtml } from './html.ts';
import { inlineMarkdown, type MarkdownContext } from './markdown.ts';
import type { Row, Section } from './sections.ts';

export interface RowContext {
  readonly axesOf: AxesOf;
  readonly text: MarkdownContext;
}

export const sectionHtml = (section: Section, context: RowContext): string => {
  const rows = shownRows(section);
  if (rows.length === 0) return '';
  return `<h3>${headingOf(section)}</h3>\n<dl class="equations">${rows.map((row) => rowHtml(row, context)).join('\n')}</dl>`;
};

const headings: Readonly<Record<Section['kind'], string>> = {
  model: 'Densities and energies',
  family: 'Derived',
  start: 'Feed-forward start',
  inference: 'Updates',
  samplers: 'Verdict',
  dynamics: 'Steps and verdict',
  learning: 'Learning rules',
};
const headingOf = ({ kind, title, of }: Section): string => {
  if (kind === 'inference' && title.includes(' of ')) return titleCase(title.replace(/ of \S+$/, ''));
  const phase = /^(phase \S+) of /.exec(of)?.[1];
  return phase === undefined ? headings[kind] : `${headings[kind]}, ${phase}`;
};
const titleCase = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What tables say already is left out, and so is a reason that the row before gave. */
const shownRows = ({ kind, rows }: Section): readonly Row[] => {
  if (kind === 'model')
    return rows.filter((row) => row.kind === 'formula' && !roles.test(row.text)).map(asLaw);
  if (kind !== 'learning') return rows;
  const reasons = rows.filter(isReason);
  return rows.map((row) => {
    const before = reasons[reasons.indexOf(row) - 1];
    return isReason(row) && before?.text === row.text ? { ...row, text: 'for the same reason' } : row;
  });
};
const isReason = ({ kind, name }: Row): boolean => kind === 'words' && name === '';
const roles = /^(?:latent|observed|state)$/;
/** `z[neurons]`, `latent  ~ Poisson(...)`: the role is the name, and the law a formula. */
const asLaw = (row: Row): Row => {
  const [, role, law] = /^(latent|observed|state)\s+(~.*)$/.exec(row.text) ?? [];
  return role === undefined ? row : { ...row, name: role, text: `${row.name.replace(/\[.*/, '')} ${law}` };
};

const rowHtml = ({ name, depth, kind, text }: Row, context: RowContext): string => {
  const label =
    name === '' ? '' : `<dt${depth === 0 ? '' : ` class="depth-${depth}"`}>${nameHtml(name, context)}</dt>`;
  switch (kind) {
    case 'words': {
      const isVerdict = name === 'verdict' || verdicts.test(text);
      return `${label}<dd>${isVerdict ? verdictHtml(text, context) : inlineMarkdown(text, context.text)}</dd>`;
    }
    case 'certificate':
      return `${label}<dd>${certificateHtml(text)}</dd>`;
    case 'formula': {
      const formula = readNotation(text, context.axesOf);
      return `${label}<dd>${formula === null ? `<code>${escapeHtml(text)}</code>` : equationMathml(formula)}</dd>`;
    }
  }
};

/** `after a value x`, where a family has a parameter `a`. */
const isArticle = /\ba \p{L}{2}/u;
/** Names of variables as mathematics, other words as they are: `start x1, x2`. */
const nameHtml = (name: string, { axesOf }: RowContext): string => {
  const stem = name.replace(/\[.*/, '');
  const [, word = '', law = ''] = /^(energy )?(.*[|(].*)$/.exec(stem) ?? [];
  const formula = law === '' ? null : readNotation(law, axesOf);
  if (formula !== null) return word + mathml(formula);
  return stem
    .split(/(?<=\s)|(?=[\s,])/)
    .map((word) =>
      axesOf(word) === null || isArticle.test(stem) ? escapeHtml(word) : mathml(nameFormula(word)),
    )
    .join('');
};

type Tone = 'good' | 'bad' | 'plain';
const badge = (word: string, tone: Tone): string => `<span class="badge ${tone}">${escapeHtml(word)}</span>`;

const verdicts = /^(?:exact|approximate|deterministic|rejected|biased|not judged)\b/;
/** `exact: samples exp(−objective)`. */
const verdictHtml = (text: string, { axesOf }: RowContext): string => {
  const [, verdict = text, law] = /^([^:]*): samples (.*)$/s.exec(text) ?? [];
  const tone = verdict.startsWith('exact') ? 'good' : verdict.startsWith('rejected') ? 'bad' : 'plain';
  if (law === undefined) return badge(verdict, tone);
  const formula = readNotation(law, axesOf);
  return `${badge(verdict, tone)} samples ${formula === null ? escapeHtml(law) : mathml(formula)}`;
};

/** `certificate: not local (space yes, time no, phase yes)`. */
const certificateHtml = (text: string): string => {
  const [, verdict = text, parts = ''] = /^certificate: ([^(]*\S)\s*\((.*)\)$/.exec(text) ?? [];
  const answers = parts.split(', ').map((part) => {
    const [what = '', answer] = part.split(' ');
    return `<span class="answer ${answer ?? ''}">${escapeHtml(what)} ${answer === 'yes' ? '✓' : '✗'}</span>`;
  });
  return [badge(verdict, verdict === 'local' ? 'good' : 'bad'), ...answers].join(' ');
};
