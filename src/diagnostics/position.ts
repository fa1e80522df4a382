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
