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
  readonly changes: readonly Change[];
}

/** A change of the text, told without having it: how it fits what stands around it is found where it is made. */
export type Change =
  /** Exactly this; the span is empty where something is put in. */
  | { readonly kind: 'replace'; readonly span: Span; readonly text: string }
  /**
   * Takes out what stands there, with the comma, the blank or the line that it would leave behind: exactly this, or all
   * of the entry of a list or of the statement that holds it.
   */
  | { readonly kind: 'remove'; readonly span: Span; readonly all: 'this' | 'entry' | 'statement' }
  /** The first place in the span where these words stand; without a text they are taken out. */
  | { readonly kind: 'words'; readonly span: Span; readonly words: string; readonly text: string }
  /** A statement more, after another one. */
  | { readonly kind: 'below'; readonly span: Span; readonly text: string }
  | { readonly kind: 'above'; readonly span: Span; readonly text: string }
  /** A statement more, at its customary place at the top of the inference, dynamics or phase around the span. */
  | { readonly kind: 'top'; readonly span: Span; readonly text: string }
  /** Moves a statement there. */
  | { readonly kind: 'hoist'; readonly span: Span };

/** A change that is made out. */
export interface Edit {
  /** Empty where something is put in. */
  readonly span: Span;
  readonly text: string;
}
