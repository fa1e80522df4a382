/** What IDX and npy share: an array of numbers after a header, read by rows. */
import { dataError } from './error.ts';
import type { DataFile } from './file.ts';
import { byteWidth, readNumbers, typeName, type NumberType } from './numbers.ts';

/** A header, already understood. The first axis counts examples, the others are one example. */
export interface ArrayHeader {
  readonly format: 'IDX' | 'npy';
  readonly type: NumberType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** Byte at which the shape is written, and byte at which the numbers begin. */
  readonly shapeAt: number;
  readonly start: number;
}

export interface RowRange {
  readonly offset: number;
  /** null: to the end. */
  readonly limit: number | null;
}

export interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly shape: readonly number[];
  /** rows * columns, row by row. */
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * Reads rows of an array, each number divided by `divisor`. Throws a `DataError` when the header's shape disagrees
 * with the length of the file, the range goes past the end, or a number is not finite as a 32-bit float.
 */
export function readRows(file: DataFile, header: ArrayHeader, range: RowRange, divisor = 1): Rows {
  checkLength(file, header);
  const total = header.shape[0]!;
  const shape = header.shape.slice(1);
  const columns = product(shape);
  const rows = checkRange(file, total, range);
  const at = header.start + range.offset * columns * byteWidth[header.type];
  const values = readNumbers(file.bytes, at, rows * columns, header.type, header.littleEndian, divisor);
  if (header.type === 'f4' || header.type === 'f8') checkFinite(file, header, values, range.offset, columns);
  return { rows, columns, shape, values };
}

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);
export const showShape = (sizes: readonly number[]): string => sizes.join('x');

function checkLength(file: DataFile, header: ArrayHeader): void {
  const { uri, path, bytes } = file;
  if (header.shape.length === 0) {
    const what = `the ${header.format} file holds a single number: it has no axis of examples`;
    const hint = 'save an array whose first axis counts the examples, such as array.reshape(1, -1)';
    throw dataError({ uri, path, what, where: `${file.unit} ${header.shapeAt}`, hint });
  }
  const count = product(header.shape);
  if (count === 0) {
    const what = `the ${header.format} file holds no numbers: its shape is ${showShape(header.shape)}`;
    const hint = 'save an array with at least one example and no axis of size 0';
    throw dataError({ uri, path, what, where: `${file.unit} ${header.shapeAt}`, hint });
  }
  const declared = count * byteWidth[header.type];
  const present = bytes.length - header.start;
  if (declared === present) return;
  const kind = declared > present ? 'cut short' : 'longer than its header says';
  const what =
    `the ${header.format} file is ${kind}: shape ${showShape(header.shape)} of ${typeName[header.type]} takes ` +
    `${declared} bytes after the header, and ${present} are there`;
  const hint =
    declared > present
      ? 'the copy or download stopped early, or the header is wrong; fetch or save the file again'
      : 'the header is wrong or something was appended; fetch or save the file again';
  const where =
    declared > present ? `${file.unit} ${bytes.length}, the end` : `${file.unit} ${header.start + declared}`;
  throw dataError({ uri, path, what, where, hint });
}

function checkRange(file: DataFile, total: number, range: RowRange): number {
  const { uri, path } = file;
  if (range.offset >= total) {
    const what = `offset=${range.offset} is past the end: the file has ${total} rows`;
    throw dataError({
      uri,
      path,
      what,
      where: 'option "offset"',
      hint: `write an offset from 0 to ${total - 1}`,
    });
  }
  const left = total - range.offset;
  const rows = range.limit ?? left;
  if (rows > left) {
    const what = `limit=${rows} is past the end: ${left} of the file's ${total} rows follow offset=${range.offset}`;
    const hint = `write a limit of at most ${left}, or leave it out to read all that follow`;
    throw dataError({ uri, path, what, where: 'option "limit"', hint });
  }
  return rows;
}

function checkFinite(
  file: DataFile,
  header: ArrayHeader,
  values: Float32Array,
  firstRow: number,
  columns: number,
): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  const element = firstRow * columns + index;
  const byte = header.start + element * byteWidth[header.type];
  const row = Math.floor(element / columns);
  const column = element % columns;
  const view = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  const found =
    header.type === 'f8'
      ? view.getFloat64(byte, header.littleEndian)
      : view.getFloat32(byte, header.littleEndian);
  const what = Number.isFinite(found)
    ? `${found} is beyond the range of 32-bit floats (3.4e38)`
    : `${found} is not a finite number, and no example may hold one`;
  const where = `row ${row}, column ${column} (${file.unit} ${byte})`;
  const hint = 'replace or drop such rows before saving, e.g. array[numpy.isfinite(array).all(axis=1)]';
  throw dataError({ uri: file.uri, path: file.path, what, where, hint });
}
