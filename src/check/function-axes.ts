/** The axes that a function names in the types of its parameters: its own names, which every call gives a meaning. */
import { size } from '../calculus/build.ts';
import { axisOf, type Index } from '../calculus/expression.ts';
import { within } from './axes.ts';
import type { Binding } from './scope.ts';
import { domains } from './supports.ts';

/** What each of them stands for in one call, both without primes. */
export type OwnAxes = Map<string, string>;

const primesOf = (index: Index): string => index.slice(axisOf(index).length);

/**
 * The axes of an argument with those that its parameter names first, in the parameter's order: under the same names where the argument has
 * all of them, else in the order in which the argument has them. Null where they do not fit each other, or another argument.
 */
export const bindAxes = (
  named: readonly Index[],
  given: readonly Index[],
  own: OwnAxes,
): readonly Index[] | null => {
  const known = (index: Index): Index | null => {
    const axis = own.get(axisOf(index));
    return axis === undefined ? null : axis + primesOf(index);
  };
  const keepsNames = within(named, given) && named.every((index) => [null, index].includes(known(index)));
  const open = given.filter((axis) => !named.some((index) => known(index) === axis));
  const found: Index[] = [];
  for (const index of named) {
    const axis = keepsNames ? index : (known(index) ?? open.find((each) => !found.includes(each)));
    if (axis === undefined || !given.includes(axis) || primesOf(axis) !== primesOf(index)) return null;
    own.set(axisOf(index), axisOf(axis));
    found.push(axis);
  }
  return [...found, ...given.filter((axis) => !found.includes(axis))];
};

/** In the body of the function the name of an axis is its size, as in a model. */
export const axisBinding = (axis: string): Binding => ({
  kind: 'value',
  value: { expression: size(axis), axes: [], domain: { ...domains.count, low: 1 } },
  span: null,
});
