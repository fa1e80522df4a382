/** Loading of files: what they declare, and what the names in their imports stand for. */
import { distance } from '../diagnostics/distance.ts';
import { removal } from '../diagnostics/fixes.ts';
import { cover } from '../syntax/span.ts';
import type { Declaration, Import, Module } from '../syntax/tree.ts';
import { builtinNames, reservedNames } from './builtins.ts';
import { checkFunction } from './functions.ts';
import { error, list, newScope, warning, type Advice, type Binding, type Scope } from './scope.ts';
import { article, type Loaded, type Reference, type Session } from './session.ts';
import type { Resolution } from './sources.ts';
import { didYouMean } from './suggest.ts';

/** A parsed file, or null when it cannot be read. Syntax errors are reported once, and make it empty. */
const parseFile = (session: Session, path: string): Module | null => {
  const known = session.parsed.get(path);
  if (known !== undefined) return known;
  const text = session.sources.read(path);
  if (text === null) return null;
  session.texts.set(path, text);
  const { module, diagnostics } = session.parse(path, text);
  session.parsed.set(path, module);
  diagnostics.forEach(session.report);
  if (diagnostics.some((problem) => problem.severity === 'error')) session.unreadable.add(path);
  return module;
};

/** A file with its names resolved. Null when it cannot be read or has syntax errors. */
export const load = (session: Session, path: string): Loaded | null => {
  const known = session.loaded.get(path);
  if (known !== undefined) return known;
  const tree = parseFile(session, path);
  if (tree === null || session.unreadable.has(path)) return null;
  const used = new Set<string>();
  const standard = standardNames(session, path);
  const loaded: Loaded = {
    path,
    tree,
    declared: new Map(),
    scope: newScope(scopeAround(session, path), used),
    used,
    standard,
  };
  session.loaded.set(path, loaded);
  session.underway.push(path);
  for (const statement of tree.imports) loadImport(session, loaded, statement);
  for (const declaration of tree.declarations) declare(session, loaded, declaration);
  session.underway.pop();
  return loaded;
};

/** The prelude itself, under whatever path, does not lie in its own scope. */
const scopeAround = (session: Session, path: string): Scope => {
  const { sources, texts, outermost } = session;
  const found = sources.resolve('', 'std/prelude');
  const isPrelude = found.kind === 'files' && texts.get(found.files[0]!) === texts.get(path);
  return isPrelude ? (outermost.parent ?? outermost) : outermost;
};

/** The prelude's functions are the scope around every file. */
export const loadPrelude = (session: Session, constants: Scope): Scope => {
  const found = session.sources.resolve('', 'std/prelude');
  const path = found.kind === 'files' ? found.files[0] : undefined;
  const tree = path === undefined ? null : parseFile(session, path);
  if (tree === null || path === undefined) return constants;
  const standard = (): readonly string[] => [];
  const loaded: Loaded = {
    path,
    tree,
    declared: new Map(),
    scope: newScope(constants),
    used: new Set(),
    standard,
  };
  for (const declaration of tree.declarations)
    loaded.scope.names.set(declaration.name.text, bind(session, { declaration, home: loaded }));
  return loaded.scope;
};

/** What the standard library has of a kind, by the names of its files. */
const standardNames =
  (session: Session, from: string): Loaded['standard'] =>
  (folder) => {
    const found = session.sources.resolve(from, folder);
    return found.kind === 'files' ? found.files.map(shortName) : [];
  };

const bind = (session: Session, reference: Reference): Binding => {
  const { declaration, home } = reference;
  if (declaration.kind === 'function') {
    const sound = (): boolean => {
      const known = session.functions.get(declaration);
      if (known !== undefined) return known;
      // A function that is reached again while it is checked calls itself; that is reported where it happens.
      session.functions.set(declaration, true);
      const result = checkFunction(declaration, home.scope, session.report);
      session.functions.set(declaration, result);
      return result;
    };
    return { kind: 'function', declaration, scope: home.scope, sound };
  }
  return {
    kind: 'hidden',
    explain: (at) =>
      error(
        session.report,
        'NSM2013',
        at,
        `\`${declaration.name.text}\` is ${article(declaration.kind)}, not a value`,
        {
          hint:
            declaration.kind === 'family'
              ? `Variables are drawn from it: \`latent z ~ ${declaration.name.text}(...)\`.`
              : 'Formulas read settings, parameters and variables.',
        },
      ),
  };
};

const declare = (session: Session, loaded: Loaded, declaration: Declaration): void => {
  const { text, span } = declaration.name;
  const before = loaded.declared.get(text);
  const hidesBuiltin = declaration.kind === 'function' && builtinNames.includes(text);
  if (reservedNames.has(text) || hidesBuiltin)
    error(session.report, 'NSM2012', span, `\`${text}\` already means something everywhere`, {
      hint: 'Choose another name.',
    });
  if (before !== undefined) {
    const first =
      before === 'broken' || before.home !== loaded ? importSpan(loaded, text) : before.declaration.name.span;
    error(session.report, 'NSM2006', span, `\`${text}\` is declared twice`, {
      secondary: first === null ? [] : [{ span: first, label: 'declared here first' }],
      hint: 'Rename one of the two; an imported name can be renamed with `as`.',
    });
    return;
  }
  if (declaration.kind === 'function' && loaded.scope.parent?.names.has(text))
    warning(
      session.report,
      'NSM9005',
      span,
      `\`${text}\` hides the function of that name in the standard prelude`,
      {
        hint: 'Rename it, unless that is meant.',
      },
    );
  const reference = { declaration, home: loaded };
  loaded.declared.set(text, reference);
  loaded.scope.names.set(text, bind(session, reference));
};

const importSpan = (loaded: Loaded, name: string) => {
  for (const statement of loaded.tree.imports)
    for (const item of statement.names) {
      const local = item.alias ?? item.name;
      if (local.text === name) return local.span;
    }
  return null;
};

const loadImport = (session: Session, loaded: Loaded, statement: Import): void => {
  const { report } = session;
  const { text, span } = statement.from;
  const resolution = session.sources.resolve(loaded.path, text);
  const breakAll = (): void => {
    for (const item of statement.names) {
      const local = (item.alias ?? item.name).text;
      loaded.declared.set(local, 'broken');
      loaded.scope.names.set(local, { kind: 'broken' });
    }
  };
  if (resolution.kind === 'missing') {
    error(report, 'NSM2003', span, resolution.problem ?? `nothing is found at "${text}"`, {
      hint: missingHint(text, resolution),
    });
    breakAll();
    return;
  }
  const wanted = statement.names.map((item) => item.name.text);
  const files = filesFor(wanted, resolution.files);
  const circle = files.find((path) => session.underway.includes(path));
  if (circle !== undefined && resolution.files.length === 1) {
    const chain = [...session.underway.slice(session.underway.indexOf(circle)), circle].map(shortName);
    error(
      report,
      'NSM2005',
      span,
      chain.length === 2 ? 'the file imports itself' : `these files import each other: ${chain.join(' -> ')}`,
      {
        hint: 'Move what both need into a third file.',
        fixes: chain.length === 2 ? [removal(statement.span, 'the import')] : [],
      },
    );
    breakAll();
    return;
  }
  const available = new Map<string, Reference>();
  let unreadable = false;
  for (const path of files) {
    if (session.underway.includes(path)) continue;
    const other = load(session, path);
    if (other === null) unreadable = true;
    for (const declaration of other?.tree.declarations ?? [])
      if (!available.has(declaration.name.text))
        available.set(declaration.name.text, { declaration, home: other! });
  }
  for (const item of statement.names) {
    const local = (item.alias ?? item.name).text;
    const reference = available.get(item.name.text);
    const before = loaded.declared.get(local);
    if (before !== undefined) {
      error(report, 'NSM2006', (item.alias ?? item.name).span, `\`${local}\` is imported twice`, {
        hint: 'Keep one of the two, or rename one with `as`.',
        fixes: [
          removal(
            statement.names.length === 1
              ? statement.span
              : cover(item.name.span, (item.alias ?? item.name).span),
            'this one',
          ),
        ],
      });
      continue;
    }
    if (reference === undefined) {
      if (!unreadable)
        error(report, 'NSM2004', item.name.span, `"${text}" has nothing called \`${item.name.text}\``, {
          hint: didYouMean(item.name.text, offered(session, available, resolution.files)),
        });
      loaded.declared.set(local, 'broken');
      loaded.scope.names.set(local, { kind: 'broken' });
      continue;
    }
    loaded.declared.set(local, reference);
    loaded.scope.names.set(local, bind(session, reference));
  }
};

/** Of a folder, only the files named like what is wanted, when there is one for each name: the rest is not read. */
const filesFor = (wanted: readonly string[], files: readonly string[]): readonly string[] => {
  if (files.length <= 1) return files;
  const named = wanted.map((name) => files.find((path) => shortName(path) === name));
  return named.every((path) => path !== undefined) ? [...new Set(named)] : files;
};

const offered = (
  session: Session,
  available: ReadonlyMap<string, Reference>,
  files: readonly string[],
): readonly string[] => {
  const names = new Set(available.keys());
  if (names.size === 0)
    for (const path of files)
      for (const { name } of parseFile(session, path)?.declarations ?? []) names.add(name.text);
  return [...names];
};

const shortName = (path: string): string => path.replace(/^.*[/\\]/, '').replace(/\.nsm$/, '');

const missingHint = (
  specifier: string,
  { candidates }: Extract<Resolution, { kind: 'missing' }>,
): Advice | string => {
  const near = candidates
    .map((candidate) => ({ candidate, edits: distance(specifier, candidate) }))
    .filter(({ edits }) => edits <= Math.max(2, specifier.length / 3))
    .sort((a, b) => a.edits - b.edits)[0];
  if (near !== undefined)
    return { hint: `Did you mean "${near.candidate}"?`, instead: `"${near.candidate}"` };
  if (specifier.startsWith('std'))
    return `The standard library has ${list(candidates.map((each) => `"${each}"`))}.`;
  if (specifier.startsWith('.'))
    return 'The path goes from the folder of this file, and may leave out `.nsm`.';
  return `Install the package, or write "./${specifier}" for a file beside this one.`;
};
