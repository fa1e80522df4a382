/** Lines of a family beside its density: draws as functions of noise, and other parametrisations. */
import { read } from '../calculus/build.ts';
import { axisOfLength, type Expression as Mathematics, type Index } from '../calculus/expression.ts';
import { replacement, statementMore } from '../diagnostics/fixes.ts';
import type { Span } from '../syntax/span.ts';
import type { FamilyDeclaration } from '../syntax/tree.ts';
import { within } from './axes.ts';
import { applyFamily } from './distributions.ts';
import { evaluate } from './expressions.ts';
import type { DrawnFamily } from './families.ts';
import { eventAxes, hiddenX, parameterBinding } from './family-names.ts';
import { error, newScope, showAxes, spell, type Binding, type Report, type Scope } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { describe, domainOf, domains, fits } from './supports.ts';
import type { Family, FamilyParameter } from './typed.ts';
import { resolveType } from './types.ts';

export const noises = [
  'standard_normal',
  'standard_uniform',
  'standard_exponential',
  'standard_logistic',
] as const;

const drawHint = 'Read the parameters, and in `pathwise` noise such as `standard_normal`.';

/** `draw` lines: draws of other families, given the parameters. */
export const checkDraws = (
  declaration: FamilyDeclaration,
  parameters: readonly FamilyParameter[],
  familyNamed: DrawnFamily,
  outer: Scope,
  report: Report,
): CheckedDraws => {
  const scope = newScope(outer);
  for (const parameter of parameters) scope.names.set(parameter.name, parameterBinding(parameter));
  scope.names.set('x', hiddenX('a draw depends on the parameters alone', report, drawHint));
  const draws: Family['draws'][number][] = [];
  const bindings = new Map<string, Binding>();
  for (const { name: written, distribution: call, span } of declaration.draws) {
    const name = spell(written);
    if (bindings.has(name) || parameters.some((parameter) => parameter.name === name))
      error(report, 'NSM2006', written.span, `\`${name}\` is declared twice`, {
        hint: 'Rename one of the two.',
      });
    else if (name === 'x' || name === 'arrival_times' || (noises as readonly string[]).includes(name))
      error(report, 'NSM2012', written.span, `\`${name}\` already has a meaning in every family`, {
        hint: 'Choose another name.',
      });
    const family = familyNamed(call.callee);
    const applied = family === null ? null : applyFamily(call, family, { scope, report, inlining: [] });
    if (applied === null) {
      bindings.set(name, { kind: 'broken' });
      continue;
    }
    const { axes, support, distribution } = applied;
    draws.push({ name, indices: axes, distribution, span });
    const value = { expression: read(name, axes), axes, domain: domainOf(support) };
    bindings.set(name, { kind: 'value', value, span: null });
  }
  return { draws, bindings };
};

export interface CheckedDraws {
  readonly draws: Family['draws'];
  /** What `pathwise` finds under their names. */
  readonly bindings: ReadonlyMap<string, Binding>;
}

/** The `axis` line: an index that carries its length, or null where there is none. */
export const checkAxis = (
  { axis }: FamilyDeclaration,
  overX: readonly Index[],
  outer: Scope,
  report: Report,
): Index | null => {
  if (axis === null) return null;
  const name = spell(axis.name);
  if (overX.includes(name))
    return error(report, 'NSM2006', axis.name.span, `\`${name}\` is declared twice`, {
      hint: 'A value of the family has an axis of this name. Rename one of the two.',
    });
  const length = evaluate(axis.value, { scope: outer, report, inlining: [] });
  if (length === null) return null;
  const { low, high, integer } = length.domain;
  if (low === high && integer && low >= 1) return axisOfLength(name, low);
  return error(
    report,
    'NSM4018',
    length.span,
    'the length of an axis is a whole number from 1, known where the family is declared',
    {
      hint: `Write a number, such as \`axis ${name} = 32\`.`,
      fixes: [replacement(length.span, low === high && low >= 1 ? String(Math.floor(low)) : '32')],
    },
  );
};

export interface CheckedPathwise {
  readonly value: Mathematics;
  readonly range: { readonly low: number; readonly high: number };
}

export const checkPathwise = (
  declaration: FamilyDeclaration,
  parameters: readonly FamilyParameter[],
  drawn: CheckedDraws['bindings'],
  overX: readonly Index[],
  axis: Index | null,
  outer: Scope,
  report: Report,
): CheckedPathwise | null => {
  if (declaration.pathwise === null) return null;
  const scope = newScope(outer);
  for (const parameter of parameters) scope.names.set(parameter.name, parameterBinding(parameter));
  scope.names.set('x', hiddenX('a draw depends on the parameters and on noise', report, drawHint));
  const noise = (name: string, axes: readonly Index[]): void => {
    scope.names.set(name, {
      kind: 'value',
      value: { expression: read(name, axes), axes, domain: domains.real },
      span: null,
    });
  };
  for (const name of noises) noise(name, overX);
  if (axis !== null) noise('arrival_times', [axis]);
  else
    scope.names.set(
      'arrival_times',
      declaration.axis === null
        ? { kind: 'hidden', explain: (at) => lacksLength(at, report) }
        : { kind: 'broken' },
    );
  for (const [name, binding] of drawn) scope.names.set(name, binding);
  const value = evaluate(declaration.pathwise, { scope, report, inlining: [] });
  if (value !== null && !within(value.axes, overX))
    return error(
      report,
      'NSM3012',
      value.span,
      `a draw is ${showAxes(overX)}, and this is ${showAxes(value.axes)}`,
      {
        hint: 'Reduce the axes that a value of the family does not have.',
      },
    );
  return value === null
    ? null
    : { value: value.expression, range: { low: value.domain.low, high: value.domain.high } };
};

const lacksLength = (at: Span, report: Report): null =>
  error(
    report,
    'NSM4018',
    at,
    '`arrival_times` has many entries for each value, and this family does not say how many',
    {
      hint: 'Add a line such as `axis arrivals = 32`, and reduce it with `sum(... over arrivals)`.',
      fixes: [statementMore('top', at, 'axis arrivals = 32')],
    },
  );

export const checkAlso = (
  declaration: FamilyDeclaration,
  parameters: readonly FamilyParameter[],
  outer: Scope,
  report: Report,
): Family['also'] => {
  const also: Family['also'][number][] = [];
  for (const clause of declaration.also) {
    const name = spell(clause.name);
    const type = resolveType(clause.type, report, { axes: null, ofFamily: true });
    const target = parameters.find((parameter) => parameter.name === spell(clause.target));
    if (parameters.some((parameter) => parameter.name === name) || also.some((other) => other.name === name))
      error(report, 'NSM2006', clause.name.span, `\`${name}\` is declared twice`, {
        hint: 'Rename one of the two.',
      });
    if (target === undefined) {
      const names = parameters.map((parameter) => parameter.name);
      error(
        report,
        'NSM4007',
        clause.target.span,
        `\`${spell(clause.target)}\` is not a parameter of \`${declaration.name.text}\``,
        {
          hint: didYouMean(spell(clause.target), names),
        },
      );
      continue;
    }
    if (type === null) continue;
    const over =
      type.over.length > 0 ? type.over : type.axes.length > 0 ? type.axes : eventAxes(type.support);
    const scope = newScope(outer);
    for (const parameter of parameters)
      if (parameter !== target) scope.names.set(parameter.name, parameterBinding(parameter));
    scope.names.set(
      name,
      parameterBinding({
        name,
        span: clause.name.span,
        support: type.support,
        fixed: false,
        over,
        initial: null,
      }),
    );
    const value = evaluate(clause.value, { scope, report, inlining: [] });
    if (value === null) continue;
    if (!within(value.axes, target.over)) {
      error(
        report,
        'NSM3012',
        value.span,
        `\`${target.name}\` is ${showAxes(target.over)}, and this is ${showAxes(value.axes)}`,
        { hint: 'Reduce the axes that the parameter does not have.' },
      );
      continue;
    }
    if (!fits(value.domain, target.support)) {
      error(
        report,
        'NSM3006',
        value.span,
        `\`${target.name}\` is ${target.support.kind}, and this is ${describe(value.domain)}`,
        {
          hint: 'The formula after `where` must give a value that the parameter can take.',
        },
      );
      continue;
    }
    also.push({
      name,
      support: type.support,
      target: target.name,
      value: value.expression,
      span: clause.value.span,
    });
  }
  return also;
};
