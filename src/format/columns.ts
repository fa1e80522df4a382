/** Columns: neighbouring lines of one form stand in columns, and so do the comments behind lines. */
import type { Above } from './comments.ts';
import { comment, newline, step, widest, type Doc } from './document.ts';

/** A part of a line. What follows it is lined up among neighbours whose parts so far are of the same forms. */
export interface Cell {
  readonly text: string;
  readonly form: string;
}

export interface Row {
  readonly doc: Doc;
  /** The same on one line, in parts; null for what takes several. */
  readonly cells: readonly Cell[] | null;
  readonly above: Above;
  readonly behind: string | null;
}

/** Rows one below the other, each on a new line `depth` steps in. */
export const inRows = (rows: readonly Row[], depth: number): Doc => {
  const room = widest - step * depth;
  const isShort = ({ cells }: Row): boolean => cells !== null && unaligned(cells).length <= room;
  const sections = runs(rows, (row, before) => isShort(before) && isShort(row) && !isSetApart(row));
  const lines = sections.flatMap((section) =>
    isShort(section[0]!)
      ? inColumns(section, room)
      : section.map(({ doc, behind }) => [doc, behind === null ? '' : commentBehind(behind)]),
  );
  return rows.map(({ above }, position) => [
    newline,
    position > 0 && isSetApart(rows[position]!) ? newline : '',
    commentLines(above),
    lines[position]!,
  ]);
};

/** Whether an empty line stands above a row and its comments. */
const isSetApart = ({ above }: Row): boolean => (above.comments[0] ?? above).blank;

/** Comments on lines of their own and a new line for what they stand above; empty lines between them are kept. */
export const commentLines = ({ comments, blank }: Above): Doc =>
  comments.map(({ text }, position) => [
    comment(text),
    newline,
    (comments[position + 1]?.blank ?? blank) ? newline : '',
  ]);

const gutter = '   ';
export const commentBehind = (text: string): Doc => comment(`${gutter}${text}`);

/** Lines that follow each other directly. */
const inColumns = (section: readonly Row[], room: number): readonly Doc[] => {
  const cells = section.map((row) => row.cells ?? []);
  const columns = aligned(cells, 0);
  const lines = columns.every(({ length }) => length <= room) ? columns : cells.map(unaligned);
  const commented = lines.filter((_, position) => section[position]?.behind !== null);
  const width = Math.max(0, ...commented.map(({ length }) => length));
  return section.map(({ behind }, position) => {
    const line = lines[position]!;
    return behind === null ? line : [line.padEnd(width), commentBehind(behind)];
  });
};

const unaligned = (cells: readonly Cell[]): string => cells.map(({ text }) => text).join(' ');

/** The lines from the given column on: neighbours that agree in it have the next one in common. */
const aligned = (rows: readonly (readonly Cell[])[], column: number): readonly string[] => {
  const formOf = (row: readonly Cell[]): string | null =>
    row.length > column + 1 ? (row[column]?.form ?? null) : null;
  return runs(rows, (row, before) => formOf(row) === formOf(before)).flatMap((run) => {
    if (formOf(run[0]!) === null) return run.map((row) => row[column]?.text ?? '');
    const width = Math.max(...run.map((row) => row[column]!.text.length));
    const rest = aligned(run, column + 1);
    return run.map((row, position) => `${row[column]!.text.padEnd(width)} ${rest[position]!}`);
  });
};

/** The list cut wherever an item does not go on what the one before it began. */
const runs = <Item>(
  items: readonly Item[],
  goesOn: (item: Item, before: Item) => boolean,
): readonly (readonly Item[])[] => {
  const cut: Item[][] = [];
  for (const item of items) {
    const last = cut.at(-1);
    if (last !== undefined && goesOn(item, last.at(-1)!)) last.push(item);
    else cut.push([item]);
  }
  return cut;
};
