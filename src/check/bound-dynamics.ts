/** `SGD(rate = 0.01)`: a dynamics with its settings bound. */
import type { Expression as Mathematics, Index } from '../calculus/expression.ts';
import { readNames, replaceNames } from '../calculus/substitute.ts';
import type { CallExpression } from '../syntax/tree.ts';
import { matchArguments } from './arguments.ts';
import { within } from './axes.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, showAxes, type Report, type Value } from './scope.ts';
import { describe, fits, type Domain } from './supports.ts';
import type { BoundDynamics, Dynamics, Setting } from './typed.ts';
import { argumentFixes, wrapsInto } from './value-fixes.ts';

/** Whether a value is one that a setting accepts. */
const fitsSetting = (domain: Domain, kind: Setting['kind']): boolean => {
  switch (kind) {
    case 'positive':
      return fits(domain, { kind });
    case 'real':
      return true;
    case 'int':
      return domain.integer;
    case 'dim':
      return domain.integer && domain.low >= 1;
  }
};

/**
 * `SGD(rate = 0.01)`: every setting of the dynamics gets the value given or its default. `axes` are those that all
 * moved variables have in common: a rate may differ along them.
 */
export const bindDynamics = (
  call: CallExpression,
  dynamics: Dynamics,
  axes: readonly Index[],
  environment: Environment,
): BoundDynamics | null => {
  const { report } = environment;
  const names = dynamics.settings.map((setting) => setting.name);
  const given = matchArguments(call, names, report);
  if (given === null) return null;
  const bound: Record<string, Mathematics> = {};
  let sound = true;
  for (const setting of dynamics.settings) {
    const argument = given.get(setting.name);
    if (argument === undefined) {
      if (setting.initial !== null) bound[setting.name] = replaceNames(setting.initial, bound);
      else {
        error(report, 'NSM2010', call.span, `\`${dynamics.name}\` needs \`${setting.name}\``, {
          hint: `Write \`${dynamics.name}(${setting.name} = ...)\`.`,
          fixes: argumentFixes(call, [{ name: setting.name, value: usual[setting.kind] }]),
        });
        sound = false;
      }
      continue;
    }
    const value = evaluate(argument.value, environment);
    if (value === null || !acceptsSetting(value, setting, axes, report)) sound = false;
    else bound[setting.name] = value.expression;
  }
  return sound ? { dynamics, arguments: bound, span: call.span } : null;
};

/** A value to try first. */
const usual: Readonly<Record<Setting['kind'], string>> = { positive: '0.1', real: '0', int: '1', dim: '1' };

/** Whether a setting may have a value, along axes of what is moved; reports why not. */
export const acceptsSetting = (
  value: Value,
  setting: Setting,
  axes: readonly Index[],
  report: Report,
): boolean => {
  const { name } = setting;
  if (!within(value.axes, axes)) {
    const moved =
      axes.length === 0 ? 'is a single number' : `has at most the axes ${showAxes(axes)} of what is moved`;
    error(report, 'NSM3012', value.span, `\`${name}\` ${moved}, and this is ${showAxes(value.axes)}`);
    return false;
  }
  if (fitsSetting(value.domain, setting.kind)) return true;
  const constant = value.domain.low === value.domain.high;
  error(
    report,
    'NSM3006',
    value.span,
    `\`${name}\` needs ${setting.kind}, and this is ${describe(value.domain)}`,
    {
      hint:
        setting.kind === 'positive'
          ? constant
            ? 'It must be greater than 0.'
            : 'Declare what it depends on as `positive`, or wrap it in `exp(...)` or `softplus(...)`.'
          : 'It must be a whole number.',
      fixes: setting.kind === 'positive' ? wrapsInto(value, { kind: 'positive' }) : [],
    },
  );
  return false;
};

/** All formulas of a dynamics. */
export const formulasOf = ({ steps, differentials }: Dynamics): readonly Mathematics[] => [
  ...steps.flatMap((step): readonly Mathematics[] => {
    switch (step.kind) {
      case 'let':
      case 'assign':
      case 'propose':
        return [step.value];
      case 'trajectory':
        return [step.times];
      case 'accept':
      case 'swap':
        return [step.temperature];
      case 'integrate':
        return [];
    }
  }),
  ...differentials.flatMap(({ drift, noise }) => [drift, noise]),
];

/** Whether a dynamics asks for the natural gradient. */
export const usesNaturalGradient = (dynamics: Dynamics): boolean =>
  formulasOf(dynamics).some((value) => readNames(value).has('@natural_gradient'));
