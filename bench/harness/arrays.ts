/** Arrays in a folder, for processes of any language: NAME.bin in float32, and `arrays.json` with the shapes. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NumberArrays } from '../../src/runtime/state.ts';
import type { Inputs } from './workload.ts';

export const writeArrays = (folder: string, arrays: NumberArrays): void => {
  mkdirSync(folder, { recursive: true });
  const entries = Object.entries(arrays);
  for (const [name, { values }] of entries) writeFileSync(join(folder, `${name}.bin`), values);
  const shapes = Object.fromEntries(entries.map(([name, { shape }]) => [name, shape]));
  writeFileSync(join(folder, 'arrays.json'), JSON.stringify(shapes));
};

export const readArrays = (folder: string): NumberArrays => {
  const shapes = JSON.parse(readFileSync(join(folder, 'arrays.json'), 'utf8')) as Record<string, number[]>;
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      // A copy of their own: small files share a buffer, at places that need not be multiples of 4.
      const bytes = Uint8Array.from(readFileSync(join(folder, `${name}.bin`)));
      return [name, { shape, values: new Float32Array(bytes.buffer) }];
    }),
  );
};

export const writeInputs = (folder: string, { numbers, arrays }: Inputs): void => {
  writeArrays(folder, arrays);
  writeFileSync(join(folder, 'numbers.json'), JSON.stringify(numbers));
};

export const readInputs = (folder: string): Inputs => ({
  numbers: JSON.parse(readFileSync(join(folder, 'numbers.json'), 'utf8')) as Record<string, number>,
  arrays: readArrays(folder),
});
