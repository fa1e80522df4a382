/** A model whose source is changed while states of it are in use. */
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../src/bundle/bundle.ts';
import { fileSources } from '../../src/check/sources.ts';
import { defineModel, type Model } from '../../src/runtime/model.ts';
import { replaceable, type ReplaceableModel } from '../../src/runtime/replaceable.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { source } from '../bundle/project.ts';

const rows = Float32Array.from({ length: 60 }, (_, place) => Math.sin(place));
const open = async (from = '', to = ''): Promise<Model> => {
  const text = source.replace(from, to);
  const { definitions } = bundle('counts.nsm', fileSources(new Map([['counts.nsm', text]])));
  return defineModel(planInProcess(definitions.get('Counts')!, await loadBackend('wasm')));
};

describe('a model that is replaced', () => {
  let first: Model;
  let model: ReplaceableModel;
  beforeAll(async () => {
    first = await open();
    model = replaceable(first);
  });

  it('is what it is until then', async () => {
    const state = model.create({ seed: 2 });
    expect(state).toEqual(first.create({ seed: 2 }));
    expect(await model.infer(state, rows)).toEqual(await first.infer(state, rows));
  });
  it('keeps the parameters of a state that survive, and is still the same object', async () => {
    const trained = await model.train(model.create({ seed: 2 }), rows, { iterations: 3, batch: 5 });
    const next = await open('param bias: real[pixels] = 0', 'param bias: real = 2');
    expect(replaceable(next, model)).toBe(model);
    expect(model.plan).toBe(next.plan);
    const fresh = next.create({ seed: 2 });
    const { Phi, rate } = trained.parameters;
    const wanted = { ...fresh, parameters: { ...fresh.parameters, Phi: Phi!, rate: rate! } };
    expect((await model.infer(trained, rows)).states).toEqual((await next.infer(wanted, rows)).states);
    const more = await model.train(trained, rows, { iterations: 3, batch: 5 });
    expect(more.parameters['Phi']).toEqual(Phi);
    expect(more.iteration).toBe(3);
  });
  it('takes the sizes that a state was created with, and new defaults of others', async () => {
    replaceable(await open(), model);
    const [own, usual] = [model.create({ settings: { neurons: 7 } }), model.create()];
    replaceable(await open('neurons: dim = 4', 'neurons: dim = 5'), model);
    expect((await model.infer(own, rows)).states['u']!.shape).toEqual([10, 7]);
    expect((await model.infer(usual, rows)).states['u']!.shape).toEqual([10, 5]);
  });
});
