/** `Normal(mean = m, log_sd = s)`: a family with its arguments, brought to the family's main parameters. */
import { axisOf, type Expression as Mathematics, type Index, writtenIndex } from '../calculus/expression.ts';
import { addition, replacement } from '../diagnostics/fixes.ts';
import { cover } from '../syntax/span.ts';
import type { CallExpression } from '../syntax/tree.ts';
import { matchArguments, type Given } from './arguments.ts';
import { commonAxes } from './axes.ts';
import { type Environment, evaluate, withoutOver } from './expressions.ts';
import { renamed, renameFamily } from './family-instance.ts';
import { eventAxes } from './family-names.ts';
import { checkArgument, chooseParametrisation, solveAlso, substituteArguments } from './parametrisations.ts';
import { error, quoted, showAxes, spell, type Report, type Value } from './scope.ts';
import type { Distribution, Family, FamilyParameter, Support } from './typed.ts';

export interface Applied {
  readonly distribution: Distribution;
  /** Axes of a value: those of the arguments, and the event axes of the support. */
  readonly axes: readonly Index[];
  readonly support: Support;
}

/** The value of an argument, or null after an error. A belief makes new coordinates of bare names here. */
export type ArgumentValue = (
  given: Given,
  parameter: { readonly name: string; readonly support: Support },
) => Value | null;

export const applyFamily = (
  call: CallExpression,
  family: Family,
  environment: Environment,
  valueOf: ArgumentValue = (given) => evaluate(given.value, environment),
): Applied | null => {
  const { report } = environment;
  const names = [
    ...family.parameters.map((parameter) => parameter.name),
    ...family.also.map((also) => also.name),
  ];
  const given = matchArguments(call, names, report);
  if (given === null) return null;
  const chosen = chooseParametrisation(call, family, given, report);
  if (chosen === null) return null;

  const values = new Map<string, Value>();
  let sound = true;
  for (const { name, support, argument } of chosen) {
    if (argument === null) continue;
    const value = valueOf(argument, { name, support });
    if (value === null || !checkArgument(value, name, support, family, argument, report)) sound = false;
    else values.set(name, value);
  }
  if (!sound) return null;

  const renames = bindEventAxes(call, family, values, report);
  if (renames === null) return null;
  const instance = renameFamily(family, renames);
  const batch = batchAxes(call, instance, values, report);
  if (batch === null) return null;

  const results: Record<string, Mathematics> = {};
  for (const parameter of instance.parameters) {
    const also = instance.also.find((other) => other.target === parameter.name && values.has(other.name));
    if (values.has(parameter.name)) results[parameter.name] = values.get(parameter.name)!.expression;
    else if (also === undefined) results[parameter.name] = substituteArguments(parameter.initial!, results);
  }
  if (!solveAlso(call, instance, values, results, report)) return null;
  const support: Support =
    instance.support.kind === 'count' && instance.support.upTo !== null
      ? { kind: 'count', upTo: substituteArguments(instance.support.upTo, results) }
      : instance.support;
  const events = eventAxes(support);
  const inOrder = Object.fromEntries(instance.parameters.map(({ name }) => [name, results[name]!]));
  return {
    distribution: { family: instance, arguments: inOrder, span: call.span },
    axes: [...batch.filter((axis) => !events.includes(axis)), ...events],
    support,
  };
};

/** Which axis of the model stands for each event axis of the family; a primed axis goes with the one it primes. */
const bindEventAxes = (
  call: CallExpression,
  family: Family,
  values: ReadonlyMap<string, Value>,
  report: Report,
): ReadonlyMap<Index, Index> | null => {
  const own = [...family.parameters.flatMap((parameter) => parameter.over), ...eventAxes(family.support)];
  const formal = [...new Set(own.map(axisOf))];
  const given = (parameter: FamilyParameter): Value | undefined =>
    values.get(parameter.name) ??
    family.also
      .filter((also) => also.target === parameter.name)
      .map((also) => values.get(also.name))
      .find((value) => value !== undefined);
  const bound = new Map<Index, Index>();
  if (call.over.length > 0) {
    if (call.over.length !== formal.length) {
      const wants =
        formal.length === 0
          ? 'has no axes of its own'
          : `has ${formal.length === 1 ? 'one axis' : `${formal.length} axes`} of its own, ${quoted(formal)}`;
      return error(report, 'NSM4008', call.over[0]!.span, `\`${family.name}\` ${wants}`, {
        hint:
          formal.length === 0
            ? 'Leave `over` out.'
            : `Write \`over\` with ${formal.length === 1 ? 'one axis' : `${formal.length} axes`} of the arguments.`,
        fixes:
          formal.length === 0
            ? [withoutOver(call)]
            : formal.length === 1
              ? call.over.map((axis) =>
                  replacement(cover(call.over[0]!.span, call.over.at(-1)!.span), spell(axis)),
                )
              : [],
      });
    }
    formal.forEach((index, i) => bound.set(index, spell(call.over[i]!)));
  }
  for (const parameter of family.parameters) {
    const value = given(parameter);
    if (value === undefined) continue;
    const open = parameter.over.filter((index) => !bound.has(axisOf(index)));
    const positional = value.axes.length === parameter.over.length;
    if (open.length > 0 && open.every((index) => value.axes.includes(index)))
      for (const index of open) bound.set(axisOf(index), axisOf(index));
    else if (open.length > 0 && positional)
      parameter.over.forEach((index, i) => {
        if (!bound.has(axisOf(index))) bound.set(axisOf(index), axisOf(value.axes[i]!));
      });
    const due = parameter.over.map((index) => renamed(index, bound));
    // One number may stand for every entry of a vector, but not of a matrix.
    const isRepeated = due.length === 1 && open.length === 0;
    if (isRepeated || due.every((index) => value.axes.includes(index))) continue;
    return error(
      report,
      'NSM4008',
      value.span,
      `\`${parameter.name}\` of \`${family.name}\` runs over ${quoted(bound.size === 0 ? parameter.over : due)}, and this is ${showAxes(value.axes)}`,
      {
        hint:
          due.length > 1
            ? 'A matrix has an axis, and the same axis with a prime.'
            : `Say which axis that is: \`${family.name}(... over ${value.axes.at(-1) ?? 'axis'})\`.`,
        fixes:
          due.length > 1 || call.over.length > 0
            ? []
            : value.axes
                .map((axis) => addition(call.arguments.at(-1)!.span, ` over ${writtenIndex(axis)}`))
                .toReversed(),
      },
    );
  }
  return bound;
};

/** The axes along which independent copies of the family lie. */
const batchAxes = (
  call: CallExpression,
  family: Family,
  values: ReadonlyMap<string, Value>,
  report: Report,
): readonly Index[] | null => {
  const outer = [...values].map(([name, value]) => {
    const target = family.also.find((also) => also.name === name)?.target ?? name;
    const over = family.parameters.find((parameter) => parameter.name === target)?.over ?? [];
    return { ...value, axes: value.axes.filter((axis) => !over.includes(axis)) };
  });
  return commonAxes(outer, `\`${spell(call.callee)}\``, report);
};
