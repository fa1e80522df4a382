/** Where `.nsm` files come from. The checker asks; this file answers from the file system. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What an import path stands for: files, in order, or, where there are none, paths that exist nearby. */
export type Resolution =
  | { readonly kind: 'files'; readonly files: readonly string[] }
  | { readonly kind: 'missing'; readonly candidates: readonly string[]; readonly problem: string | null };

/** All that the checker knows of the world outside. */
export interface Sources {
  /** The text of a file, or null when it cannot be read. */
  readonly read: (path: string) => string | null;
  /** The files that `specifier` stands for in an import of the file `from`. */
  readonly resolve: (from: string, specifier: string) => Resolution;
}

const extension = '.nsm';

/**
 * Files of the file system. `std/...` is the standard library, `./...` is beside the importing file, and anything
 * else is an npm package whose `package.json` names a file or folder under `nsm`. `overrides` gives texts that
 * are not saved yet, by path.
 */
export const fileSources = (overrides: ReadonlyMap<string, string> = new Map()): Sources => ({
  read: (path) => overrides.get(path) ?? readText(path),
  resolve: (from, specifier) => {
    if (specifier === 'std' || specifier.startsWith('std/')) return resolveStandard(specifier.slice(4));
    const unsaved = specifier.startsWith('.') ? beside(from, specifier) : specifier;
    for (const path of [unsaved, unsaved + extension])
      if (overrides.has(path)) return { kind: 'files', files: [path] };
    if (specifier.startsWith('./') || specifier.startsWith('../') || specifier.startsWith('/'))
      return resolvePath(beside(from, specifier), (name) => besideOf(specifier, name));
    return resolvePackage(dirname(resolve(from)), specifier);
  },
});

/** Paths keep the form of the importing file's, relative or absolute, so that a file has one name. */
const beside = (from: string, specifier: string): string =>
  isAbsolute(specifier) ? specifier : join(dirname(from), specifier);

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const entries = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};

let standardFolder: string | null | undefined;
/** The standard library: the nearest `stdlib` above this file, from `src/` and from `dist/src/` alike. */
export const standardLibrary = (): string | null => {
  if (standardFolder !== undefined) return standardFolder;
  standardFolder = null;
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'stdlib', 'prelude.nsm'))) {
      standardFolder = join(folder, 'stdlib');
      break;
    }
    if (dirname(folder) === folder) break;
  }
  return standardFolder;
};

const resolveStandard = (rest: string): Resolution => {
  const library = standardLibrary();
  if (library === null)
    return {
      kind: 'missing',
      candidates: [],
      problem: 'the standard library is not installed with the compiler',
    };
  const folder = dirname(join(library, rest));
  const prefix = rest.includes('/') ? `std/${dirname(rest)}` : 'std';
  return resolvePath(join(library, rest), (name) => `${prefix}/${name}`, folder);
};

const resolvePath = (path: string, spell: (name: string) => string, folder = dirname(path)): Resolution => {
  if (isFile(path)) return { kind: 'files', files: [path] };
  if (isFile(path + extension)) return { kind: 'files', files: [path + extension] };
  if (isFolder(path)) {
    const files = entries(path).filter((name) => name.endsWith(extension));
    if (files.length > 0) return { kind: 'files', files: files.map((name) => join(path, name)) };
    return { kind: 'missing', candidates: [], problem: 'the folder holds no .nsm files' };
  }
  const candidates = entries(folder)
    .filter((name) => name.endsWith(extension) || isFolder(join(folder, name)))
    .map((name) => spell(name.endsWith(extension) ? name.slice(0, -extension.length) : name));
  return { kind: 'missing', candidates, problem: null };
};

const besideOf = (specifier: string, name: string): string => {
  const folder = specifier.slice(0, specifier.lastIndexOf('/') + 1);
  return `${folder}${name}`;
};

/** `name` or `@scope/name`, then what is asked for inside the package. */
const splitPackage = (specifier: string): { readonly name: string; readonly rest: string } => {
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  return { name: parts.slice(0, length).join('/'), rest: parts.slice(length).join('/') };
};

const resolvePackage = (from: string, specifier: string): Resolution => {
  const { name, rest } = splitPackage(specifier);
  if (name === '' || name.split('/').some((part) => part === '' || part === '..'))
    return { kind: 'missing', candidates: [], problem: null };
  const seen: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    const home = join(modules, name);
    if (isFolder(home)) return resolveInPackage(home, name, rest);
    seen.push(...packagesIn(modules));
    if (dirname(folder) === folder) break;
  }
  const local = entries(from).filter((entry) => entry === `${specifier}${extension}` || entry === specifier);
  const candidates = [...local.map((entry) => `./${entry}`), ...seen, 'std/families', 'std/dynamics'];
  return { kind: 'missing', candidates, problem: null };
};

/** Installed packages that hold nsm files. */
const packagesIn = (modules: string): readonly string[] =>
  entries(modules).filter((name) => name.startsWith('nsm-') || name.startsWith('@nsm'));

const resolveInPackage = (home: string, name: string, rest: string): Resolution => {
  const field = nsmField(readText(join(home, 'package.json')));
  if (field === null)
    return {
      kind: 'missing',
      candidates: [],
      problem: `the package "${name}" has no "nsm" field in its package.json`,
    };
  const target = resolve(home, field, rest);
  return resolvePath(target, (entry) => `${name}/${entry}`);
};

const nsmField = (text: string | null): string | null => {
  if (text === null) return null;
  try {
    const content = JSON.parse(text) as { readonly nsm?: unknown; readonly exports?: unknown };
    if (typeof content.nsm === 'string') return content.nsm;
    const exported = content.exports as Readonly<Record<string, unknown>> | null | undefined;
    const main = typeof exported === 'object' && exported !== null ? (exported['.'] ?? exported) : null;
    const path =
      typeof main === 'object' && main !== null ? (main as Readonly<Record<string, unknown>>)['nsm'] : null;
    return typeof path === 'string' ? path : null;
  } catch {
    return null;
  }
};
