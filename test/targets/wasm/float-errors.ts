/** Errors of the float32 functions, against the float64 functions of JavaScript. */
import { sigmoid, softplus } from '../../../src/runtime/special-exponential.ts';
import type { WasmFunction } from '../../../src/targets/wasm/assembler/code.ts';
import type { MathName } from '../../../src/targets/wasm/math/functions.ts';
import { largestAngle } from '../../../src/targets/wasm/math/trigonometric.ts';
import { instantiate, mappings } from './arrays.ts';

export const exact: Readonly<Record<MathName, (x: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid,
  softplus,
  sin: Math.sin,
  cos: Math.cos,
};

const bits = new BigInt64Array(1);
const number = new Float64Array(bits.buffer);
const words = new Int32Array(bits.buffer);

/** The distance of the float32 numbers around x. */
export const unitInLastPlace = (x: number): number => {
  number[0] = x;
  const exponent = ((words[1]! >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.max(exponent, -126) - 23);
};

export interface Scan {
  /** Greatest distance from the exact value, in units of the last place of that. */
  readonly error: number;
  readonly at: number;
  /** Arguments whose values are infinite or NaN, or should be, but not as in JavaScript. */
  readonly wrongLimits: readonly number[];
  /** Arguments for which one lane and four lanes differ. */
  readonly differing: readonly number[];
}

const chunk = 2 ** 14;

/**
 * All floats whose bits, as whole numbers, are `first`, `first` + `stride`, ... below `last`.
 *
 * @param pass what is done with the code before it runs
 */
export const scan = (
  name: MathName,
  first: number,
  last: number,
  stride: number,
  pass: (code: WasmFunction) => WasmFunction = (code) => code,
): Scan => {
  const { memory, functions } = instantiate(mappings([name]).map(pass), 4);
  const values = new Float32Array(memory.buffer, 0, chunk);
  const valueBits = new Uint32Array(memory.buffer, 0, chunk);
  const points = new Float32Array(chunk);
  const pointBits = new Uint32Array(points.buffer);
  const apply = (form: string): void => {
    values.set(points);
    functions[form]!(4 * chunk);
  };
  const function_ = exact[name];
  let [error, at] = [0, NaN];
  const wrongLimits: number[] = [];
  const differing: number[] = [];
  for (let base = first; base < last; base += stride * chunk) {
    for (let i = 0; i < chunk; i++) pointBits[i] = Math.min(base + i * stride, last - 1);
    apply(`${name}.one`);
    const alone = valueBits.slice();
    apply(name);
    for (let i = 0; i < chunk; i++) {
      const [x, value] = [points[i]!, values[i]!];
      if (alone[i] !== valueBits[i] && !Number.isNaN(value)) differing.push(x);
      const expected = isDefined(name, x) ? function_(x) : NaN;
      const rounded = Math.fround(expected);
      if (Number.isFinite(rounded) && Number.isFinite(value)) {
        const distance = Math.abs(value - expected) / unitInLastPlace(expected);
        if (distance > error) [error, at] = [distance, x];
      } else if (!Object.is(rounded, value)) wrongLimits.push(x);
    }
  }
  return { error, at, wrongLimits, differing };
};

/** Angles end at 2^28. */
const isDefined = (name: MathName, x: number): boolean =>
  (name !== 'sin' && name !== 'cos') || Math.abs(x) < largestAngle;
