/** Which values data may hold: the support of an observed variable, with its bounds as numbers. */
import type { Expression } from '../calculus/expression.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { readNames } from '../calculus/substitute.ts';
import type { Family, Support, Variable } from '../check/typed.ts';
import { measureOf, memberOf } from '../derive/family/member.ts';
import { firstMember, hasEnd } from '../derive/family/sample-members.ts';
import type { LineRange, ObservedDefinition } from './definition.ts';

/** `numbers`: settings and sizes by name. A bound that rests on anything else is not known here, and left out. */
export const observedDefinition = (
  { name, doc, indices, support, distribution }: Variable,
  numbers: Readonly<Record<string, number>>,
): ObservedDefinition => {
  const axes = { name, doc, axes: indices };
  const of = distribution === null ? `the ${support.kind} ${name}` : `${name} ~ ${distribution.family.name}`;
  switch (support.kind) {
    case 'one_hot':
    case 'simplex':
      return { ...axes, values: { of, kind: support.kind, along: indices.indexOf(support.over[0]!) } };
    case 'positive_definite':
      return { ...axes, values: null };
    case 'vector':
      return { ...axes, values: { of, kind: 'real', ...everywhere } };
    default: {
      const { kind } = support;
      const isSpaced = kind === 'count' || kind === 'integer' || kind === 'binary' || kind === 'spin';
      const range =
        distribution === null
          ? rangeOfSupport(support, numbers)
          : rangeOf(distribution.family, distribution.arguments, numbers);
      const { low, high, restsOn } = range;
      return { ...axes, values: isSpaced ? { of, kind, low, high, restsOn } : { of, kind, ...range } };
    }
  }
};

type Interval = Omit<LineRange, 'kind' | 'of'>;
const everywhere: Interval = { low: -Infinity, high: Infinity, hasLow: false, hasHigh: false, restsOn: [] };

/** Of a variable of an energy: the ends are values too, as they are where a formula is checked against a support. */
const rangeOfSupport = (support: Support, numbers: Readonly<Record<string, number>>): Interval => {
  const between = (low: number, high: number): Interval => ({
    low,
    high,
    hasLow: Number.isFinite(low),
    hasHigh: Number.isFinite(high),
    restsOn: [],
  });
  switch (support.kind) {
    case 'binary':
    case 'unit':
    case 'one_hot':
    case 'simplex':
      return between(0, 1);
    case 'spin':
      return between(-1, 1);
    case 'angle':
      return between(-Math.PI, Math.PI);
    case 'positive':
      return between(0, Infinity);
    case 'count': {
      const { upTo } = support;
      if (upTo === null || !isNumber(upTo, numbers)) return between(0, Infinity);
      return { ...between(0, scalarValue(upTo, numbers)), restsOn: [...readNames(upTo)] };
    }
    case 'real':
    case 'integer':
    case 'vector':
    case 'positive_definite':
      return everywhere;
  }
};

const rangeOf = (
  family: Family,
  given: Readonly<Record<string, Expression>>,
  numbers: Readonly<Record<string, number>>,
): Interval => {
  const fixed = family.parameters.filter((parameter) => parameter.fixed);
  const known = Object.fromEntries(
    fixed.flatMap(({ name, over }) => {
      const value = given[name];
      return value !== undefined && over.length === 0 && isNumber(value, numbers)
        ? [[name, scalarValue(value, numbers)] as const]
        : [];
    }),
  );
  const first = firstMember(family);
  const member = memberOf(family, { ...first.parameters, ...known }, first.sizes);
  const measure = measureOf(member)!;
  const isKnown = (bound: Expression | null): boolean =>
    bound !== null && [...readNames(bound)].every((name) => Object.hasOwn(known, name));
  const [hasLow, hasHigh] = [isKnown(family.range.low), isKnown(family.range.high)];
  // Where a formula has no value at an end may rest on any of the fixed arguments.
  const isOpen = (x: number): boolean =>
    fixed.every(({ name }) => Object.hasOwn(known, name)) && !hasEnd(member, x);
  return {
    low: hasLow ? measure.low : -Infinity,
    high: hasHigh ? measure.high : Infinity,
    hasLow: hasLow && !isOpen(measure.low),
    hasHigh: hasHigh && !isOpen(measure.high),
    restsOn: fixed.flatMap(({ name }) => (Object.hasOwn(known, name) ? [...readNames(given[name]!)] : [])),
  };
};

const isNumber = (node: Expression, numbers: Readonly<Record<string, number>>): boolean =>
  node.indices.length === 0 && [...readNames(node)].every((name) => Object.hasOwn(numbers, name));
