/**
 * The documents that an editor has open. Every event gives a new workspace and the patches that led to it, from
 * which others can tell what changed. Features are functions of a workspace, each in a file of its own; places are
 * UTF-16 offsets, as in spans.
 */
import { castDraft, enablePatches, Immer, type Patch } from 'immer';
import type { Sources } from '../check/sources.ts';
import type { Checked } from '../check/typed.ts';
import { analyse } from '../derive/analyse.ts';
import type { Parsed } from '../syntax/parse.ts';
import { findingsOf, nothingFound, recheck, type Findings } from './findings.ts';
import { newLibrary, overlaid, recording, type Library } from './library.ts';

export interface Document {
  readonly file: string;
  readonly version: number;
  readonly text: string;
  readonly parsed: Parsed;
  readonly findings: Findings;
  /** What the last analysis of the whole file made of it, perhaps before the last keystrokes. */
  readonly analysis: Analysis | null;
}

export interface Analysis {
  readonly text: string;
  readonly checked: Checked;
}

export interface Workspace {
  readonly documents: Readonly<Record<string, Document>>;
  readonly library: Library;
}

export interface Change {
  readonly workspace: Workspace;
  readonly patches: readonly Patch[];
}

enablePatches();
/** Trees and typed models are shared with the compiler, which owns them: nothing is frozen. */
const { produceWithPatches } = new Immer({ autoFreeze: false });

export const newWorkspace = (saved: Sources): Workspace => ({ documents: {}, library: newLibrary(saved) });

/** A document was opened, or its text changed. It and the documents that import it are checked at once. */
export const edited = (workspace: Workspace, file: string, version: number, text: string): Change =>
  update(workspace, (documents, library) => {
    const parsed = library.parse(file, text);
    const { findings = nothingFound, analysis = null } = documents[file] ?? {};
    const next = { ...documents, [file]: { file, version, text, parsed, findings, analysis } };
    return rechecked(next, library);
  });

export const closed = (workspace: Workspace, file: string): Change =>
  update(workspace, (documents, library) => {
    const { [file]: _, ...others } = documents;
    return rechecked(others, library);
  });

/** Files have changed outside of the editor. */
export const refreshed = ({ documents, library }: Workspace, saved: Sources): Change => {
  const renewed = { documents, library: { ...newLibrary(saved), parse: library.parse } };
  return update(renewed, rechecked);
};

/** The slow checks of one document: warnings, and everything that derivation finds. */
export const analysed = (workspace: Workspace, file: string): Change =>
  update(workspace, (documents, library) => {
    const document = documents[file];
    if (document === undefined) return documents;
    const { text, parsed } = document;
    if (parsed.diagnostics.some(({ severity }) => severity === 'error')) return documents;
    const { sources, answers } = recording(overlaid(library, documents));
    const { checked, diagnostics } = analyse(file, sources);
    const findings = findingsOf(text, parsed, diagnostics, answers);
    return { ...documents, [file]: { ...document, findings, analysis: { text, checked } } };
  });

/** Whether the slow checks have seen the document as it is. */
export const isAnalysed = ({ text, analysis }: Document): boolean => analysis?.text === text;

type Documents = Workspace['documents'];

/** Every document is looked at: what it imports may be the one that changed. */
const rechecked = (documents: Documents, library: Library): Documents => {
  const sources = overlaid(library, documents);
  return Object.fromEntries(
    Object.entries(documents).map(([file, document]) => {
      const { text, parsed, findings: before } = document;
      const findings = recheck(before, file, text, parsed, library, sources);
      return [file, findings === before ? document : { ...document, findings }];
    }),
  );
};

/** Writes what differs into the store, field by field. */
const update = (
  workspace: Workspace,
  change: (documents: Documents, library: Library) => Documents,
): Change => {
  const next = change(workspace.documents, workspace.library);
  const [made, patches] = produceWithPatches(workspace, (draft) => {
    for (const file of Object.keys(draft.documents))
      if (next[file] === undefined) delete draft.documents[file];
    for (const [file, document] of Object.entries(next)) {
      const before = workspace.documents[file];
      if (before === document) continue;
      const values = { ...document, parsed: sealed(document.parsed), findings: sealed(document.findings) };
      if (document.analysis !== null) sealed(document.analysis);
      if (before === undefined) draft.documents[file] = castDraft(values);
      else Object.assign(draft.documents[file]!, values);
    }
  });
  return { workspace: made, patches };
};

/** Immer does not look into what is frozen. */
const sealed = <Value extends object>(value: Value): Value => Object.freeze(value);
