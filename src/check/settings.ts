/** Scalar settings in the parentheses after a name: `model M(pixels: dim = 256, beta: real = 1)`. */
import { read, size } from '../calculus/build.ts';
import type { Parameter } from '../syntax/tree.ts';
import { programNames, reservedNames } from './builtins.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, newScope, showAxes, spell, type Report, type Scope } from './scope.ts';
import { describe, domainOf, domains, fits, type Domain } from './supports.ts';
import type { Setting } from './typed.ts';
import { resolveType, type ResolvedType } from './types.ts';

export interface CheckedSetting {
  readonly setting: Setting;
  readonly domain: Domain;
}

/** Checks settings in order and binds each in `scope`; a default may read the settings before it. */
export const checkSettings = (
  parameters: readonly Parameter[],
  scope: Scope,
  report: Report,
): readonly CheckedSetting[] => {
  const settings: CheckedSetting[] = [];
  const environment: Environment = { scope: newScope(scope), report, inlining: [] };
  for (const parameter of parameters) {
    const name = spell(parameter.name);
    const { span } = parameter.name;
    const taken = settings.find((other) => other.setting.name === name);
    if (taken !== undefined) {
      error(report, 'NSM2006', span, `\`${name}\` is declared twice`, {
        secondary: [{ span: taken.setting.span, label: 'declared here first' }],
        hint: 'Rename one of the two.',
      });
      continue;
    }
    refuseReserved(name, span, report);
    const type =
      parameter.type === null ? null : resolveType(parameter.type, report, { axes: [], settings: true });
    if (parameter.type !== null && type === null) {
      scope.names.set(name, { kind: 'broken' });
      continue;
    }
    const kind = settingKind(type);
    const domain = settingDomain(type);
    if (parameter.initial !== null) checkInitial(parameter, type, domain, environment);
    const initial =
      parameter.initial === null ? null : evaluate(parameter.initial, { ...environment, report: () => {} });
    settings.push({
      setting: { name, kind, initial: initial?.expression ?? null, span, doc: null },
      domain,
    });
    const expression = kind === 'dim' ? size(name) : read(name);
    const binding = { kind: 'value', value: { expression, axes: [], domain }, span } as const;
    scope.names.set(name, binding);
    environment.scope.names.set(name, binding);
  }
  return settings;
};

const settingKind = (type: ResolvedType | null): Setting['kind'] => {
  if (type === null) return 'real';
  if (type.name === 'dim') return 'dim';
  if (type.name === 'int' || type.name === 'count') return 'int';
  return type.support.kind === 'positive' ? 'positive' : 'real';
};
const settingDomain = (type: ResolvedType | null): Domain => {
  if (type === null) return domains.real;
  return type.name === 'int' ? domains.integer : domainOf(type.support);
};

const checkInitial = (
  parameter: Parameter,
  type: ResolvedType | null,
  domain: Domain,
  environment: Environment,
): void => {
  const { report } = environment;
  const value = evaluate(parameter.initial!, environment);
  if (value === null || type === null) return;
  const name = spell(parameter.name);
  if (value.axes.length > 0) {
    error(
      report,
      'NSM3007',
      value.span,
      `the setting \`${name}\` is a single number, and this is ${showAxes(value.axes)}`,
    );
    return;
  }
  const whole = domain.integer ? value.domain.integer : true;
  const enough = type.name === 'dim' ? value.domain.low >= 1 : true;
  if (whole && enough && fits(value.domain, type.support)) return;
  error(
    report,
    'NSM3008',
    value.span,
    `\`${name}\` is ${type.name}, and its default is ${describe(value.domain)}`,
    {
      secondary: [{ span: type.span, label: 'declared here' }],
      hint: hintFor(type),
    },
  );
};

const hintFor = (type: ResolvedType): string => {
  if (type.name === 'dim') return 'A `dim` is the size of an axis: 1, 2, 3, ...';
  if (type.name === 'int') return 'An `int` is a whole number.';
  return `Change the default, or the type.`;
};

export const refuseReserved = (name: string, span: Parameter['span'], report: Report): void => {
  if (programNames.has(name))
    error(report, 'NSM2012', span, `\`${name}\` is what every compiled model calls one of its results`, {
      hint: 'Choose another name.',
    });
  if (!reservedNames.has(name)) return;
  error(report, 'NSM2012', span, `\`${name}\` already means something everywhere`, {
    hint: 'Choose another name.',
  });
};
