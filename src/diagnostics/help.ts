/** The long help of a code: the page `docs/diagnostics/CODE.md`. */
import { existsSync, readFileSync } from 'node:fs';
import { codes } from './codes.ts';

/** Nearest folder above this file that holds the pages: the package root, from `src/` and from `dist/src/`. */
const pages = (): URL | null => {
  for (const up of ['../../', '../../../']) {
    const folder = new URL(`${up}docs/diagnostics/`, import.meta.url);
    if (existsSync(folder)) return folder;
  }
  return null;
};

/** The Markdown page of a code (`NSM1001`, any case), or null when there is no such code or page. */
export const longHelp = (code: string): string | null => {
  const known = code.toUpperCase();
  if (!Object.hasOwn(codes, known)) return null;
  const folder = pages();
  const page = folder === null ? null : new URL(`${known}.md`, folder);
  return page !== null && existsSync(page) ? readFileSync(page, 'utf8') : null;
};
