/** The dendritic rule: what is derived, its gradient in the update program, and what it does to a small network. */
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { print } from '../../src/calculus/print.ts';
import { clampedBy, dendrites } from '../../src/derive/dendrites.ts';
import { rulesOf, somaName } from '../../src/derive/rules.ts';
import { optimize } from '../../src/optimize/optimize.ts';
import { define } from '../../src/schedule/define.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { arrayOf, relativeError, uniformArray, uniforms, valuesOver } from '../calculus/support.ts';
import { caseOf, withGradients } from '../optimize/support.ts';
import { checked, checkedFile, inferenceNamed } from './support.ts';

type Arrays = Readonly<Record<string, NamedArray>>;
/** A row-major matrix as a function of row and column. */
const at = ({ values, shape }: NamedArray, row: number, column = 0): number =>
  values[row * (shape[1] ?? 1) + column]!;
const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);
const dot = (n: number, of: (i: number) => number): number => range(n).reduce((sum, i) => sum + of(i), 0);

/** The gradients of a learning's update, with the states at the end of its inference. */
const updateOf = (path: string, sizes: Readonly<Record<string, number>>, steps: number) => {
  const file = checkedFile(path);
  const made = caseOf(file, 'DendriticPrediction', sizes);
  const program = optimize(withGradients(made.learning), made);
  const next = uniforms(5);
  const all = { ...made.sizes, example: 3 };
  const inputs: Record<string, NamedArray | number> = {};
  for (const { name, indices, place } of program.inputs)
    inputs[name] =
      place === 'host'
        ? { ...made.scalars, steps, iteration: 1, progress: 0.5, tolerance: 1e-9 }[name]!
        : uniformArray(next, indices, all, name === 'x' ? 0 : -0.7, name === 'x' ? 1 : 0.7);
  const context = { seed: 1, firstExample: 0, sizes: all };
  const found = interpret(program, inputs, context);
  const definition = define(file, { set: sizes }).definition!;
  const relaxation = definition.inferences.find(({ name }) => name === 'Relaxation')!;
  const given = { ...inputs, first_step: 0, step_count: steps, tolerance: 1e-9 };
  const states = interpret(
    relaxation.advance,
    { ...given, ...interpret(relaxation.start, given, context) },
    context,
  );
  return { found, inputs: inputs as Arrays, states, learning: made.learning, sizes: all };
};

/** The mean over the examples, with a minus sign: what a gradient descends. */
const meanOf = (shape: readonly [number, number], of: (n: number, i: number, j: number) => number) =>
  Float64Array.from(
    range(shape[0]).flatMap((i) => range(shape[1]).map((j) => -dot(3, (n) => of(n, i, j)) / 3)),
  );

describe('the gradient of `predict soma by branch` is what each branch misses times its inputs', () => {
  it('in a network of two layers', () => {
    const { found, inputs, states } = updateOf(
      'stdlib/models/deep_attractor.nsm',
      { pixels: 5, hidden1: 4, hidden2: 3 },
      7,
    );
    const [W1, W2, a0, a1, b1, x] = ['W1', 'W2', 'a0', 'a1', 'b1', 'x'].map((name) => inputs[name]!) as [
      NamedArray,
      NamedArray,
      NamedArray,
      NamedArray,
      NamedArray,
      NamedArray, // prettier-ignore
    ];
    const [s1, s2] = [states['s1']!, states['s2']!];
    const lower = (n: number, j: number) => dot(5, (i) => at(x, n, i) * at(W1, i, j)) + at(b1, j);
    const upper = (n: number, j: number) => dot(3, (k) => at(W2, j, k) * at(s2, n, k)) + at(a1, j);
    const missed = (n: number, j: number) => (upper(n, j) - lower(n, j)) / 2;
    const unseen = (n: number, i: number) =>
      at(x, n, i) - dot(4, (j) => at(W1, i, j) * at(s1, n, j)) - at(a0, i);
    const expected = {
      W1: meanOf([5, 4], (n, i, j) => unseen(n, i) * at(s1, n, j) + at(x, n, i) * missed(n, j)),
      W2: meanOf([4, 3], (n, j, k) => -missed(n, j) * at(s2, n, k)),
      a0: meanOf([5, 1], (n, i) => unseen(n, i)),
      b1: meanOf([4, 1], (n, j) => missed(n, j)),
      a1: meanOf([4, 1], (n, j) => -missed(n, j)),
    };
    for (const [name, wanted] of Object.entries(expected))
      expect(relativeError(found[`${name}_gradient`]!.values, wanted), name).toBeLessThan(1e-12);
    expect(found['b2_gradient']!.values.every((value) => value === 0)).toBe(true);
  });

  it('summed over all occurrences of a tied weight', () => {
    const { found, inputs, states } = updateOf('stdlib/models/attractor.nsm', { pixels: 5, hidden: 4 }, 7);
    const [W, a, b, x] = ['W', 'a', 'b', 'x'].map((name) => inputs[name]!) as [
      NamedArray,
      NamedArray,
      NamedArray,
      NamedArray, // prettier-ignore
    ];
    const [s, r] = [states['s']!, states['r']!];
    const drive = (from: NamedArray, n: number, j: number) =>
      dot(5, (i) => at(from, n, i) * at(W, i, j)) + at(b, j);
    const missed = (n: number, j: number) => (drive(r, n, j) - drive(x, n, j)) / 2;
    const unseen = (n: number, i: number) =>
      at(x, n, i) - dot(4, (j) => at(W, i, j) * at(s, n, j)) - at(a, i);
    const wanted = meanOf(
      [5, 4],
      (n, i, j) => unseen(n, i) * at(s, n, j) + at(x, n, i) * missed(n, j) - at(r, n, i) * missed(n, j),
    );
    expect(relativeError(found['W_gradient']!.values, wanted)).toBeLessThan(1e-12);
    const offsets = meanOf([5, 1], (n, i) => unseen(n, i));
    expect(relativeError(found['a_gradient']!.values, offsets)).toBeLessThan(1e-12);
    // What the two branches of s miss has opposite signs, and b is in both.
    for (const value of found['b_gradient']!.values) expect(Math.abs(value)).toBeLessThan(1e-12);
  });

  for (const [path, sizes] of [
    ['stdlib/models/deep_attractor.nsm', { pixels: 5, hidden1: 4, hidden2: 3 }],
    ['stdlib/models/attractor.nsm', { pixels: 5, hidden: 4 }],
  ] as const)
    it(`as the rules of ${path} say, each local in space, time and phase`, () => {
      const { found, inputs, states, learning, sizes: all } = updateOf(path, sizes, 4);
      const values: Record<string, NamedArray> = { ...inputs, ...states };
      const result = dendrites(learning.model, ['W', 'W1'], clampedBy(learning.inference));
      if (result.kind === 'unsolvable') expect.fail(result.why);
      for (const { variable, soma } of result.predictions) {
        const over = ['example', ...variable.indices];
        const entries = valuesOver(over, soma, values, all);
        values[somaName(variable)] = arrayOf(over, all, (position) => entries[position]!);
      }
      for (const { parameter, direction, certificate } of rulesOf(learning)) {
        expect(certificate).toMatchObject({ local: true, space: true, time: true, phase: true });
        const perExample = valuesOver(['example', ...parameter.indices], direction, values, all);
        const length = perExample.length / 3;
        const mean = Float64Array.from(range(length), (i) => -dot(3, (n) => perExample[n * length + i]!) / 3);
        const gradient = found[`${parameter.name}_gradient`]!.values;
        gradient.forEach((value, i) => expect(value, parameter.name).toBeCloseTo(mean[i]!, 12));
      }
    });
});

describe('a branch predicts', () => {
  const net = `
    import { GradientFlow, SGD } from "std/dynamics"
    model Net(pixels: dim = 3, units: dim = 2, classes: dim = 2) {
      param V: real[pixels, units] = glorot()
      param U: real[units, classes] = glorot()
      observed x: unit[pixels]
      observed y: one_hot over classes
      state s: unit[units]
      energy leak = sum(x^2) + sum(s^2)
      energy lower = -(x @ V @ s)
      energy upper = -(s @ U @ y)
    }`;
  const predicted = (body: string): readonly string[] => {
    const file = checked(`${net}
      inference Run of Net(steps: int = 3) { ${body} repeat steps { descend energy over s by GradientFlow(rate = 0.1) } }`);
    const found = dendrites(file.models[0]!, ['V', 'U'], clampedBy(inferenceNamed(file, 'Run')));
    if (found.kind === 'unsolvable') expect.fail(found.why);
    return found.predictions.map(
      ({ variable, branch, soma, isClamped }) =>
        `${branch.name} ${isClamped ? 'clamped' : 'free'} ${variable.name}: ${print(soma, { hide: ['example'] })}`,
    );
  };

  it('the value of a clamped unit times its leak, and the total of the branches of a free one', () => {
    // The label is clamped and has no potential of its own.
    expect(predicted('start s = 0')).toEqual([
      'lower clamped x: 2 · x',
      'lower free s: U @ y + V @ x',
      'upper free s: U @ y + V @ x',
    ]);
  });

  it('nothing where it is the only branch of a free unit', () => {
    expect(predicted('free x start x = 0 start s = 0')).toEqual([
      'lower free s: U @ y + V @ x',
      'upper free s: U @ y + V @ x',
    ]);
  });
});

it('makes a small network self-consistent: the start nears the fixed point, and nothing falls silent', () => {
  const file = checkedFile('stdlib/models/deep_attractor.nsm');
  const sizes = { pixels: 10, hidden1: 8, hidden2: 6 };
  const definition = define(file, { set: sizes }).definition!;
  const context = { seed: 3, firstExample: 0, sizes: { ...definition.sizes, example: 12 } };
  const next = uniforms(17);
  // Images are mixtures of three patterns.
  const patterns = range(3).map(() => range(10).map(() => (next() < 0.4 ? 1 : 0)));
  const rows = range(12).map(() => {
    const shares = patterns.map(() => next());
    return range(10).map((i) =>
      Math.min(
        1,
        dot(3, (k) => 0.7 * shares[k]! * patterns[k]![i]!),
      ),
    );
  });
  const x = arrayOf(['example', 'pixels'], context.sizes, (position) => rows.flat()[position]!);
  let parameters: Arrays = Object.fromEntries(
    definition.parameters.map(({ name, axes }) => [
      name,
      uniformArray(next, axes, context.sizes, axes.length === 2 ? -0.5 : 0, axes.length === 2 ? 0.5 : 0),
    ]),
  );
  const { update } = definition.learnings[0]!;
  const [relaxation, fromZero] = definition.inferences;
  const given = { steps: 25, step_count: 400, first_step: 0, tolerance: 1e-10, learning_rate: 0.05, iteration: 1, progress: 0.5, x }; // prettier-ignore
  const look = () => {
    const inputs = { ...given, ...parameters };
    const start = interpret(relaxation!.start, inputs, context);
    const end = interpret(relaxation!.advance, { ...inputs, ...start }, context);
    const zero = interpret(fromZero!.start, inputs, context);
    const apart = (from: Arrays) =>
      Math.sqrt(
        ['s1', 's2'].reduce(
          (sum, name) =>
            sum + dot(end[name]!.values.length, (i) => (from[name]!.values[i]! - end[name]!.values[i]!) ** 2),
          0,
        ),
      );
    const measured = interpret(relaxation!.measure, { ...inputs, ...end }, context);
    return {
      ratio: apart(start) / apart(zero),
      size: apart(zero),
      r2: 1 - measured['squared_error']!.values[0]! / measured['squared_total']!.values[0]!,
      disagreement: measured['squared_disagreement']!.values[0]!,
    };
  };
  const before = look();
  for (let turn = 0; turn < 150; turn++) {
    const out = interpret(update, { ...given, ...parameters }, context);
    parameters = Object.fromEntries(Object.keys(parameters).map((name) => [name, out[name]!]));
  }
  const after = look();
  expect(before.ratio).toBeGreaterThan(0.4);
  expect(after.ratio).toBeLessThan(before.ratio / 2);
  expect(after.size).toBeGreaterThan(before.size);
  expect(after.r2).toBeGreaterThan(before.r2 + 0.3);
  expect(after.disagreement).toBeLessThan(before.disagreement);
}, 60_000);
