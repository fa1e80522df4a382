/** Functions next to an end of an interval, against their values in terms of the distance. */
import { describe, expect, it } from 'vitest';
import { add, apply, constant, log, multiply, power, read, subtract } from '../../src/calculus/build.ts';
import { fromEnd, type End } from '../../src/calculus/near.ts';
import { compileScalar } from '../../src/calculus/scalar-function.ts';
import type { Expression } from '../../src/calculus/expression.ts';

const x = read('x');
const one = constant(1);
const belowOne: End = { origin: 1, direction: -1 };
const at = (node: Expression, end: End, distance: number): number =>
  compileScalar(fromEnd(node, end), ['y'])(distance);

describe('a function next to an end', () => {
  const distances = [1e-150, 1e-17, 1e-9, 1e-3, 0.3];
  it.each([
    ['log(1 - x)', log(subtract(one, x)), (y: number) => Math.log(y)],
    ['log1p(-x)', apply('log1p', multiply(constant(-1), x)), (y: number) => Math.log(y)],
    ['log(1 - x^2)', log(subtract(one, power(x, 2))), (y: number) => Math.log(y) + Math.log(2 - y)],
    [
      'log(1 - 2 x + x^2)',
      log(add(one, multiply(constant(-2), x), power(x, 2))),
      (y: number) => 2 * Math.log(y),
    ],
    [
      'log(1 - x^0.35)',
      log(subtract(one, power(x, 0.35))),
      (y: number) => Math.log(-Math.expm1(0.35 * Math.log1p(-y))),
    ],
    [
      'log(1 - x^8)',
      log(subtract(one, power(x, 8))),
      (y: number) => Math.log(-Math.expm1(8 * Math.log1p(-y))),
    ],
    [
      'log(x^-2 - 1)',
      log(subtract(power(x, -2), one)),
      (y: number) => Math.log(y) + Math.log(2 - y) - 2 * Math.log1p(-y),
    ],
    [
      'log(e - exp(x))',
      log(subtract(constant(Math.E), apply('exp', x))),
      (y: number) => 1 + Math.log(-Math.expm1(-y)),
    ],
    ['log(-log(x))', log(multiply(constant(-1), log(x))), (y: number) => Math.log(-Math.log1p(-y))],
    ['x itself', x, (y: number) => 1 - y],
  ] as const)('keeps its digits: %s', (_, node, expected) => {
    for (const y of distances)
      expect(Math.abs(at(node, belowOne, y) - expected(y))).toBeLessThan(1e-13 * (1 + Math.abs(expected(y))));
  });

  it('keeps its digits at an angle', () => {
    const node = log(add(one, apply('cos', x)));
    for (const y of distances)
      expect(
        Math.abs(at(node, { origin: Math.PI, direction: -1 }, y) - Math.log(2 * Math.sin(y / 2) ** 2)),
      ).toBeLessThan(1e-12 * (1 + Math.abs(2 * Math.log(y))));
  });

  it('is the same function far from the end, and on the other side of zero', () => {
    const above: End = { origin: 2, direction: -1 };
    const node = add(power(x, 5), power(x, 3), constant(-40));
    for (const y of [0.1, 1, 5, 40])
      expect(at(node, above, y)).toBeCloseTo((2 - y) ** 5 + (2 - y) ** 3 - 40, 4);
  });

  it('has no value where it had none', () => {
    expect(at(log(subtract(x, one)), belowOne, 0.1)).toBeNaN();
  });
});
