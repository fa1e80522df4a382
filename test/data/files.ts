/** Data files made for a test, and the faults that reading them gives. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { isDataError } from '../../src/data/error.ts';
import { loadData } from '../../src/data/load.ts';

/** A folder that goes away with the test file, and a function that writes into it and gives the path. */
export function scratch(): {
  readonly folder: string;
  readonly write: (name: string, bytes: Uint8Array) => string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-data-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  return { folder, write };
}

/** The message of the DataError that loading throws, with the scratch folder written as DIR. */
export async function faultOf(uri: string, folder: string): Promise<string> {
  try {
    await loadData(uri);
  } catch (error) {
    if (!isDataError(error)) throw error;
    return error.message.replaceAll(folder, 'DIR');
  }
  throw new Error(`${uri} was expected to fail`);
}

/** An npy file, version 1, padded to 64 bytes as NumPy does. */
export function npy(descr: string, shape: readonly number[], data: Uint8Array, fortran = false): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': ${descr.startsWith('[') ? descr : `'${descr}'`}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }`;
  const padded = dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11) + '\n';
  const header = Buffer.alloc(10);
  header.write('\x93NUMPY', 'latin1');
  header[6] = 1;
  header.writeUInt16LE(padded.length, 8);
  return Buffer.concat([header, Buffer.from(padded), data]);
}

export function idx(type: number, shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, data]);
}

export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
