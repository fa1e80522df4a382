/** Lines of a family in its natural parameters: `natural`, `standard`, `log_partition`. */
import { read } from '../calculus/build.ts';
import type { Expression as Mathematics } from '../calculus/expression.ts';
import { readNames } from '../calculus/substitute.ts';
import { replacement } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { FamilyDeclaration } from '../syntax/tree.ts';
import { within } from './axes.ts';
import { evaluate } from './expressions.ts';
import { hiddenX, parameterBinding } from './family-names.ts';
import { error, newScope, quoted, showAxes, spell, type Report, type Scope, type Value } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { describe, fits } from './supports.ts';
import type { Family, FamilyParameter } from './typed.ts';

export interface NaturalParameter {
  readonly name: string;
  readonly span: Span;
  readonly value: Value | null;
}

export const checkNatural = (
  declaration: FamilyDeclaration,
  parameters: readonly FamilyParameter[],
  outer: Scope,
  report: Report,
): readonly NaturalParameter[] => {
  const scope = newScope(outer);
  for (const parameter of parameters) scope.names.set(parameter.name, parameterBinding(parameter));
  scope.names.set('x', hiddenX('natural parameters depend on the parameters alone', report));
  const natural = (declaration.natural ?? []).map(({ name, value }) => ({
    name: spell(name),
    span: name.span,
    value: evaluate(value, { scope, report, inlining: [] }),
  }));
  const moving = parameters.filter(({ fixed }) => !fixed);
  for (const [position, { name, span, value }] of natural.entries()) {
    const reads = value === null ? null : readNames(value.expression);
    if (reads !== null && !moving.some((parameter) => reads.has(parameter.name)))
      error(
        report,
        'NSM4017',
        span,
        `the natural parameter \`${name}\` is the same for all members of the family`,
        {
          hint:
            moving.length === 0
              ? 'Give the family a parameter, such as `rate: positive`, and let the natural parameter follow from it.'
              : `Let it follow from ${quoted(
                  moving.map((parameter) => parameter.name),
                  'or',
                )}, or move it and its statistic into \`log_base\`.`,
        },
      );
    const parameter = declaration.parameters.find((other) => spell(other.name) === name);
    const twice = parameter !== undefined || natural.findIndex((other) => other.name === name) !== position;
    if (twice)
      error(report, 'NSM2006', span, `\`${name}\` is declared twice`, {
        secondary:
          parameter === undefined ? [] : [{ span: parameter.name.span, label: 'already a parameter' }],
        hint: 'Give the natural parameter a name of its own, for example `eta`.',
      });
  }
  return natural;
};

/** The open interval in which every entry of a natural parameter lies, as far as its formula tells. */
export const domainOfNatural = ({ domain }: Value): Family['natural'][number]['domain'] =>
  // No bound is -0.
  ({ low: domain.low + 0, high: domain.high + 0 });

/** A scope that knows the natural parameters and the fixed ones, and says why nothing else may be read. */
const naturalScope = (
  line: string,
  why: string,
  natural: readonly NaturalParameter[],
  parameters: readonly FamilyParameter[],
  outer: Scope,
  report: Report,
): Scope => {
  const scope = newScope(outer);
  const names = natural.map(({ name }) => name);
  /** The natural parameter that is the parameter itself. */
  const sameAs = (parameter: string): readonly string[] =>
    natural.flatMap(({ name, value }) =>
      value?.expression.kind === 'read' && value.expression.name === parameter ? [name] : [],
    );
  const own = names.length === 0 ? 'the names of the `natural` line' : quoted(names);
  const hint = `Write it in terms of ${own}${why}.`;
  for (const parameter of parameters)
    scope.names.set(
      parameter.name,
      parameter.fixed
        ? parameterBinding(parameter)
        : {
            kind: 'hidden',
            explain: (at) =>
              error(
                report,
                'NSM4003',
                at,
                `\`${line}\` reads natural parameters, and \`${parameter.name}\` is not one`,
                { hint, fixes: sameAs(parameter.name).map((name) => replacement(at, name)) },
              ),
          },
    );
  scope.names.set('x', hiddenX(`\`${line}\` depends on the natural parameters alone`, report, hint));
  for (const { name, value } of natural) {
    if (value === null) {
      scope.names.set(name, { kind: 'broken' });
      continue;
    }
    const { axes } = value;
    const domain = { ...domainOfNatural(value), integer: false, special: null, over: [] };
    scope.names.set(name, {
      kind: 'value',
      value: { expression: read(name, axes), axes, domain },
      span: null,
    });
  }
  return scope;
};

export const checkLogPartition = (
  declaration: FamilyDeclaration,
  natural: readonly NaturalParameter[],
  parameters: readonly FamilyParameter[],
  outer: Scope,
  report: Report,
): Mathematics | null => {
  const line = declaration.logPartition;
  if (line === null || line.kind === 'intractable') return null;
  const why = ': its derivatives are then the moments of the statistics';
  const scope = naturalScope('log_partition', why, natural, parameters, outer, report);
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

/** `standard`: every parameter that is not fixed, as a function of the natural parameters and the fixed ones. */
export const checkStandard = (
  declaration: FamilyDeclaration,
  natural: readonly NaturalParameter[],
  parameters: readonly FamilyParameter[],
  outer: Scope,
  report: Report,
): Family['standard'] => {
  if (declaration.standard === null) return null;
  const scope = naturalScope('standard', '', natural, parameters, outer, report);
  const due = parameters.filter(({ fixed }) => !fixed);
  const names = due.map((other) => other.name);
  let isMisnamed = false;
  const found = new Map<string, NonNullable<Family['standard']>[number]>();
  const seen = new Set<string>();
  for (const { name: written, value: formula } of declaration.standard) {
    const name = spell(written);
    const parameter = due.find((other) => other.name === name);
    const value = evaluate(formula, { scope, report, inlining: [] });
    if (parameter === undefined || seen.has(name)) {
      const fixed = parameters.some((other) => other.name === name && other.fixed);
      const message = seen.has(name)
        ? `\`${name}\` is given twice`
        : fixed
          ? `\`${name}\` is fixed: it does not follow from the natural parameters`
          : `\`${name}\` is not a parameter of \`${declaration.name.text}\``;
      error(report, 'NSM4014', written.span, message, {
        hint: seen.has(name) || fixed ? eachOnce(names) : didYouMean(name, names, eachOnce(names)),
      });
      isMisnamed ||= parameter === undefined;
      continue;
    }
    seen.add(name);
    if (value === null) continue;
    if (!within(value.axes, parameter.over))
      error(
        report,
        'NSM3012',
        value.span,
        `\`${name}\` is ${showAxes(parameter.over)}, and this is ${showAxes(value.axes)}`,
        { hint: 'Reduce the axes that the parameter does not have.' },
      );
    else if (!fits(value.domain, parameter.support))
      error(
        report,
        'NSM3006',
        value.span,
        `\`${name}\` is ${parameter.support.kind}, and this is ${describe(value.domain)}`,
        { hint: 'The formula must give a value that the parameter can take.' },
      );
    else found.set(name, { name, value: value.expression, span: formula.span });
  }
  const missing = due.filter(({ name }) => !seen.has(name)).map(({ name }) => name);
  // A name that is no parameter may have been meant for the one that is missing.
  if (missing.length > 0 && !isMisnamed)
    return error(
      report,
      'NSM4014',
      declaration.standard[0]?.name.span ?? declaration.name.span,
      `\`standard\` leaves out ${quoted(missing)}`,
      { hint: eachOnce(names) },
    );
  return due.flatMap(({ name }) => found.get(name) ?? []);
};

const eachOnce = (names: readonly string[]): string =>
  names.length === 1
    ? `\`standard\` gives ${quoted(names)}, once.`
    : `\`standard\` gives each of ${quoted(names)} once.`;
