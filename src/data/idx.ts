/**
 * IDX, the format of MNIST: 00 00, a type code, the number of axes, the sizes as 32-bit and then the numbers,
 * all big-endian (LeCun, Cortes, Burges, "The MNIST database").
 */
import { readRows, type ArrayHeader, type RowRange, type Rows } from './array.ts';
import { dataError } from './error.ts';
import type { DataFile } from './file.ts';
import { adviceOnContent, showBytes } from './magic.ts';
import { typeName, type NumberType } from './numbers.ts';

const typeCodes: ReadonlyMap<number, NumberType> = new Map([
  [0x08, 'u1'],
  [0x09, 'i1'],
  [0x0b, 'i2'],
  [0x0c, 'i4'],
  [0x0d, 'f4'],
  [0x0e, 'f8'],
]);

/** Understands the header of an IDX file. Throws a `DataError` for a wrong magic or type and for a cut header. */
export function readIdxHeader(file: DataFile): ArrayHeader {
  const { uri, path, bytes } = file;
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    const what = `this is not an IDX file: it starts with bytes ${showBytes(bytes, 4)}, not 00 00`;
    throw dataError({ uri, path, what, where: `${file.unit} 0`, hint: adviceOnContent(bytes, 'idx', path) });
  }
  const type = typeCodes.get(bytes[2] ?? -1);
  if (bytes.length >= 4 && type === undefined) {
    const code = `0x${showBytes(bytes.subarray(2), 1)}`;
    const what = `the IDX header has type code ${code}, which is none of 08, 09, 0b, 0c, 0d, 0e`;
    throw dataError({ uri, path, what, where: `${file.unit} 2`, hint: adviceOnContent(bytes, 'idx', path) });
  }
  const axes = bytes[3] ?? 0;
  const start = 4 + 4 * axes;
  if (bytes.length < start || type === undefined) {
    const what = `the IDX file is cut short within its header, which takes ${Math.max(4, start)} bytes`;
    const hint = 'the copy or download stopped early; fetch the file again';
    throw dataError({ uri, path, what, where: `${file.unit} ${bytes.length}, the end`, hint });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis, false));
  return { format: 'IDX', type, littleEndian: false, shape, shapeAt: 4, start };
}

/** Rows of an IDX file. Bytes of two or more axes are pixels, divided by 255; all else is taken as it is. */
export function readIdx(file: DataFile, range: RowRange): Rows & { readonly how: string } {
  const header = readIdxHeader(file);
  const pixels = header.type === 'u1' && header.shape.length > 1;
  const rows = readRows(file, header, range, pixels ? 255 : 1);
  return { ...rows, how: pixels ? '8-bit pixels divided by 255' : `${typeName[header.type]}, as stored` };
}
