/** `inference` declarations: beliefs, guards, and the statements that move states. */
import { read } from '../calculus/build.ts';
import type { GuardStatement, InferenceDeclaration, Statement } from '../syntax/tree.ts';
import { checkBelief } from './beliefs.ts';
import { bindingOf, type CheckedModel, type Lookups } from './models.ts';
import type { Movable, StatementContext } from './movables.ts';
import { claim, environmentsIn, namesOf } from './names.ts';
import { checkGuard, checkParam } from './parameters.ts';
import { error, newScope, spell, type Report, type Scope } from './scope.ts';
import type { Loaded } from './session.ts';
import { checkSettings, refuseReserved } from './settings.ts';
import { checkStatements } from './statements.ts';
import { didYouMean } from './suggest.ts';
import { domainOf } from './supports.ts';
import type { Belief, Guard, Inference, Param } from './typed.ts';

/** An inference with what its learnings need to read its names. */
export interface CheckedInference {
  readonly inference: Inference;
  readonly declaration: InferenceDeclaration;
  readonly model: CheckedModel;
  /** Its settings and parameters. */
  readonly own: Scope;
}

/** Checks one inference of a file. Null when something in it is wrong. */
export const checkInference = (
  declaration: InferenceDeclaration,
  loaded: Loaded,
  model: CheckedModel,
  lookups: Lookups,
  outerReport: Report,
): CheckedInference | null => {
  let sound = true;
  const report: Report = (problem) => {
    if (problem.severity === 'error') sound = false;
    outerReport(problem);
  };
  const own = newScope(null);
  const { settings, states } = environmentsIn(loaded, model, own, report);
  const taken = namesOf(model);
  const checkedSettings = checkSettings(
    declaration.parameters,
    { ...own, parent: settings.scope.parent },
    report,
  );
  for (const { setting } of checkedSettings)
    claim(taken, setting.name, setting.span, 'a setting of the inference', report);

  const parameters: Param[] = [];
  for (const member of declaration.members) {
    if (member.kind !== 'param') continue;
    const name = spell(member.name);
    refuseReserved(name, member.name.span, report);
    claim(taken, name, member.name.span, 'a parameter of the inference', report);
    const param = checkParam(member, model.dims, settings);
    for (const axis of member.type.axes) model.used.add(axis.text);
    own.names.set(name, param === null ? { kind: 'broken' } : bindingOf(param));
    if (param !== null) parameters.push(param);
  }

  const beliefs: Belief[] = [];
  for (const member of declaration.members) {
    if (member.kind !== 'belief') continue;
    const belief = checkBelief(member, beliefs, { loaded, model, lookups, states, taken });
    if (belief === null) continue;
    beliefs.push(belief);
    for (const coordinate of belief.coordinates)
      own.names.set(coordinate.name, {
        kind: 'value',
        value: {
          expression: read(coordinate.name, coordinate.indices),
          axes: coordinate.indices,
          domain: domainOf(coordinate.support),
        },
        span: belief.span,
      });
  }
  const movables = findMovables(model, beliefs, declaration.members);
  const context: StatementContext = {
    place: 'inference',
    loaded,
    dynamicsOf: lookups.dynamicsOf,
    model: model.model,
    beliefs,
    movables,
    parameters: [...model.model.parameters, ...parameters].map((param) => param.name),
    states,
    settings,
    repeated: false,
    started: new Set(),
    moved: new Set(),
  };
  // With a broken belief the names of its coordinates are not known: the rest would be one long cascade.
  const beliefsSound =
    beliefs.length === declaration.members.filter((member) => member.kind === 'belief').length;
  const guards = !beliefsSound
    ? []
    : declaration.members.flatMap((member) => (member.kind === 'guard' ? checkGuards(member, context) : []));
  const body = beliefsSound ? checkStatements(declaration.members, context) : [];
  if (!sound) return null;
  const inference: Inference = {
    name: declaration.name.text,
    doc: declaration.doc,
    span: declaration.name.span,
    model: model.model,
    settings: checkedSettings.map(({ setting }) => setting),
    parameters,
    beliefs,
    guards,
    body,
  };
  return { inference, declaration, model, own };
};

const findMovables = (
  model: CheckedModel,
  beliefs: readonly Belief[],
  statements: readonly Statement[],
): readonly Movable[] => {
  const free = new Set(
    statements.flatMap((statement) => (statement.kind === 'free' ? statement.names.map(spell) : [])),
  );
  const coordinates = beliefs.flatMap((belief) =>
    belief.coordinates.map((coordinate): Movable => ({ ...coordinate, kind: 'coordinate' })),
  );
  const variables = model.model.variables
    .filter((variable) => !beliefs.some((belief) => belief.latent === variable.name))
    .filter((variable) => variable.role !== 'observed' || free.has(variable.name))
    .map(({ name, role, indices, support }): Movable => ({ name, kind: role, indices, support }));
  return [...coordinates, ...variables];
};

const checkGuards = (statement: GuardStatement, context: StatementContext): readonly Guard[] => {
  const { settings } = context;
  return statement.targets.flatMap((target): readonly Guard[] => {
    const name = spell(target.name);
    const movable = context.movables.find((other) => other.name === name);
    if (movable === undefined) {
      const names = context.movables.map((other) => other.name);
      error(
        settings.report,
        'NSM5004',
        target.name.span,
        `\`${name}\` is not moved by this inference, so it cannot be guarded here`,
        {
          hint: context.parameters.includes(name)
            ? `Guard a parameter where it is declared: \`param ${name}: ... within (...)\`.`
            : didYouMean(name, names),
        },
      );
      return [];
    }
    const domain = target.step ? domainOf({ kind: 'real' }) : domainOf(movable.support);
    const guard = checkGuard(statement.within, movable.indices, domain, settings);
    return guard === null ? [] : [{ target: name, step: target.step, within: guard, span: statement.span }];
  });
};
