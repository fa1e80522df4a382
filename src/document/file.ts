/** A model file as the site knows it: its text, its tree, what it means and whom it names. */
import { check } from '../check/check.ts';
import type { Sources } from '../check/sources.ts';
import type { Checked } from '../check/typed.ts';
import { explainAlone } from '../derive/explain-dynamics.ts';
import { explain, type Explanation } from '../derive/explain.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { parse } from '../syntax/parse.ts';
import type { Declaration, Module } from '../syntax/tree.ts';
import { sectionsOf, type Section } from './sections.ts';

export interface DocumentedFile {
  /** Its place in the site, without an extension: `models/ipvae`. */
  readonly page: string;
  readonly path: string;
  readonly text: string;
  readonly tree: Module;
  readonly checked: Checked;
  /** As `nsm explain` has it, and verdicts on all dynamics of the file, also on those that it uses. */
  readonly explanation: Explanation;
  readonly sections: readonly Section[];
  /** Where imported names are declared: the files that an import of the name may mean. */
  readonly imported: ReadonlyMap<string, readonly string[]>;
}

/** What is wrong with the file instead, where it has errors. */
export const documentFile = (
  page: string,
  path: string,
  sources: Sources,
): DocumentedFile | { readonly errors: readonly Diagnostic[] } => {
  const text = sources.read(path) ?? '';
  const { module: tree } = parse(path, text);
  const { checked, diagnostics } = check(path, sources);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { errors };
  const isOwn = ({ name }: { readonly name: string }): boolean =>
    tree.declarations.some((declaration) => declaration.name.text === name);
  const explanation = { ...explain(checked), dynamics: checked.dynamics.filter(isOwn).map(explainAlone) };
  const imported = new Map(
    tree.imports.flatMap(({ names, from }) => {
      const found = sources.resolve(path, from.text);
      const files = found.kind === 'files' ? found.files : [];
      return names.map(({ name, alias }) => [(alias ?? name).text, files] as const);
    }),
  );
  return { page, path, text, tree, checked, explanation, sections: sectionsOf(explanation), imported };
};

/** The sections of a declaration: its own, and those of its phases, starts and samplers. */
export const sectionsAbout = (file: DocumentedFile, name: string): readonly Section[] =>
  file.sections.filter(({ of }) => of === name || of.endsWith(` of ${name}`));

/** The line that says what a declaration is called and takes: its text up to its body. */
export const signatureOf = (file: DocumentedFile, { kind, span }: Declaration): string => {
  const whole = file.text.slice(span.start, span.end);
  const text = whole.slice(Math.max(0, whole.search(/^(?!\s*\/\/)\s*\S/m))).trimStart();
  if (kind === 'function') return text.trimEnd();
  const end = text.indexOf('{');
  return (end < 0 ? text : text.slice(0, end)).trimEnd();
};
