/** What may be written at the cursor: names in scope of the right kind, and keywords that the grammar takes. */
import { builtinNames, constants } from '../check/builtins.ts';
import type { Declaration } from '../syntax/tree.ts';
import { cursorAt, due, keywordsAt, openCall, takesName, type Cursor, type Due } from './cursor.ts';
import { namesIn, type Entity, type EntityKind } from './entities.ts';
import { fileEntities, importedFiles, moduleOf, scopesIn, sourcesOf, textOf, type Scope } from './scopes.ts';
import { builtinCall, signatureOf } from './signatures.ts';
import { typeOf } from './types.ts';
import { wordMeanings } from './words.ts';
import type { Workspace } from './workspace.ts';

export interface Completion {
  readonly label: string;
  readonly kind: EntityKind | 'keyword' | 'support' | 'word' | 'builtin function' | 'argument' | 'file';
  /** A type or a signature. */
  readonly detail: string | null;
  readonly doc: string | null;
  /** What to write, where that is more than the label. */
  readonly insert: string | null;
}

export interface Completions {
  /** What a completion replaces. */
  readonly start: number;
  readonly end: number;
  readonly items: readonly Completion[];
}

export const completion = (workspace: Workspace, file: string, offset: number): Completions => {
  const text = textOf(workspace, file) ?? '';
  const cursor = cursorAt(text, offset);
  const { start, end, place } = cursor;
  if (place === 'comment') return { start, end, items: [] };
  if (place === 'text') return importPaths(workspace, file, text, offset);
  if (cursor.before[0]?.image === 'import')
    return { start, end, items: importNames(workspace, file, offset, cursor) };
  const expected = due(cursor);
  const isName = takesName(cursor);
  const isValue = isName && expected?.rules.at(-1) === 'unary';
  const keywords = isValue ? [] : keywordsAt(cursor);
  const names = isName && expected !== null ? namesAt({ workspace, file, offset, cursor, expected }) : [];
  return { start, end, items: unique([...names, ...keywords.map((word) => plain(word, 'keyword'))]) };
};

const plain = (label: string, kind: Completion['kind']): Completion => ({
  label,
  kind,
  detail: null,
  doc: Object.hasOwn(wordMeanings, label) && kind !== 'keyword' ? wordMeanings[label]! : null,
  insert: null,
});

const unique = (items: readonly Completion[]): readonly Completion[] =>
  items.filter(({ label }, n) => items.findIndex((other) => other.label === label) === n);

interface Place {
  readonly workspace: Workspace;
  readonly file: string;
  readonly offset: number;
  readonly cursor: Cursor;
  readonly expected: Due;
}

const namesAt = (place: Place): readonly Completion[] => {
  const { workspace, file, offset, cursor, expected } = place;
  const declaration = holder(workspace, file, offset);
  const scope = scopesIn(workspace, file)(declaration);
  // Further names of a list are due in the rule of a name, the first in that of the list.
  const rules = expected.rules.at(-2) === 'names' ? expected.rules.slice(0, -1) : expected.rules;
  const [outer, inner] = rules.slice(-2);
  const last = cursor.before.at(-1)?.image ?? '';
  const shown = (entities: readonly Entity[]): readonly Completion[] =>
    entities.map((entity) => completionOf(entity, workspace, file));
  const values = (...kinds: readonly EntityKind[]): readonly Completion[] =>
    shown(scope.values.filter(({ kind }) => kinds.includes(kind)));
  const declared = (kind: Declaration['kind']): readonly Completion[] =>
    shown(scope.declarations.filter((entity) => entity.kind === kind));
  const words = (...all: readonly string[]): readonly Completion[] => all.map((word) => plain(word, 'word'));
  if (last === 'in') return shown(phases(declaration));
  switch (inner) {
    case 'unary':
    case 'argument':
      return [...argumentsAt(place, scope), ...valuesAt(place, shown(scope.values.filter(isReadable)))];
    case 'call': {
      // Right behind a parenthesis begins an argument; elsewhere the name of a family or a dynamics is due.
      if (last === '(' || last === ',')
        return [...argumentsAt(place, scope), ...valuesAt(place, shown(scope.values.filter(isReadable)))];
      return declared(
        outer === 'variable' || outer === 'familyDraw' || outer === 'belief' ? 'family' : 'dynamics',
      );
    }
    case 'names':
      if (outer === 'type' || outer === 'call') return values('axis');
      if (outer === 'belief') return [];
      if (outer === 'clause' && declaration?.kind === 'learning') return values('parameter');
      return values(...movable);
    case 'guard':
    case 'guarded':
      return values('coordinate', ...movable);
    case 'name':
      switch (outer) {
        case 'type':
          return last === ':' || cursor.before.at(-1)?.tokenType.name === 'Support'
            ? supports(cursor)
            : values('axis');
        case 'inferenceHeader':
          return last === 'of' ? declared('model') : [];
        case 'learningHeader':
          return last === 'of' ? declared('model') : last === 'by' ? declared('inference') : [];
        case 'belief':
          return values('latent');
        case 'start':
          return words('feedforward');
        case 'rolling':
          return words('prior');
        case 'persist':
          return words('chain', 'example');
        case 'predict':
          return words(last === 'by' ? 'branch' : 'soma');
        case 'decision':
          return words('metropolis_hastings');
        case 'logPartition':
          return words('quadrature');
        case 'fromPhase':
          return shown(phases(declaration));
        case 'set':
          return values('setting');
        case 'differential':
          return values('moved variable', 'state');
        default:
          return [];
      }
    case 'integrate':
    case 'parts': {
      const parts = shown(namesOf(declaration).filter(({ kind }) => kind === 'part'));
      return last === 'integrate' ? [...parts, plain('by', 'keyword')] : parts;
    }
    default:
      return [];
  }
};

const movable = ['coordinate', 'state', 'latent', 'observed'] as const;

const isReadable = ({ kind }: Entity): boolean =>
  !['energy', 'measure', 'family', 'model', 'dynamics', 'inference', 'learning'].includes(kind);

const namesOf = (declaration: Declaration | null): readonly Entity[] =>
  declaration === null ? [] : namesIn(declaration);

const phases = (declaration: Declaration | null): readonly Entity[] =>
  namesOf(declaration).filter(({ kind }) => kind === 'phase');

/** The declaration around an offset; one that is not closed yet reaches to the next. */
export const holder = (workspace: Workspace, file: string, offset: number): Declaration | null =>
  moduleOf(workspace, file)?.declarations.findLast(({ span }) => span.start <= offset) ?? null;

const valuesAt = ({ cursor, expected }: Place, values: readonly Completion[]): readonly Completion[] => [
  ...(expected.rules.includes('descend') && !expected.rules.includes('clause')
    ? ['free_energy', 'energy', 'belief_energy'].map((word) => plain(word, 'word'))
    : []),
  ...values,
  ...(cursor.body === 'dynamics'
    ? [
        ...['objective', 'noise', 'uniform', 'flipped', 'acceptance', 'gradient_norm', 'replica'].map(
          (word) => plain(word, 'word'),
        ),
        ...['grad', 'natural_grad', 'curvature', 'conditional_mean', 'conditional_draw'].map(builtin),
      ]
    : []),
  ...(cursor.body === 'family' ? [plain('x', 'word')] : []),
  ...(expected.rules.includes('param') ? ['normal', 'uniform', 'glorot'].map(builtin) : []),
  ...constants.map((word) => plain(word, 'word')),
  ...builtinNames.map(builtin),
];

const builtin = (label: string): Completion => ({
  label,
  kind: 'builtin function',
  detail: builtinCall(label)?.label ?? null,
  doc: null,
  insert: null,
});

/** `rate = `, where an argument begins that may be given by name. */
const argumentsAt = ({ cursor, workspace }: Place, scope: Scope): readonly Completion[] => {
  const call = openCall(cursor);
  if (!call?.begins) return [];
  const meant = calleeOf(call.callee, scope);
  const parameters = meant === null ? [] : signatureOf(meant.home, workspace).parameters;
  const all =
    meant === null && call.callee === 'free_energy' ? builtinCall('free_energy')!.parameters : parameters;
  return all.map(({ name, label }) => ({
    label: name,
    kind: 'argument',
    detail: label,
    doc: null,
    insert: `${name} = `,
  }));
};

/** What a call calls: a function, a family or a dynamics. */
export const calleeOf = (name: string, scope: Scope): Entity | null => {
  const bare = { kind: 'name', text: name, primes: 0, span: { file: '', start: 0, end: 0 } } as const;
  const found = scope.value(bare) ?? scope.declaration(name);
  return found !== null && ['function', 'family', 'dynamics'].includes(found.kind)
    ? (found.original ?? found)
    : null;
};

const supportNames = [
  ...['real', 'positive', 'unit', 'binary', 'spin', 'count', 'integer', 'angle', 'one_hot', 'simplex'],
];

const supports = ({ before, body }: Cursor): readonly Completion[] => {
  const inHeader = !before.some(({ image }) => image === '{') && before[0]?.image !== 'function';
  const ofFamily = body === 'family' || before[0]?.image === 'family';
  const more = [...(inHeader && !ofFamily ? ['dim', 'int'] : []), ...(ofFamily ? ['positive_definite'] : [])];
  return [...more, ...supportNames].map((name) => plain(name, 'support'));
};

const completionOf = (entity: Entity, workspace: Workspace, file: string): Completion => {
  const original = entity.original ?? entity;
  const { home, kind } = original;
  const checked = workspace.documents[file]?.analysis?.checked ?? null;
  const isCall = kind === 'function' || kind === 'family' || kind === 'dynamics';
  const detail = isCall
    ? signatureOf(home, workspace).label
    : checked === null
      ? null
      : typeOf(original, checked);
  return { label: entity.name, kind, detail, doc: original.doc, insert: null };
};

const importNames = (
  workspace: Workspace,
  file: string,
  offset: number,
  { before }: Cursor,
): readonly Completion[] => {
  const last = before.at(-1)?.image;
  if (last === '}') return [plain('from', 'keyword')];
  if (last !== '{' && last !== ',') return last === 'import' ? [] : [plain('as', 'keyword')];
  const statement = moduleOf(workspace, file)?.imports.find(
    ({ span }) => span.start <= offset && offset <= span.end,
  );
  // Half an import is not in the tree: the line has its path.
  const line = /from\s+"([^"\n]*)"/.exec((textOf(workspace, file) ?? '').slice(offset).split('\n')[0] ?? '');
  const path = statement?.from.text ?? line?.[1];
  const sources = sourcesOf(workspace);
  const files =
    statement !== undefined
      ? importedFiles(workspace, file, statement)
      : (path === undefined ? ['std/families', 'std/dynamics'] : [path]).flatMap((from) => {
          const found = sources.resolve(file, from);
          return found.kind === 'files' ? found.files : [];
        });
  return files.flatMap((from) =>
    fileEntities(workspace, from)
      .filter(({ span }) => span.file === from)
      .map((entity) => completionOf(entity, workspace, file)),
  );
};

const importPaths = (workspace: Workspace, file: string, text: string, offset: number): Completions => {
  const start = text.lastIndexOf('"', offset - 1) + 1;
  const end = offset + /^[^"\n]*/.exec(text.slice(offset))![0].length;
  const typed = text.slice(start, offset);
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  const paths = [folder, ...(folder === '' ? ['std/', './'] : [])].flatMap((from) => {
    // A name that nothing has: the answer lists what there is.
    const found = sourcesOf(workspace).resolve(file, `${from}?`);
    return found.kind === 'missing' ? found.candidates : [];
  });
  return { start, end, items: unique(paths.map((path) => plain(path, 'file'))) };
};
