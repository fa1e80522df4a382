/** The ways to give the parameters of a family: one of each, of the right support, brought to the main one. */
import type { Expression as Mathematics } from '../calculus/expression.ts';
import type { Fix } from '../diagnostics/diagnostic.ts';
import { removal } from '../diagnostics/fixes.ts';
import { readNames, replaceReads } from '../calculus/substitute.ts';
import type { CallExpression } from '../syntax/tree.ts';
import type { Given } from './arguments.ts';
import { error, quoted, type Report, type Value } from './scope.ts';
import { describe, fits } from './supports.ts';
import type { Family, Support } from './typed.ts';
import { argumentFixes, plainValue, wrapsInto } from './value-fixes.ts';

/**
 * Puts arguments in the place of the parameters that an expression of a family reads. The parameters' own
 * subscripts are event axes, which keep their names.
 */
export const substituteArguments = (
  expression: Mathematics,
  values: Readonly<Record<string, Mathematics>>,
): Mathematics =>
  replaceReads(expression, (found) => (Object.hasOwn(values, found.name) ? values[found.name]! : null));

/** Parameters given in another way, each after those that its formula reads. */
export const solveAlso = (
  call: CallExpression,
  family: Family,
  values: ReadonlyMap<string, Value>,
  results: Record<string, Mathematics>,
  report: Report,
): boolean => {
  const open = family.also.filter((also) => values.has(also.name));
  while (open.length > 0) {
    const ready = open.findIndex((also) => !open.some((other) => readNames(also.value).has(other.target)));
    if (ready < 0) {
      error(
        report,
        'NSM4005',
        call.span,
        `${quoted(open.map((also) => also.name))} cannot be given together: each needs the other`,
        {
          hint: `Give one of ${quoted(open.map((also) => also.target))} itself.`,
        },
      );
      return false;
    }
    const [also] = open.splice(ready, 1);
    const own = { [also!.name]: values.get(also!.name)!.expression };
    results[also!.target] = substituteArguments(also!.value, { ...results, ...own });
  }
  return true;
};

export interface Chosen {
  readonly name: string;
  readonly support: Support;
  readonly argument: Given | null;
}

/** One of `sd`, `log_sd`, `precision` for each parameter. */
export const chooseParametrisation = (
  call: CallExpression,
  family: Family,
  given: ReadonlyMap<string, Given>,
  report: Report,
): readonly Chosen[] | null => {
  const chosen: Chosen[] = [];
  const missing: { readonly ways: readonly string[]; readonly support: Support }[] = [];
  let sound = true;
  for (const parameter of family.parameters) {
    const ways: readonly { name: string; support: Support }[] = [
      parameter,
      ...family.also.filter((also) => also.target === parameter.name),
    ];
    const taken = ways.filter(({ name }) => given.has(name));
    const [first, second] = taken;
    if (first !== undefined && second !== undefined) {
      const spans = taken.map(({ name }) => given.get(name)!.span).sort((a, b) => a.start - b.start);
      error(
        report,
        'NSM4005',
        spans[1]!,
        `\`${first.name}\` and \`${second.name}\` say the same thing twice`,
        {
          secondary: [{ span: spans[0]!, label: 'given here already' }],
          hint: `Keep one of ${quoted(taken.map(({ name }) => name))}.`,
          fixes: taken.map(({ name }) => removal(given.get(name)!.span, `\`${name}\``)),
        },
      );
      sound = false;
    } else if (first !== undefined) chosen.push({ ...first, argument: given.get(first.name)! });
    else if (parameter.initial !== null) chosen.push({ ...parameter, argument: null });
    else missing.push({ ways: ways.map(({ name }) => name), support: parameter.support });
  }
  if (missing.length > 0) {
    const first = missing[0]!.ways;
    error(
      report,
      'NSM4006',
      call.span,
      `\`${family.name}\` needs ${missing.map(({ ways }) => quoted(ways, 'or')).join(', and ')}`,
      {
        hint: `Add it to the arguments: \`${first[0]} = ...\`.`,
        fixes: argumentFixes(
          call,
          missing.map(({ ways: [name], support }) => ({ name: name!, value: plainValue(support) })),
        ),
      },
    );
    sound = false;
  }
  return sound ? chosen : null;
};

export const checkArgument = (
  value: Value,
  name: string,
  support: Support,
  family: Family,
  given: Given,
  report: Report,
): boolean => {
  const { integer, high } = value.domain;
  // Whether an `int` setting is negative is known when the model is made.
  const isNumber = support.kind === 'count' && integer && high > 0;
  const isFixed = family.parameters.some((parameter) => parameter.name === name && parameter.fixed);
  if (fits(value.domain, support) || (isFixed && isNumber)) return true;
  error(
    report,
    'NSM3006',
    value.span,
    `\`${name}\` needs ${support.kind}, and this is ${describe(value.domain)}`,
    {
      hint: transformHint(value, name, support, family),
      fixes: transformFixes(value, given, name, support, family),
    },
  );
  return false;
};

/** The parameter that takes a value as it is, in place of the one it was given for. */
const otherWay = (value: Value, name: string, family: Family): { readonly name: string } | undefined => {
  const target = family.also.find((also) => also.name === name)?.target ?? name;
  const ways = [
    ...family.parameters.filter((parameter) => parameter.name === target),
    ...family.also.filter((also) => also.target === target),
  ];
  const constant = value.domain.low === value.domain.high;
  return constant ? undefined : ways.find((way) => way.name !== name && fits(value.domain, way.support));
};

/** `log_rate = u` for `rate = u`, or `rate = exp(u)`. */
const transformFixes = (
  value: Value,
  given: Given,
  name: string,
  support: Support,
  family: Family,
): readonly Fix[] => {
  if (value.domain.low === value.domain.high) return [];
  const other = otherWay(value, name, family);
  const named = { file: given.span.file, start: given.span.start, end: given.value.span.start };
  return [
    ...(other === undefined
      ? []
      : [
          {
            title: `Use \`${other.name}\``,
            changes: [{ kind: 'replace', span: named, text: `${other.name} = ` } as const],
          },
        ]),
    ...wrapsInto(value, support),
  ];
};

/** The transform that brings a value into the support, or the parameter that takes it as it is. */
const transformHint = (value: Value, name: string, support: Support, family: Family): string | null => {
  const constant = value.domain.low === value.domain.high;
  const other = otherWay(value, name, family);
  const instead = other === undefined ? '' : `Give it as \`${other.name} = ...\`, or `;
  const wrap = (text: string): string =>
    instead === '' ? `${text[0]!.toUpperCase()}${text.slice(1)}` : `${instead}${text}`;
  switch (support.kind) {
    case 'positive':
      return constant ? 'It must be greater than 0.' : wrap('wrap it in `exp(...)` or `softplus(...)`.');
    case 'unit':
      return constant ? 'It must lie between 0 and 1.' : wrap('wrap it in `sigmoid(...)`.');
    case 'count':
      return constant
        ? 'It must be 0, 1, 2, ...'
        : wrap('round it with `floor(...)`, where it cannot be negative.');
    case 'simplex':
      return wrap(`wrap it in \`softmax(... over ${value.axes.at(-1) ?? 'axis'})\`.`);
    case 'integer':
      return constant ? 'It must be a whole number.' : wrap('round it with `floor(...)`.');
    case 'real':
    case 'binary':
    case 'spin':
    case 'angle':
    case 'one_hot':
    case 'vector':
    case 'positive_definite':
      return null;
  }
};
