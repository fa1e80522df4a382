/** Where names lead: declarations of the site's files, by the file that names them. */
import type { Declaration } from '../syntax/tree.ts';
import type { DocumentedFile } from './file.ts';

export interface Place {
  readonly file: DocumentedFile;
  readonly declaration: Declaration;
}
export interface Links {
  /** Of a name that `file` declares or imports. */
  readonly named: (file: DocumentedFile, name: string) => Place | null;
  /** Of a name that only one file of the site declares, for text. */
  readonly anywhere: (name: string) => Place | null;
  /** Files that import something of this one. */
  readonly users: (file: DocumentedFile) => readonly DocumentedFile[];
}

export const linksBetween = (files: readonly DocumentedFile[]): Links => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const places = new Map<string, Place[]>();
  for (const file of files)
    for (const declaration of file.tree.declarations) {
      const { text } = declaration.name;
      places.set(text, [...(places.get(text) ?? []), { file, declaration }]);
    }
  const inFile = (file: DocumentedFile | undefined, name: string): Place | null =>
    places.get(name)?.find((place) => place.file === file) ?? null;
  const named = (file: DocumentedFile, name: string): Place | null => {
    const own = inFile(file, name);
    if (own !== null) return own;
    const paths = file.imported.get(name) ?? [];
    return paths.map((path) => inFile(byPath.get(path), name)).find((place) => place !== null) ?? null;
  };
  return {
    named,
    anywhere: (name) => {
      const found = places.get(name) ?? [];
      return found.length === 1 ? found[0]! : null;
    },
    users: (file) =>
      files.filter((other) =>
        [...other.imported.keys()].some((name) => named(other, name)?.file === file && other !== file),
      ),
  };
};
