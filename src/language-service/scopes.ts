/** Which entities can be named at a place. */
import type { Sources } from '../check/sources.ts';
import { spell } from '../check/scope.ts';
import type { Declaration, Import, Module, Name } from '../syntax/tree.ts';
import { entityOf, namesIn, type Entity } from './entities.ts';
import { overlaid } from './library.ts';
import type { Workspace } from './workspace.ts';

/** Values, declarations, phases and parts each have names of their own. */
export interface Scope {
  /** The declaration of a kind that a name stands for in the file, whatever it imports. */
  readonly declaration: (name: string) => Entity | null;
  readonly value: (name: Name) => Entity | null;
  readonly phase: (name: Name) => Entity | null;
  readonly part: (name: Name) => Entity | null;
  /** All that `value` finds, nearest first. */
  readonly values: readonly Entity[];
  /** All that `declaration` finds. */
  readonly declarations: readonly Entity[];
}

export const textOf = (workspace: Workspace, file: string): string | null => sourcesOf(workspace).read(file);

export const sourcesOf = ({ library, documents }: Workspace): Sources => overlaid(library, documents);

export const moduleOf = (workspace: Workspace, file: string): Module | null => {
  const open = workspace.documents[file];
  if (open !== undefined) return open.parsed.module;
  const text = textOf(workspace, file);
  return text === null ? null : workspace.library.parse(file, text).module;
};

/** The files that an import of a file stands for. */
export const importedFiles = (workspace: Workspace, file: string, { from }: Import): readonly string[] => {
  const found = sourcesOf(workspace).resolve(file, from.text);
  return found.kind === 'files' ? found.files : [];
};

const shortName = (path: string): string => path.replace(/^.*[/\\]/, '').replace(/\.nsm$/, '');

/** What an import offers, by name. Of a folder a file named like what is wanted comes first, and others are not read. */
export const importedEntity = (
  workspace: Workspace,
  file: string,
  statement: Import,
  name: string,
): Entity | null => {
  const files = importedFiles(workspace, file, statement);
  const named = files.filter((path) => shortName(path) === name);
  for (const path of [...named, ...files.filter((other) => !named.includes(other))]) {
    const found = moduleOf(workspace, path)?.declarations.find(
      (declaration) => declaration.name.text === name,
    );
    if (found !== undefined) return entityOf(found);
  }
  return null;
};

/** What a file declares and imports, by the names it uses for them. */
export const fileEntities = (workspace: Workspace, file: string): readonly Entity[] => {
  const module = moduleOf(workspace, file);
  if (module === null) return [];
  const imported = module.imports.flatMap((statement) =>
    statement.names.flatMap(({ name, alias }) => {
      const original = importedEntity(workspace, file, statement, name.text);
      if (original === null) return [];
      return [alias === null ? original : { ...original, name: alias.text, span: alias.span, original }];
    }),
  );
  return [...module.declarations.map(entityOf), ...imported];
};

const preludeEntities = (workspace: Workspace): readonly Entity[] => {
  const found = sourcesOf(workspace).resolve('', 'std/prelude');
  const path = found.kind === 'files' ? found.files[0] : undefined;
  return path === undefined ? [] : (moduleOf(workspace, path)?.declarations ?? []).map(entityOf);
};

/** The scopes of a file: of a declaration in it, or of the places between them. */
export const scopesIn = (
  workspace: Workspace,
  file: string,
): ((declaration: Declaration | null) => Scope) => {
  const declarations = fileEntities(workspace, file);
  const functions = [...declarations, ...preludeEntities(workspace)];
  const named = byName(declarations);
  const find = (name: string, kind: Declaration['kind']): Declaration | null => {
    const found = named.get(name);
    return found?.kind === kind ? found.home : null;
  };
  return (declaration) => {
    const layers = declaration === null ? [] : layersOf(declaration, find);
    const own = layers.flat();
    const values = [...own.filter(({ kind }) => kind !== 'phase' && kind !== 'part'), ...functions];
    const valueNamed = byName(values);
    const special = (kind: 'phase' | 'part'): Scope['phase'] => {
      const table = byName(own.filter((entity) => entity.kind === kind));
      return (name) => table.get(spell(name)) ?? null;
    };
    return {
      declaration: (name) => named.get(name) ?? null,
      // `units'` is the axis `units` once more, unless something has that very name.
      value: (name) => valueNamed.get(spell(name)) ?? valueNamed.get(name.text) ?? null,
      phase: special('phase'),
      part: special('part'),
      values: [...valueNamed.values()],
      declarations: [...named.values()],
    };
  };
};

/** A declaration's own names, then those of what it is built on. */
const layersOf = (
  declaration: Declaration,
  find: (name: string, kind: Declaration['kind']) => Declaration | null,
): readonly (readonly Entity[])[] => {
  switch (declaration.kind) {
    case 'inference':
    case 'learning': {
      const model = find(spell(declaration.model), 'model');
      const named = declaration.kind === 'learning' ? declaration.inference : null;
      const inference = named === null ? null : find(spell(named), 'inference');
      const below = [inference, model].flatMap((each) => (each === null ? [] : [namesIn(each)]));
      const taken = new Set(below.flat().map(({ name }) => name));
      // A belief makes a coordinate of a name only where nothing has it.
      const own = namesIn(declaration).filter(({ kind, name }) => kind !== 'coordinate' || !taken.has(name));
      return [own, ...below];
    }
    case 'family':
    case 'model':
    case 'dynamics':
    case 'function':
      return [namesIn(declaration)];
  }
};

const byName = (entities: readonly Entity[]): ReadonlyMap<string, Entity> => {
  const table = new Map<string, Entity>();
  for (const entity of entities) if (!table.has(entity.name)) table.set(entity.name, entity);
  return table;
};
