/** Lays out diagnostics for people. */
import type { Span } from '../syntax/span.ts';
import type { Diagnostic } from './diagnostic.ts';
import { position } from './position.ts';
import { columnsOf, shown } from './width.ts';

export interface RenderOptions {
  /** ANSI colours. Off by default. */
  readonly color?: boolean;
}

type Paint = (text: string) => string;
interface Palette {
  readonly severity: Readonly<Record<Diagnostic['severity'], Paint>>;
  readonly strong: Paint;
  readonly quiet: Paint;
}

const ansi =
  (code: string): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${code}m${text}\u001b[0m`;
const plain: Paint = (text) => text;
const palettes: Readonly<Record<'color' | 'plain', Palette>> = {
  color: { severity: { error: ansi('1;31'), warning: ansi('1;33') }, strong: ansi('1'), quiet: ansi('36') },
  plain: { severity: { error: plain, warning: plain }, strong: plain, quiet: plain },
};

/** One place to mark under its line. */
interface Mark {
  readonly span: Span;
  readonly sign: '^' | '-';
  readonly label: string;
}

/**
 * The text of `diagnostics`, each with its lines of source, in the order given and with an empty line between.
 * `sources` gives the text of a file; without it only the message is shown.
 */
export const render = (
  diagnostics: readonly Diagnostic[],
  sources: (file: string) => string | undefined,
  { color = false }: RenderOptions = {},
): string =>
  diagnostics.map((each) => renderOne(each, sources, palettes[color ? 'color' : 'plain'])).join('\n\n');

const renderOne = (
  diagnostic: Diagnostic,
  sources: (file: string) => string | undefined,
  palette: Palette,
): string => {
  const { severity, code, message, span, about, secondary, hint } = diagnostic;
  const paint = palette.severity[severity];
  const marks: Mark[] = [
    { span, sign: '^', label: '' },
    ...secondary.map((each): Mark => ({ span: each.span, sign: '-', label: each.label })),
  ];
  const files = [...new Set(marks.map((mark) => mark.span.file))];
  const lastLines = marks.map((mark) => position(sources(mark.span.file) ?? '', mark.span.start).line);
  const gutter = String(Math.max(...lastLines)).length;
  const margin = ' '.repeat(gutter);

  const lines = [`${paint(`${severity} ${code}`)}${palette.strong(`: ${message}`)}`];
  if (about !== undefined) lines.push(`${palette.quiet(`${margin}-->`)} ${about}`);
  for (const [order, file] of files.entries()) {
    const source = sources(file);
    const own = marks.filter((mark) => mark.span.file === file);
    const arrow = palette.quiet(`${margin}${order === 0 && about === undefined ? '-->' : ':::'}`);
    lines.push(`${arrow} ${source === undefined ? file : place(file, source, own[0]?.span.start ?? 0)}`);
    if (source !== undefined) lines.push(...excerpt(source, own, gutter, paint, palette.quiet));
  }
  if (hint !== null) {
    const [first = '', ...rest] = hint.split('\n');
    lines.push(
      `${palette.quiet(`${margin} = hint:`)} ${first}`,
      ...rest.map((line) => `${margin}         ${line}`),
    );
  }
  return lines.join('\n');
};

const place = (file: string, source: string, offset: number): string => {
  const { line, column } = position(source, offset);
  return `${file}:${line}:${column}`;
};

/** The marked lines of one file, each with its marks below, and `...` where lines are left out. */
const excerpt = (
  source: string,
  marks: readonly Mark[],
  gutter: number,
  paint: Paint,
  quiet: Paint,
): string[] => {
  const text = source.split(/\r?\n/);
  const lineOf = (mark: Mark): number => position(source, mark.span.start).line;
  const marked = [...new Set(marks.map(lineOf))].toSorted((a, b) => a - b);
  const bar = quiet(`${' '.repeat(gutter)} |`);
  const lines = [bar];
  let last: number | null = null;
  for (const line of marked) {
    if (last !== null && line > last + 1) lines.push(quiet('...'));
    const content = shown(text[line - 1] ?? '');
    lines.push(`${quiet(`${String(line).padStart(gutter)} |`)}${content === '' ? '' : ` ${content}`}`);
    for (const mark of marks.filter((each) => lineOf(each) === line)) {
      const { before, width } = underline(source, mark.span);
      const label = mark.label === '' ? '' : ` ${mark.label}`;
      const drawn = mark.sign.repeat(width) + label;
      lines.push(`${bar} ${' '.repeat(before)}${mark.sign === '^' ? paint(drawn) : quiet(drawn)}`);
    }
    last = line;
  }
  return lines;
};

/** Screen columns before and under a span, on the line where it begins. An empty span is one column wide. */
const underline = (source: string, span: Span): { readonly before: number; readonly width: number } => {
  const start = Math.min(span.start, source.length);
  const lineStart = source.lastIndexOf('\n', start - 1) + 1;
  const rest = source.slice(start, Math.max(start, span.end)).split(/\r?\n/, 1)[0] ?? '';
  const before = columnsOf(source.slice(lineStart, start));
  return { before, width: Math.max(1, columnsOf(source.slice(lineStart, start) + rest) - before) };
};
