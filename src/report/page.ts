import { escapeHtml } from './charts.ts';

/** A number for reading: four significant digits, a true minus sign, a dash for what is not finite. */
export function readableNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text =
    Number.isInteger(value) && size < 1e7
      ? value.toLocaleString('en-GB')
      : size >= 1e5 || (size < 1e-3 && size > 0)
        ? value.toExponential(2)
        : size >= 1000
          ? value.toFixed(1)
          : String(Number(value.toPrecision(4)));
  return text.replace(/-/g, '−');
}

export function readablePercent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–';
}

/**
 * A table with its caption; cells are aligned as numbers when `numeric`, but for those of the first columns, `words` in
 * number. Cells are text.
 */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numeric = true,
  words = 1,
): string {
  const aligned = (column: number): string => (column > 0 && column < words ? ' class="words"' : '');
  const cells = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? `<th scope="row">${escapeHtml(cell)}</th>` : `<td${aligned(column)}>${escapeHtml(cell)}</td>`)).join(''); // prettier-ignore
  return [
    `<div class="scroll"><table${numeric ? ' class="numeric"' : ''}>`,
    `<caption>${escapeHtml(caption)}</caption>`,
    `<thead><tr>${header.map((name, column) => `<th scope="col"${aligned(column)}>${escapeHtml(name)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n');
}

/** `content` is HTML, the caption text. */
export function figure(content: string, caption: string): string {
  return `<figure>${content}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

export function image(address: string, alternative: string): string {
  return `<img src="${address}" alt="${escapeHtml(alternative)}">`;
}

/** `content` is HTML; an empty section is left out. */
export function section(heading: string, ...content: readonly string[]): string {
  const body = content.filter((part) => part !== '').join('\n');
  return body === '' ? '' : `<section>\n<h2>${escapeHtml(heading)}</h2>\n${body}\n</section>`;
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

export function code(text: string): string {
  return `<pre><code>${escapeHtml(text)}</code></pre>`;
}

/** A complete HTML document that loads nothing. */
export function page(title: string, body: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    `<body>\n<main>\n${body}\n</main>\n</body>`,
    '</html>',
    '',
  ].join('\n');
}

const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1d2024; --soft: #5d636b; --line: #d9dadb; --panel: #f3f3ef; --accent: #2f7fc1;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --ink: #e4e5e6; --soft: #a0a6ad; --line: #34383d; --panel: #1d2024; --accent: #6fb1e6; }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif;
}
main { max-width: 58rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: clamp(1.6rem, 5vw, 2.2rem); font-weight: 600; line-height: 1.2; margin: 0 0 .4rem; text-wrap: balance; }
h2 { font-size: 1.3rem; font-weight: 600; margin: 3rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; font-weight: 600; margin: 1.8rem 0 .5rem; }
p { max-width: 42rem; margin: .6rem 0; overflow-wrap: anywhere; }
.byline { color: var(--soft); margin: 0; }
.summary { font-size: 1.2rem; line-height: 1.45; margin-top: 1.3rem; padding-left: .9rem; border-left: 3px solid var(--accent); }
.pair { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); align-items: start; }
figure { margin: 1rem 0; min-width: 0; }
figure svg, figure img { display: block; max-width: 100%; height: auto; }
figcaption, caption { color: var(--soft); font-size: .92rem; line-height: 1.45; }
figcaption { margin-top: .5rem; max-width: 42rem; }
caption { text-align: left; padding-bottom: .4rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font: .9rem/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
caption { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif; }
th, td { padding: .3rem 1.2rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { color: var(--soft); font-weight: 600; }
.numeric td, .numeric thead th:not(:first-child) { text-align: right; white-space: nowrap; }
.numeric thead th:not(:first-child) { white-space: normal; }
.numeric td.words, .numeric thead th.words { text-align: left; white-space: normal; overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 0; }
@media (max-width: 30rem) { th, td { padding-right: .8rem; } }
td { overflow-wrap: anywhere; }
pre {
  background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .9rem 1rem; overflow-x: auto;
  font: .84rem/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; tab-size: 2;
}
@media print { main { max-width: none; } section { break-inside: avoid-page; } pre { white-space: pre-wrap; } }
`;
