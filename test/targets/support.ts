/** Random named arrays, hand-built programs and comparisons, shared by the tests of targets. */
import { expect } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { axisOf, type Expression, type Index } from '../../src/calculus/expression.ts';
import type { DrawTape, RunContext, Value } from '../../src/runtime/executable.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { keyOf } from '../../src/runtime/random.ts';
import type { Assign, Program, Register, Repeat } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { asFused, asKernels, asTensors, type Load } from '../../src/targets/plan.ts';

export const tensor = (name: string, ...indices: Index[]): Register => ({ name, indices, place: 'tensor' });
export const host = (name: string): Register => ({ name, indices: [], place: 'host' });
export const assign = (target: Register, value: Expression, note: string | null = null): Assign => ({
  kind: 'assign',
  target,
  value,
  note,
});

export const program = (
  name: string,
  inputs: readonly Register[],
  body: Program['body'],
  outputs: readonly Register[],
): Program => ({
  name,
  doc: null,
  inputs,
  body,
  outputs: outputs.map((register) => ({ name: register.name, register })),
});

export const repeat = (
  label: string,
  options: Omit<Repeat, 'kind' | 'label' | 'counter'> & { counter?: Register },
): Repeat => ({
  kind: 'repeat',
  label,
  counter: host(`${label}_turn`),
  ...options,
});

/** Entries of float32, so that both targets start from the same numbers. */
export const random = (
  indices: readonly Index[],
  sizes: Readonly<Record<string, number>>,
  seed: number,
  map: (x: number) => number = (x) => x,
): NamedArray => {
  const shape = indices.map((index) => sizes[axisOf(index)]!);
  const noise = new Float32Array(shape.reduce((count, size) => count * size, 1));
  fillNoise('standard_normal', keyOf(seed), noise, 0);
  return { indices, shape, values: Float64Array.from(Float32Array.from(noise, map)) };
};

export type Inputs = Readonly<Record<string, NamedArray | number>>;
export type Outputs = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: ArrayLike<number> }>
>;

export const contextOf = (sizes: Readonly<Record<string, number>>, seed = 1): RunContext => ({
  seed,
  firstExample: 0,
  sizes,
});

/** Runs a program, as operations of TensorFlow.js or as kernels, and checks that it leaves no tensor behind. */
export const runTensors = (
  tf: TensorFlow,
  made: Program,
  inputs: Inputs,
  context: RunContext,
  load: Load = asTensors,
): Outputs => {
  const run = load(made, tf);
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, value]): [string, Value] => [
      name,
      typeof value === 'number' ? value : tf.tensor(Float32Array.from(value.values), [...value.shape]),
    ]),
  );
  const before = tf.memory().numTensors;
  const results = run(given, context);
  const names = Object.keys(results);
  expect(tf.memory().numTensors - before, 'tensors left besides the outputs').toBe(names.length);
  const outputs = Object.fromEntries(
    names.map((name) => [name, { shape: results[name]!.shape, values: results[name]!.dataSync() }]),
  );
  tf.dispose(results);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'number') continue;
    expect(value.isDisposed).toBe(false);
    expect(value.dataSync(), `the input ${name} after a run`).toEqual(
      Float32Array.from((inputs[name] as NamedArray).values),
    );
  }
  tf.dispose(given);
  return outputs;
};

/**
 * Float32 against float64. Each operation rounds by 6e-8 of its result; sums and cancellations make that some
 * dozens of times the size of the largest entry, so entries are compared within `tolerance` of that.
 */
export const expectNear = (found: Outputs, wanted: Outputs, tolerance = 1e-5): void => {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, { shape, values }] of Object.entries(wanted)) {
    expect(found[name]!.shape, name).toEqual([...shape]);
    const finite = Array.from(values).filter(Number.isFinite).map(Math.abs);
    const scale = Math.max(1e-6, ...finite);
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [found[name]!.values[i]!, values[i]!];
      if (Object.is(a, b) || a === b) continue;
      if (!(Math.abs(a - b) <= tolerance * scale))
        expect.fail(`${name}[${i}] is ${a}, not ${b} (largest entry ${scale})`);
    }
  }
};

/** Runs a program on every target, by kernels in both arithmetics, with the interpreter's draws, and compares every output. */
export const expectAgreement = (
  tf: TensorFlow,
  made: Program,
  inputs: Inputs,
  context: RunContext,
  tolerance?: number,
): Outputs => {
  const values: DrawTape['values'] = new Map();
  const wanted = interpret(made, inputs, { ...context, draws: { mode: 'record', values } });
  const replayed: RunContext = { ...context, draws: { mode: 'replay', values } };
  for (const load of [asTensors, asKernels, asFused])
    expectNear(runTensors(tf, made, inputs, replayed, load), wanted, tolerance);
  return wanted;
};
