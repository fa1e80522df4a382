/**
 * Nanoseconds per element of the float32 functions and the random numbers in WebAssembly, a line for each:
 * functions inlined, called and in JavaScript; noise in WebAssembly and in JavaScript. `node bench/float-functions.ts`
 */
import { fillNoise } from '../src/runtime/noise.ts';
import { fillBlocks, keyOf } from '../src/runtime/random.ts';
import { mathNames, type MathName } from '../src/targets/wasm/math/functions.ts';
import { fill } from '../src/targets/wasm/random/fill.ts';
import { noiseNames, type NoiseName } from '../src/targets/wasm/random/noise.ts';
import { instantiate, mappings } from '../test/targets/wasm/arrays.ts';
import { exact } from '../test/targets/wasm/float-errors.ts';

/** An array that stays in the cache. */
const elements = 4096;

/** The least of many runs. */
const nanoseconds = (run: () => void): string => {
  let least = Infinity;
  for (let trial = 0; trial < 1000; trial++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return ((least * 1e6) / elements).toFixed(1);
};

const functionTimes = (name: MathName): readonly string[] => {
  const { memory, functions } = instantiate(mappings([name]), 1);
  const values = new Float32Array(memory.buffer, 0, elements);
  const given = Float32Array.from(values, (_, i) => 3 * Math.sin(i) + (name.startsWith('log') ? 3.5 : 0));
  const compute = exact[name];
  const byForm = ['', '.call'].map((form) =>
    nanoseconds(() => {
      values.set(given);
      functions[name + form]!(4 * elements);
    }),
  );
  const inJavaScript = nanoseconds(() => {
    for (let i = 0; i < elements; i++) values[i] = compute(given[i]!);
  });
  return [...byForm, inJavaScript];
};

const noiseTimes = (name: NoiseName): readonly string[] => {
  const { functions } = instantiate([fill(name)], 1);
  const key = keyOf(5);
  const words = new Int32Array(elements);
  const numbers = new Float32Array(elements);
  return [
    nanoseconds(() => functions[`fill_${name}`]!(...key, 0, 0, elements, 0)),
    nanoseconds(() =>
      name === 'words' ? fillBlocks(key, 0, elements / 2, words) : fillNoise(name, key, numbers, 0),
    ),
  ];
};

const print = (cells: readonly string[]): void => void process.stdout.write(`${cells.join(' ')}\n`);
for (const name of mathNames) print([name, ...functionTimes(name)]);
for (const name of noiseNames) print([name, ...noiseTimes(name)]);
