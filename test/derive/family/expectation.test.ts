/** Exact expectations against sums over all draws (or products of quadrature points) of two independent units. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  exp,
  log,
  multiply,
  power,
  read,
  subtract,
  sum,
} from '../../../src/calculus/build.ts';
import { evaluate, type NamedArray } from '../../../src/calculus/evaluate.ts';
import type { Expression } from '../../../src/calculus/expression.ts';
import { openRange, wholeLine, type Range } from '../../../src/calculus/range.ts';
import type { Family } from '../../../src/check/typed.ts';
import { exactExpectation, type Units } from '../../../src/derive/family/expectation.ts';
import { memberAt, quadratureOf } from '../../../src/derive/family/member.ts';
import { checkedFile, matrix, vector } from '../support.ts';

const family = (name: string): Family =>
  checkedFile(`stdlib/families/${name}.nsm`).families.find((found) => found.name === name)!;

/** All pairs of draws at once: one more index, which every term shares with the units. */
const z = (): Expression => read('z', ['draws', 'units']);
const W = read('W', ['pixels', 'units']);
const drive = sum(['units'], multiply(W, z()));

const weights: Readonly<Record<string, NamedArray>> = {
  W: matrix(
    ['pixels', 'units'],
    [
      [0.3, -0.2],
      [0.1, 0.4],
      [-0.5, 0.25],
    ],
  ),
  w: vector('units', [0.15, -0.35]),
  b: vector('pixels', [0.2, -0.1, 0.4]),
};
const sizes = { units: 2, pixels: 3 };
/** Pairs that weigh less are left out: together, and times the largest function below, they stay below 1e-10. */
const negligible = 1e-17;

const unitsOf = (member: Family): Units => ({
  name: 'z',
  shared: ['draws'],
  own: ['units'],
  family: member,
  naturals: member.natural.map(({ name }) => read(`at_${name}`, ['units'])),
  fixed: {},
  ranges: (name) => known[name] ?? wholeLine,
});
/** Natural parameters in their domains, and those of Gamma units far enough inside for what is asked below. */
const known: Readonly<Record<string, Range>> = {
  at_a: openRange(1, Infinity),
  at_b: openRange(-Infinity, -0.6),
};

/** E[node] by the list of exact expectations, and by weighing the node at every pair of values. */
const both = (
  of: Family,
  naturals: readonly (readonly number[])[],
  node: Expression,
): { readonly found: number; readonly wanted: number } => {
  const exact = exactExpectation(node, unitsOf(of));
  if (exact.kind === 'open') throw new Error(exact.obstacle.why);
  const named = Object.fromEntries(
    of.natural.map(({ name }, i) => [`at_${name}`, vector('units', naturals[i]!)]),
  );
  const value = (expression: Expression, draws: readonly (readonly number[])[]): NamedArray =>
    evaluate(expression, (name) => ({ ...weights, ...named, z: matrix(['draws', 'units'], draws) })[name]!, {
      ...sizes,
      draws: draws.length,
    });
  const rules = [0, 1].map((unit) =>
    quadratureOf(
      memberAt(
        of,
        naturals.map((values) => values[unit]!),
        {},
      ),
    ),
  );
  const pairs = [...rules[0]!.points].flatMap((left, i) =>
    [...rules[1]!.points].map((right, j) => ({
      draw: [left, right],
      weight: rules[0]!.weights[i]! * rules[1]!.weights[j]!,
    })),
  );
  const kept = pairs.filter(({ weight }) => weight > negligible);
  const at = value(
    node,
    kept.map(({ draw }) => draw),
  ).values;
  const wanted = kept.reduce((sum, { weight }, n) => sum + weight * at[n]!, 0);
  return { found: value(exact.value, [[0, 0]]).values[0]!, wanted };
};

const total = (node: Expression): Expression => sum(['pixels'], node);
const rate = exp(add(drive, read('b', ['pixels'])));
const polynomials: readonly (readonly [string, Expression])[] = [
  ['an affine function', total(add(drive, constant(2)))],
  ['a squared residual', total(power(subtract(read('b', ['pixels']), drive), 2))],
  ['a cubic', total(power(drive, 3))],
  ['a quartic', total(power(add(drive, constant(0.7)), 4))],
  [
    'a quadratic form times another',
    multiply(power(sum(['units'], multiply(read('w', ['units']), z())), 2), total(power(drive, 2))),
  ],
  ['fourth powers of single units', sum(['units'], power(z(), 4))],
];
const exponentials: readonly (readonly [string, Expression])[] = [
  ['a rate', total(rate)],
  ['a squared rate', total(power(rate, 2))],
  ['a rate times a residual', total(multiply(rate, subtract(drive, read('b', ['pixels']))))],
  ['a rate times a square', total(multiply(rate, power(drive, 2)))],
  ['exponentials of single units', sum(['units'], exp(multiply(read('w', ['units']), z())))],
  [
    'a unit times an exponential of itself and of all',
    sum(['units'], multiply(z(), exp(multiply(constant(0.2), z())))),
  ],
];

const cases: readonly (readonly [string, readonly (readonly number[])[], boolean])[] = [
  ['Poisson', [[-0.5, 0.3]], true],
  ['Bernoulli', [[0.4, -1.2]], true],
  [
    'Normal',
    [
      [0.5, -0.7],
      [-0.8, -1.5],
    ],
    true,
  ],
];

describe.each(cases)('units of %s', (name, naturals) => {
  it.each([...polynomials, ...exponentials])('have the exact expectation of %s', (_, node) => {
    const { found, wanted } = both(family(name), naturals, node);
    expect(Math.abs(found - wanted)).toBeLessThan(1e-10 * Math.max(1, Math.abs(wanted)));
  });
});

describe('units of Gamma', () => {
  const naturals = [
    [6.5, 7.2],
    [-4, -5],
  ];
  const single = (node: Expression): Expression => sum(['units'], node);
  it.each([
    ['a quadratic', total(power(drive, 2))],
    ['their logarithm', single(log(z()))],
    ['a logarithm times a value', single(multiply(z(), log(z())))],
    ['their inverse', single(power(z(), -1))],
    ['a root', single(power(z(), 0.5))],
    ['an exponential inside its domain', single(exp(multiply(constant(0.6), z())))],
    ['a power times a logarithm', single(multiply(power(z(), -0.5), log(z())))],
  ] as const)('have the exact expectation of %s', (_, node) => {
    const { found, wanted } = both(family('Gamma'), naturals, node);
    expect(Math.abs(found - wanted)).toBeLessThan(1e-10 * Math.max(1, Math.abs(wanted)));
  });
});

const whyOpen = (node: Expression, units: Units): string | null => {
  const found = exactExpectation(node, units);
  return found.kind === 'open' ? found.obstacle.why : null;
};

describe('what is not in the list', () => {
  it('is left open with a reason', () => {
    const units = unitsOf(family('Poisson'));
    expect(whyOpen(total(apply('tanh', drive)), units)).toBe(
      'tanh(W @ z) is no polynomial in statistics of Poisson',
    );
    expect(whyOpen(total(power(drive, 5)), units)).toBe(
      'the degree in statistics of Poisson is 5, more than 4',
    );
    expect(whyOpen(sum(['units'], power(z(), 5)), units)).toBe(
      'the degree in statistics of Poisson is 5, more than 4',
    );
    expect(whyOpen(total(exp(power(drive, 2))), units)).not.toBeNull();
  });

  it('has no jumps, not even in an exponent, where their slope is 0', () => {
    const units = unitsOf(family('Normal'));
    const jump = apply('step', z());
    for (const node of [jump, exp(jump), exp(add(z(), apply('floor', z())))])
      expect(whyOpen(sum(['units'], node), units)).not.toBeNull();
  });

  it('has no moment that members may lack: natural parameters have to stay in the domain', () => {
    const gamma = (a: Range): Units => ({
      ...unitsOf(family('Gamma')),
      ranges: (name) => (name === 'at_a' ? a : name === 'at_b' ? openRange(-Infinity, 0) : wholeLine),
    });
    const inverse = sum(['units'], power(z(), -1));
    expect(whyOpen(inverse, gamma(openRange(0, Infinity)))).toBe(
      '1 / z has a finite mean only for a > 1, and all that is known is a > 0',
    );
    expect(whyOpen(inverse, gamma(openRange(1, Infinity)))).toBeNull();
    // On the bound itself it is infinite.
    expect(whyOpen(inverse, gamma({ ...openRange(1, Infinity), reachesLow: true }))).not.toBeNull();
    const rate = sum(['units'], exp(multiply(read('w', ['units']), z())));
    expect(whyOpen(rate, gamma(openRange(0, Infinity)))).toBe(
      'exp(w · z) has a finite mean only for b + w < 0, and all that is known is b < 0',
    );
  });

  it('does not concern what the units do not take part in', () => {
    const node = total(read('b', ['pixels']));
    expect(exactExpectation(node, unitsOf(family('Poisson')))).toEqual({ kind: 'exact', value: node });
  });
});
