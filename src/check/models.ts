/** `model` declarations: parameters, variables with their families, energies. */
import { read } from '../calculus/build.ts';
import { axisOf } from '../calculus/expression.ts';
import { around } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type {
  DynamicsDeclaration,
  FamilyDeclaration,
  FormulaMember,
  ModelDeclaration,
  ModelMember,
} from '../syntax/tree.ts';
import { metricNames } from './builtins.ts';
import { evaluate, type Environment } from './expressions.ts';
import { checkParam } from './parameters.ts';
import { error, newScope, showAxes, spell, type Binding, type Report, type Scope } from './scope.ts';
import type { Loaded } from './session.ts';
import { checkSettings, refuseReserved } from './settings.ts';
import { domainOf } from './supports.ts';
import type { Dynamics, Family, Model, Param } from './typed.ts';
import { checkVariables, isVariable } from './variables.ts';

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
    {
      hint: 'Sum it: `sum(...)` adds up every entry, `sum(... over axis)` one axis.',
      fixes: [{ title: 'Sum it over all axes', changes: around(value.span, 'sum(', ')') }],
    },
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
