/** Offsets to lines and columns as people count them. */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters (code points), whatever their width on the screen. */
  readonly column: number;
}

/** The place of a UTF-16 offset. Offsets beyond the end are the end. */
export const position = (source: string, offset: number): Position => {
  const before = source.slice(0, Math.max(0, offset));
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { line, column: [...before.slice(start)].length + 1 };
};

/** The UTF-16 offset of a place; null where the text has no such line. */
export const offsetOf = (source: string, { line, column }: Position): number | null => {
  const lines = source.split('\n').slice(0, line);
  if (lines.length < line) return null;
  const [last = '', ...before] = lines.toReversed();
  const start = before.reduce((length, each) => length + each.length + 1, 0);
  return start + [...last].slice(0, column - 1).join('').length;
};
