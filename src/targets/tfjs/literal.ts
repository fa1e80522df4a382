/** Plain data and comments as JavaScript text. */

/** Text to stand in a literal as it is: the name of a function. */
export interface Verbatim {
  readonly verbatim: string;
}
export const verbatim = (text: string): Verbatim => ({ verbatim: text });

export type Literal =
  null | boolean | number | string | Verbatim | readonly Literal[] | { readonly [key: string]: Literal };

const lineLength = 110;

/** A key of an object, quoted where it must be. */
export const key = (name: string): string =>
  /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : quote(name);

/** A string in single quotes. */
export const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** JavaScript of plain data; unlike JSON it has infinities, and short objects stay on one line. */
export const literal = (value: Literal, indent = ''): string => {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote(value);
  if (isVerbatim(value)) return value.verbatim;
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? (value as readonly Literal[]).map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => {
        const text = literal(item, inner);
        return text === name ? name : `${key(name)}: ${text}`;
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (items.length === 0) return `${open}${close}`;
  const line = Array.isArray(value) ? `[${items.join(', ')}]` : `{ ${items.join(', ')} }`;
  if (!line.includes('\n') && indent.length + line.length <= lineLength) return line;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}${close}`;
};

const isVerbatim = (value: object): value is Verbatim =>
  Object.keys(value).length === 1 && typeof (value as { verbatim?: unknown }).verbatim === 'string';

/** Lines of a documentation comment; paragraphs that are null or empty are left out. */
export const docComment = (paragraphs: readonly (string | null)[], indent = ''): readonly string[] => {
  const kept = paragraphs.filter((paragraph) => paragraph !== null && paragraph !== '') as string[];
  if (kept.length === 0) return [];
  const lines = kept.join('\n\n').replaceAll('*/', '* /').split('\n');
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
};
