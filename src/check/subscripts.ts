/**
 * Places along axes, the sizes of axes, and affine subscripts. `x[i + k]` reads x at the place i + k, and is 0 outside
 * of it: Σ_j x[j] [j = i + k], an ordinary sum, so that convolutions and their adjoints need no rules of their own.
 */
import { apply, multiply, position, size, sum } from '../calculus/build.ts';
import { axisOf, type Index } from '../calculus/expression.ts';
import { freshIndex, renameIndices } from '../calculus/substitute.ts';
import { wrapping } from '../diagnostics/fixes.ts';
import type { CallExpression, Expression, Name } from '../syntax/tree.ts';
import { commonAxes } from './axes.ts';
import { evaluate, type Environment } from './expressions.ts';
import { error, lookup, showAxes, visibleNames, type Scope, type Value } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { describe, domains, point, uniteDomains, type Domain } from './supports.ts';

/** The axis that a name means: one of the model's, or what a function was given for one of its own. */
export const axisNamed = (name: Name, scope: Scope): Index | null => {
  const binding = lookup(scope, name.text);
  if (binding?.kind !== 'value' || binding.value.expression.kind !== 'size') return null;
  return binding.value.expression.axis + "'".repeat(name.primes);
};

/** Places are counted from 0. */
export const placeAlong = (index: Index): Omit<Value, 'span'> => ({
  expression: position(index),
  axes: [index],
  domain: domains.count,
});

/** The axes of an elementwise operation; in a subscript places along different axes add up to one place for each pair. */
export const alignAxes = (
  operands: readonly Value[],
  what: string,
  { places, report }: Environment,
): readonly Index[] | null =>
  places === true ? [...new Set(operands.flatMap(({ axes }) => axes))] : commonAxes(operands, what, report);

/** `size(axis)`: how many entries there are along it. */
export const sizeOf = (call: CallExpression, { scope, report }: Environment): Value | null => {
  const [first] = call.arguments;
  if (first === undefined || call.arguments.length > 1 || first.name !== null || call.over.length > 0)
    return error(report, first === undefined ? 'NSM2010' : 'NSM2009', call.span, '`size` takes one axis', {
      hint: 'Write `size(axis)`.',
    });
  const index = first.value.kind === 'name' ? axisNamed(first.value, scope) : null;
  if (index === null)
    return error(report, 'NSM3004', first.span, '`size` takes the name of an axis', {
      hint:
        first.value.kind === 'name'
          ? didYouMean(first.value.text, axesIn(scope), 'Axes are settings of kind `dim`.')
          : 'Axes are settings of kind `dim`.',
    });
  return {
    expression: size(axisOf(index)),
    axes: [],
    domain: { ...domains.count, low: 1 },
    span: call.span,
  };
};

/**
 * `position(axis)`: 0, 1, 2, ... along it. Inside, the name of an axis means the places along it, so `position(i - j)` is the distance of
 * every two places.
 */
export const positionOf = (call: CallExpression, environment: Environment): Value | null => {
  const [first] = call.arguments;
  if (first === undefined || call.arguments.length > 1 || first.name !== null || call.over.length > 0)
    return error(
      environment.report,
      first === undefined ? 'NSM2010' : 'NSM2009',
      call.span,
      '`position` takes one axis, or a formula of places',
      { hint: 'Write `position(axis)`.' },
    );
  const value = evaluate(first.value, { ...environment, places: true });
  return value === null ? null : { ...value, span: call.span };
};

const axesIn = (scope: Scope): readonly string[] =>
  visibleNames(scope, 'value').filter((name) => {
    const binding = lookup(scope, name);
    return binding?.kind === 'value' && binding.value.expression.kind === 'size';
  });

/** `x[i + k, j]`: subscripts are for the first axes, in their order; further axes stay as they are. */
export const subscripted = (
  { target, subscripts, span }: Extract<Expression, { kind: 'index' }>,
  environment: Environment,
): Value | null => {
  const { report } = environment;
  const array = evaluate(target, environment);
  const places = subscripts.map((subscript) => evaluate(subscript, { ...environment, places: true }));
  if (array === null || places.includes(null)) return null;
  const own = places as readonly Value[];
  if (own.length > array.axes.length)
    return error(
      report,
      'NSM3014',
      span,
      `${array.axes.length === 0 ? 'a single number has no subscripts' : `this is ${showAxes(array.axes)} and has ${own.length} subscripts`}`,
      {
        secondary: [{ span: array.span, label: `is ${showAxes(array.axes)}` }],
        hint: 'There is one subscript for each axis, in the order in which the axes are declared.',
      },
    );
  const fraction = own.find(({ domain }) => !domain.integer);
  if (fraction !== undefined)
    return error(
      report,
      'NSM3014',
      fraction.span,
      `a subscript is a whole number, and this is ${describe(fraction.domain)}`,
      {
        hint: 'It is made of axes, whole numbers, `+`, `-` and `*`; `floor(...)` rounds.',
        fixes: [wrapping(fraction.span, 'floor')],
      },
    );
  const taken = array.axes.slice(0, own.length);
  const bound = new Map(taken.map((index) => [index, freshIndex(index)]));
  const marks = own.map(({ expression }, n) => apply('equal', position(bound.get(taken[n]!)!), expression));
  const rest = array.axes.slice(own.length);
  const axes = [...new Set([...own.flatMap((place) => place.axes), ...rest])];
  return {
    expression: sum([...bound.values()], multiply(renameIndices(array.expression, bound), ...marks)),
    axes,
    domain: own.every(({ expression }, n) => isWithin(expression, taken[n]!))
      ? array.domain
      : uniteDomains(array.domain, point(0)),
    span,
  };
};

/** Whether a subscript is a place along the same axis, and so never outside of it. */
const isWithin = (place: Value['expression'], index: Index): boolean =>
  place.kind === 'position' && axisOf(place.index) === axisOf(index);

/** `position(classes) == k` is 1 at one entry of the axis: a one-hot vector. */
export const isOneHot = (left: Value, right: Value): Domain | null => {
  for (const [places, chosen] of [
    [left, right],
    [right, left],
  ] as const) {
    const { expression } = places;
    if (expression.kind !== 'position' || !chosen.domain.integer) continue;
    if (!chosen.axes.includes(expression.index))
      return { ...domains.binary, special: 'one_hot', over: [expression.index] };
  }
  return null;
};
