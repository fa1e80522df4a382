/** Arrays written as npy files, read back. */
import { expect, it } from 'vitest';
import { npyFile } from '../../src/data/npy-file.ts';
import { readNpy, readNpyHeader } from '../../src/data/npy.ts';

const read = (bytes: Uint8Array) => {
  const file = { uri: 'npy:a.npy', path: 'a.npy', bytes, unit: 'byte' } as const;
  return { header: readNpyHeader(file), rows: readNpy(file, { offset: 0, limit: null }) };
};

it.each([[[2, 3]], [[6]], [[1, 2, 3]], [[3, 1, 2, 1]]])(
  'an array of shape %j comes back as it was',
  (shape) => {
    const values = Float32Array.from([0, -1.5, 3e8, 1e-30, -0.25, 0.1]);
    const bytes = npyFile(shape, values);
    const { header, rows } = read(bytes);
    expect(header).toMatchObject({ shape, type: 'f4', littleEndian: true });
    expect(header.start % 64).toBe(0);
    expect([...rows.values]).toEqual([...values]);
  },
);
