/** Short ways to say how something is mended. */
import type { Span } from '../syntax/span.ts';
import type { Change, Fix } from './diagnostic.ts';

/** Something else in the place of what is wrong. */
export const replacement = (span: Span, text: string): Fix => ({
  title: `Write \`${text}\``,
  changes: [{ kind: 'replace', span, text }],
});

/** `what` in words of its own, such as `the comma`, or as it is written, in backticks. */
export const removal = (span: Span, what: string, all: 'this' | 'entry' | 'statement' = 'this'): Fix => ({
  title: `Take ${what} out`,
  changes: [{ kind: 'remove', span, all }],
});

/** Words inside of what is wrong, whose own place nobody kept. */
export const withoutWords = (span: Span, words: string): Fix => ({
  title: `Take \`${words}\` out`,
  changes: [{ kind: 'words', span, words, text: '' }],
});

export const otherWords = (span: Span, words: string, text: string): Fix => ({
  title: `Write \`${text}\``,
  changes: [{ kind: 'words', span, words, text }],
});

/** Right behind something. */
export const addition = ({ file, end }: Span, text: string): Fix => ({
  title: `Add \`${text.trim()}\``,
  changes: [{ kind: 'replace', span: { file, start: end, end }, text }],
});

/** Right before something. */
export const insertion = ({ file, start }: Span, text: string): Fix => ({
  title: `Add \`${text.trim()}\``,
  changes: [{ kind: 'replace', span: { file, start, end: start }, text }],
});

export const wrapping = (span: Span, name: string): Fix => ({
  title: `Wrap it in \`${name}(...)\``,
  changes: around(span, `${name}(`, ')'),
});

/** A statement more. */
export const statementMore = (where: 'above' | 'below' | 'top', span: Span, text: string): Fix => ({
  title: `Add \`${text}\``,
  changes: [{ kind: where, span, text }],
});

/** A statement where its kind belongs, at the top of the body. */
export const hoisting = (span: Span): Fix => ({ title: 'Move it up', changes: [{ kind: 'hoist', span }] });

/** Something before and after a place. */
export const around = ({ file, start, end }: Span, before: string, after: string): readonly Change[] => [
  { kind: 'replace', span: { file, start, end: start }, text: before },
  { kind: 'replace', span: { file, start: end, end }, text: after },
];

/** What lies between two places. */
export const between = ({ file, end }: Span, { start }: Span): Span => ({ file, start: end, end: start });

/** One parameter more, behind the others or in parentheses of its own. */
export const parameterMore = (
  declaration: {
    readonly name: { readonly span: Span };
    readonly parameters: readonly { readonly span: Span }[];
  },
  parameter: string,
): Fix => {
  const last = declaration.parameters.at(-1);
  return last === undefined
    ? addition(declaration.name.span, `(${parameter})`)
    : { ...addition(last.span, `, ${parameter}`), title: `Add \`${parameter}\`` };
};
