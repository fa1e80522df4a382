/** Where a function of the line is not smooth: quadrature has to cut its way there. */
import type { Expression, Operator } from '../calculus/expression.ts';
import { subtract } from '../calculus/build.ts';
import { compileScalar } from '../calculus/scalar-function.ts';
import { readNames, walk } from '../calculus/substitute.ts';

const bent: Partial<Record<Operator, 'argument' | 'difference'>> = {
  abs: 'argument',
  sign: 'argument',
  step: 'argument',
  max: 'difference',
  min: 'difference',
  less: 'difference',
  less_equal: 'difference',
  equal: 'difference',
};

/** Zeros of the arguments of `abs`, `sign`, comparisons and the like of the one name that is read, between `low` and `high`. */
export const kinksIn = (
  entries: readonly Expression[],
  low: number,
  high: number,
  name = 'x',
): readonly number[] => {
  const turning = new Set<Expression>();
  for (const entry of entries)
    walk(entry, (node) => {
      if (node.kind !== 'apply') return;
      const how = bent[node.operator];
      if (how === undefined) return;
      const [first, second] = node.arguments;
      const inner = how === 'argument' ? first! : subtract(first!, second!);
      if (readNames(inner).has(name)) turning.add(inner);
    });
  return [...turning].flatMap((inner) => zerosOf(compileScalar(inner, [name]), low, high));
};

const zerosOf = (f: (x: number) => number, low: number, high: number): readonly number[] => {
  const grid = Array.from({ length: 801 }, (_, n) => Math.sinh((n - 400) / 16)).filter(
    (x) => x > low && x < high,
  );
  const zeros: number[] = [];
  grid.forEach((x, n) => {
    const [here, next] = [f(x), f(grid[n + 1] ?? x)];
    if (here === 0) zeros.push(x);
    else if (here * next < 0) zeros.push(bisect(f, x, grid[n + 1]!));
  });
  return zeros.slice(0, 8);
};

const bisect = (f: (x: number) => number, low: number, high: number): number => {
  let [from, to] = [low, high];
  const sign = Math.sign(f(from));
  for (let turn = 0; turn < 80; turn++) {
    const middle = (from + to) / 2;
    if (Math.sign(f(middle)) === sign) from = middle;
    else to = middle;
  }
  // The side on which a rounded zero comes out as exactly zero, where there is one.
  return f(from) === 0 ? from : to;
};
