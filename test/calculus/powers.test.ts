/** Powers of a product meet the factors of the product. */
import { expect, it } from 'vitest';
import {
  add,
  constant,
  divide,
  multiply,
  negate,
  power,
  read,
  sqrt,
  square,
} from '../../src/calculus/build.ts';
import { mergePowers, simplest } from '../../src/calculus/collect.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import type { Expression } from '../../src/calculus/expression.ts';

const [a, b, c] = [read('a'), read('b'), read('c')];
const root = sqrt(multiply(a, b));
const other = sqrt(multiply(constant(-2), a, c));

const cases: readonly [string, Expression, Expression][] = [
  ['a b / √(a b) is √(a b)', divide(multiply(a, b), root), root],
  ['a b c / √(a b) is c √(a b)', divide(multiply(a, b, c), root), multiply(c, root)],
  ['a² b / (a b)^1.5 is a / √(a b)', multiply(square(a), b, power(multiply(a, b), -1.5)), divide(a, root)],
  [
    '3 a c / √(−2 a c) is −1.5 √(−2 a c)',
    divide(multiply(constant(3), a, c), other),
    multiply(constant(-1.5), other),
  ],
  ['a c / √(a b) stays', divide(multiply(a, c), root), divide(multiply(a, c), root)],
];

it.each(cases)('%s', (_, node, wanted) => {
  expect(mergePowers(node)).toBe(wanted);
  const at = { a: -1.3, b: -0.6, c: 2.1 };
  expect(scalarValue(wanted, at)).toBeCloseTo(scalarValue(node, at), 12);
});

it('terms that cancel only then are gone from the simplest form', () => {
  expect(
    simplest(add(c, multiply(root, constant(2)), negate(divide(multiply(constant(2), a, b), root)))),
  ).toBe(c);
});
