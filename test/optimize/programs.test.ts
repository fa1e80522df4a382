/** The optimiser keeps what programs compute, moves out of loops what pays, and drops what nothing needs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { axisOf } from '../../src/calculus/expression.ts';
import { readNames, walk } from '../../src/calculus/substitute.ts';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { lower, type Hints } from '../../src/optimize/lower.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import { prune } from '../../src/optimize/prune.ts';
import { reverse } from '../../src/optimize/reverse.ts';
import type { DrawTape } from '../../src/runtime/executable.ts';
import { definedBy, expressionsOf } from '../../src/schedule/inputs.ts';
import type { Setting } from '../../src/schedule/point.ts';
import { updateProgram } from '../../src/schedule/learning.ts';
import { measureProgram } from '../../src/schedule/measure.ts';
import { advanceProgram, sampleProgram, startProgram } from '../../src/schedule/programs.ts';
import type { Program, Repeat, Statement } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { checked } from '../derive/support.ts';
import { caseOf, inputsOf, type Case } from './support.ts';

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const files: readonly [string, string, Readonly<Record<string, number>>][] = [
  ['stdlib/models/ipvae.nsm', 'ThroughTime', { pixels: 4, neurons: 3, steps: 3, beta: 2 }],
  ['stdlib/models/ipvae.nsm', 'Local', { pixels: 4, neurons: 3, steps: 3 }],
  ['examples/bursts.nsm', 'Unrolled', { retina: 4, cells: 3, steps: 3 }],
  ['examples/causes.nsm', 'Local', { patch: 4, cells: 3, causes: 2, steps: 3 }],
  ['examples/momentum.nsm', 'Unrolled', { view: 4, factors: 3, steps: 3 }],
];
const ranges = {
  rest: [-3, -2],
  Shape: [-0.2, 0.2],
  prior: [-1.2, 0.2],
  a: [-3, -2],
  rate: [-1.4, -1],
} as const;
const big = {
  pixels: 784,
  neurons: 256,
  retina: 784,
  cells: 256,
  patch: 784,
  causes: 16,
  view: 784,
  factors: 64,
};

const programsOf = (one: Case): readonly Program[] => {
  const { model, inference } = one.learning;
  const setting: Setting = { model, inference, estimator: null, learned: new Set<string>() };
  return [
    startProgram(setting),
    advanceProgram(setting),
    measureProgram(setting, ['x']).measure,
    updateProgram(one.learning),
    sampleProgram(model).sample,
  ];
};
const hintsOf = (one: Case, sizes: Readonly<Record<string, number>>): Hints => ({
  sizes: { ...one.sizes, ...sizes },
  scalars: { ...one.scalars, step_count: 100 },
});

const expectSameValues = (
  found: Record<string, NamedArray>,
  wanted: Record<string, NamedArray>,
  of: string,
): void => {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, { shape, values }] of Object.entries(wanted)) {
    expect(found[name]!.shape).toEqual(shape);
    const scale = Math.max(...values.map(Math.abs), 1e-3);
    values.forEach((value, i) => {
      if (!(Math.abs(found[name]!.values[i]! - value) <= 1e-9 * scale))
        expect.fail(`${of}: ${name}[${i}] is ${found[name]!.values[i]}, not ${value}`);
    });
  }
};

describe('optimised programs compute what the plain ones do, draw for draw', () => {
  for (const [path, learning, set] of files) {
    const one = caseOf(checked(source(path)), learning, set);
    for (const program of programsOf(one))
      it(`${program.name} of ${path}`, () => {
        const inputs = inputsOf(program, one, { seed: 5, ranges, numbers: { progress: 0.3 } });
        const context = { seed: 9, firstExample: 0, sizes: one.sizes };
        const values: DrawTape['values'] = new Map();
        const wanted = interpret(reverse(program), inputs, {
          ...context,
          draws: { mode: 'record', values },
        });
        const replayed = { ...context, draws: { mode: 'replay', values } } as const;
        for (const sizes of [{}, big]) {
          const hints = hintsOf(one, sizes);
          expectSameValues(interpret(optimize(program, hints), inputs, replayed), wanted, 'optimised');
          for (const mayExpand of [true, false]) {
            const lowered = reverse(lower(program, hints, { pass: 'before derivatives', mayExpand }));
            expectSameValues(
              interpret(lowered, inputs, replayed),
              wanted,
              mayExpand ? 'multiplied out' : 'lowered as it stands',
            );
          }
          expectSameValues(interpret(prune(reverse(program)), inputs, replayed), wanted, 'pruned');
        }
        // The same seed without a tape: sites and counters of draws are kept.
        expectSameValues(
          interpret(optimize(program, hintsOf(one, {})), inputs, context),
          wanted,
          'with its own draws',
        );
      });
  }
});

/** All statements, with the loop that holds each. */
const statementsOf = (
  program: Program,
): readonly { readonly statement: Statement; readonly loop: Repeat | null }[] => {
  const visit = (
    statements: readonly Statement[],
    loop: Repeat | null,
  ): readonly { statement: Statement; loop: Repeat | null }[] =>
    statements.flatMap((statement) => [
      { statement, loop },
      ...(statement.kind === 'repeat' ? visit(statement.body, statement) : []),
    ]);
  return visit(program.body, null);
};
const valuesOf = (statement: Statement) => [
  ...expressionsOf(statement),
  ...(statement.kind === 'repeat' ? statement.carried.map(({ next }) => next) : []),
];
/** Axes that a statement runs over, sums included. */
const axesOf = (statement: Statement): ReadonlySet<string> => {
  const axes = new Set<string>();
  for (const value of valuesOf(statement))
    walk(value, (node) => node.indices.forEach((index) => axes.add(axisOf(index))));
  return axes;
};

describe('hoisting', () => {
  const ipvae = checked(source('stdlib/models/ipvae.nsm'));
  const at = (pixels: number, neurons: number, program: (one: Case) => Program): Program => {
    const one = caseOf(ipvae, 'ThroughTime', { pixels, neurons, steps: 16 });
    return optimize(program(one), hintsOf(one, { pixels, neurons, example: 64 }));
  };
  const advance = ({ learning: { model, inference } }: Case): Program =>
    advanceProgram({ model, inference, estimator: null, learned: new Set<string>() });

  it('multiplies Φᵀ w Φ and Φᵀ w x once, before the loop, where there are more pixels than neurons', () => {
    const statements = statementsOf(at(784, 256, advance));
    const inside = statements.filter(({ loop }) => loop !== null);
    expect(inside.length).toBeGreaterThan(3);
    expect(inside.filter(({ statement }) => axesOf(statement).has('pixels'))).toEqual([]);
    const gram = statements.filter(
      ({ statement, loop }) =>
        loop === null &&
        statement.kind === 'assign' &&
        statement.target.indices.map(axisOf).join() === 'neurons,neurons',
    );
    expect(gram.length).toBe(1);
    const seen = statements.filter(
      ({ statement, loop }) =>
        loop === null &&
        statement.kind === 'assign' &&
        statement.target.indices.join() === 'example,neurons' &&
        axesOf(statement).has('pixels'),
    );
    expect(seen.length).toBe(1);
  });

  it('keeps the residual x − Φ z in the loop where there are far more neurons than pixels', () => {
    const inside = statementsOf(at(16, 1024, advance)).filter(({ loop }) => loop !== null);
    expect(inside.some(({ statement }) => axesOf(statement).has('pixels'))).toBe(true);
    for (const { statement } of statementsOf(at(16, 1024, advance)))
      if (statement.kind === 'assign')
        expect(statement.target.indices.filter((index) => axisOf(index) === 'neurons').length).toBeLessThan(
          2,
        );
  });

  it('runs reverse mode through the loop in latent space, and meets the pixels once afterwards', () => {
    const statements = statementsOf(at(784, 256, ({ learning }) => updateProgram(learning)));
    const loops = statements.flatMap(({ statement }) => (statement.kind === 'repeat' ? [statement] : []));
    expect(loops.map(({ direction }) => direction)).toEqual(['forward', 'backward']);
    const wide = statements.filter(({ statement, loop }) => loop !== null && axesOf(statement).has('pixels'));
    expect(wide.map(({ statement }) => definedBy(statement).map(({ name }) => name))).toEqual([]);
    // Only arrays in latent space are kept for the way back.
    expect(loops[0]!.saved.every(({ indices }) => !indices.includes('pixels'))).toBe(true);
  });

  it('shares equal values: no statement of a block computes what another one has', () => {
    for (const one of [at(784, 256, advance), at(784, 256, ({ learning }) => updateProgram(learning))]) {
      const seen = new Map<unknown, Set<unknown>>();
      for (const { statement, loop } of statementsOf(one)) {
        if (
          statement.kind !== 'assign' ||
          statement.value.kind === 'read' ||
          statement.value.kind === 'constant'
        )
          continue;
        const block = seen.get(loop) ?? new Set();
        expect(block.has(statement.value), statement.target.name).toBe(false);
        seen.set(loop, block.add(statement.value));
      }
    }
  });
});

describe('pruning', () => {
  const one = caseOf(checked(source('stdlib/models/ipvae.nsm')), 'ThroughTime', {
    pixels: 4,
    neurons: 3,
    steps: 3,
  });

  it('leaves only what an output needs', () => {
    const full = optimize(updateProgram(one.learning), hintsOf(one, big));
    for (const program of [
      full,
      prune({ ...full, outputs: full.outputs.filter(({ name }) => name === 'objective') }),
    ]) {
      const needed = new Set(program.outputs.map(({ register }) => register.name));
      for (const { statement } of statementsOf(program)) {
        for (const value of valuesOf(statement)) readNames(value).forEach((name) => needed.add(name));
        if (statement.kind === 'repeat') statement.saved.forEach(({ name }) => needed.add(name));
      }
      for (const { statement } of statementsOf(program)) {
        if (statement.kind === 'repeat') {
          for (const { register, result } of statement.carried)
            expect(needed.has(register.name) || needed.has(result.name), result.name).toBe(true);
        } else for (const { name } of definedBy(statement)) expect(needed.has(name), name).toBe(true);
      }
    }
  });

  it('drops the way back, and its stacks, when only the objective is wanted', () => {
    const plain = updateProgram(one.learning);
    const objective = plain.outputs.filter(({ name }) => name === 'objective');
    const loops = statementsOf(optimize({ ...plain, outputs: objective }, hintsOf(one, {}))).flatMap(
      ({ statement }) => (statement.kind === 'repeat' ? [statement] : []),
    );
    expect(loops.map(({ direction, saved }) => [direction, saved.length])).toEqual([['forward', 0]]);
  });

  it('returns inputs in their order, without those that nothing reads', () => {
    const plain = updateProgram(one.learning);
    const objective = plain.outputs.filter(({ name }) => name === 'objective');
    const names = optimize({ ...plain, outputs: objective }, hintsOf(one, {})).inputs.map(({ name }) => name);
    expect(names.some((name) => name.includes('.'))).toBe(false);
    expect(plain.inputs.map(({ name }) => name).filter((name) => names.includes(name))).toEqual(names);
    expect(names).toContain('Phi');
  });
});
