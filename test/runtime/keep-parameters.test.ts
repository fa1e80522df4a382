/** What stays of trained numbers when the source of their model is changed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { keepParameters, keptParameters, type Version } from '../../src/runtime/keep-parameters.ts';
import { defineModel, type Model } from '../../src/runtime/model.ts';
import type { ModelState } from '../../src/runtime/state.ts';
import { define } from '../../src/schedule/define.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';

const source = `
import { Poisson, Normal } from "std/families"
import { Adam, NaturalGradient } from "std/dynamics"
model Small(pixels: dim = 6, neurons: dim = 4) {
  param Phi: real[pixels, neurons] = normal(0, 0.1)
  param gain: positive[neurons] = 1
  param bias: real[pixels] = 0
  latent z ~ Poisson(log_rate = log(gain))
  observed x ~ Normal(mean = Phi @ z + bias, sd = 1)
}
inference Settling of Small(steps: int = 3) {
  belief z ~ Poisson(log_rate = u)
  start u = 0
  repeat steps { descend free_energy over u by NaturalGradient(rate = 0.1) }
}
learning Slowly of Small by Settling {
  descend free_energy over Phi, gain, bias by Adam(rate = 0.01) through inference by straight_through
}`;

const open = async (text: string): Promise<Model> => {
  const { checked, diagnostics } = check('small.nsm', fileSources(new Map([['small.nsm', text]])));
  const { definition, diagnostics: more } = define(checked);
  expect([...diagnostics, ...more].filter(({ severity }) => severity === 'error')).toEqual([]);
  return defineModel(planInProcess(definition!, await loadBackend('wasm')));
};
const rows = Float32Array.from({ length: 60 }, (_, place) => Math.sin(place));

describe('a model whose source is changed', () => {
  let model: Model;
  let trained: ModelState;
  beforeAll(async () => {
    model = await open(source);
    trained = await model.train(model.create({ seed: 3 }), rows, { iterations: 4, batch: 5 });
  });
  const replaced = async (from: string, to: string): Promise<{ next: Model; after: Version }> => {
    expect(source).toContain(from);
    const next = await open(source.replace(from, to));
    return { next, after: { plan: next.plan, state: next.create({ seed: 9 }) } };
  };
  const before = (): Version => ({ plan: model.plan, state: trained });

  it('goes on as it was where only a rate is changed', async () => {
    const { after } = await replaced('rate = 0.01', 'rate = 0.02');
    expect(keepParameters(before(), after)).toEqual(trained);
  });
  it('keeps a parameter whose name and shape survive, and starts others anew', async () => {
    const { next, after } = await replaced('bias: real[pixels]', 'bias: real');
    const kept = keepParameters(before(), after);
    expect(keptParameters(before(), after)).toEqual(['Phi', 'gain']);
    expect(kept.parameters['Phi']).toEqual(trained.parameters['Phi']);
    expect(kept.parameters['bias']).toEqual(after.state.parameters['bias']);
    expect(Object.keys(kept.memory).some((name) => name.startsWith('bias.'))).toBe(false);
    expect(Object.keys(kept.memory).length).toBeGreaterThan(0);
    expect(kept).toMatchObject({ seed: 3, iteration: 4, learning: 'Slowly', iterations: 4 });
    const more = await next.train({ ...kept, iterations: 6 }, rows, { batch: 5 });
    expect(more.iteration).toBe(6);
  });
  it('starts a parameter anew that is stored in other coordinates', async () => {
    const { after } = await replaced(
      'gain: positive[neurons] = 1',
      'gain: real[neurons] = 1 within (0.1, 10)',
    );
    expect(keptParameters(before(), after)).toEqual(['Phi', 'bias']);
    const kept = keepParameters(before(), after);
    expect(Object.keys(kept.memory).some((name) => name.startsWith('gain.'))).toBe(false);
  });
  it('forgets what a learning remembered that is gone', async () => {
    const { after } = await replaced('learning Slowly', 'learning Steadily');
    expect(keepParameters(before(), after)).toMatchObject({
      parameters: trained.parameters,
      memory: {},
      learning: null,
      iterations: null,
      iteration: 4,
    });
  });
});
