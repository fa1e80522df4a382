/** `UPDATE_FLOAT_FUNCTIONS=1 npx vitest run test/docs/float-functions.test.ts` writes `docs/float-functions.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { root } from './blocks.ts';
import { floatFunctionPage, measuredErrors, measuredTimes, writtenTimes } from './float-function-table.ts';

it('docs/float-functions.md has the errors that are measured, all below 2 units in the last place', async () => {
  const path = new URL('docs/float-functions.md', root);
  const isUpdate = process.env['UPDATE_FLOAT_FUNCTIONS'] === '1';
  const times = isUpdate ? measuredTimes() : writtenTimes(readFileSync(path, 'utf8'));
  const errors = measuredErrors();
  const page = floatFunctionPage({ errors, times });
  const text = await format(page, { ...(await resolveConfig(path)), parser: 'markdown' });
  if (isUpdate) writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
  const functions = errors.filter(([name]) => !/standard|words/.test(name!));
  expect(Math.max(...functions.map(([, error]) => Number(error)))).toBeLessThan(2);
});
