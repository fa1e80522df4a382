import { beforeAll, describe, expect, it } from 'vitest';
import { isRunError, isTrainingStopped, type TrainingStopped } from '../../src/runtime/failure.ts';
import { powersOfTwo } from '../../src/runtime/metrics.ts';
import { defineModel } from '../../src/runtime/model.ts';
import type { ModelState } from '../../src/runtime/state.ts';
import { exampleRows, handMadePlan, tf } from './hand-made-plan.ts';

const model = defineModel(handMadePlan());
const rows = exampleRows();

beforeAll(async () => {
  await tf.setBackend('cpu');
});

async function leaks(run: () => Promise<unknown>): Promise<number> {
  const before = tf.memory().numTensors;
  await run().catch(() => undefined);
  return tf.memory().numTensors - before;
}

async function failure(run: () => unknown): Promise<Error> {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('create', () => {
  it('stores positive parameters as logarithms', () => {
    expect(model.create().parameters['rate']!.values[0]).toBeCloseTo(Math.log(2), 6);
  });

  it('draws the same starting values for the same seed only', () => {
    const weight = (seed: number): number[] => [...model.create({ seed }).parameters['weight']!.values];
    expect(weight(5)).toEqual(weight(5));
    expect(weight(5)).not.toEqual(weight(6));
  });

  it('takes sizes and settings by name', () => {
    const state = model.create({ settings: { pixels: 7, slope: 2 } });
    expect(state.parameters['weight']!.shape).toEqual([7]);
    expect(state.settings).toEqual({ slope: 2 });
  });

  it('names the settings there are when one is unknown', async () => {
    const error = await failure(() => model.create({ settings: { pixel: 7 } }));
    expect(isRunError(error)).toBe(true);
    expect(error.message).toContain('did you mean "pixels"');
  });

  it('refuses a size that is no whole number, and a fractional seed', async () => {
    expect((await failure(() => model.create({ settings: { pixels: 1.5 } }))).message).toContain(
      'whole number',
    );
    expect((await failure(() => model.create({ seed: 0.5 }))).message).toContain('seed');
  });
});

describe('train', () => {
  const options = { iterations: 12, batch: 4 };

  it('lowers the objective and returns the state after the last iteration', async () => {
    const objectives: number[] = [];
    const trained = await model.train(model.create(), rows, {
      iterations: 200,
      batch: 10,
      onIteration: ({ objective }) => void objectives.push(objective!),
    });
    expect(trained.iteration).toBe(200);
    expect(trained.learning).toBe('Descend');
    expect(objectives).toHaveLength(200);
    const mean = (values: readonly number[]): number =>
      values.reduce((total, value) => total + value, 0) / values.length;
    expect(mean(objectives.slice(-50))).toBeLessThan(mean(objectives.slice(0, 10)));
  });

  it('starts the memory at its initial value', async () => {
    const trained = await model.train(model.create(), rows, {
      iterations: 1,
      batch: 4,
      settings: { speed: 0 },
    });
    expect(trained.memory['weight.m']!.shape).toEqual([3]);
    expect(trained.parameters['weight']!.values).toEqual(model.create().parameters['weight']!.values);
  });

  it('gives the same bits whether or not it was interrupted', async () => {
    const whole = await model.train(model.create(), rows, options);
    const controller = new AbortController();
    const part = await model.train(model.create(), rows, {
      ...options,
      signal: controller.signal,
      onIteration: ({ iteration }) => void (iteration === 5 && controller.abort()),
    });
    expect(part.iteration).toBe(5);
    const continued = await model.train(part, rows, options);
    expect(continued).toEqual(whole);
  });

  it('hands out the state in the middle without disturbing the rest', async () => {
    const states: ModelState[] = [];
    await model.train(model.create(), rows, {
      ...options,
      onIteration: async ({ iteration, state }) => void (iteration === 7 && states.push(await state())),
    });
    expect(states[0]!.iteration).toBe(7);
    expect(await model.train(states[0]!, rows, options)).toEqual(
      await model.train(model.create(), rows, options),
    );
  });

  it('refuses to continue over another number of iterations', async () => {
    const trained = await model.train(model.create(), rows, options);
    const error = await failure(() => model.train(trained, rows, { ...options, iterations: 20 }));
    expect(error.message).toContain('cannot continue with 20');
  });

  it('stops at once when numbers are no longer finite and keeps the last finite state', async () => {
    const broken = defineModel(handMadePlan({ brokenFrom: 3 }));
    const error = (await failure(() => broken.train(broken.create(), rows, options))) as TrainingStopped;
    expect(isTrainingStopped(error)).toBe(true);
    expect(error.iteration).toBe(4);
    expect(error.message).toContain('weight is no longer finite');
    expect(error.lastGood.parameters['weight']!.values.every(Number.isFinite)).toBe(true);
  });

  it('leaves no tensors behind, also after a failure', async () => {
    expect(await leaks(() => model.train(model.create(), rows, options))).toBe(0);
    const broken = defineModel(handMadePlan({ brokenFrom: 3 }));
    expect(await leaks(() => broken.train(broken.create(), rows, options))).toBe(0);
  });

  it('names what is there when the learning or the data are wrong', async () => {
    const unknown = await failure(() => model.train(model.create(), rows, { learning: 'Descent' }));
    expect(unknown.message).toContain('did you mean "Descend"');
    const cut = await failure(() => model.train(model.create(), rows.subarray(1), options));
    expect(cut.message).toContain('59 numbers are not rows of x[pixels], which has 3');
  });
});

describe('infer', () => {
  it('records at powers of two and the last step', async () => {
    expect(powersOfTwo(12)).toEqual([1, 2, 4, 8, 12]);
    expect(powersOfTwo(8)).toEqual([1, 2, 4, 8]);
    const result = await model.infer(model.create(), rows, { steps: 6 });
    expect(result.steps.map(({ step }) => step)).toEqual([1, 2, 4, 6]);
    expect(result.states['u']!.shape).toEqual([20]);
    expect(result.reconstruction!.shape).toEqual([20, 3]);
    expect(result.activity['u']!.shape).toEqual([]);
  });

  it('makes the same draws however the examples are cut', async () => {
    const whole = await model.infer(model.create(), rows, { steps: 70 });
    const cut = await model.infer(model.create(), rows, { steps: 70, chunk: 7 });
    expect(cut.states).toEqual(whole.states);
    expect(cut.reconstruction).toEqual(whole.reconstruction);
    expect(cut.steps.at(-1)!.r2).toBeCloseTo(whole.steps.at(-1)!.r2!, 5);
    expect(cut.steps.map(({ zeros }) => zeros)).toEqual(whole.steps.map(({ zeros }) => zeros));
  });

  it('makes the same draws whatever is recorded', async () => {
    const often = await model.infer(model.create(), rows, { steps: 9, record: [1, 3, 5, 9] });
    const once = await model.infer(model.create(), rows, { steps: 9, record: [9] });
    expect(often.steps.at(-1)).toEqual(once.steps[0]);
  });

  it('pools R² over the examples', async () => {
    const { steps, reconstruction } = await model.infer(model.create(), rows, { steps: 1 });
    let error = 0;
    let total = 0;
    for (let example = 0; example < 20; example += 1) {
      const row = [...rows.subarray(3 * example, 3 * example + 3)];
      const mean = (row[0]! + row[1]! + row[2]!) / 3;
      row.forEach((value, pixel) => {
        error += (value - reconstruction!.values[3 * example + pixel]!) ** 2;
        total += (value - mean) ** 2;
      });
    }
    expect(steps[0]!.r2).toBeCloseTo(1 - error / total, 4);
    expect(steps[0]!.free_energy).toBeCloseTo(error / 2 / 20, 4);
  });

  it('stops between pieces of work and leaves no tensors behind', async () => {
    const stopped = AbortSignal.abort(new Error('enough'));
    const run = (): Promise<unknown> => model.infer(model.create(), rows, { steps: 100, signal: stopped });
    expect((await failure(run)).message).toBe('enough');
    expect(await leaks(run)).toBe(0);
    expect(await leaks(() => model.infer(model.create(), rows, { steps: 40, chunk: 8 }))).toBe(0);
  });

  it('refuses steps to record that do not rise', async () => {
    const error = await failure(() => model.infer(model.create(), rows, { steps: 4, record: [3, 2] }));
    expect(error.message).toContain('steps to record');
  });
});

describe('sample', () => {
  it('draws every variable for as many examples as asked', async () => {
    const drawn = await model.sample(model.create(), { count: 5 });
    expect(drawn['x']!.shape).toEqual([5, 3]);
    expect(await leaks(() => model.sample(model.create()))).toBe(0);
    expect(drawn).toEqual(await model.sample(model.create(), { count: 5 }));
    expect(drawn).not.toEqual(await model.sample(model.create(), { count: 5, seed: 9 }));
  });
});
