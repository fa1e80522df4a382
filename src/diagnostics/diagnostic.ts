/** What went wrong, as data. Words are chosen where it is found; `render.ts` only lays them out. */
import type { Span } from '../syntax/span.ts';
import type { Code } from './codes.ts';

export interface Diagnostic {
  readonly code: Code;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span: Span;
  /** What is wrong with it there, where that is no program: the URI of data. */
  readonly about?: string;
  /** Other places that explain the problem, each with a few words. */
  readonly secondary: readonly { readonly span: Span; readonly label: string }[];
  /** What to do about it. */
  readonly hint: string | null;
  /** Changes of the text that would mend it, where it is plain what was meant; the likeliest first. */
  readonly fixes?: readonly Fix[];
}

export interface Fix {
  /** What it does, in the words of a menu. */
  readonly title: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** Empty where something is put in. */
  readonly span: Span;
  readonly text: string;
}
