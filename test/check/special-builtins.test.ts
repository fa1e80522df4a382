/** Built-in special functions: what they mean, in float64 and as compiled text, and how they differentiate. */
import { describe, expect, it } from 'vitest';
import { read } from '../../src/calculus/build.ts';
import { derivative } from '../../src/calculus/differentiate.ts';
import { compileScalar } from '../../src/calculus/scalar-function.ts';
import { scalarValue } from '../../src/calculus/scalar-value.ts';
import { builtins } from '../../src/check/builtins.ts';
import { domains } from '../../src/check/supports.ts';
import { slopeOf } from '../calculus/support.ts';

const [x, y] = [read('x'), read('y')];

/** Each function by its plain definition, at points where that loses few digits. */
const plain: Readonly<
  Record<string, { of: (x: number, y: number) => number; at: readonly (readonly [number, number])[] }>
> = {
  log_mills_ratio: {
    of: (a) => Math.log(tail(a) / density(a)),
    at: [
      [-2, 0],
      [0, 0],
      [1.5, 0],
    ],
  },
  mills_ratio: {
    of: (a) => tail(a) / density(a),
    at: [
      [-2, 0],
      [0.3, 0],
      [1.5, 0],
    ],
  },
  normal_log_cdf: {
    of: (a) => Math.log(tail(-a)),
    at: [
      [-2, 0],
      [0, 0],
      [1.5, 0],
    ],
  },
  log_exprel: {
    of: (a) => Math.log((Math.exp(a) - 1) / a),
    at: [
      [-5, 0],
      [0.5, 0],
      [4, 0],
    ],
  },
  log1m_exp: {
    of: (a) => Math.log(1 - Math.exp(a)),
    at: [
      [-0.5, 0],
      [-1, 0],
      [-3, 0],
    ],
  },
  log_diff_exp: {
    of: (a, b) => Math.log(Math.exp(a) - Math.exp(b)),
    at: [
      [1, 0.5],
      [3, -2],
      [-1, -1.5],
    ],
  },
  log_cosh: {
    of: (a) => Math.log(Math.cosh(a)),
    at: [
      [-3, 0],
      [0.7, 0],
      [5, 0],
    ],
  },
  atan2: {
    of: Math.atan2,
    at: [
      [1, 2],
      [-1, 0.4],
      [0.5, -2],
    ],
  },
  log_bessel_i0: {
    of: (a) => Math.log(bessel(0, a)),
    at: [
      [-2, 0],
      [0.5, 0],
      [6, 0],
    ],
  },
  bessel_ratio: {
    of: (a) => bessel(1, a) / bessel(0, a),
    at: [
      [-2, 0],
      [0.5, 0],
      [6, 0],
    ],
  },
  log_bessel_i: {
    of: (order, a) => Math.log(bessel(order, a)),
    at: [
      [0, 2],
      [1, 0.5],
      [4, 6],
    ],
  },
};
const density = (a: number): number => Math.exp((-a * a) / 2) / Math.sqrt(2 * Math.PI);
/** 1 - Phi(a) by Simpson's rule, to 1e-13. */
const tail = (a: number): number => simpson((t) => density(a + t), 0, 12);
/** I_n(a) = (1 / pi) integral of exp(a cos t) cos(n t). */
const bessel = (n: number, a: number): number =>
  simpson((t) => Math.exp(a * Math.cos(t)) * Math.cos(n * t), 0, Math.PI) / Math.PI;
const simpson = (f: (t: number) => number, from: number, to: number): number => {
  const [steps, width] = [4000, (to - from) / 4000];
  let sum = f(from) + f(to);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * width);
  return (sum * width) / 3;
};

describe('built-in special functions', () => {
  it.each(Object.entries(plain))('%s is its definition', (name, { of, at }) => {
    const builtin = builtins[name]!;
    const expression = builtin.build(...(builtin.operands.length === 1 ? [x] : [x, y]));
    const compiled = compileScalar(expression, ['x', 'y']);
    for (const [a, b] of at) {
      expect(scalarValue(expression, { x: a, y: b })).toBeCloseTo(of(a, b), 10);
      expect(compiled(a, b)).toBeCloseTo(of(a, b), 10);
    }
  });

  it.each(Object.entries(plain))('%s differentiates twice', (name, { at }) => {
    const builtin = builtins[name]!;
    const isBessel = name === 'log_bessel_i';
    const expression = builtin.build(...(builtin.operands.length === 1 ? [x] : [x, y]));
    const variable = isBessel ? 'y' : 'x';
    const first = derivative(expression, variable, []);
    const second = derivative(first, variable, []);
    for (const [a, b] of at)
      for (const [node, slope] of [
        [expression, first],
        [first, second],
      ] as const) {
        const along = (moved: number): Record<string, number> =>
          isBessel ? { x: a, y: moved } : { x: moved, y: b };
        const wanted = slopeOf((moved) => scalarValue(node, along(moved)), isBessel ? b : a, 1e-3);
        expect(Math.abs(scalarValue(slope, along(isBessel ? b : a)) - wanted)).toBeLessThan(
          1e-8 * (1 + Math.abs(wanted)),
        );
      }
  });

  it('keep what is known about ranges', () => {
    expect(builtins['log1m_exp']!.domain({ ...domains.real, high: 0 })).toMatchObject({ low: -Infinity });
    expect(builtins['log1m_exp']!.domain({ ...domains.real, high: 0 }).high).toBeCloseTo(0);
    expect(builtins['mills_ratio']!.domain(domains.real)).toMatchObject({ low: 0, high: Infinity });
    expect(builtins['mills_ratio']!.domain(domains.positive).high).toBeCloseTo(Math.sqrt(Math.PI / 2));
    expect(builtins['bessel_ratio']!.domain(domains.positive)).toMatchObject({ low: 0, high: 1 });
    expect(builtins['log_exprel']!.domain(domains.positive)).toMatchObject({ low: 0, high: Infinity });
    expect(builtins['log_bessel_i0']!.domain(domains.real)).toMatchObject({ low: 0, high: Infinity });
    expect(builtins['normal_log_cdf']!.domain(domains.real).high).toBeCloseTo(0);
  });
});
