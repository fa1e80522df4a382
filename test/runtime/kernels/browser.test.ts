/** Compiled models in a browser. Skipped where no `chromium` is installed. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import { defineModel } from '../../../src/runtime/model.ts';
import { define } from '../../../src/schedule/define.ts';
import { emitModule } from '../../../src/targets/module.ts';
import { asKernels, planInProcess } from '../../../src/targets/plan.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { bundle, hasChromium, openPage } from './browser.ts';

const sizes = { pixels: 64, neurons: 64 };
const definition = define(check('stdlib/models/ipvae.nsm', fileSources()).checked, {
  set: sizes,
}).definition!;
const examples = 64;
const rowsOf = (length: number): Float32Array => Float32Array.from({ length }, (_, place) => (place % 7) / 7);
const bitsOf = (result: unknown): string =>
  JSON.stringify(result, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] : value,
  );

/** Infers with 1 and with 2 workers; with 2 until the second one has done a chunk, for some time at most. */
const page = `
import { setWorkers, workers } from 'nsm/runtime';
import { create, infer, plan } from './${definition.model}.js';

const post = (path, body) => fetch(path, { method: 'POST', body });
const fail = (error) => post('failed', String(error?.stack ?? error?.message ?? error));
addEventListener('error', ({ error, message }) => fail(error ?? message));
addEventListener('unhandledrejection', ({ reason }) => fail(reason));

let helped = 0;
globalThis.Worker = class extends Worker {
  constructor(...words) {
    super(...words);
    this.addEventListener('message', ({ data }) => (helped += data === 'chunk' ? 1 : 0));
    this.addEventListener('error', ({ message }) => fail(\`a worker: \${message}\`));
  }
};
const bitsOf = ${bitsOf.toString()};
const rowsOf = ${rowsOf.toString()};
const state = create({ seed: 4 });
const bits = [];
for (const count of [1, 2]) {
  setWorkers(count);
  for (let time = 0; time < 20; time++) {
    const result = bitsOf(await infer(state, rowsOf(${examples * sizes.pixels}), { steps: 20 }));
    if (bits.at(-1) !== result) bits.push(result);
    if (count === 1 || workers() === 1 || helped > 0) break;
    await new Promise((done) => setTimeout(done, 100));
  }
}
post('told', JSON.stringify({
  bits,
  helped: helped > 0,
  backend: plan.tf.getBackend(),
  isIsolated: crossOriginIsolated,
  workers: workers(),
}));
`;

describe.skipIf(!hasChromium)('a compiled model in Chromium (skipped where there is none)', () => {
  let folder: string;
  let wanted: string;
  beforeAll(async () => {
    folder = await bundle(definition.model, emitModule(definition), page);
    const { create, infer } = defineModel(planInProcess(definition, await loadBackend('wasm'), asKernels));
    wanted = bitsOf(await infer(create({ seed: 4 }), rowsOf(examples * sizes.pixels), { steps: 20 }));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('infers with one worker and with two, with the bits of Node, in a page that is isolated from other origins', async () => {
    const { bits, ...rest } = JSON.parse(await openPage(folder, true)) as { readonly bits: string[] };
    expect(rest).toEqual({ helped: true, backend: 'wasm', isIsolated: true, workers: 2 });
    expect(bits).toEqual([wanted]);
  });

  it('infers with one worker, with the same bits, in a page that is not', async () => {
    const { bits, ...rest } = JSON.parse(await openPage(folder, false)) as { readonly bits: string[] };
    expect(rest).toEqual({ helped: false, backend: 'wasm', isIsolated: false, workers: 1 });
    expect(bits).toEqual([wanted]);
  });
});
