/** A half-open range of UTF-16 offsets in one source file. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** The smallest span that covers both. Both must lie in the same file. */
export const cover = (first: Span, last: Span): Span => ({
  file: first.file,
  start: Math.min(first.start, last.start),
  end: Math.max(first.end, last.end),
});
