/** `model` declarations: parameters, variables with their families, energies. */
import { read } from '../calculus/build.ts';
import { axisOf } from '../calculus/expression.ts';
import type { Span } from '../syntax/span.ts';
import type {
  DynamicsDeclaration,
  FamilyDeclaration,
  FormulaMember,
  ModelDeclaration,
  ModelMember,
  StateMember,
  VariableMember,
} from '../syntax/tree.ts';
import { within } from './axes.ts';
import { metricNames } from './builtins.ts';
import { applyFamily } from './distributions.ts';
import { evaluate, type Environment } from './expressions.ts';
import { checkParam } from './parameters.ts';
import {
  error,
  newScope,
  quoted,
  showAxes,
  spell,
  type Binding,
  type Report,
  type Scope,
  type Value,
} from './scope.ts';
import { findDeclaration, type Loaded } from './session.ts';
import { checkSettings, refuseReserved } from './settings.ts';
import { domainOf } from './supports.ts';
import type { Dynamics, Family, Model, Param, Variable } from './typed.ts';
import { resolveType, sameSupport, type ResolvedType } from './types.ts';

/** A model with what its inferences need to read its names. */
export interface CheckedModel {
  readonly model: Model;
  readonly declaration: ModelDeclaration;
  readonly dims: readonly string[];
  /** Settings and parameters; `states` adds variables. Both share `used`. */
  readonly settings: Scope;
  readonly states: Scope;
  readonly used: Set<string>;
  /** Names read by the model itself. */
  readonly usedByModel: ReadonlySet<string>;
}

export interface Lookups {
  readonly familyOf: FamilyLookup;
  readonly dynamicsOf: DynamicsLookup;
}

export type DynamicsLookup = (found: { declaration: DynamicsDeclaration; home: Loaded }) => Dynamics | null;
export type FamilyLookup = (found: { declaration: FamilyDeclaration; home: Loaded }) => Family | null;

/** Checks one model of a file. Null when something in it is wrong. */
export const checkModel = (
  declaration: ModelDeclaration,
  loaded: Loaded,
  familyOf: FamilyLookup,
  outerReport: Report,
): CheckedModel | null => {
  let sound = true;
  const report: Report = (problem) => {
    if (problem.severity === 'error') sound = false;
    outerReport(problem);
  };
  const used = new Set<string>();
  const settingsScope = newScope(loaded.scope, used);
  const statesScope = newScope(settingsScope, used);
  const environment: Environment = { scope: statesScope, report, inlining: [] };
  const settings = checkSettings(declaration.parameters, settingsScope, report);
  const dims = declaration.parameters
    .filter((parameter) => parameter.type?.support.text === 'dim')
    .map((parameter) => spell(parameter.name));
  const declared = new Map<string, Span>(settings.map(({ setting }) => [setting.name, setting.span]));
  for (const member of declaration.members) refuseTwice(member, declared, report);

  const parameters: Param[] = [];
  for (const member of declaration.members) {
    if (member.kind !== 'param') continue;
    const param = checkParam(member, dims, { ...environment, scope: settingsScope });
    const name = spell(member.name);
    if (param === null) settingsScope.names.set(name, { kind: 'broken' });
    else {
      parameters.push(param);
      settingsScope.names.set(name, bindingOf(param));
    }
    for (const axis of member.type.axes) used.add(axis.text);
  }

  const variables = checkVariables(declaration.members, { loaded, familyOf, environment, dims });
  const formulas = (kind: FormulaMember['kind']): readonly Formula[] =>
    declaration.members.flatMap((member) =>
      member.kind === kind ? (checkFormula(member, environment) ?? []) : [],
    );
  const energies = formulas('energy').map(({ name, value, span }) => ({ name, value, span }));
  // What is only reported makes no use of a variable.
  const usedByModel = new Set(used);
  const measures = formulas('measure');
  // A variable whose family could not be read is missing here: what uses it would be blamed for that.
  const missing = variables.length < declaration.members.filter(isVariable).length;
  if (!sound || missing) return null;
  const model: Model = {
    name: declaration.name.text,
    doc: declaration.doc,
    span: declaration.name.span,
    settings: settings.map(({ setting }) => setting),
    parameters,
    variables,
    energies,
    measures,
  };
  for (const variable of variables) for (const index of variable.indices) used.add(axisOf(index));
  return {
    model,
    declaration,
    dims,
    settings: settingsScope,
    states: statesScope,
    used,
    usedByModel,
  };
};

type Formula = Model['measures'][number];

/** An energy or a measure: one number of each example. */
const checkFormula = (member: FormulaMember, environment: Environment): Formula | null => {
  const { report } = environment;
  const name = spell(member.name);
  const { kind, doc, span } = member;
  if (kind === 'measure' && (metricNames.has(name) || name.startsWith('r2_')))
    return error(report, 'NSM2012', member.name.span, `\`${name}\` is measured of every model`, {
      hint: 'Choose another name.',
    });
  const value = evaluate(member.value, environment);
  if (value === null) return null;
  if (value.axes.length === 0) return { name, doc, value: value.expression, span };
  const article = kind === 'energy' ? 'an' : 'a';
  return error(
    report,
    'NSM3007',
    value.span,
    `${article} ${kind} is a single number, and this is ${showAxes(value.axes)}`,
    { hint: 'Sum it: `sum(...)` adds up every entry, `sum(... over axis)` one axis.' },
  );
};

export const bindingOf = (param: Param): Binding => ({
  kind: 'value',
  value: {
    expression: read(param.name, param.indices),
    axes: param.indices,
    domain: domainOf(param.support),
  },
  span: param.span,
});

const refuseTwice = (member: ModelMember, declared: Map<string, Span>, report: Report): void => {
  const name = spell(member.name);
  const before = declared.get(name);
  refuseReserved(name, member.name.span, report);
  if (before !== undefined)
    error(report, 'NSM2006', member.name.span, `\`${name}\` is declared twice`, {
      secondary: [{ span: before, label: 'declared here first' }],
      hint: 'Rename one of the two.',
    });
  else declared.set(name, member.name.span);
};

interface VariableContext {
  readonly loaded: Loaded;
  readonly familyOf: FamilyLookup;
  readonly environment: Environment;
  readonly dims: readonly string[];
}

const isVariable = (member: ModelMember): member is VariableMember | StateMember =>
  member.kind === 'latent' || member.kind === 'observed' || member.kind === 'state';

/**
 * Variables may be written in any order: each is checked when something first reads it, because its axes follow
 * from the arguments of its distribution.
 */
const checkVariables = (members: readonly ModelMember[], context: VariableContext): readonly Variable[] => {
  const { scope, report } = context.environment;
  const results = new Map<ModelMember, Variable | null>();
  const underway: (VariableMember | StateMember)[] = [];
  const all = members.filter(isVariable);

  const resolve = (member: VariableMember | StateMember, at: Span): Variable | null => {
    const known = results.get(member);
    if (known !== undefined) return known;
    if (underway.includes(member)) {
      reportCycle(underway.slice(underway.indexOf(member)), member, at, report);
      return null;
    }
    underway.push(member);
    const variable = checkVariable(member, context);
    underway.pop();
    results.set(member, variable);
    return variable;
  };
  for (const member of all) {
    const name = spell(member.name);
    if (scope.names.has(name)) continue;
    scope.names.set(name, {
      kind: 'lazy',
      span: member.name.span,
      resolve: (at): Omit<Value, 'span'> | null => {
        const variable = resolve(member, at);
        if (variable === null) return null;
        const { indices, support } = variable;
        return { expression: read(name, indices), axes: indices, domain: domainOf(support) };
      },
    });
  }
  return all.flatMap((member) => resolve(member, member.name.span) ?? []);
};

const reportCycle = (
  cycle: readonly (VariableMember | StateMember)[],
  member: VariableMember | StateMember,
  at: Span,
  report: Report,
): void => {
  const name = spell(member.name);
  const names = cycle.map((each) => spell(each.name));
  error(
    report,
    'NSM5001',
    at,
    names.length === 1
      ? `the distribution of \`${name}\` reads \`${name}\` itself`
      : `${quoted(names)} depend on each other in a circle`,
    {
      secondary: cycle
        .filter((each) => each !== member || names.length > 1)
        .map((each) => ({ span: each.name.span, label: 'in the circle' })),
      hint: 'A model draws its variables one after the other. Symmetric interactions are written as `energy` terms between `state` variables.',
    },
  );
};

const checkVariable = (member: VariableMember | StateMember, context: VariableContext): Variable | null => {
  const { environment, dims, loaded, familyOf } = context;
  const { report } = environment;
  const declared = member.type === null ? null : resolveType(member.type, report, { axes: dims });
  if (member.type !== null && declared === null) return null;
  const base = {
    name: spell(member.name),
    doc: member.doc,
    span: member.name.span,
    role: member.kind,
    plate: 'example',
  } as const;
  const call = member.kind === 'state' ? null : member.distribution;
  if (call === null)
    return declared === null
      ? null
      : {
          ...base,
          support: declared.support,
          indices: [...declared.axes, ...declared.over],
          distribution: null,
        };

  const found = findDeclaration(loaded, spell(call.callee), call.callee.span, 'family', report);
  const family = found === null ? null : familyOf(found);
  if (family === null) {
    // The arguments are looked at all the same, for errors of their own.
    for (const argument of call.arguments) evaluate(argument.value, environment);
    return null;
  }
  const applied = applyFamily(call, family, environment);
  if (applied === null) return null;
  if (declared !== null && !agrees(declared, applied.axes, applied.support.kind, member, report)) return null;
  const indices =
    declared === null
      ? applied.axes
      : [...declared.axes, ...declared.over.filter((axis) => !declared.axes.includes(axis))];
  return { ...base, support: applied.support, indices, distribution: applied.distribution };

  function agrees(
    type: ResolvedType,
    axes: readonly string[],
    kind: string,
    at: VariableMember | StateMember,
    tell: Report,
  ): boolean {
    const all = [...type.axes, ...type.over];
    if (within(axes, all) && sameSupport(type.support, applied!.support)) return true;
    const sides = {
      declared: `${type.name}${all.length > 0 ? showAxes(all) : ''}`,
      given: `${kind}${axes.length > 0 ? showAxes(axes) : ''}`,
    };
    error(
      tell,
      'NSM4009',
      type.span,
      `\`${spell(at.name)}\` is declared ${sides.declared}, and its distribution gives ${sides.given}`,
      {
        secondary: [{ span: call!.span, label: `gives ${sides.given}` }],
        hint: 'Leave the type out, and it follows from the distribution.',
      },
    );
    return false;
  }
};
