/** What a run of the checker knows: loaded files, checked declarations, where to report. */
import type { Fix } from '../diagnostics/diagnostic.ts';
import type { Parsed } from '../syntax/parse.ts';
import type { Span } from '../syntax/span.ts';
import type { Module } from '../syntax/tree.ts';
import type { Declaration } from '../syntax/tree.ts';
import type { CheckedInference } from './inferences.ts';
import type { CheckedLearning } from './learnings.ts';
import type { CheckedModel } from './models.ts';
import { error, type Advice, type Report, type Scope } from './scope.ts';
import type { Sources } from './sources.ts';
import { didYouMean } from './suggest.ts';
import type { Dynamics, Family } from './typed.ts';

/** A file with the declarations that its names stand for. `broken` names were reported where they are imported. */
export interface Loaded {
  readonly path: string;
  readonly tree: Module;
  readonly declared: Map<string, Reference | 'broken'>;
  /** Functions and, as hidden names, every other declaration. */
  readonly scope: Scope;
  readonly used: Set<string>;
  /** Names in a folder of the standard library, `std/families`. */
  readonly standard: (folder: string) => readonly string[];
}
export interface Reference {
  readonly declaration: Declaration;
  readonly home: Loaded;
}

export interface Session {
  readonly sources: Sources;
  readonly parse: (file: string, source: string) => Parsed;
  readonly report: Report;
  /** The prelude's functions, then the constants. */
  outermost: Scope;
  readonly parsed: Map<string, Module>;
  readonly texts: Map<string, string>;
  /** Files with syntax errors. */
  readonly unreadable: Set<string>;
  readonly loaded: Map<string, Loaded>;
  /** Files whose imports are being followed, outermost first. */
  readonly underway: string[];
  readonly functions: Map<Declaration, boolean>;
  readonly families: Map<Declaration, Family | null>;
  /** Families whose lines are being checked, outermost first: a `draw` line leads from one to the next. */
  readonly drawing: Declaration[];
  readonly dynamics: Map<Declaration, Dynamics | null>;
  readonly models: Map<Declaration, CheckedModel | null>;
  readonly inferences: Map<Declaration, CheckedInference | null>;
  readonly learnings: Map<Declaration, CheckedLearning | null>;
}

export const article = (kind: Declaration['kind']): string =>
  kind === 'inference' ? 'an inference' : kind === 'dynamics' ? 'a dynamics' : `a ${kind}`;

/** The checked form of a declaration, made at most once. */
export const remember = <Result>(
  table: Map<Declaration, Result | null>,
  declaration: Declaration,
  make: () => Result | null,
): Result | null => {
  const known = table.get(declaration);
  if (known !== undefined) return known;
  // A declaration that needs itself finds null: it is broken.
  table.set(declaration, null);
  const made = make();
  table.set(declaration, made);
  return made;
};

/** The declaration of a kind that a name stands for in a file; reports when there is none. */
export const findDeclaration = <Kind extends Declaration['kind']>(
  loaded: Loaded,
  name: string,
  span: Span,
  kind: Kind,
  report: Report,
): { readonly declaration: Extract<Declaration, { kind: Kind }>; readonly home: Loaded } | null => {
  const found = loaded.declared.get(name);
  if (found === undefined) {
    const candidates = [...loaded.declared]
      .filter(([, reference]) => reference !== 'broken' && reference.declaration.kind === kind)
      .map(([candidate]) => candidate);
    return error(report, 'NSM2008', span, `there is no ${kind} \`${name}\` here`, {
      hint: standardHint(loaded, kind, name, candidates),
      fixes: importFixes(loaded, kind, name),
    });
  }
  loaded.used.add(name);
  if (found === 'broken') return null;
  if (found.declaration.kind !== kind)
    return error(
      report,
      'NSM2007',
      span,
      `\`${name}\` is ${article(found.declaration.kind)}, and ${article(kind)} is needed here`,
      {
        secondary:
          found.home === loaded ? [{ span: found.declaration.name.span, label: 'declared here' }] : [],
        hint:
          found.declaration.kind === 'family' && kind === 'dynamics'
            ? 'Rules that move something are declared with `dynamics`, like `SGD` in "std/dynamics".'
            : null,
      },
    );
  return { declaration: found.declaration as Extract<Declaration, { kind: Kind }>, home: found.home };
};

const standardFolder = (kind: Declaration['kind']): string | null =>
  kind === 'family' ? 'std/families' : kind === 'dynamics' ? 'std/dynamics' : null;

/** Into the import of the same folder, if there is one; else a line of its own, behind the others. */
const importFixes = (
  { tree, path, standard }: Loaded,
  kind: Declaration['kind'],
  name: string,
): readonly Fix[] => {
  const folder = standardFolder(kind);
  if (folder === null || !standard(folder).includes(name)) return [];
  const last = tree.imports.find(({ from }) => from.text === folder)?.names.at(-1);
  const end = last === undefined ? tree.imports.at(-1)?.span.end : (last.alias ?? last.name).span.end;
  const line = `import { ${name} } from "${folder}"`;
  const text = last !== undefined ? `, ${name}` : end === undefined ? `${line}\n\n` : `\n${line}`;
  const span = { file: path, start: end ?? 0, end: end ?? 0 };
  return [{ title: `Import \`${name}\` from "${folder}"`, changes: [{ kind: 'replace', span, text }] }];
};

const standardHint = (
  loaded: Loaded,
  kind: Declaration['kind'],
  name: string,
  candidates: readonly string[],
): Advice | string | null => {
  const folder = standardFolder(kind);
  const standard = folder === null ? [] : loaded.standard(folder);
  if (standard.includes(name)) return `Import it: \`import { ${name} } from "${folder}"\`.`;
  return didYouMean(name, [...candidates, ...standard], 'Declare it in this file, or import it.');
};
