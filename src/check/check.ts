/** A file and what it imports become a typed model, or errors that say what to change. */
import { bySourceOrder } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { replacement } from '../diagnostics/fixes.ts';
import { parse as parseText, type Parsed } from '../syntax/parse.ts';
import type { Declaration, Name } from '../syntax/tree.ts';
import { constantScope } from './builtins.ts';
import { checkDynamics } from './dynamics.ts';
import { checkFamily } from './families.ts';
import { load, loadPrelude } from './imports.ts';
import { checkInference, type CheckedInference } from './inferences.ts';
import { checkLearning, type CheckedLearning } from './learnings.ts';
import { lintHidden, lintImports, lintInference, lintLearning, lintModel } from './lints.ts';
import { checkModel, type CheckedModel, type Lookups } from './models.ts';
import { error, newScope, quoted, spell } from './scope.ts';
import { findDeclaration, remember, type Loaded, type Session } from './session.ts';
import type { Sources } from './sources.ts';
import type { Checked, Dynamics, Family } from './typed.ts';

export interface CheckResult {
  /** Whatever could be made sense of; complete when there are no errors. */
  readonly checked: Checked;
  /** Errors of the file and of files it imports, and warnings of the file itself, in source order. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What an editor knows from checking the same file a moment ago. */
export interface Recheck {
  /** `parse`, which may remember files that have not changed. */
  readonly parse: (file: string, source: string) => Parsed;
  /** Whether a declaration of the file is looked at. Warnings need all of them, so there are none. */
  readonly wanted: (declaration: Declaration) => boolean;
}

/** Checks the file at `entry`, or some of its declarations again. Never throws on bad input. */
export const check = (entry: string, sources: Sources, again: Recheck | null = null): CheckResult => {
  const found: Diagnostic[] = [];
  let sound = true;
  const seen = new Set<string>();
  const report = (problem: Diagnostic): void => {
    if (problem.severity === 'warning' && problem.span.file !== entry) return;
    if (problem.severity === 'error') sound = false;
    const key = `${problem.code} ${problem.span.file} ${problem.span.start} ${problem.message}`;
    if (!seen.has(key)) found.push(problem);
    seen.add(key);
  };
  const session = newSession(sources, again?.parse ?? parseText, report);
  session.outermost = loadPrelude(session, constantScope());
  const loaded = load(session, entry);
  if (loaded === null) {
    if (found.length === 0)
      error(report, 'NSM2003', { file: entry, start: 0, end: 0 }, `the file "${entry}" cannot be read`, {
        hint: 'Check the path.',
      });
    return { checked: collect(session, null), diagnostics: ordered(found, entry) };
  }
  for (const declaration of loaded.tree.declarations)
    if (again === null || again.wanted(declaration)) checkDeclaration(session, loaded, declaration);
  // What an error leaves out of sight looks unused: warnings wait until there are none.
  const tellsWarnings = sound && again === null;
  if (tellsWarnings) lint(session, loaded);
  const told = tellsWarnings ? found : found.filter((problem) => problem.severity === 'error');
  return { checked: collect(session, loaded), diagnostics: ordered(told, entry) };
};

const newSession = (sources: Sources, parse: Session['parse'], report: Session['report']): Session => ({
  sources,
  parse,
  report,
  outermost: newScope(null),
  parsed: new Map(),
  texts: new Map(),
  unreadable: new Set(),
  loaded: new Map(),
  underway: [],
  functions: new Map(),
  families: new Map(),
  drawing: [],
  dynamics: new Map(),
  models: new Map(),
  inferences: new Map(),
  learnings: new Map(),
});

/** The entry file first, then the others in the order in which they were met. */
const ordered = (diagnostics: readonly Diagnostic[], entry: string): readonly Diagnostic[] => {
  const own = diagnostics.filter(({ span }) => span.file === entry);
  return [...bySourceOrder(own), ...bySourceOrder(diagnostics.filter(({ span }) => span.file !== entry))];
};

const checkDeclaration = (session: Session, loaded: Loaded, declaration: Declaration): void => {
  switch (declaration.kind) {
    case 'function': {
      const binding = loaded.scope.names.get(declaration.name.text);
      if (binding?.kind === 'function') binding.sound();
      return;
    }
    case 'family':
      familyOf(session)({ declaration, home: loaded });
      return;
    case 'dynamics':
      dynamicsOf(session)({ declaration, home: loaded });
      return;
    case 'model':
      modelOf(session, loaded, declaration);
      return;
    case 'inference':
      inferenceOf(session, loaded, declaration);
      return;
    case 'learning':
      learningOf(session, loaded, declaration);
  }
};

const familyOf =
  (session: Session): Lookups['familyOf'] =>
  ({ declaration, home }): Family | null =>
    remember(session.families, declaration, () => {
      session.drawing.push(declaration);
      const family = checkFamily(declaration, home.scope, drawnFamily(session, home), session.report);
      session.drawing.pop();
      return family;
    });

/** The family that a `draw` line of a file names. */
const drawnFamily =
  (session: Session, home: Loaded) =>
  (name: Name): Family | null => {
    const found = findDeclaration(home, spell(name), name.span, 'family', session.report);
    if (found === null) return null;
    const { drawing } = session;
    if (!drawing.includes(found.declaration)) return familyOf(session)(found);
    const circle = drawing.slice(drawing.indexOf(found.declaration)).map((each) => each.name.text);
    return error(
      session.report,
      'NSM4016',
      name.span,
      circle.length === 1
        ? `\`${circle[0]}\` draws from itself`
        : `${quoted(circle)} draw from each other in a circle`,
      { hint: 'A draw of a family may use draws of simpler families only.' },
    );
  };

const dynamicsOf =
  (session: Session): Lookups['dynamicsOf'] =>
  ({ declaration, home }): Dynamics | null =>
    remember(session.dynamics, declaration, () => checkDynamics(declaration, home.scope, session.report));

const modelOf = (
  session: Session,
  home: Loaded,
  declaration: Extract<Declaration, { kind: 'model' }>,
): CheckedModel | null =>
  remember(session.models, declaration, () =>
    checkModel(declaration, home, familyOf(session), session.report),
  );

const lookups = (session: Session): Lookups => ({
  familyOf: familyOf(session),
  dynamicsOf: dynamicsOf(session),
});

const inferenceOf = (
  session: Session,
  home: Loaded,
  declaration: Extract<Declaration, { kind: 'inference' }>,
): CheckedInference | null =>
  remember(session.inferences, declaration, () => {
    const { model: name } = declaration;
    const found = findDeclaration(home, spell(name), name.span, 'model', session.report);
    const model = found === null ? null : modelOf(session, found.home, found.declaration);
    return model === null ? null : checkInference(declaration, home, model, lookups(session), session.report);
  });

const learningOf = (
  session: Session,
  home: Loaded,
  declaration: Extract<Declaration, { kind: 'learning' }>,
): CheckedLearning | null =>
  remember(session.learnings, declaration, () => {
    const { model: modelName, inference: inferenceName } = declaration;
    const foundModel = findDeclaration(home, spell(modelName), modelName.span, 'model', session.report);
    const model = foundModel === null ? null : modelOf(session, foundModel.home, foundModel.declaration);
    const foundInference =
      inferenceName === null
        ? null
        : findDeclaration(home, spell(inferenceName), inferenceName.span, 'inference', session.report);
    const inference =
      foundInference === null ? null : inferenceOf(session, foundInference.home, foundInference.declaration);
    if (model === null || (inferenceName !== null && inference === null)) return null;
    if (inference !== null && inference.model !== model)
      return error(
        session.report,
        'NSM5009',
        inferenceName!.span,
        `\`${spell(inferenceName!)}\` is an inference of \`${inference.model.model.name}\`, not of \`${model.model.name}\``,
        {
          hint: `Name an inference of \`${model.model.name}\`, or learn \`${inference.model.model.name}\`.`,
          fixes: [
            ...home.tree.declarations.flatMap((other) =>
              other.kind === 'inference' && spell(other.model) === spell(modelName)
                ? [replacement(inferenceName!.span, spell(other.name))]
                : [],
            ),
            replacement(modelName.span, spell(inference.declaration.model)),
          ],
        },
      );
    return checkLearning(declaration, home, model, inference, lookups(session), session.report);
  });

const lint = (session: Session, loaded: Loaded): void => {
  const { report } = session;
  lintImports(loaded, report);
  for (const declaration of loaded.tree.declarations) {
    switch (declaration.kind) {
      case 'model': {
        const model = session.models.get(declaration) ?? null;
        if (model === null) break;
        lintModel(model, report);
        const { settings, parameters, variables } = model.model;
        lintHidden([...settings, ...parameters, ...variables], loaded, report);
        break;
      }
      case 'inference': {
        const checked = session.inferences.get(declaration) ?? null;
        if (checked === null) break;
        lintInference(checked, report);
        const { settings, parameters, beliefs } = checked.inference;
        const coordinates = beliefs.flatMap((belief) =>
          belief.coordinates.map(({ name }) => ({ name, span: belief.span })),
        );
        lintHidden([...settings, ...parameters, ...coordinates], loaded, report);
        break;
      }
      case 'learning': {
        const checked = session.learnings.get(declaration) ?? null;
        if (checked !== null) lintLearning(checked, report);
        break;
      }
      case 'family':
      case 'dynamics':
      case 'function':
    }
  }
};

/** Everything that was checked: the file's own declarations and those they use. */
const collect = (session: Session, entry: Loaded | null): Checked => {
  const made = <Result>(table: ReadonlyMap<Declaration, Result | null>): readonly Result[] =>
    [...table.values()].filter((result) => result !== null);
  return {
    families: made(session.families),
    models: made(session.models).map(({ model }) => model),
    dynamics: made(session.dynamics),
    inferences: made(session.inferences).map(({ inference }) => inference),
    learnings: made(session.learnings).map(({ learning }) => learning),
    doc: entry?.tree.doc ?? null,
    texts: session.texts,
  };
};
