/** `docs/float-functions.md`: what the float32 functions and random numbers in WebAssembly cost, and how exact they are. */
import { execFileSync } from 'node:child_process';
import { keyOf } from '../../src/runtime/random.ts';
import { fillNoise } from '../../src/runtime/noise.ts';
import { mathNames } from '../../src/targets/wasm/math/functions.ts';
import { fill } from '../../src/targets/wasm/random/fill.ts';
import { noiseNames, type NoiseName } from '../../src/targets/wasm/random/noise.ts';
import { instantiate } from '../targets/wasm/arrays.ts';
import { scan, unitInLastPlace } from '../targets/wasm/float-errors.ts';
import { root } from './blocks.ts';

/** Of all floats, by their bits: every 509th. */
const stride = 509;

/** Cells that are measured anew, and those that a clock measures: another machine has other ones. */
export interface FloatFunctions {
  readonly errors: readonly (readonly string[])[];
  readonly times: readonly (readonly string[])[];
}

export const measuredErrors = (): FloatFunctions['errors'] => [
  ...mathNames.map((name) => {
    const { error, at, wrongLimits, differing } = scan(name, 0, 2 ** 32, stride);
    if (wrongLimits.length + differing.length > 0)
      throw new Error(`${name} is wrong at ${[...wrongLimits, ...differing].slice(0, 5).join(', ')}`);
    return [`\`${name}\``, error.toFixed(2), shortest(at)];
  }),
  ...noiseNames.map((name) => {
    const { units, size } = name === 'words' ? { units: 0, size: 0 } : noiseErrors(name);
    return [`\`${name}\``, units.toFixed(1), size === 0 ? '0' : size.toExponential(0)];
  }),
];

const shortest = (x: number): string => Number(x.toPrecision(5)).toString().replace('-', '−');

const draws = 2 ** 18;
const noiseErrors = (
  name: Exclude<NoiseName, 'words'>,
): { readonly units: number; readonly size: number } => {
  const { memory, functions } = instantiate([fill(name)], (4 * draws) / 2 ** 16);
  const values = new Float32Array(memory.buffer);
  const expected = new Float64Array(draws);
  let [units, size] = [0, 0];
  for (let seed = 0; seed < 16; seed++) {
    functions[`fill_${name}`]!(...keyOf(seed), 0, 0, draws, 0);
    fillNoise(name, keyOf(seed), expected, 0);
    for (const [i, x] of expected.entries()) {
      // The nearest float32 is the best there is.
      const error = Math.abs(values[i]! - (name === 'standard_uniform' ? Math.fround(x) : x));
      units = Math.max(units, error / unitInLastPlace(x));
      size = Math.max(size, error);
    }
  }
  return { units, size };
};

export const floatFunctionPage = ({ errors, times }: FloatFunctions): string => {
  const rows = errors.map((cells, at) => `| ${[...cells, ...times[at]!].join(' | ')} |`);
  const functions = rows.slice(0, mathNames.length).join('\n');
  const noise = rows.slice(mathNames.length).join('\n');
  return `# Float32 functions in WebAssembly

What kernels compute with, in \`src/targets/wasm\`. The tables are measured, by
\`UPDATE_FLOAT_FUNCTIONS=1 npx vitest run test/docs/float-functions.test.ts\`, and a test fails when the errors are not
what is measured. Times are those of the machine that wrote them (Node 24, one thread): compare them with each other.

## Functions

Errors are distances from the value in float64, in units of the last place of float32 there: one that rounds once, and
right, has 0.5. The greatest is over every ${stride}th float, ${Math.floor(2 ** 32 / stride / 1e5) / 10} million of them, infinities and subnormal numbers
among them. *Inlined* is in a loop over an array, four numbers at a time; *called* is that with a call for each four.

| function | greatest error | at | inlined, ns | called, ns | JavaScript, ns |
| --- | --- | --- | --- | --- | --- |
${functions}

Quotients and square roots are instructions of the machine, and exact.

- Every function is written once and used for one lane and for four, with the same operations in the same order: the
  rest of an array that four do not divide has the bits that it would have in the middle. Nothing is fused, and no
  relaxed instruction is used, so that every engine on every machine gives the same bits (but for those of a NaN).
- **With \`--fast\`** ([fast mode](performance.md#fast-mode)) four lanes multiply and add at once, one lane does not: they may differ in
  their last bits, and all stay within 2 units (\`npx vitest run test/targets/wasm/fuse.test.ts\`).
- **Subnormal numbers** are arguments and values like all others, nothing is flushed to 0; \`expm1\` of a subnormal number
  may be half its last place off.
- **Limits** are those of JavaScript: exp is ∞ from 88.73 on and 0 below −103.98, log 0 is −∞, log of a negative number
  is NaN, and NaN stays NaN. \`tanh\`, \`sin\`, \`expm1\` and \`log1p\` keep the sign of 0.
- **Angles**: \`sin\` and \`cos\` are as exact as the table says for sizes below 2²⁸, and NaN from there on, where
  neighbouring floats are more than two turns apart.

exp takes off the nearest multiple of log 2 and has a polynomial for the rest, log the nearest power of 2; tanh is a
polynomial up to 0.625 and a quotient of exponentials beyond. Sine and cosine take off quarter turns in float64.
The polynomials are those of Moshier's Cephes library (1992).

## Random numbers

The same keys and counters as in JavaScript give the same words, and the same uniform numbers. The others
have the same words too, but float32 logarithms, sines and cosines, so that they are the same in every engine:
the error is their greatest distance from what JavaScript computes in float64, over four million of each.
Thirty-two numbers are computed at a time, in four groups whose operations take turns: one alone would be a chain in which each
operation waits for the one before. Arrival times are sums of exponential numbers, in float64.

| noise | greatest error, in last places | absolute | WebAssembly, ns | JavaScript, ns |
| --- | --- | --- | --- | --- |
${noise}
`;
};

/** By a process of its own, where sources run as they stand. */
export const measuredTimes = (): FloatFunctions['times'] => {
  const text = execFileSync(process.execPath, ['bench/float-functions.ts'], { cwd: root, encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).slice(1));
};

/** The cells of times in a page. */
export const writtenTimes = (page: string): FloatFunctions['times'] =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(4, -1)
        .map((cell) => cell.trim()),
    );
