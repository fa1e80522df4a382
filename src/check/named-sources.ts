/** Files by the names that spans use: those of the standard library by their place in it, others from the current directory. */
import { statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { standardLibrary, type Resolution, type Sources } from './sources.ts';

/** What `specifier` stands for in the file `from`; no files where there are none. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly files: readonly string[];
}

/** Files of the standard library by their place in it; others as they are, from here where they are below. */
export function nameOf(path: string): string {
  const library = standardLibrary();
  const inside = library === null ? '..' : relative(library, path);
  if (!inside.startsWith('..') && !isAbsolute(inside)) return ['std', ...inside.split(sep)].join('/');
  const here = relative(process.cwd(), path);
  return here.startsWith('..') || isAbsolute(here) ? path : here;
}

/** The path of a file that is so named. */
export function pathOf(name: string): string {
  const library = standardLibrary();
  if (library === null || !name.startsWith('std/') || statSync(name, { throwIfNoEntry: false }) !== undefined)
    return name;
  return join(library, name.slice('std/'.length));
}

export interface Recording {
  readonly sources: Sources;
  readonly imports: Import[];
}

/** Sources that keep what imports stand for. */
export function recording(sources: Sources): Recording {
  const imports: Import[] = [];
  const read = (name: string): string | null => sources.read(pathOf(name));
  const resolve = (from: string, specifier: string): Resolution => {
    const resolution = sources.resolve(pathOf(from), specifier);
    const files = resolution.kind === 'missing' ? [] : resolution.files.map(nameOf);
    imports.push({ from, specifier, files });
    return resolution.kind === 'missing' ? resolution : { kind: 'files', files };
  };
  return { sources: { read, resolve }, imports };
}
