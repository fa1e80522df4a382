/** Files as the language service sees them: what is open in the editor before what is saved, each read and parsed once. */
import type { Resolution, Sources } from '../check/sources.ts';
import { beside } from '../check/text-sources.ts';
import { parse, type Parsed } from '../syntax/parse.ts';

export interface Library {
  /** The saved files. */
  readonly saved: Sources;
  /** Trees are kept from one keystroke to the next: most files do not change. */
  readonly parse: (file: string, text: string) => Parsed;
}

/** Answers of `saved` are kept until a new library is made, when files have changed outside of the editor. */
export const newLibrary = (saved: Sources): Library => {
  const texts = new Map<string, string | null>();
  const resolutions = new Map<string, Resolution>();
  const trees = new Map<string, { readonly text: string; readonly parsed: Parsed }>();
  return {
    saved: {
      read: (path) => remembered(texts, path, () => saved.read(path)),
      resolve: (from, specifier) =>
        remembered(resolutions, `${from}\n${specifier}`, () => saved.resolve(from, specifier)),
    },
    parse: (file, text) => {
      const known = trees.get(file);
      if (known?.text === text) return known.parsed;
      const parsed = parse(file, text);
      trees.set(file, { text, parsed });
      return parsed;
    },
  };
};

const remembered = <Value>(table: Map<string, Value>, key: string, make: () => Value): Value => {
  const known = table.get(key);
  if (known !== undefined) return known;
  const made = make();
  table.set(key, made);
  return made;
};

type Texts = Readonly<Record<string, { readonly text: string } | undefined>>;

/** The saved files with open documents in their place. */
export const overlaid = (library: Library, open: Texts): Sources => ({
  read: (path) => open[path]?.text ?? library.saved.read(path),
  resolve: (from, specifier) => {
    const found = library.saved.resolve(from, specifier);
    if (found.kind === 'files' || !specifier.startsWith('.')) return found;
    // A document that was never saved is found beside the importing one.
    const path = beside(from, specifier);
    const unsaved = [path, `${path}.nsm`].find((candidate) => open[candidate] !== undefined);
    return unsaved === undefined ? found : { kind: 'files', files: [unsaved] };
  },
});

/** What was asked of some sources, and what they answered. */
export interface Answers {
  readonly texts: ReadonlyMap<string, string | null>;
  /** By importing file and path: the files found, as one text. */
  readonly imports: ReadonlyMap<
    string,
    { readonly from: string; readonly specifier: string; readonly files: string }
  >;
}

export const noAnswers: Answers = { texts: new Map(), imports: new Map() };

/** Sources that write down what they are asked, after what is known already. */
export const recording = (
  sources: Sources,
  known: Answers = noAnswers,
): { readonly sources: Sources; readonly answers: Answers } => {
  const texts = new Map(known.texts);
  const imports = new Map(known.imports);
  const read: Sources['read'] = (path) => {
    const text = sources.read(path);
    texts.set(path, text);
    return text;
  };
  const resolve: Sources['resolve'] = (from, specifier) => {
    const found = sources.resolve(from, specifier);
    imports.set(`${from}\n${specifier}`, { from, specifier, files: filesIn(found) });
    return found;
  };
  return { sources: { read, resolve }, answers: { texts, imports } };
};

/** Whether the answers would be the same now, those about one file aside. */
export const stillHold = ({ texts, imports }: Answers, sources: Sources, except: string): boolean =>
  [...texts].every(([path, text]) => path === except || sources.read(path) === text) &&
  [...imports.values()].every(
    ({ from, specifier, files }) => filesIn(sources.resolve(from, specifier)) === files,
  );

const filesIn = (found: Resolution): string => (found.kind === 'files' ? found.files.join('\n') : '');
