/** `inference` declarations: beliefs, guards, and the statements that move states. */
import { read } from '../calculus/build.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import type { Span } from '../syntax/span.ts';
import type { BeliefStatement, GuardStatement, InferenceDeclaration, Statement } from '../syntax/tree.ts';
import { applyFamily, type ArgumentValue } from './distributions.ts';
import { evaluate, type Environment } from './expressions.ts';
import { eventAxes } from './families.ts';
import { bindingOf, type CheckedModel, type FamilyLookup } from './models.ts';
import { checkGuard, checkParam } from './parameters.ts';
import { error, lookup, newScope, quoted, spell, type Report, type Scope } from './scope.ts';
import { findDeclaration, type Loaded } from './session.ts';
import { checkSettings, refuseReserved } from './settings.ts';
import { checkStatements, type DynamicsLookup, type Movable, type StatementContext } from './statements.ts';
import { didYouMean } from './suggest.ts';
import { domainOf } from './supports.ts';
import type { Belief, Guard, Inference, Param, Variable } from './typed.ts';
import { sameSupport } from './types.ts';

/** An inference with what its learnings need to read its names. */
export interface CheckedInference {
  readonly inference: Inference;
  readonly declaration: InferenceDeclaration;
  readonly model: CheckedModel;
  /** Its settings and parameters. */
  readonly own: Scope;
}

export interface Lookups {
  readonly familyOf: FamilyLookup;
  readonly dynamicsOf: DynamicsLookup;
}

/**
 * Environments that read a model's names from a file: the file's functions, then the model's names, then names of
 * one's own. `settings` reads settings and parameters, `states` variables too.
 */
export const environmentsIn = (
  loaded: Loaded,
  model: CheckedModel,
  own: Scope,
  report: Report,
): { readonly settings: Environment; readonly states: Environment } => {
  const fixed: Scope = { ...model.settings, parent: loaded.scope };
  const hidden = newScope(fixed);
  for (const variable of model.model.variables)
    hidden.names.set(variable.name, {
      kind: 'hidden',
      explain: (at) =>
        error(report, 'NSM2013', at, `\`${variable.name}\` is a variable, and only settings and parameters can be read here`, {
          hint: 'The values of a variable differ from example to example.',
        }),
    });
  return {
    settings: { scope: { ...own, parent: hidden }, report, inlining: [] },
    states: { scope: { ...own, parent: { ...model.states, parent: fixed } }, report, inlining: [] },
  };
};

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
  const checkedSettings = checkSettings(declaration.parameters, { ...own, parent: settings.scope.parent }, report);
  for (const { setting } of checkedSettings) claim(taken, setting.name, setting.span, 'a setting of the inference', report);

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
        value: { expression: read(coordinate.name, coordinate.indices), axes: coordinate.indices, domain: domainOf(coordinate.support) },
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
  const beliefsSound = beliefs.length === declaration.members.filter((member) => member.kind === 'belief').length;
  const guards = !beliefsSound ? [] : declaration.members.flatMap((member) => (member.kind === 'guard' ? checkGuards(member, context) : []));
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

/** Names of a model and of what is built on it share one space: they are set by name when it runs. */
export type NameTable = Map<string, { readonly span: Span; readonly what: string }>;

export const namesOf = (model: CheckedModel): NameTable => {
  const { settings, parameters, variables } = model.model;
  const taken: NameTable = new Map();
  for (const { name, span } of settings) taken.set(name, { span, what: 'a setting of the model' });
  for (const { name, span } of parameters) taken.set(name, { span, what: 'a parameter of the model' });
  for (const { name, span } of variables) taken.set(name, { span, what: 'a variable of the model' });
  return taken;
};

/** Adds a name, or reports what has it already. */
export const claim = (taken: NameTable, name: string, span: Span, what: string, report: Report): void => {
  const before = taken.get(name);
  if (before === undefined) {
    taken.set(name, { span, what });
    return;
  }
  error(report, 'NSM5008', span, `\`${name}\` is already ${before.what}`, {
    secondary: before.span.file === span.file ? [{ span: before.span, label: before.what }] : [],
    hint: 'A model, its inference and its learning share their names: rename one of the two.',
  });
};

interface BeliefContext {
  readonly loaded: Loaded;
  readonly model: CheckedModel;
  readonly lookups: Lookups;
  readonly states: Environment;
  readonly taken: NameTable;
}

const checkBelief = (statement: BeliefStatement, before: readonly Belief[], context: BeliefContext): Belief | null => {
  const { model, states } = context;
  const { report } = states;
  const name = spell(statement.latent);
  const { span } = statement.latent;
  const variable = model.model.variables.find((other) => other.name === name);
  const latents = model.model.variables.filter((other) => other.role === 'latent').map((other) => other.name);
  if (variable === undefined || variable.role !== 'latent')
    return error(
      report,
      'NSM5002',
      span,
      variable === undefined ? `\`${model.model.name}\` has no latent \`${name}\`` : `\`${name}\` is ${variable.role === 'observed' ? 'observed: there is nothing to believe about it' : 'a state: it is moved itself'}`,
      { hint: didYouMean(name, latents, latents.length === 0 ? 'A belief is about a `latent` variable.' : `Beliefs are about latent variables: ${quoted(latents)}.`) },
    );
  const earlier = before.find((belief) => belief.latent === name);
  if (earlier !== undefined)
    return error(report, 'NSM2006', span, `\`${name}\` has two beliefs`, {
      secondary: [{ span: earlier.span, label: 'the first one' }],
      hint: 'Keep one.',
    });
  model.used.add(name);
  return statement.form.kind === 'natural'
    ? naturalBelief(statement, statement.form.names, variable, context)
    : familyBelief(statement, statement.form.call, variable, context);
};

/** `belief z natural u`: the latent's own family, moved in its natural parameters. */
const naturalBelief = (
  statement: BeliefStatement,
  names: Extract<BeliefStatement['form'], { kind: 'natural' }>['names'],
  variable: Variable,
  { states, taken }: BeliefContext,
): Belief | null => {
  const { report } = states;
  const { distribution } = variable;
  if (distribution === null)
    return error(report, 'NSM5002', statement.latent.span, `\`${variable.name}\` has no family whose natural parameters a belief could have`, {
      hint: `Give the belief a family: \`belief ${variable.name} ~ Normal(mean = m, log_sd = s)\`.`,
    });
  const { family } = distribution;
  if (names.length !== family.natural.length)
    return error(
      report,
      'NSM5003',
      names[0]?.span ?? statement.span,
      `\`${family.name}\` has ${family.natural.length} natural parameter${family.natural.length === 1 ? '' : 's'}, and ${names.length} ${names.length === 1 ? 'name is' : 'names are'} given`,
      { hint: `They are ${quoted(family.natural.map((natural) => natural.name))} in the family: give one name for each.` },
    );
  const events = eventAxes(variable.support);
  const coordinates = names.map((name, position) => {
    claim(taken, spell(name), name.span, 'a coordinate', report);
    refuseReserved(spell(name), name.span, report);
    const natural = family.natural[position]!.value;
    const indices = natural.indices.length > 0 ? variable.indices : variable.indices.filter((index) => !events.includes(index));
    return { name: spell(name), support: { kind: 'real' }, indices } as const;
  });
  const fixed: Record<string, Mathematics> = {};
  for (const parameter of family.parameters)
    if (parameter.fixed) fixed[parameter.name] = distribution.arguments[parameter.name]!;
  return {
    latent: variable.name,
    exact: statement.exact,
    distribution: { family, arguments: fixed, span: statement.span },
    coordinates,
    natural: true,
    span: statement.span,
  };
};

/** `belief z ~ Normal(mean = m, log_sd = s)`: names that nothing else has become coordinates. */
const familyBelief = (
  statement: BeliefStatement,
  call: Extract<BeliefStatement['form'], { kind: 'family' }>['call'],
  variable: Variable,
  { loaded, lookups, states, taken }: BeliefContext,
): Belief | null => {
  const { report } = states;
  const found = findDeclaration(loaded, spell(call.callee), call.callee.span, 'family', report);
  const family = found === null ? null : lookups.familyOf(found);
  if (family === null) return null;
  const coordinates: Belief['coordinates'][number][] = [];
  const events = eventAxes(family.support);
  const valueOf: ArgumentValue = (given, parameter) => {
    if (given.value.kind !== 'name' || lookup(states.scope, spell(given.value)) !== null) return evaluate(given.value, states);
    const name = spell(given.value);
    claim(taken, name, given.value.span, 'a coordinate', report);
    const target = family.also.find((also) => also.name === parameter.name)?.target ?? parameter.name;
    const ownEvents = (family.parameters.find((other) => other.name === target)?.over.length ?? 0) > 0;
    const indices = ownEvents ? variable.indices : variable.indices.filter((index) => !events.includes(index));
    coordinates.push({ name, support: parameter.support, indices });
    return { expression: read(name, indices), axes: indices, domain: domainOf(parameter.support), span: given.value.span };
  };
  const applied = applyFamily(call, family, states, valueOf);
  if (applied === null) return null;
  if (!sameSupport(applied.support, variable.support))
    return error(report, 'NSM5017', call.span, `\`${variable.name}\` is ${variable.support.kind}, and \`${family.name}\` gives ${applied.support.kind}`, {
      hint: `A belief lives where its variable lives. Choose a family with ${variable.support.kind} support.`,
    });
  return {
    latent: variable.name,
    exact: statement.exact,
    distribution: applied.distribution,
    coordinates,
    natural: false,
    span: statement.span,
  };
};

const findMovables = (model: CheckedModel, beliefs: readonly Belief[], statements: readonly Statement[]): readonly Movable[] => {
  const free = new Set(statements.flatMap((statement) => (statement.kind === 'free' ? statement.names.map(spell) : [])));
  const coordinates = beliefs.flatMap((belief) => belief.coordinates.map((coordinate): Movable => ({ ...coordinate, kind: 'coordinate' })));
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
      error(settings.report, 'NSM5004', target.name.span, `\`${name}\` is not moved by this inference, so it cannot be guarded here`, {
        hint: context.parameters.includes(name) ? `Guard a parameter where it is declared: \`param ${name}: ... within (...)\`.` : didYouMean(name, names),
      });
      return [];
    }
    const domain = target.step ? domainOf({ kind: 'real' }) : domainOf(movable.support);
    const guard = checkGuard(statement.within, movable.indices, domain, settings);
    return guard === null ? [] : [{ target: name, step: target.step, within: guard, span: statement.span }];
  });
};
