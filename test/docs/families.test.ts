/** `UPDATE_FAMILIES=1 npx vitest run test/docs/families.test.ts` writes `docs/families.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root } from './blocks.ts';
import { familyTable } from './family-table.ts';

it('docs/families.md says what the compiler knows', () => {
  const path = new URL('docs/families.md', root);
  if (process.env['UPDATE_FAMILIES'] === '1') writeFileSync(path, familyTable());
  expect(readFileSync(path, 'utf8')).toBe(familyTable());
});
