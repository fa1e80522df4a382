/** The text of `///` comments as HTML: Markdown with `$maths$`, names of declarations in code as links, examples with what they print. */
import { Marked, type Tokens } from 'marked';
import { displayedMathml, mathml } from './formula/mathml.ts';
import { readTex } from './formula/tex.ts';
import { escapeHtml } from './html.ts';

export interface MarkdownContext {
  /** Where a name in code leads. */
  readonly hrefOf: (name: string) => string | null;
  /** A block of `sh` whose commands were run, or null. */
  readonly exampleOf: (code: string) => string | null;
}

export const markdown = (text: string, context: MarkdownContext): string =>
  markedFor(context).parse(text, { async: false });

/** The first sentence of the first paragraph: a full stop ends it where a capital or nothing follows. */
export const summaryOf = (doc: string | null): string => {
  const paragraph = (doc ?? '').split('\n\n')[0]!.replaceAll('\n', ' ');
  return /^.*?[.](?=\s+\p{Lu}|\s*$)/u.exec(paragraph)?.[0] ?? paragraph;
};

/** A text up to its first example, and from the words before that on. */
export const atExamples = (doc: string): { readonly text: string; readonly examples: string } => {
  const block = doc.search(/^```sh$/m);
  if (block < 0) return { text: doc, examples: '' };
  const words = doc.slice(0, block).trimEnd().lastIndexOf('\n\n');
  const at = words < 0 ? block : words;
  return { text: doc.slice(0, at), examples: doc.slice(at).trimStart() };
};

/** One line of text, without a paragraph around it. */
export const inlineMarkdown = (text: string, context: MarkdownContext): string =>
  markedFor(context).parseInline(text, { async: false });

/** The blocks of commands in a text that are run for its page. */
export const examplesIn = (doc: string): readonly string[] =>
  new Marked().lexer(doc).flatMap((token) => {
    const { type, lang, text } = token as Tokens.Code;
    return type === 'code' && lang === 'sh' ? [text] : [];
  });

const markedFor = ({ hrefOf, exampleOf }: MarkdownContext): Marked =>
  new Marked({
    extensions: [
      {
        name: 'maths',
        level: 'inline',
        start: (source) => source.indexOf('$'),
        tokenizer: (source) => {
          const [raw, display, inline] = /^\$\$([^$]+)\$\$|^\$([^$]+)\$/.exec(source) ?? [];
          return raw === undefined
            ? undefined
            : { type: 'maths', raw, text: display ?? inline!, isBlock: display !== undefined };
        },
        renderer: ({ text, isBlock }) => mathsHtml(text as string, isBlock === true),
      },
    ],
    renderer: {
      codespan: ({ text }) => {
        const href = hrefOf(text);
        const code = `<code>${escapeHtml(text)}</code>`;
        return href === null ? code : `<a href="${href}">${code}</a>`;
      },
      code: ({ text, lang }) =>
        (lang === 'sh' ? exampleOf(text) : null) ?? `<pre><code>${escapeHtml(text)}</code></pre>\n`,
      // Titles of a page are those of its declarations.
      heading({ tokens }) {
        return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>\n`;
      },
      // `///` text is text: tags in it are shown.
      html: ({ text }) => escapeHtml(text),
    },
  });

const mathsHtml = (text: string, isBlock: boolean): string => {
  const read = readTex(text);
  if (read.kind === 'unknown') return `<code>${escapeHtml(text)}</code>`;
  return isBlock ? displayedMathml(read.formula) : mathml(read.formula);
};
