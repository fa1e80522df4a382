import { readFileSync } from 'node:fs';
import { packageRoot } from './package.ts';

/** The version of nsm, from its package.json. */
export function version(): string {
  const text = readFileSync(new URL('package.json', packageRoot()), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
