/** Sources that are texts at hand, for pages and workers, which have no file system. */
import type { Resolution, Sources } from './sources.ts';

const extension = '.nsm';

/**
 * Texts by their paths, which are written with `/`. Those of the standard library begin with `std/`, and those of a package with its
 * name: an import that is not relative is the path of a file, with or without its extension, or of a folder.
 */
export const textSources = (texts: Readonly<Record<string, string>>): Sources => {
  const paths = Object.keys(texts).sort();
  const inside = (folder: string): readonly string[] =>
    paths.filter((path) => folderOf(path) === folder && path.endsWith(extension));
  return {
    read: (path) => texts[path] ?? null,
    resolve: (from, specifier): Resolution => {
      const asked = specifier.startsWith('.') ? beside(from, specifier) : specifier;
      const file = [asked, asked + extension].find((path) => Object.hasOwn(texts, path));
      const files = file === undefined ? inside(asked) : [file];
      if (files.length > 0) return { kind: 'files', files };
      const spelled = folderOf(specifier);
      const candidates = inside(folderOf(asked)).map(
        (path) => `${spelled}${path.slice(folderOf(path).length, -extension.length)}`,
      );
      return { kind: 'missing', candidates, problem: null };
    },
  };
};

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** `./noise` or `../noise` seen from the file `/models/mine.nsm`. */
export const beside = (from: string, specifier: string): string => {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  return parts.join('/');
};
