/** `family` declarations: an exponential family from its lines. */
import { read, zero } from '../calculus/build.ts';
import { around } from '../diagnostics/fixes.ts';
import { cover } from '../syntax/span.ts';
import type { Expression, FamilyDeclaration, Name } from '../syntax/tree.ts';
import { reservedNames } from './builtins.ts';
import { evaluate, type Environment } from './expressions.ts';
import { checkAlso, checkAxis, checkDraws, checkPathwise } from './family-forms.ts';
import {
  checkLogPartition,
  checkNatural,
  checkStandard,
  domainOfNatural,
  type NaturalParameter,
} from './family-maps.ts';
import { eventAxes, hiddenParameter, parameterBinding, withoutTraining } from './family-names.ts';
import { logPartitionByQuadrature } from './family-quadrature.ts';
import { checkSupport } from './family-support.ts';
import { error, newScope, quoted, showAxes, spell, type Report, type Scope, type Value } from './scope.ts';
import { domains } from './supports.ts';
import type { Family, FamilyParameter } from './typed.ts';
import { resolveType } from './types.ts';

/** The family that a `draw` line names, or null after an error. */
export type DrawnFamily = (name: Name) => Family | null;

/** Checks one family in the scope of its file. Null when a line is missing or wrong. */
export const checkFamily = (
  declaration: FamilyDeclaration,
  file: Scope,
  familyNamed: DrawnFamily,
  report: Report,
): Family | null => {
  let sound = true;
  const tell: Report = (problem) => {
    if (problem.severity === 'error') sound = false;
    report(problem);
  };
  const outer = withoutTraining(file, tell);
  const parameters = checkParameters(declaration, outer, tell);
  const fixed = parameters.filter((parameter) => parameter.fixed);
  const main = parameters.filter((parameter) => !parameter.fixed);
  const environment = (scope: Scope): Environment => ({ scope, report: tell, inlining: [] });
  const readable = (some: readonly FamilyParameter[]): Scope => {
    const scope = newScope(outer);
    for (const parameter of some) scope.names.set(parameter.name, parameterBinding(parameter));
    return scope;
  };

  const ofFixed = (readsX: boolean): Scope => {
    const scope = readable(fixed);
    for (const parameter of main)
      scope.names.set(parameter.name, hiddenParameter(parameter, fixed, readsX, tell));
    return scope;
  };
  const line = declaration.support;
  const support = line === null ? null : checkSupport(line, environment(ofFixed(false)));
  const overX = support === null ? [] : eventAxes(support.support);
  const ofX = ofFixed(true);
  ofX.names.set('x', {
    kind: 'value',
    value: { expression: read('x', overX), axes: overX, domain: support?.domain ?? domains.real },
    span: null,
  });
  const statistic = (declaration.statistic ?? []).map((written) => ({
    line: written,
    value: evaluate(written, environment(ofX)),
  }));
  const logBase = declaration.logBase === null ? null : evaluate(declaration.logBase, environment(ofX));
  if (logBase !== null && logBase.axes.length > 0)
    error(
      tell,
      'NSM3007',
      logBase.span,
      `\`log_base\` is a single number, and this is ${showAxes(logBase.axes)}`,
      {
        hint: `Reduce it, for example with \`sum(... over ${logBase.axes.join(', ')})\`.`,
        fixes: [{ title: 'Sum it over all axes', changes: around(logBase.span, 'sum(', ')') }],
      },
    );

  const natural = checkNatural(declaration, parameters, outer, tell);
  const logPartition = checkLogPartition(declaration, natural, parameters, outer, tell);
  const standard = checkStandard(declaration, natural, parameters, outer, tell);
  const drawn = checkDraws(declaration, parameters, familyNamed, outer, tell);
  const axis = checkAxis(declaration, overX, outer, tell);
  const pathwise = checkPathwise(declaration, parameters, drawn.bindings, overX, axis, outer, tell);
  const also = checkAlso(declaration, parameters, outer, tell);
  checkLines(declaration, tell);
  checkPairs(declaration, statistic, natural, tell);
  if (!sound || support === null) return null;
  const byQuadrature = logPartitionByQuadrature(
    declaration,
    statistic.flatMap(({ value }) => (value === null ? [] : [value.expression])),
    natural.map(({ name }) => name),
    logBase?.expression ?? zero,
    support,
    tell,
  );
  const { name } = declaration;
  return {
    name: name.text,
    doc: declaration.doc,
    span: name.span,
    parameters,
    support: support.support,
    supportSpan: declaration.support?.span ?? name.span,
    range: support.range,
    atom: support.atom,
    statistic: statistic.flatMap(({ line: { span }, value }) =>
      value === null ? [] : [{ value: value.expression, span }],
    ),
    natural: natural.flatMap(({ name: own, span, value }) =>
      value === null ? [] : [{ name: own, value: value.expression, domain: domainOfNatural(value), span }],
    ),
    standard,
    logPartition: logPartition ?? byQuadrature,
    logPartitionSpan: declaration.logPartition?.span ?? name.span,
    logBase: logBase?.expression ?? zero,
    logBaseSpan: declaration.logBase?.span ?? name.span,
    draws: drawn.draws,
    axis,
    pathwise: pathwise?.value ?? null,
    pathwiseRange: pathwise?.range ?? null,
    pathwiseSpan: declaration.pathwise?.span ?? null,
    also,
  };
};

/** Statistics and natural parameters are as many, and each pair has the same axes. */
const checkPairs = (
  declaration: FamilyDeclaration,
  statistic: readonly { readonly line: Expression; readonly value: Value | null }[],
  natural: readonly NaturalParameter[],
  report: Report,
): void => {
  const { statistic: statistics, natural: naturals } = declaration;
  if (statistics === null || naturals === null) return;
  const first = statistics[0];
  if (statistics.length !== naturals.length) {
    error(
      report,
      'NSM4002',
      naturals[0]?.name.span ?? declaration.name.span,
      `${count(naturals.length, 'natural parameter')} for ${count(statistics.length, 'statistic')}`,
      {
        secondary:
          first === undefined
            ? []
            : [
                {
                  span: cover(first.span, statistics.at(-1)!.span),
                  label: count(statistics.length, 'statistic'),
                },
              ],
        hint: 'The density is exp(eta . T(x) - A(eta)) h(x): each statistic has one natural parameter, in the same order.',
      },
    );
    return;
  }
  for (const [i, { line, value }] of statistic.entries()) {
    const partner = natural[i]!;
    if (value === null || partner.value === null) continue;
    const [of, other] = [value.axes, partner.value.axes];
    if (of.length === other.length && of.every((axis) => other.includes(axis))) continue;
    error(
      report,
      'NSM4002',
      partner.span,
      `the natural parameter \`${partner.name}\` is ${showAxes(other)}, and its statistic is ${showAxes(of)}`,
      {
        secondary: [{ span: line.span, label: `is ${showAxes(of)}` }],
        hint: 'The density is exp(eta . T(x) - A(eta)) h(x): a statistic and its natural parameter have the same axes.',
      },
    );
  }
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
    const type =
      parameter.type === null ? null : resolveType(parameter.type, report, { axes: null, ofFamily: true });
    const initial =
      parameter.initial === null ? null : evaluate(parameter.initial, { scope, report, inlining: [] });
    parameters.push({
      name,
      span: parameter.name.span,
      support: type?.support ?? { kind: 'real' },
      fixed: parameter.fixed,
      over: type === null ? [] : type.over.length > 0 ? type.over : type.axes,
      initial: initial?.expression ?? null,
    });
  }
  return parameters;
};

const checkLines = (declaration: FamilyDeclaration, report: Report): void => {
  const lines = { ...declaration, log_partition: declaration.logPartition };
  const missing = needed.filter((line) => lines[line] === null);
  const [first] = missing;
  if (first === undefined) return;
  error(
    report,
    'NSM4001',
    declaration.name.span,
    `the family \`${declaration.name.text}\` has no ${quoted(missing, 'or')} line`,
    {
      hint:
        missing.length === needed.length
          ? `A family has at least these lines: ${needed.map((line) => examples[line].code).join(', ')}.`
          : `${examples[first].words}, for example ${examples[first].code}.`,
    },
  );
};
const needed = ['support', 'statistic', 'natural', 'log_partition'] as const;
const examples: Readonly<Record<(typeof needed)[number], { readonly words: string; readonly code: string }>> =
  {
    support: { words: 'Say which values it takes', code: '`support count`' },
    statistic: { words: 'Say what of `x` the density depends on', code: '`statistic x`' },
    natural: { words: 'Give one natural parameter for each statistic', code: '`natural eta = log_rate`' },
    log_partition: {
      words: 'Give the log normaliser in terms of the natural parameters, or `intractable`',
      code: '`log_partition exp(eta)`',
    },
  };
