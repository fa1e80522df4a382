/** `UPDATE_SPECIAL_FUNCTIONS=1 npx vitest run test/docs/special-functions.test.ts` writes `docs/special-functions.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { root } from './blocks.ts';
import { specialFunctionTable } from './special-function-table.ts';

it('docs/special-functions.md has the errors that are measured', async () => {
  const path = new URL('docs/special-functions.md', root);
  const { tf } = await loadBackend('wasm');
  const text = await format(specialFunctionTable(tf), {
    ...(await resolveConfig(path)),
    parser: 'markdown',
  });
  if (process.env['UPDATE_SPECIAL_FUNCTIONS'] === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});
