/**
 * Draws of members whose values are arrays or are made from other draws, and derivatives through draws, by whole programs on both
 * targets. Statistical checks here: 9, each with the false alarm rate 1e-4.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { add, apply, divide, exp, multiply, read, size, square, sum } from '../../src/calculus/build.ts';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import type { Expression, Index } from '../../src/calculus/expression.ts';
import type { Estimator } from '../../src/check/typed.ts';
import { meanOf, memberOf } from '../../src/derive/family/member.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { emitDraw } from '../../src/schedule/draw.ts';
import { collectInputs } from '../../src/schedule/inputs.ts';
import { assign, makeBlock, makeNames, register, type Block } from '../../src/schedule/names.ts';
import type { Program, Register } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { cumulativeOf, standardFamily } from '../support/draws.ts';
import { chiSquareTest, falseAlarm, kolmogorovSmirnovTest, meanTest } from '../support/goodness.ts';
import { runTensors } from '../targets/support.ts';

const array = (
  indices: readonly Index[],
  shape: readonly number[],
  values: readonly number[],
): NamedArray => ({
  indices,
  shape,
  values: Float64Array.from(values),
});

/** A program that draws `z` of the given family; arguments are inputs. */
const drawing = (
  name: string,
  indices: readonly Index[],
  given: Readonly<Record<string, Expression>>,
  estimator: Estimator | null = null,
  more: (block: Block, z: Expression) => readonly Register[] = () => [],
): Program => {
  const block = makeBlock(makeNames(0, Object.keys(given)));
  const family = standardFamily(name);
  const { value } = emitDraw(
    block,
    { family, arguments: given, span: family.span },
    { wish: 'z', indices, resolve: (node) => node, estimator, note: null },
  );
  if (value.kind !== 'read') throw new Error('a draw is a register');
  const drawn: Register = { name: value.name, indices: value.subscripts, place: 'tensor' };
  const outputs = [drawn, ...more(block, value)];
  const body: Program = {
    name: 'draws',
    doc: null,
    inputs: [],
    body: block.statements,
    outputs: outputs.map((one, n) => ({ name: n === 0 ? 'z' : one.name, register: one })),
  };
  return collectInputs(
    body,
    new Set(Object.values(given).flatMap((one) => (one.kind === 'read' ? [one.name] : []))),
  );
};

let tf: TensorFlow;
beforeAll(async () => {
  ({ tf } = await loadBackend());
});

const examples = 20_000;
const contextOf = (sizes: Readonly<Record<string, number>>, seed = 3) => ({ seed, firstExample: 0, sizes });

describe('draws of arrays', () => {
  it('of a Categorical are one-hot vectors with its probabilities, for each unit its own', () => {
    const program = drawing('Categorical', ['example', 'units', 'classes'], {
      logits: read('logits', ['units', 'classes']),
    });
    const sizes = { example: examples, units: 2, classes: 3 };
    const logits = [0, 1, -1, 2, 0, 0.5];
    const inputs = { iteration: 0, logits: array(['units', 'classes'], [2, 3], logits) };
    const { values } = interpret(program, inputs, contextOf(sizes))['z']!;
    for (const unit of [0, 1]) {
      const own = logits.slice(3 * unit, 3 * unit + 3);
      const total = own.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const counts = own.map((_, k) => {
        let count = 0;
        for (let n = 0; n < examples; n++) count += values[6 * n + 3 * unit + k]!;
        return count;
      });
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(examples);
      expect(
        chiSquareTest(
          counts,
          own.map((logit) => (examples * Math.exp(logit)) / total),
        ),
      ).toBeGreaterThan(falseAlarm);
    }
    const few = contextOf({ ...sizes, example: 50 });
    expect(runTensors(tf, program, inputs, few)['z']!.values).toEqual(
      Float32Array.from(interpret(program, inputs, few)['z']!.values),
    );
  });

  it('of a Dirichlet add up to 1, and each entry follows its Beta', () => {
    const program = drawing('Dirichlet', ['example', 'classes'], {
      concentration: read('concentration', ['classes']),
    });
    const concentration = [0.5, 2, 4];
    const inputs = { iteration: 0, concentration: array(['classes'], [3], concentration) };
    const { values } = interpret(program, inputs, contextOf({ example: examples, classes: 3 }))['z']!;
    for (let n = 0; n < 100; n++)
      expect(values[3 * n]! + values[3 * n + 1]! + values[3 * n + 2]!).toBeCloseTo(1, 12);
    concentration.forEach((alpha, k) => {
      const entries = Float64Array.from({ length: examples }, (_, n) => values[3 * n + k]!);
      const beta = memberOf(standardFamily('Beta'), { alpha, beta: 6.5 - alpha });
      expect(kolmogorovSmirnovTest(entries, cumulativeOf(beta, entries))).toBeGreaterThan(falseAlarm);
    });
    const few = contextOf({ example: 50, classes: 3 });
    const wanted = interpret(program, inputs, few)['z']!.values;
    const found = runTensors(tf, program, inputs, few)['z']!.values;
    wanted.forEach((value, n) => expect(Math.abs(found[n]! - value)).toBeLessThan(1e-6));
  });

  it('of a MultivariateNormal have its mean and its covariance', () => {
    const program = drawing('MultivariateNormal', ['example', 'dims'], {
      mean: read('mean', ['dims']),
      precision: read('precision', ['dims', "dims'"]),
    });
    // The inverse of [[2, 0.6], [0.6, 0.5]], whose determinant is 0.64.
    const inputs = {
      iteration: 0,
      mean: array(['dims'], [2], [1, -2]),
      precision: array(['dims', "dims'"], [2, 2], [0.5 / 0.64, -0.6 / 0.64, -0.6 / 0.64, 2 / 0.64]),
    };
    const { values } = interpret(program, inputs, contextOf({ example: examples, dims: 2 }))['z']!;
    const [first, second] = [0, 1].map((k) =>
      Float64Array.from({ length: examples }, (_, n) => values[2 * n + k]! - (k === 0 ? 1 : -2)),
    );
    expect(meanTest(first!, 0, 2)).toBeGreaterThan(falseAlarm);
    expect(meanTest(second!, 0, 0.5)).toBeGreaterThan(falseAlarm);
    // Isserlis: Var(xy) = Var(x) Var(y) + Cov², Var(x²) = 2 Var(x)².
    expect(
      meanTest(
        first!.map((x, n) => x * second![n]!),
        0.6,
        1 + 0.36,
      ),
    ).toBeGreaterThan(falseAlarm);
    expect(
      meanTest(
        first!.map((x) => x * x),
        2,
        8,
      ),
    ).toBeGreaterThan(falseAlarm);
  });
});

describe('derivatives through draws by reverse mode', () => {
  /** d/dw of the mean of f(z), for z with parameters that are functions of w. */
  const gradient = (
    name: string,
    given: Readonly<Record<string, Expression>>,
    f: (z: Expression) => Expression,
    indices: readonly Index[] = ['example'],
  ): Program =>
    optimize(
      drawing(name, indices, given, { kind: 'pathwise' }, (block, z) => {
        const mean = divide(sum(indices, f(z)), size('example'));
        const total = assign(block, 'total', [], mean);
        const result = register(block.names, 'slope', []);
        if (total.kind !== 'read') throw new Error('a total is a register');
        block.statements.push({
          kind: 'gradient',
          mode: 'total',
          objective: { name: total.name, indices: [], place: 'tensor' },
          wrt: [{ of: { name: 'w', indices: [], place: 'tensor' }, result }],
        });
        return [result];
      }),
      { sizes: {}, scalars: {} },
    );
  const w = read('w');
  /** The slope at w, averaged over 40 batches of 1000 examples, is the right one within 5 standard errors: a false alarm in 1e5. */
  const expectSlope = (
    program: Program,
    at: number,
    moment: (w: number) => number,
    inputs: Readonly<Record<string, NamedArray>> = {},
    sizes: Readonly<Record<string, number>> = {},
  ): void => {
    const wanted = (moment(at + 1e-4) - moment(at - 1e-4)) / 2e-4;
    const found = Float64Array.from({ length: 40 }, (_, batch) => {
      const given = { iteration: 0, w: array([], [], [at]), ...inputs };
      return interpret(program, given, contextOf({ ...sizes, example: 1000 }, 100 + batch))['slope']!
        .values[0]!;
    });
    const mean = found.reduce((total, value) => total + value, 0) / 40;
    const variance = found.reduce((total, value) => total + (value - mean) ** 2, 0) / 39;
    const error = Math.sqrt(variance / 40);
    expect(Math.abs(mean - wanted), `${mean} for ${wanted}`).toBeLessThan(5 * error);
    expect(error).toBeLessThan(0.05 * Math.abs(wanted));
  };

  it('of a Gamma are those of its moments', () => {
    // Shape exp(w) and rate 2 w: E[z²] = shape (shape + 1) / rate².
    const program = gradient('Gamma', { shape: exp(w), rate: add(w, w) }, square);
    expectSlope(program, 0.7, (v) => (Math.exp(v) * (Math.exp(v) + 1)) / (2 * v) ** 2);
    const inputs = { iteration: 0, w: array([], [], [0.75]) };
    const context = contextOf({ example: 200 });
    const wanted = interpret(program, inputs, context)['slope']!.values[0]!;
    const found = runTensors(tf, program, inputs, context)['slope']!.values[0]!;
    expect(Math.abs(found - wanted)).toBeLessThan(1e-5 * Math.abs(wanted));
  });

  it.each(['TruncatedNormal', 'RectifiedNormal'])('of a %s are those of its mean', (name) => {
    const program = gradient(name, { mean: multiply(w, w), sd: read('sd') }, (z) => z);
    const mean = (v: number): number => meanOf(memberOf(standardFamily(name), { mean: v * v, sd: 1 }))[0]!;
    expectSlope(program, 0.8, mean, { sd: array([], [], [1]) });
  });

  it('of a VonMises are those of its mean direction', () => {
    const program = gradient('VonMises', { mean: w, concentration: read('k') }, (z) => apply('sin', z));
    const mean = (v: number): number =>
      meanOf(memberOf(standardFamily('VonMises'), { mean: v, concentration: 2 }))[1]!;
    expectSlope(program, 0.3, mean, { k: array([], [], [2]) });
  });

  it('of a Dirichlet go through the Gamma draws that it is made of', () => {
    // Concentrations w and 2 w: E[z₀²] = w (w + 1) / (3 w (3 w + 1)).
    const program = gradient(
      'Dirichlet',
      { concentration: multiply(w, read('weights', ['classes'])) },
      (z) => multiply(read('pick', ['classes']), square(z)),
      ['example', 'classes'],
    );
    const inputs = { weights: array(['classes'], [2], [1, 2]), pick: array(['classes'], [2], [1, 0]) };
    expectSlope(program, 1.5, (v) => (v + 1) / (3 * (3 * v + 1)), inputs, { classes: 2 });
  });

  it('leave no slopes behind where none are asked for', () => {
    const plain = optimize(
      drawing('Gamma', ['example'], { shape: read('w'), rate: read('w') }, { kind: 'pathwise' }),
      {
        sizes: {},
        scalars: {},
      },
    );
    const kinds = plain.body.map((statement) =>
      statement.kind === 'draw' ? statement.source.kind : statement.kind,
    );
    expect(kinds).not.toContain('implicit');
    expect(kinds).toContain('density');
  });
});
