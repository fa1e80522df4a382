/** Where in the source a run went wrong. */
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { defineModel, type Model } from '../../src/runtime/model.ts';
import { define } from '../../src/schedule/define.ts';
import { asFastest, asTensors, planInProcess, type Load } from '../../src/targets/plan.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';

const source = `import { GradientFlow, SGD } from "std/dynamics"
model Entropy(pixels: dim = 3) {
  param w: real[pixels] = 1
  observed x: real[pixels]
  state s: real[pixels]
  energy tie = sum((x - w * s)^2) / 2 + sum(s * log(s))
}
inference Settling of Entropy(steps: int = 5, rate: positive = 0.1) {
  start s = 1
  repeat steps {
    descend energy over s by GradientFlow(rate = rate)
  }
}
inference Starting of Entropy(steps: int = 5) {
  start s = log(x)
  repeat steps { descend energy over s by GradientFlow(rate = 0.1) }
}
learning Slowly of Entropy by Settling {
  descend energy over w
    by SGD(rate = 0.1)
}`;

/** The place of a piece of the source, as errors say it. */
const placeOf = (piece: string): string => {
  const before = source.slice(0, source.indexOf(piece)).split('\n');
  return `entropy.nsm:${before.length}:${before.at(-1)!.length + 1}`;
};
const failure = async (run: () => Promise<unknown>): Promise<unknown> => {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe.each([
  ['kernels', asFastest],
  ['operations', asTensors],
] as const)('an error of %s', (_, load: Load) => {
  let model: Model;
  beforeAll(async () => {
    const { checked, diagnostics } = check('entropy.nsm', fileSources(new Map([['entropy.nsm', source]])));
    expect(diagnostics).toEqual([]);
    model = defineModel(planInProcess(define(checked).definition!, await loadBackend('wasm'), load));
  });
  const rows = Float32Array.of(0.5, 1, 2);

  it('is none where all numbers are finite', async () => {
    const { states, brokenAt } = await model.infer(model.create(), rows);
    expect(states['s']!.values.every(Number.isFinite)).toBe(true);
    expect(brokenAt).toBe(null);
  });
  it('says which line first made a number that is none, in an inference', async () => {
    const { states, brokenAt } = await model.infer(model.create(), rows, { settings: { rate: 20 } });
    expect(states['s']!.values.some(Number.isNaN)).toBe(true);
    expect(brokenAt).toBe(placeOf('descend energy over s'));
  });
  it('tells the start from the steps', async () => {
    const given = Float32Array.of(-1, 1, 2);
    const { brokenAt } = await model.infer(model.create(), given, { inference: 'Starting' });
    expect(brokenAt).toBe(placeOf('start s = log(x)'));
  });
  it('says which line first made one, in training: in the inference that it learns by', async () => {
    const options = { batch: 1, iterations: 3, settings: { rate: 20 } };
    const error = await failure(() => model.train(model.create(), rows, options));
    expect(error).toMatchObject({
      name: 'TrainingStopped',
      iteration: 1,
      place: placeOf('descend energy over s'),
    });
  });
  it('follows what is too large to where it first passes all numbers', async () => {
    const state = model.create();
    const huge = { w: { shape: [3], values: new Float32Array(3).fill(3e38) } };
    const run = (): Promise<unknown> =>
      model.train({ ...state, parameters: huge }, rows, {
        batch: 1,
        iterations: 3,
        settings: { rate: 1e-6 },
      });
    expect(await failure(run)).toMatchObject({ place: placeOf('descend energy over s') });
  });
  it('points at the variable whose data have the wrong shape, or values that it cannot have', async () => {
    const place = placeOf('x: real[pixels]');
    expect(await failure(() => model.infer(model.create(), new Float32Array(4)))).toMatchObject({ place });
    expect(await failure(() => model.infer(model.create(), Float32Array.of(1, NaN, 2)))).toMatchObject({
      place,
    });
  });
});
