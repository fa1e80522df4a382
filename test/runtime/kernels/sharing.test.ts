/** Arrays that lie where others were: every program of the library gives the bits that it gives with all arrays apart. */
import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axisOf } from '../../../src/calculus/expression.ts';
import { check } from '../../../src/check/check.ts';
import { fileSources } from '../../../src/check/sources.ts';
import { optimize } from '../../../src/optimize/optimize.ts';
import type { Value } from '../../../src/runtime/executable.ts';
import { loadKernels } from '../../../src/runtime/kernels/load.ts';
import type { Interval, KernelModule } from '../../../src/runtime/kernels/module.ts';
import { setWorkers, workers } from '../../../src/runtime/kernels/pool.ts';
import { fillNoise } from '../../../src/runtime/noise.ts';
import { keyOf } from '../../../src/runtime/random.ts';
import { derivedPrograms, type Derived } from '../../../src/schedule/define.ts';
import { loadBackend, type Backend } from '../../../src/targets/tfjs/backend.ts';
import { compileKernels } from '../../../src/targets/wasm/compile.ts';

let backend: Backend;
const before = workers();
beforeAll(async () => {
  backend = await loadBackend('wasm');
  setWorkers(1);
});
afterAll(() => setWorkers(before));

const always: Interval = [0, Infinity];
const apart = (kernels: KernelModule): KernelModule => ({
  ...kernels,
  areas: kernels.areas.map((area) => ({
    ...area,
    alive: always,
    ownAlive: area.ownAlive === null ? null : always,
  })),
});

const bitsOf = (
  kernels: KernelModule,
  inputs: Readonly<Record<string, Value>>,
  sizes: Readonly<Record<string, number>>,
): Readonly<Record<string, Uint8Array>> => {
  const outputs = loadKernels(kernels, backend.tf)(inputs, { seed: 5, firstExample: 0, sizes });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, new Uint8Array(tensor.dataSync().slice().buffer)]),
  );
};

const expectSameBits = ({ program, hints }: Derived): void => {
  const { tf } = backend;
  const made = optimize(program, hints);
  const axes = Object.keys(hints.sizes).map((axis, place) => [axis, 5 + ((3 * place) % 7)] as const);
  const sizes: Record<string, number> = { ...Object.fromEntries(axes), example: 35 };
  tf.tidy(() => {
    const inputs: Record<string, Value> = {};
    made.inputs.forEach(({ name, indices, place }, at) => {
      const shape = indices.map((index) => sizes[axisOf(index)]!);
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      fillNoise('standard_normal', keyOf(7, at), values, 0);
      inputs[name] =
        place === 'host' ? Math.min(hints.scalars[name] ?? 4, 4) : tf.mul(0.1, tf.tensor(values, shape));
    });
    const kernels = compileKernels(made);
    const found = bitsOf(kernels, inputs, sizes);
    expect(found, program.name).toEqual(bitsOf(apart(kernels), inputs, sizes));
  });
};

describe('sharing memory changes no bit of', () => {
  it.each(globSync('stdlib/models/*.nsm').sort())('%s', (file) => {
    const { checked } = check(file, fileSources());
    checked.models.flatMap(({ name }) => derivedPrograms(checked, name, {})).forEach(expectSameBits);
  });
});
