/** Threads that share the examples of a batch: the same bits for any number of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSources } from '../../../src/check/sources.ts';
import { analyse } from '../../../src/derive/analyse.ts';
import type { Value } from '../../../src/runtime/executable.ts';
import { chunksOf } from '../../../src/runtime/kernels/memory.ts';
import { setWorkers, workers } from '../../../src/runtime/kernels/pool.ts';
import { allDone, beginJob, eachChunk, newControl } from '../../../src/runtime/kernels/shared-work.ts';
import { fillNoise } from '../../../src/runtime/noise.ts';
import { keyOf } from '../../../src/runtime/random.ts';
import { define } from '../../../src/schedule/define.ts';
import type { Program } from '../../../src/schedule/program.ts';
import { loadBackend, type Backend } from '../../../src/targets/tfjs/backend.ts';
import { loadProgram } from '../../../src/targets/wasm/load.ts';

let backend: Backend;
const before = workers();
beforeAll(async () => {
  backend = await loadBackend('wasm');
});
afterAll(() => setWorkers(before));

const definitionOf = (file: string, set: Readonly<Record<string, number>>) =>
  define(analyse(file, fileSources()).checked, { set }).definition!;

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A run of a program that gives the bits of all outputs, of the last of enough runs for every thread to have begun. */
const runnerOf = (
  program: Program,
  sizes: Readonly<Record<string, number>>,
  numbers: Readonly<Record<string, number>>,
): (() => Promise<Record<string, Uint8Array>>) => {
  const { tf } = backend;
  const run = loadProgram(program, tf);
  const inputs: Record<string, Value> = {};
  program.inputs.forEach(({ name, indices, place }, at) => {
    const shape = indices.map((index) => sizes[index.replaceAll("'", '')]!);
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    fillNoise('standard_normal', keyOf(7, at), values, 0);
    inputs[name] = place === 'host' ? (numbers[name] ?? 0.5) : tf.mul(0.1, tf.tensor(values, shape));
  });
  return async () => {
    let bits: Record<string, Uint8Array> = {};
    for (let time = 0; time < 4; time++) {
      const outputs = run(inputs, { seed: 5, firstExample: 0, sizes });
      bits = Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [
          name,
          new Uint8Array(tensor.dataSync().slice().buffer),
        ]),
      );
      tf.dispose(outputs);
      await pause(60);
    }
    return bits;
  };
};

interface Trial {
  readonly what: string;
  readonly program: () => Program;
  readonly numbers: Readonly<Record<string, number>>;
  readonly sizes: Readonly<Record<string, number>>;
}

const trials: readonly Trial[] = [
  {
    what: 'sampling with interneurons',
    program: () =>
      definitionOf('stdlib/models/hee.nsm', {}).inferences.find(({ name }) => name === 'Sampling')!.advance,
    numbers: { step_count: 4, fast_steps: 20, iteration: 3 },
    sizes: { pixels: 40, v1: 64, v2: 24, example: 70 },
  },
  {
    what: 'learning through time',
    program: () =>
      definitionOf('stdlib/models/ipvae.nsm', { steps: 6 }).learnings.find(
        ({ name }) => name === 'ThroughTime',
      )!.update,
    numbers: { iteration: 3, progress: 0.5, steps: 6, beta: 4 },
    sizes: { pixels: 48, neurons: 40, example: 70 },
  },
  {
    what: 'inference with a Gram matrix, of which half is computed, some of the pixels at a time',
    program: () =>
      definitionOf('stdlib/models/ipvae.nsm', {}).inferences.find(({ name }) => name === 'Settling')!.advance,
    numbers: { first_step: 0, step_count: 4, iteration: 3, beta: 4 },
    sizes: { pixels: 600, neurons: 100, example: 20 },
  },
];

describe('the number of workers changes no bit of', () => {
  it.each(trials)('$what', async ({ program, sizes, numbers }) => {
    const made = program();
    const results = [];
    for (const count of [1, 2, 8]) {
      setWorkers(count);
      results.push(await runnerOf(made, sizes, numbers)());
    }
    expect(Object.values(results[0]!).some((bits) => bits.some((byte) => byte !== 0))).toBe(true);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});

it('a worker that begins later is told what those before it were told', async () => {
  const { program, sizes, numbers } = trials[0]!;
  setWorkers(2);
  const run = runnerOf(program(), sizes, numbers);
  const first = await run();
  setWorkers(1);
  setWorkers(2);
  expect(await run()).toEqual(first);
});

describe('chunks of examples', () => {
  it('are of whole groups of four rows and nearly equal, and depend on the number of examples alone', () => {
    expect(chunksOf(5, 16)).toEqual([0, 5]);
    expect(chunksOf(16, 16)).toEqual([0, 16]);
    expect(chunksOf(20, 16)).toEqual([0, 8, 20]);
    expect(chunksOf(40, 32)).toEqual([0, 20, 40]);
  });

  it('are a number of chunks that two or four workers share evenly', () => {
    expect(chunksOf(100, 16)).toEqual([0, 12, 24, 36, 48, 60, 72, 84, 100]);
    expect(chunksOf(100, 64)).toEqual([0, 24, 48, 72, 100]);
    expect(chunksOf(64, 32)).toEqual([0, 16, 32, 48, 64]);
  });
});

describe('a job', () => {
  it('gives every chunk to one thread, and none to a thread that comes late', () => {
    const control = newControl();
    const taken: string[] = [];
    beginJob(control, 1);
    eachChunk(control, 1, 3, (chunk) => {
      taken.push(`first takes ${chunk}`);
      // Another thread comes in between.
      if (chunk === 0) eachChunk(control, 1, 2, (other) => taken.push(`second takes ${other}`));
    });
    expect(taken).toEqual(['first takes 0', 'second takes 1', 'first takes 2']);
    expect(allDone(control, 3)).toBe(null);
    beginJob(control, 2);
    eachChunk(control, 1, 3, (chunk) => taken.push(`late takes ${chunk}`));
    expect(taken).toHaveLength(3);
  });

  it('goes on after a chunk that failed, and tells of it', () => {
    const control = newControl();
    const done: number[] = [];
    beginJob(control, 1);
    eachChunk(control, 1, 3, (chunk) => {
      if (chunk === 1) throw new Error('no such chunk');
      done.push(chunk);
    });
    expect(done).toEqual([0, 2]);
    expect(allDone(control, 3)).toBe(1);
  });
});

it.each([0, 65, 1.5])('%s workers are refused', (count) => {
  expect(() => setWorkers(count)).toThrow('the number of workers must be a whole number from 1 to 64');
});
