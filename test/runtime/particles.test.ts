/** What phases keep from one update to the next, through the training loop on compiled programs. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Data } from '../../src/runtime/examples.ts';
import { defineModel, type Model } from '../../src/runtime/model.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { keyOf } from '../../src/runtime/random.ts';
import type { ModelState } from '../../src/runtime/state.ts';
import type { TrainOptions } from '../../src/runtime/train.ts';
import { define } from '../../src/schedule/define.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { checked } from '../derive/support.ts';

const sourceOf = (name: string): string =>
  readFileSync(new URL(`../../stdlib/models/${name}.nsm`, import.meta.url), 'utf8');
const [rows, batch] = [30, 6];
const random = (columns: number, key: number): Float32Array => {
  const values = new Float32Array(rows * columns);
  fillNoise('standard_uniform', keyOf(key), values, 0);
  return values;
};

const compiled = async (name: string, set: Readonly<Record<string, number>>): Promise<Model> => {
  const { definition } = define(checked(sourceOf(name)), { set });
  return defineModel(planInProcess(definition!, await loadBackend('cpu')));
};

const machine = { visible: 5, hidden: 4 };
const network = { pixels: 5, hidden: 4, classes: 3 };
let boltzmann: Model;
let equilibrium: Model;
beforeAll(async () => {
  boltzmann = await compiled('rbm', machine);
  equilibrium = await compiled('equilibrium_propagation', network);
});

const binary = random(5, 1).map((value) => (value > 0.5 ? 1 : 0));
const images = random(5, 2);
const labels = new Float32Array(rows * 3).map((_, n) => (Math.floor(n / 3) % 3 === n % 3 ? 1 : 0));
const both: Data = { x: images, label: labels };

/** Trains in one go, and again with a stop after some iterations. */
const twice = async (
  model: Model,
  data: Data,
  options: TrainOptions,
): Promise<readonly [ModelState, ModelState, ModelState]> => {
  const whole = await model.train(model.create({ seed: 3 }), data, options);
  const controller = new AbortController();
  const part = await model.train(model.create({ seed: 3 }), data, {
    ...options,
    signal: controller.signal,
    onIteration: ({ iteration }) => void (iteration === 4 && controller.abort()),
  });
  return [whole, part, await model.train(part, data, options)];
};

describe('chains that persist', () => {
  const options = { learning: 'Persistent', iterations: 9, batch };

  it('give the same bits whether or not training was interrupted', async () => {
    const [whole, part, continued] = await twice(boltzmann, binary, options);
    expect(part.iteration).toBe(4);
    expect(continued).toEqual(whole);
  });

  it('are one for each example of a batch, and decide what is learned', async () => {
    const [whole, part] = await twice(boltzmann, binary, options);
    expect(whole.particles['v in model']!.shape).toEqual([batch, machine.visible]);
    expect(whole.particles['h in model']!.shape).toEqual([batch, machine.hidden]);
    expect([...whole.particles['model begun']!.values]).toEqual(new Array(batch).fill(1));
    const forgotten = await boltzmann.train({ ...part, particles: {} }, binary, options);
    expect(forgotten.parameters).not.toEqual(whole.parameters);
  });

  it('are not continued with another batch', async () => {
    const [, part] = await twice(boltzmann, binary, options);
    await expect(boltzmann.train(part, binary, { ...options, batch: 5 })).rejects.toThrow(
      'Persistent keeps 6 chains, and a batch of 5 has one for each example',
    );
  });
});

describe('states that persist for each example', () => {
  const options = { learning: 'Nudging', iterations: 8, batch, settings: { free_steps: 3, nudged_steps: 2 } };

  it('give the same bits whether or not training was interrupted', async () => {
    const [whole, , continued] = await twice(equilibrium, both, options);
    expect(continued).toEqual(whole);
  });

  it('belong to the rows of the data, and are 0 for those that no batch has had', async () => {
    // 30 rows in batches of 6: after three iterations twelve are left.
    const trained = await equilibrium.train(equilibrium.create(), both, { ...options, iterations: 3 });
    const begun = [...trained.particles['free begun']!.values];
    const states = trained.particles['s in free']!;
    expect(states.shape).toEqual([rows, network.hidden]);
    expect(begun.filter((mark) => mark === 1)).toHaveLength(3 * batch);
    begun.forEach((mark, row) => {
      const own = states.values.subarray(row * network.hidden, (row + 1) * network.hidden);
      if (mark === 0) expect([...own]).toEqual([0, 0, 0, 0]);
    });
  });

  it('go on settling where the last epoch left them', async () => {
    // With parameters that do not move, an epoch of few steps after another is as good as one epoch of many.
    const still = { free_steps: 4, nudged_steps: 1, rate: 1e-30 };
    const epochs = (count: number, steps: number): Promise<ModelState> =>
      equilibrium.train(equilibrium.create(), both, {
        ...options,
        iterations: (count * rows) / batch,
        settings: { ...still, free_steps: steps },
      });
    const [slow, fast, short] = await Promise.all([epochs(3, 4), epochs(1, 12), epochs(1, 4)]);
    const states = ({ particles }: ModelState): readonly number[] => [...particles['s in free']!.values];
    states(slow).forEach((value, n) => expect(value).toBeCloseTo(states(fast)[n]!, 5));
    expect(states(short)).not.toEqual(states(slow));
  });

  it('are not continued with other data', async () => {
    const part = await equilibrium.train(equilibrium.create(), both, { ...options, iterations: 8 });
    const fewer: Data = { x: images.subarray(0, 100), label: labels.subarray(0, 60) };
    await expect(equilibrium.train({ ...part, iteration: 4 }, fewer, { ...options, batch })).rejects.toThrow(
      'keeps states of 30 examples, but the data have 20',
    );
  });
});

describe('data of several observed variables', () => {
  const options = { learning: 'Nudging', iterations: 2, batch };

  it('are given by their names', async () => {
    const trained = await equilibrium.train(equilibrium.create(), both, options);
    expect(trained.iteration).toBe(2);
    const other: Data = { x: images, label: labels.map((value) => 1 - value) };
    const otherwise = await equilibrium.train(equilibrium.create(), other, options);
    expect(otherwise.parameters).not.toEqual(trained.parameters);
  });

  it('say what is missing, unknown, or of another length', async () => {
    const train = (data: Data): Promise<ModelState> => equilibrium.train(equilibrium.create(), data, options);
    await expect(train(images)).rejects.toThrow('there are no data of label');
    await expect(train({ ...both, lable: labels })).rejects.toThrow('did you mean "label"');
    await expect(train({ x: images, label: labels.subarray(3) })).rejects.toThrow(
      'the observed variables have different numbers of examples: x 30, label 29',
    );
    await expect(train({ x: images, label: labels.subarray(1) })).rejects.toThrow(
      '89 numbers are not rows of label[classes], which has 3',
    );
  });
});
