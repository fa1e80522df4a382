/** NumPy's .npy, versions 1 to 3 (NumPy enhancement proposal 1): magic, version, header length, a Python dict, numbers. */
import { readRows, type ArrayHeader, type RowRange, type Rows } from './array.ts';
import { dataError, type DataError } from './error.ts';
import type { DataFile } from './file.ts';
import { adviceOnContent, isNpy, showBytes } from './magic.ts';
import { byteWidth, typeName, type NumberType } from './numbers.ts';

/** Understands the header of an npy file. Throws a `DataError` that names the byte and the remedy in NumPy. */
export function readNpyHeader(file: DataFile): ArrayHeader {
  const { uri, path, bytes } = file;
  const fault = (what: string, byte: number, hint: string): DataError =>
    dataError({ uri, path, what, where: `${file.unit} ${byte}`, hint });
  if (!isNpy(bytes)) {
    const what = `this is not an npy file: it starts with bytes ${showBytes(bytes, 6)}, not 93 4e 55 4d 50 59`;
    throw fault(what, 0, adviceOnContent(bytes, 'npy', path));
  }
  const again = 'the copy or download stopped early; fetch or save the file again';
  const version = bytes[6] ?? 0;
  const lengthWidth = version === 1 ? 2 : 4;
  const dictAt = 8 + lengthWidth;
  if (bytes.length < dictAt) throw fault('the npy file is cut short within its header', bytes.length, again);
  if (version < 1 || version > 3) {
    throw fault(`npy version ${version} is not known, only 1 to 3`, 6, 'save the array with numpy.save');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = dictAt + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < start) {
    const what = `the npy file is cut short within its header, which takes ${start} bytes`;
    throw fault(what, bytes.length, again);
  }
  const dict = new TextDecoder().decode(bytes.subarray(dictAt, start));
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(dict);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(dict);
  const sizes = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(dict);
  if (descr === null || order === null || sizes === null) {
    const lacks = descr === null ? 'descr' : order === null ? 'fortran_order' : 'shape';
    throw fault(
      `the npy header gives no readable '${lacks}'`,
      dictAt,
      'save the array again with numpy.save',
    );
  }
  const descrAt = dictAt + descr.index;
  const { type, littleEndian } = readDescr(descr[1] ?? 'a record of several types', descrAt, fault);
  if (order[1] === 'True' && (sizes[1]!.match(/\d+/g)?.length ?? 0) > 1) {
    const what =
      'the npy file is in Fortran order: its first axis varies fastest, so rows do not lie together';
    throw fault(what, dictAt + order.index, 'save numpy.ascontiguousarray(array)');
  }
  const shape = (sizes[1]!.match(/\d+/g) ?? []).map(Number);
  return { format: 'npy', type, littleEndian, shape, shapeAt: dictAt + sizes.index, start };
}

function readDescr(
  descr: string,
  byte: number,
  fault: (what: string, byte: number, hint: string) => DataError,
): { readonly type: NumberType; readonly littleEndian: boolean } {
  const match = /^([<>|=])([a-zA-Z])(\d+)$/.exec(descr);
  const name = match === null ? '' : match[2] === 'b' ? `u${match[3]}` : `${match[2]}${match[3]}`;
  if (match === null || !isNumberType(name)) {
    const types = `${Object.keys(byteWidth).join(', ')} and b1`;
    const hint = `save array.astype("float32"); npy data may be ${types}`;
    throw fault(`npy data of type ${descr} cannot be read`, byte, hint);
  }
  return { type: name, littleEndian: match[1] !== '>' };
}

const isNumberType = (name: string): name is NumberType => Object.hasOwn(byteWidth, name);

/** Rows of an npy file, as stored: the first axis counts examples, the rest of the axes are one example. */
export function readNpy(file: DataFile, range: RowRange): Rows & { readonly how: string } {
  const header = readNpyHeader(file);
  return { ...readRows(file, header, range), how: `${typeName[header.type]}, as stored` };
}
