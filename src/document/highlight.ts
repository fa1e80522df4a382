/** Source text as HTML: comments, numbers and leading words set apart, names of declarations as links. */
import { words, type Word } from '../../grammar/tokens.ts';
import { escapeHtml } from './html.ts';

const pieces =
  /(?<comment>\/\/[^\n]*)|(?<text>"[^"\n]*")|(?<number>\b\d+(?:\.\d+)?(?:e[+-]?\d+)?%?)|(?<name>[\p{L}_][\p{L}\p{M}\p{Nd}_₀-₉]*'*)/gu;
/** Words between names; others may be names there, and are words where a line begins with them. */
const between: ReadonlySet<string> = new Set<Word>([
  'of', 'by', 'over', 'within', 'through', 'until', 'where', 'for', 'as', 'from',
]); // prettier-ignore
const leading: ReadonlySet<string> = new Set([...words.declaration, ...words.member]);

export const highlighted = (source: string, hrefOf: (name: string) => string | null): string => {
  let html = '';
  let at = 0;
  for (const found of source.matchAll(pieces)) {
    html += escapeHtml(source.slice(at, found.index));
    at = found.index + found[0].length;
    html += markup(
      found[0],
      found.groups ?? {},
      /(?:^|[\n{])\s*$/.test(source.slice(0, found.index)),
      hrefOf,
    );
  }
  return html + escapeHtml(source.slice(at));
};

const markup = (
  word: string,
  kind: Readonly<Record<string, string | undefined>>,
  isFirst: boolean,
  hrefOf: (name: string) => string | null,
): string => {
  const text = escapeHtml(word);
  if (kind['comment'] !== undefined) return `<span class="comment">${text}</span>`;
  if (kind['text'] !== undefined) return `<span class="text">${text}</span>`;
  if (kind['number'] !== undefined) return `<span class="number">${text}</span>`;
  if (between.has(word) || (isFirst && leading.has(word))) return `<span class="word">${text}</span>`;
  const href = hrefOf(word);
  return href === null ? text : `<a href="${href}">${text}</a>`;
};
