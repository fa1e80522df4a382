/**
 * A `.nsm` file as JavaScript modules for bundlers and loaders. What `./ipvae.nsm` stands for exports each model of the file under its
 * name; the models are modules of their own, `./ipvae.nsm?model=NAME`, and so are their kernels, `./ipvae.nsm?kernels=NAME`, so
 * that nobody loads what is not used. Pure: files come from `Sources`.
 */
import type { Sources } from '../check/sources.ts';
import type { Checked } from '../check/typed.ts';
import { analyse } from '../derive/analyse.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { define } from '../schedule/define.ts';
import type { Definition } from '../schedule/definition.ts';
import { emitJavaScript, emitKernels } from '../targets/module.ts';
import { emitNamespaces } from '../targets/tfjs/declarations.ts';
import { sourceMap, type SourceMap } from '../targets/source-map.ts';

export interface Bundled {
  /** Of the models, by their names; empty where an error stopped it. */
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly diagnostics: readonly Diagnostic[];
  /** Text of `ipvae.d.nsm.ts`; null where an error stopped it. */
  readonly declarations: string | null;
  /** The text of each file that was read. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Everything that modules of the file at `entry` are made of. Never throws on bad input. */
export const bundle = (entry: string, sources: Sources): Bundled => {
  const { checked, diagnostics } = analyse(entry, sources);
  const { texts } = checked;
  const found = [...diagnostics, ...(hasErrors(diagnostics) ? [] : missingValues(checked))];
  const stopped = { definitions: new Map(), declarations: null, texts };
  if (hasErrors(found)) return { ...stopped, diagnostics: found };
  const defined = checked.models.map(({ name }) => define(checked, { model: name }));
  const all = [...found, ...defined.flatMap((each) => each.diagnostics)];
  const definitions = defined.flatMap(({ definition }) => definition ?? []);
  if (definitions.length < defined.length) return { ...stopped, diagnostics: all };
  return {
    definitions: new Map(definitions.map((definition) => [definition.model, definition])),
    declarations: emitNamespaces(definitions),
    diagnostics: all,
    texts,
  };
};

const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

/** An import has no place to give settings in. */
const missingValues = ({ models, inferences, learnings }: Checked): readonly Diagnostic[] =>
  [...models, ...inferences, ...learnings].flatMap(({ settings }) =>
    settings
      .filter(({ initial }) => initial === null)
      .map(({ name, span }) => ({
        code: 'NSM6004',
        severity: 'error',
        message: `"${name}" has no value: it is declared without a default`,
        span,
        secondary: [],
        hint: `Write one, as in \`${name} = 16\`: what is imported is compiled with it, and may be created with another.`,
      })),
  );

/** One of the modules that a file stands for. */
export type Part =
  | { readonly kind: 'models' }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'kernels'; readonly name: string };

/** `ipvae.nsm?model=NAME` as the path of the file and the part of it; null for what is no `.nsm` file, or wanted as it is (`?raw`). */
export const partOf = (id: string): { readonly path: string; readonly part: Part } | null => {
  const [, path, query] = /^(.*\.nsm)(?:\?(.*))?$/s.exec(id) ?? [];
  if (path === undefined) return null;
  const words = new URLSearchParams(query);
  if (words.has('raw') || words.has('url')) return null;
  for (const kind of ['model', 'kernels'] as const) {
    const name = words.get(kind);
    if (name !== null) return { path, part: { kind, name } };
  }
  return { path, part: { kind: 'models' } };
};

export interface ModuleText {
  readonly code: string;
  readonly map: SourceMap | null;
}

export interface TextOptions {
  /** What its other parts are imported from: the file's name, `./ipvae.nsm`. */
  readonly self: string;
  /** How source maps name files. */
  readonly spell: (file: string) => string;
  /** Whether a later version of the module may take its place in a page (`import.meta.hot`). */
  readonly isHot: boolean;
}

/** A module of the file; null for a model that it does not have. */
export const moduleText = (
  { definitions, texts }: Bundled,
  part: Part,
  { self, spell, isHot }: TextOptions,
): ModuleText | null => {
  if (part.kind === 'models') {
    const names = [...definitions.keys()];
    return { code: (isHot ? hotModels : plainModels)(names, self), map: null };
  }
  const definition = definitions.get(part.name);
  if (definition === undefined) return null;
  if (part.kind === 'kernels') return { code: emitKernels(definition), map: null };
  const code = emitJavaScript(definition, `${self}?kernels=${part.name}`);
  return { code, map: sourceMap(code, self, (file) => texts.get(file), spell) };
};

const plainModels = (names: readonly string[], self: string): string =>
  names.length === 0
    ? 'export {};\n'
    : names.map((name) => `export * as ${name} from '${self}?model=${name}';\n`).join('');

/** The models that were exported first stay, and do what the newest ones do. */
const hotModels = (names: readonly string[], self: string): string =>
  [
    "import { replaceable } from 'nsm/runtime';",
    ...names.map((name, i) => `import * as model_${i} from '${self}?model=${name}';`),
    ...names.map(
      (name, i) => `export const ${name} = replaceable(model_${i}, import.meta.hot?.data.${name});`,
    ),
    'if (import.meta.hot) {',
    ...names.map((name) => `  import.meta.hot.data.${name} = ${name};`),
    '  import.meta.hot.accept();',
    '}',
    '',
  ].join('\n');
