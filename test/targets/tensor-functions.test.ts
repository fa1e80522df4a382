/** The runtime's own versions of slow TensorFlow.js operations: the same values, also where numbers are not finite. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { tensorRuntime, type TensorRuntime } from '../../src/runtime/tfjs.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';

const arguments_ = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) * (i % 3 === 0 ? 1e-5 : 0.03));
const special = [NaN, Infinity, -Infinity, 0, 1e-30, -1e-30, 32, -32, 90, -90];

describe.each(['cpu', 'wasm'] as const)('on the %s backend', (name) => {
  let tf: TensorFlow;
  let nsm: TensorRuntime;
  beforeAll(async () => {
    tf = (await loadBackend(name)).tf;
    nsm = tensorRuntime(tf);
  });
  const of = (f: 'tensorTanh' | 'tensorSoftplus', values: Float32Array): Float32Array =>
    tf.tidy(() => nsm[f](tf.tensor1d(values)).dataSync<'float32'>().slice());

  it('tanh and softplus are right to a few units in the last place', () => {
    const [tanh, softplus] = [of('tensorTanh', arguments_), of('tensorSoftplus', arguments_)];
    arguments_.forEach((x, i) => {
      expect(Math.abs(tanh[i]! - Math.tanh(x))).toBeLessThanOrEqual(4e-7 * Math.abs(Math.tanh(x)));
      const exact = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      expect(Math.abs(softplus[i]! - exact)).toBeLessThanOrEqual(1e-7 * exact);
    });
  });
  it('tanh and softplus have their limits', () => {
    const values = Float32Array.from(special);
    const softplus = [NaN, Infinity, 0, Math.LN2, Math.LN2, Math.LN2, 32, Math.exp(-32), 90, Math.exp(-90)];
    const tanh = [NaN, 1, -1, 0, Math.fround(1e-30), Math.fround(-1e-30), 1, -1, 1, -1];
    expect([...of('tensorTanh', values)].map((value) => value + 0)).toEqual(tanh);
    expect(of('tensorSoftplus', values)).toEqual(Float32Array.from(softplus));
  });
  it('softplus leaves its argument as it is', () => {
    const x = tf.tensor1d([-1, 2]);
    nsm.tensorSoftplus(x).dispose();
    expect([...x.dataSync()]).toEqual([-1, 2]);
    x.dispose();
  });
  it('spread repeats rows, columns and numbers that are not finite', () => {
    const row = tf.tensor1d([1, NaN, -Infinity]);
    const column = tf.tensor2d([1, 2], [2, 1]);
    expect([...nsm.spread(row, [2, 3]).dataSync()]).toEqual([1, NaN, -Infinity, 1, NaN, -Infinity]);
    expect([...nsm.spread(column, [2, 2]).dataSync()]).toEqual([1, 1, 2, 2]);
  });
  it('share gives a handle that outlives the other', () => {
    const x = tf.tensor1d([1, 2]);
    const other = nsm.share(x);
    x.dispose();
    expect([...other.dataSync()]).toEqual([1, 2]);
    other.dispose();
  });
});
