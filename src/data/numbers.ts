/** Numbers as they lie in a file, read into 32-bit floats. */

export type NumberType = 'u1' | 'i1' | 'u2' | 'i2' | 'u4' | 'i4' | 'u8' | 'i8' | 'f4' | 'f8';

export const byteWidth: Readonly<Record<NumberType, number>> = {
  u1: 1,
  i1: 1,
  u2: 2,
  i2: 2,
  u4: 4,
  i4: 4,
  u8: 8,
  i8: 8,
  f4: 4,
  f8: 8,
};

export const typeName: Readonly<Record<NumberType, string>> = {
  u1: '8-bit unsigned integers',
  i1: '8-bit integers',
  u2: '16-bit unsigned integers',
  i2: '16-bit integers',
  u4: '32-bit unsigned integers',
  i4: '32-bit integers',
  u8: '64-bit unsigned integers',
  i8: '64-bit integers',
  f4: '32-bit floats',
  f8: '64-bit floats',
};

/**
 * `count` numbers of `type` from byte `start`, divided by `divisor`, rounded to 32-bit floats.
 * The caller has checked that they lie within `bytes`.
 */
export function readNumbers(
  bytes: Uint8Array,
  start: number,
  count: number,
  type: NumberType,
  littleEndian: boolean,
  divisor = 1,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fill = (read: (offset: number) => number): Float32Array<ArrayBuffer> => {
    const width = byteWidth[type];
    for (let index = 0; index < count; index += 1) values[index] = read(start + index * width) / divisor;
    return values;
  };
  switch (type) {
    case 'u1':
      for (let index = 0; index < count; index += 1) values[index] = bytes[start + index]! / divisor;
      return values;
    case 'i1':
      return fill((offset) => view.getInt8(offset));
    case 'u2':
      return fill((offset) => view.getUint16(offset, littleEndian));
    case 'i2':
      return fill((offset) => view.getInt16(offset, littleEndian));
    case 'u4':
      return fill((offset) => view.getUint32(offset, littleEndian));
    case 'i4':
      return fill((offset) => view.getInt32(offset, littleEndian));
    case 'u8':
      return fill((offset) => Number(view.getBigUint64(offset, littleEndian)));
    case 'i8':
      return fill((offset) => Number(view.getBigInt64(offset, littleEndian)));
    case 'f4':
      return fill((offset) => view.getFloat32(offset, littleEndian));
    case 'f8':
      return fill((offset) => view.getFloat64(offset, littleEndian));
  }
}
