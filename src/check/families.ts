/** `family` declarations: an exponential family from its five lines. */
import { read, zero } from '../calculus/build.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import { cover, type Span } from '../syntax/span.ts';
import type { Expression, FamilyDeclaration } from '../syntax/tree.ts';
import { reservedNames } from './builtins.ts';
import { evaluate, type Environment } from './expressions.ts';
import { checkAlso, checkPathwise } from './family-forms.ts';
import { eventAxes, hiddenParameter, hiddenX, parameterBinding } from './family-names.ts';
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
import { domainOf, domains } from './supports.ts';
import type { Family, FamilyParameter, Support } from './typed.ts';
import { resolveType } from './types.ts';
/** Checks one family in the scope of its file. Null when a line is missing or wrong. */
export const checkFamily = (declaration: FamilyDeclaration, outer: Scope, report: Report): Family | null => {
  let sound = true;
  const tell: Report = (problem) => {
    if (problem.severity === 'error') sound = false;
    report(problem);
  };
  const parameters = checkParameters(declaration, outer, tell);
  const fixed = parameters.filter((parameter) => parameter.fixed);
  const main = parameters.filter((parameter) => !parameter.fixed);
  const environment = (scope: Scope): Environment => ({ scope, report: tell, inlining: [] });
  const readable = (some: readonly FamilyParameter[]): Scope => {
    const scope = newScope(outer);
    for (const parameter of some) scope.names.set(parameter.name, parameterBinding(parameter));
    return scope;
  };

  const support = checkSupport(declaration, environment(readable(fixed)), tell);
  const ofX = readable(fixed);
  const overX = support === null ? [] : eventAxes(support);
  ofX.names.set('x', {
    kind: 'value',
    value: {
      expression: read('x', overX),
      axes: overX,
      domain: support === null ? domains.real : domainOf(support),
    },
    span: null,
  });
  for (const parameter of main) ofX.names.set(parameter.name, hiddenParameter(parameter.name, fixed, tell));

  const statistic = (declaration.statistic ?? []).map((line) => ({
    line,
    value: evaluate(line, environment(ofX)),
  }));
  const logBase = declaration.logBase === null ? null : evaluate(declaration.logBase, environment(ofX));

  const ofParameters = readable(parameters);
  ofParameters.names.set('x', hiddenX('natural parameters depend', tell));
  const natural = (declaration.natural ?? []).map(({ name, value }) => ({
    name: spell(name),
    span: name.span,
    value: evaluate(value, environment(ofParameters)),
  }));
  checkNames(declaration, natural, tell);
  const logPartition = checkLogPartition(declaration, natural, readable(fixed), main, tell);
  const pathwise = checkPathwise(declaration, parameters, overX, outer, tell);
  const also = checkAlso(declaration, parameters, outer, tell);
  checkLines(declaration, tell);

  const { statistic: statistics, natural: naturals } = declaration;
  if (statistics !== null && naturals !== null && statistics.length !== naturals.length)
    error(
      tell,
      'NSM4002',
      naturals[0]?.name.span ?? declaration.name.span,
      `${count(naturals.length, 'natural parameter')} for ${count(statistics.length, 'statistic')}`,
      {
        secondary:
          statistics.length === 0
            ? []
            : [
                {
                  span: cover(statistics[0]!.span, statistics.at(-1)!.span),
                  label: count(statistics.length, 'statistic'),
                },
              ],
        hint: 'The density is exp(eta . T(x) - A(eta)) h(x): each statistic has one natural parameter, in the same order.',
      },
    );
  if (!sound || support === null) return null;
  return {
    name: declaration.name.text,
    doc: declaration.doc,
    span: declaration.name.span,
    parameters,
    support,
    statistic: statistic.flatMap(({ line, value }) =>
      value === null ? [] : [{ value: value.expression, span: line.span }],
    ),
    natural: natural.flatMap(({ name, span, value }) =>
      value === null ? [] : [{ name, value: value.expression, span }],
    ),
    logPartition,
    logPartitionSpan: declaration.logPartition?.span ?? declaration.name.span,
    logBase: logBase?.expression ?? zero,
    pathwise,
    also,
  };
};

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const checkParameters = (
  declaration: FamilyDeclaration,
  outer: Scope,
  report: Report,
): readonly FamilyParameter[] => {
  const parameters: FamilyParameter[] = [];
  const scope = newScope(outer);
  for (const parameter of declaration.parameters) {
    const name = spell(parameter.name);
    const before = parameters.some((other) => other.name === name);
    if (before)
      error(report, 'NSM2006', parameter.name.span, `\`${name}\` is declared twice`, {
        hint: 'Rename one of the two.',
      });
    if (name === 'x' || reservedNames.has(name))
      error(report, 'NSM2012', parameter.name.span, `\`${name}\` already has a meaning in every family`, {
        hint:
          name === 'x'
            ? '`x` is the value whose density the family gives. Choose another name.'
            : 'Choose another name.',
      });
    const type = parameter.type === null ? null : resolveType(parameter.type, report, { axes: null });
    const initial =
      parameter.initial === null ? null : evaluate(parameter.initial, { scope, report, inlining: [] });
    parameters.push({
      name,
      support: type?.support ?? { kind: 'real' },
      fixed: parameter.fixed,
      over: type === null ? [] : type.over.length > 0 ? type.over : type.axes,
      initial: initial?.expression ?? null,
    });
  }
  return parameters;
};

const checkSupport = (
  declaration: FamilyDeclaration,
  environment: Environment,
  report: Report,
): Support | null => {
  if (declaration.support === null) return null;
  const bound = (expression: Expression): Mathematics | null =>
    evaluate(expression, environment)?.expression ?? null;
  return resolveType(declaration.support, report, { axes: null, bound })?.support ?? null;
};

const checkLines = (declaration: FamilyDeclaration, report: Report): void => {
  const missing: string[] = [];
  if (declaration.support === null) missing.push('support');
  if (declaration.statistic === null) missing.push('statistic');
  if (declaration.natural === null) missing.push('natural');
  if (declaration.logPartition === null) missing.push('log_partition');
  if (missing.length === 0) return;
  error(
    report,
    'NSM4001',
    declaration.name.span,
    `the family \`${declaration.name.text}\` has no ${quoted(missing, 'or')} line`,
    {
      hint: examples[missing[0]!]!,
    },
  );
};
const examples: Readonly<Record<string, string>> = {
  support: 'Say which values it takes, for example `support count`.',
  statistic: 'Say what of `x` the density depends on, for example `statistic x`.',
  natural: 'Give one natural parameter for each statistic, for example `natural eta = log_rate`.',
  log_partition:
    'Give the log normaliser in terms of the natural parameters, for example `log_partition exp(eta)`, or `log_partition intractable`.',
};

const checkNames = (
  declaration: FamilyDeclaration,
  natural: readonly { readonly name: string; readonly span: Span }[],
  report: Report,
): void => {
  for (const [position, { name, span }] of natural.entries()) {
    const parameter = declaration.parameters.find((other) => spell(other.name) === name);
    const twice = parameter !== undefined || natural.findIndex((other) => other.name === name) !== position;
    if (twice)
      error(report, 'NSM2006', span, `\`${name}\` is declared twice`, {
        secondary:
          parameter === undefined ? [] : [{ span: parameter.name.span, label: 'already a parameter' }],
        hint: 'Give the natural parameter a name of its own, for example `eta`.',
      });
  }
};

const checkLogPartition = (
  declaration: FamilyDeclaration,
  natural: readonly { readonly name: string; readonly value: Value | null }[],
  scope: Scope,
  main: readonly FamilyParameter[],
  report: Report,
): Mathematics | null => {
  const line = declaration.logPartition;
  if (line === null || line.kind === 'intractable') return null;
  const names = natural.map(({ name }) => name);
  for (const parameter of main)
    scope.names.set(parameter.name, {
      kind: 'hidden',
      explain: (at) =>
        error(
          report,
          'NSM4003',
          at,
          `\`log_partition\` reads natural parameters, and \`${parameter.name}\` is not one`,
          {
            hint: `Write it in terms of ${names.length === 0 ? 'the names of the `natural` line' : quoted(names)}: its derivatives are then the moments of the statistics.`,
          },
        ),
    });
  scope.names.set('x', hiddenX('`log_partition` depends', report));
  for (const { name, value } of natural) {
    const axes = value?.axes ?? [];
    // Nothing is known of the sign of a natural parameter here: -2 * b of a Normal is positive because b is negative.
    const binding: Binding =
      value === null
        ? { kind: 'broken' }
        : { kind: 'value', value: { expression: read(name, axes), axes, domain: domains.real }, span: null };
    scope.names.set(name, binding);
  }
  const value = evaluate(line, { scope, report, inlining: [] });
  if (value !== null && value.axes.length > 0)
    return error(
      report,
      'NSM3007',
      value.span,
      `\`log_partition\` is a single number, and this is ${showAxes(value.axes)}`,
      {
        hint: `Reduce it, for example with \`sum(... over ${value.axes.join(', ')})\`.`,
      },
    );
  return value?.expression ?? null;
};
