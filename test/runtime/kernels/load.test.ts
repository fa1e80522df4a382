/** Programs as kernels of TensorFlow.js: what it sees of them, and what stays when they are done. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { add, constant, multiply, read, sum } from '../../../src/calculus/build.ts';
import { fileSources } from '../../../src/check/sources.ts';
import { analyse } from '../../../src/derive/analyse.ts';
import type { Executable, RunContext, Value } from '../../../src/runtime/executable.ts';
import { sharedMemory } from '../../../src/runtime/kernels/pool.ts';
import type { TensorFlow } from '../../../src/runtime/plan.ts';
import { define } from '../../../src/schedule/define.ts';
import type { Draw } from '../../../src/schedule/program.ts';
import { loadBackend } from '../../../src/targets/tfjs/backend.ts';
import { loadProgram } from '../../../src/targets/wasm/load.ts';
import { assign, contextOf, host, program, tensor } from '../../targets/support.ts';

let tf: TensorFlow;
beforeAll(async () => {
  ({ tf } = await loadBackend('wasm'));
});

const context = contextOf({ units: 4 });
const x = read('x', ['units']);
const gain = read('gain');

/** doubled = 2 x, and a number: total = gain Σx. */
const doubling = program(
  'doubling',
  [tensor('x', 'units'), host('gain')],
  [
    assign(tensor('doubled', 'units'), multiply(constant(2), x)),
    assign(tensor('total'), multiply(gain, sum(['units'], x))),
  ],
  [tensor('doubled', 'units'), tensor('total'), tensor('x', 'units')],
);

const noise: Draw = {
  kind: 'draw',
  target: tensor('noise', 'units'),
  site: 1,
  source: { kind: 'noise', distribution: 'standard_normal' },
  surrogate: null,
};
/** moved = x + noise. */
const moving = program(
  'moving',
  [tensor('x', 'units')],
  [noise, assign(tensor('moved', 'units'), add(x, read('noise', ['units'])))],
  [tensor('moved', 'units')],
);

const loaded = (): Executable => loadProgram(doubling, tf);
const one = (): Value => tf.tensor([1, 2, 3, 4]);
const counts = (): readonly number[] => {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return [numTensors, numDataBuffers, numBytes];
};
const kernelNames = (): readonly string[] =>
  tf
    .getKernelsForBackend('wasm')
    .map(({ kernelName }) => kernelName)
    .filter((name) => name.startsWith('nsm/'));

describe('a program', () => {
  it('is one kernel in a profile, with its inputs and outputs', async () => {
    const run = loaded();
    const { kernels, newTensors } = await tf.profile(() =>
      Object.values(run({ x: one(), gain: 3 }, context)),
    );
    expect(kernels).toHaveLength(1);
    expect(kernels[0]!.name).toMatch(/^nsm\/doubling#\d+$/);
    expect(kernels[0]).toMatchObject({ inputShapes: [[4]], outputShapes: [[4], [], [4]], tensorsAdded: 3 });
    expect(newTensors).toBe(4);
  });

  it('has a kernel of its own even where others have its name', () => {
    const before = kernelNames().length;
    const other = program('doubling', [host('gain')], [assign(host('less'), gain)], [host('less')]);
    const [first, second] = [loaded(), loadProgram(other, tf)];
    expect(first({ x: one(), gain: 3 }, context)['total']!.dataSync()).toEqual(Float32Array.of(30));
    expect(second({ gain: 3 }, context)['less']!.dataSync()).toEqual(Float32Array.of(3));
    expect(kernelNames()).toHaveLength(before + 2);
    expect(new Set(kernelNames()).size).toBe(before + 2);
  });

  it('runs on whatever backend is in use', async () => {
    const run = loaded();
    const given = { x: one(), gain: 3 };
    run(given, context);
    await loadBackend('cpu');
    const { doubled } = run(given, context);
    expect(tf.add(doubled!, 1).dataSync()).toEqual(Float32Array.of(3, 5, 7, 9));
    await loadBackend('wasm');
    expect(tf.add(doubled!, 1).dataSync()).toEqual(Float32Array.of(3, 5, 7, 9));
  });

  it('that nobody has any more is forgotten', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const nameOfOneRun = (): string => {
      const before = new Set(kernelNames());
      loaded()({ x: one(), gain: 3 }, context);
      return kernelNames().find((each) => !before.has(each))!;
    };
    const name = nameOfOneRun();
    expect(name).toMatch(/^nsm\/doubling/);
    await expect.poll(() => (collect(), kernelNames()), { timeout: 10_000 }).not.toContain(name);
  });
});

describe('outputs', () => {
  it('can be read, and used by all operations', async () => {
    const run = loaded();
    const { doubled, total } = run({ x: one(), gain: 3 }, context);
    expect(doubled!.dataSync()).toEqual(Float32Array.of(2, 4, 6, 8));
    expect(await doubled!.data()).toEqual(Float32Array.of(2, 4, 6, 8));
    expect(tf.add(doubled!, total!).dataSync()).toEqual(Float32Array.of(32, 34, 36, 38));
    const matrix = tf.reshape(doubled!, [2, 2]);
    expect(tf.matMul(matrix, matrix).arraySync()).toEqual([
      [28, 40],
      [60, 88],
    ]);
    const variable = tf.variable(doubled!);
    doubled!.dispose();
    expect(variable.dataSync()).toEqual(Float32Array.of(2, 4, 6, 8));
    expect(run({ x: variable, gain: 1 }, context)['doubled']!.dataSync()).toEqual(
      Float32Array.of(4, 8, 12, 16),
    );
    expect(matrix.dataSync()).toEqual(Float32Array.of(2, 4, 6, 8));
  });

  it('stay as they are when what was read is changed, and when other runs follow', () => {
    const run = loaded();
    const first = run({ x: one(), gain: 3 }, context);
    first['doubled']!.dataSync().fill(0);
    run({ x: tf.tensor([5, 6, 7, 8]), gain: 3 }, context);
    expect(first['doubled']!.dataSync()).toEqual(Float32Array.of(2, 4, 6, 8));
  });

  it('that are an input share its numbers, and are disposed of apart from it', () => {
    const given = one();
    const { x: same } = loaded()({ x: given, gain: 3 }, context);
    tf.dispose(given);
    expect(same!.dataSync()).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(tf.add(same!, 1).dataSync()).toEqual(Float32Array.of(2, 3, 4, 5));
  });
});

describe('inputs', () => {
  it('may have whole numbers', () => {
    const { doubled } = loaded()({ x: tf.tensor([1, 2, 3, 4], [4], 'int32'), gain: 3 }, context);
    expect(doubled!.dtype).toBe('float32');
    expect(doubled!.dataSync()).toEqual(Float32Array.of(2, 4, 6, 8));
  });

  it('may be the numbers that other operations use between runs', () => {
    const run = loaded();
    const given = tf.tensor([1, 2, 3, 4]);
    for (let time = 0; time < 3; time++) {
      expect(run({ x: given, gain: time }, context)['total']!.dataSync()[0]).toBe(10 * time);
      expect(tf.sum(given).dataSync()[0]).toBe(10);
    }
  });
});

it('a run that needs more memory than any before it leaves all tensors and programs as they were', () => {
  const [small, large] = [loadProgram(moving, tf), loadProgram(moving, tf)];
  const wanted = small({ x: one() }, context)['moved']!.dataSync();
  const held = Array.from({ length: 50 }, () => small({ x: one() }, context)['moved']!);
  const units = 1_000_000;
  tf.dispose(large({ x: tf.zeros([units]) }, contextOf({ units })));
  held.push(...Array.from({ length: 50 }, () => small({ x: one() }, context)['moved']!));
  for (const tensor of held) expect(tensor.dataSync()).toEqual(wanted);
});

describe('nothing stays', () => {
  it('of updates, whose outputs are the next inputs: neither tensors nor memory', () => {
    const { definition } = define(analyse('stdlib/models/ipvae.nsm', fileSources()).checked, {
      set: { steps: 2 },
    });
    const update = definition!.learnings.find(({ name }) => name === 'ThroughTime')!.update;
    const run = loadProgram(update, tf);
    const sizes = { pixels: 12, neurons: 8, example: 20 };
    const numbers = { iteration: 3, progress: 0.5, steps: 2, beta: 4 };
    const start = tf.memory().numTensors;
    let inputs: Record<string, Value> = Object.fromEntries(
      update.inputs.map(({ name, indices, place }): [string, Value] => {
        const shape = indices.map((index) => sizes[index.replaceAll("'", '') as keyof typeof sizes]);
        return [
          name,
          place === 'host' ? ((numbers as Record<string, number>)[name] ?? 0.5) : tf.fill(shape, 0.1),
        ];
      }),
    );
    const carried = update.outputs.map(({ name }) => name).filter((name) => Object.hasOwn(inputs, name));
    expect(carried).toContain('Phi');
    const turn = (): readonly number[] => {
      const outputs = run(inputs, contextOf(sizes));
      for (const name of carried) tf.dispose(inputs[name]);
      for (const name of Object.keys(outputs)) if (!carried.includes(name)) tf.dispose(outputs[name]);
      inputs = { ...inputs, ...Object.fromEntries(carried.map((name) => [name, outputs[name]!])) };
      return [...counts(), sharedMemory().buffer.byteLength];
    };
    turn();
    const before = turn();
    for (let time = 0; time < 200; time++) expect(turn()).toEqual(before);
    tf.dispose(inputs);
    expect(tf.memory().numTensors).toBe(start);
  });

  const failures: readonly [
    what: string,
    inputs: () => Record<string, Value>,
    context: RunContext,
    message: string,
  ][] = [
    ['an input of another shape', () => ({ x: tf.tensor([1, 2]) }), context, 'has shape [2]'],
    [
      'a draw that fails in the middle',
      () => ({ x: one() }),
      { ...context, draws: { mode: 'replay', values: new Map() } },
      'the tape of draws does not hold',
    ],
  ];
  it.each(failures)(
    'of a run with %s, and the next one is as it should be',
    (_, inputs, failing, message) => {
      const run = loadProgram(moving, tf);
      const [good, bad] = [{ x: one() }, inputs()];
      const wanted = run(good, context)['moved']!.dataSync();
      const before = counts();
      for (let time = 0; time < 3; time++) expect(() => run(bad, failing)).toThrow(message);
      expect(counts()).toEqual(before);
      expect(run(good, context)['moved']!.dataSync()).toEqual(wanted);
    },
  );
});
