/** Which arrays are expected to be zeros for the most part, and what the optimiser makes of it: small networks, written by hand. */
import { describe, expect, it } from 'vitest';
import {
  add,
  apply,
  constant,
  divide,
  exp,
  half,
  maximum,
  multiply,
  one,
  read,
  square,
  subtract,
  sum,
  zero,
} from '../../src/calculus/build.ts';
import { axisOf, type Expression } from '../../src/calculus/expression.ts';
import { isSparse, sparseRegisters } from '../../src/optimize/activity.ts';
import { optimize, type Hints } from '../../src/optimize/optimize.ts';
import { programCost } from '../../src/optimize/program-cost.ts';
import { reverse } from '../../src/optimize/reverse.ts';
import { readRegister } from '../../src/schedule/names.ts';
import type { Draw, DrawSource, Program, Repeat, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { assign, contextOf, expectNear, host, program, random, repeat, tensor } from '../targets/support.ts';

const drawn = (source: DrawSource, surrogate: Expression | null = null): Draw => ({
  kind: 'draw',
  target: tensor('z', 'example', 'units'),
  site: 1,
  source,
  surrogate,
});
const poisson = (low: Expression, surrogate: Expression | null = null): Draw =>
  drawn(
    {
      kind: 'inversion',
      family: 'Poisson',
      low,
      high: null,
      parameters: [{ name: 'log_rate', value: read('u', ['example', 'units']) }],
      mean: exp(read('log_rate')),
      logMass: subtract(
        multiply(read('x'), read('log_rate')),
        add(exp(read('log_rate')), apply('log_gamma', add(read('x'), one))),
      ),
      ratio: divide(exp(read('log_rate')), read('x')),
    },
    surrogate,
  );
const noise = drawn({ kind: 'noise', distribution: 'standard_normal' });

const [W, x, u, z] = [
  tensor('W', 'pixels', 'units'),
  tensor('x', 'example', 'pixels'),
  tensor('u', 'example', 'units'),
  tensor('z', 'example', 'units'),
].map(readRegister) as [Expression, Expression, Expression, Expression];
const steps = host('steps');
const rate = constant(0.1);

const sparseIn = (body: readonly Statement[]): readonly string[] => [
  ...sparseRegisters(program('made', [], body, [])),
];

describe('an array is expected to be zeros for the most part', () => {
  it('where it is drawn from a family that begins at 0, or as one of some choices', () => {
    expect(sparseIn([poisson(zero)])).toEqual(['z']);
    expect(sparseIn([drawn({ kind: 'choice', over: 'units', logits: u })])).toEqual(['z']);
    expect(sparseIn([poisson(one)])).toEqual([]);
    expect(sparseIn([noise])).toEqual([]);
  });

  it('where it is rectified, by a bound of 0 and no other', () => {
    const rectified = (bound: number): Statement =>
      assign(tensor('r', 'example', 'units'), apply('max', u, constant(bound)));
    expect(sparseIn([rectified(0)])).toEqual(['r']);
    expect(sparseIn([rectified(-8)])).toEqual([]);
  });

  it('through factors, through functions that are 0 at 0, and not through sums', () => {
    const sparse = new Set(['z']);
    for (const value of [apply('detach', z), multiply(constant(3), z), multiply(z, u), square(z)])
      expect(isSparse(value, sparse)).toBe(true);
    for (const value of [add(z, u), exp(z), sum(['units'], z), maximum(['units'], z), apply('max', u, z)])
      expect(isSparse(value, sparse)).toBe(false);
  });

  it('where every turn of a loop makes it so', () => {
    const loop = (next: Expression): Repeat =>
      repeat('turns', {
        times: readRegister(steps),
        first: zero,
        direction: 'forward',
        carried: [
          {
            register: tensor('own', 'example', 'units'),
            initial: u,
            next,
            result: tensor('last', 'example', 'units'),
          },
        ],
        body: [poisson(zero)],
        saved: [],
        replays: null,
        whileAny: null,
      });
    expect(sparseIn([loop(z)])).toEqual(['own', 'z', 'last']);
    expect(sparseIn([loop(add(z, read('own', ['example', 'units'])))])).toEqual(['z']);
  });
});

/** Gradient descent on Σ (x − W z)² / 2, where z comes from u: one product with pixels there and one back in each turn. */
const descent = (draw: Draw, more: Partial<Program> = {}): Program => {
  const error = subtract(x, sum(['units'], multiply(W, z)));
  const move = multiply(rate, sum(['pixels'], multiply(W, error)));
  const energy = multiply(half, sum(['example', 'pixels'], square(error)));
  const loop = repeat('turns', {
    times: readRegister(steps),
    first: zero,
    direction: 'forward',
    carried: [
      {
        register: tensor('u', 'example', 'units'),
        initial: zero,
        // Not linear, so that no sum over the turns leaves the loop.
        next: apply('min', subtract(add(u, move), rate), one),
        result: tensor('u_last', 'example', 'units'),
      },
      {
        register: tensor('energy'),
        initial: zero,
        next: add(read('energy'), energy),
        result: tensor('energy_last'),
      },
    ],
    body: [draw],
    saved: [],
    replays: null,
    whileAny: null,
  });
  return {
    ...program(
      'made',
      [tensor('W', 'pixels', 'units'), tensor('x', 'example', 'pixels'), steps],
      [loop, ...(more.body ?? [])],
      [tensor('u_last', 'example', 'units')],
    ),
    ...(more.outputs && { outputs: more.outputs }),
  };
};
const hintsAt = (pixels: number, units: number, turns = 100): Hints => ({
  sizes: { example: 64, pixels, units },
  scalars: { steps: turns },
});
const runsOverPixels = ({ body }: Program): readonly boolean[] =>
  body.flatMap((statement) =>
    statement.kind === 'repeat'
      ? [
          statement.body.some(
            (inner) =>
              inner.kind === 'assign' && inner.target.indices.some((index) => axisOf(index) === 'pixels'),
          ),
        ]
      : [],
  );

const sizes = { example: 5, pixels: 6, units: 4 };
const given = {
  W: random(['pixels', 'units'], sizes, 1, (value) => value / 2),
  x: random(['example', 'pixels'], sizes, 2, Math.abs),
  steps: 4,
};
const expectSame = (found: Program, wanted: Program): void => {
  const context = contextOf(sizes, 3);
  expectNear(interpret(found, given, context), interpret(wanted, given, context), 1e-11);
};

describe('the form of an inference', () => {
  it('is Wᵀ W z for spikes, though there are twice as many of them as pixels, and the residual for other states', () => {
    const hints = hintsAt(256, 512);
    expect(runsOverPixels(optimize(descent(poisson(zero)), hints))).toEqual([false]);
    expect(runsOverPixels(optimize(descent(noise), hints))).toEqual([true]);
  });

  it('is the residual where there are far more units, for spikes too', () => {
    expect(runsOverPixels(optimize(descent(poisson(zero)), hintsAt(16, 1024)))).toEqual([true]);
  });

  it('changes no value', () => {
    const made = descent(poisson(zero));
    for (const hints of [hintsAt(256, 512), hintsAt(16, 1024)]) expectSame(optimize(made, hints), made);
  });
});

describe('the form of an energy', () => {
  const gradient = tensor('W_gradient', 'pixels', 'units');
  const learned = descent(poisson(zero, exp(u)), {
    body: [
      {
        kind: 'gradient',
        mode: 'total',
        objective: tensor('energy_last'),
        wrt: [{ of: tensor('W', 'pixels', 'units'), result: gradient }],
      },
    ],
    outputs: [
      { name: 'energy', register: tensor('energy_last') },
      { name: 'gradient', register: gradient },
    ],
  });

  it('is zᵀ Wᵀ W z where derivatives are taken: those of the residual are products with pixels', () => {
    // Without derivatives W z would be the cheapest: spikes times a dictionary, once.
    expect(runsOverPixels(optimize(learned, hintsAt(784, 256, 16)))).toEqual([false, false]);
  });

  it('changes neither the energy nor its gradient', () => {
    const wanted = reverse(learned);
    for (const hints of [hintsAt(784, 256, 16), hintsAt(16, 1024, 16)])
      expectSame(optimize(learned, hints), wanted);
  });

  it('sums products with spikes over examples so that the spikes are the rows', () => {
    const optimized = optimize(learned, hintsAt(784, 256, 16));
    const sparse = sparseRegisters(optimized);
    const outer = optimized.body
      .flatMap((statement) => (statement.kind === 'repeat' ? statement.body : []))
      .flatMap((statement) => {
        if (statement.kind !== 'assign' || statement.value.kind !== 'sum') return [];
        const { target, value } = statement;
        const factors = value.body.kind === 'multiply' ? value.body.factors : [];
        const spikes = factors.filter((factor) => isSparse(factor, sparse));
        return value.over.join() === 'example' && spikes.length > 0
          ? [spikes.some(({ indices }) => indices.includes(target.indices[0]!))]
          : [];
      });
    expect(outer.length).toBeGreaterThan(0);
    expect(outer.every((isRow) => isRow)).toBe(true);
  });
});

describe('a product with an array of zeros for the most part', () => {
  const costOf = (draw: Draw): number =>
    programCost(
      program(
        'made',
        [tensor('W', 'pixels', 'units'), tensor('u', 'example', 'units')],
        [draw, assign(tensor('y', 'example', 'pixels'), sum(['units'], multiply(W, z)))],
        [tensor('y', 'example', 'pixels')],
      ),
      { sizes: { example: 10, pixels: 30, units: 20 }, scalars: {} },
    ).run.operations;

  it('costs a tenth of another one, and a look at each entry', () => {
    expect(costOf(noise)).toBe(2 * 10 * 30 * 20);
    expect(costOf(poisson(zero))).toBeCloseTo(2 * (10 * 30 * 20 * 0.1 + 10 * 20), 9);
  });
});
