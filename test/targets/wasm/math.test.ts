/** Float32 functions in WebAssembly. The errors over all floats are in docs/float-functions.md, and tested with it. */
import { describe, expect, it } from 'vitest';
import type { MathName } from '../../../src/targets/wasm/math/functions.ts';
import { instantiate, mappings } from './arrays.ts';
import { scan } from './float-errors.ts';

/** The bits of 2^exponent, as a whole number. */
const bitsOfPower = (exponent: number): number => (exponent + 127) * 2 ** 23;
const negative = 2 ** 31;

describe('every float of a binade is within 2 units in the last place, in one lane as in four', () => {
  it.each([
    ['exp', negative + bitsOfPower(6), 1],
    ['expm1', bitsOfPower(-2), 1.7],
    ['log', bitsOfPower(-1), 0.9],
    ['log1p', negative + bitsOfPower(-2), 0.9],
    ['tanh', negative + bitsOfPower(-1), 1.4],
    ['sigmoid', negative + bitsOfPower(1), 1.8],
    ['softplus', negative + bitsOfPower(-1), 1.9],
    ['softplus', bitsOfPower(-9), 2],
    ['sin', bitsOfPower(1), 1.6],
    ['cos', bitsOfPower(16), 1.6],
  ] as const)('%s from the float of bits %d on', (name, first, bound) => {
    const { error, wrongLimits, differing } = scan(name, first, first + 2 ** 23, 1);
    expect(error).toBeLessThan(bound);
    expect([wrongLimits, differing]).toEqual([[], []]);
  });
});

/** A value by each of the four forms of a function, which are one. */
const valueOf = (name: MathName, x: number): number => {
  const { memory, functions } = instantiate(mappings([name]), 1);
  const lanes = new Float32Array(memory.buffer, 0, 4);
  const values = ['', '.one', '.call', '.callOne'].flatMap((form) => {
    lanes.fill(x);
    functions[name + form]!(16);
    return [...lanes];
  });
  expect(new Set(values).size).toBe(1);
  return values[0]!;
};

describe('limits are those of the functions', () => {
  const least = 2 ** -149;
  // prettier-ignore
  const limits = [
    ['exp', 0, 1], ['exp', Infinity, Infinity], ['exp', -Infinity, 0], ['exp', 88.73, Infinity],
    ['exp', -103.9, least], ['exp', -104, 0], ['exp', 1e38, Infinity],
    ['expm1', -0, -0], ['expm1', 2 * least, 2 * least], ['expm1', Infinity, Infinity], ['expm1', -Infinity, -1],
    ['log', 0, -Infinity], ['log', -0, -Infinity], ['log', 1, 0], ['log', Infinity, Infinity], ['log', -1, NaN],
    ['log', -Infinity, NaN], ['log', least, Math.fround(Math.log(least))],
    ['log1p', -1, -Infinity], ['log1p', -0, -0], ['log1p', least, least], ['log1p', -1.5, NaN],
    ['log1p', Infinity, Infinity],
    ['tanh', -0, -0], ['tanh', least, least], ['tanh', Infinity, 1], ['tanh', -Infinity, -1],
    ['sigmoid', 0, 0.5], ['sigmoid', Infinity, 1], ['sigmoid', -Infinity, 0], ['sigmoid', -103.9, least],
    ['softplus', Infinity, Infinity], ['softplus', -Infinity, 0], ['softplus', -103.9, least],
    ['sin', -0, -0], ['sin', least, least], ['sin', Infinity, NaN], ['sin', 2 ** 28, NaN],
    ['cos', 0, 1], ['cos', -Infinity, NaN], ['cos', -(2 ** 28), NaN],
  ] as const;
  it.each(limits)('%s(%d) is %d', (name, x, value) => {
    expect(valueOf(name, x)).toBe(value);
  });
  it.each(['exp', 'expm1', 'log', 'log1p', 'tanh', 'sigmoid', 'softplus', 'sin', 'cos'] as const)(
    '%s of NaN is NaN',
    (name) => {
      expect(valueOf(name, NaN)).toBe(NaN);
    },
  );
});

it('all functions, inlined and called, in one lane and in four, are a module of 14 KB', () => {
  expect(instantiate(mappings(), 1).bytes.length).toBeLessThan(14_500);
});
