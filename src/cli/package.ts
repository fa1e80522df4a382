import { existsSync } from 'node:fs';

/** The folder that holds package.json, stdlib and docs: two up from here in source, three in the built package. */
export function packageRoot(): URL {
  const source = new URL('../../', import.meta.url);
  return existsSync(new URL('package.json', source)) ? source : new URL('../../../', import.meta.url);
}
