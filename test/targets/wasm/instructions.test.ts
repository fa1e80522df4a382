/** Each instruction: its types are the engine's, and its values those of JavaScript. */
import { describe, expect, it } from 'vitest';
import {
  f32,
  f64,
  i32,
  i32x4Lanes,
  i64,
  load,
  operate,
  operateLanes,
  operateRelaxed,
  shuffleWords,
  store,
} from '../../../src/targets/wasm/assembler/build.ts';
import type { Load, Store, Value, ValueType } from '../../../src/targets/wasm/assembler/code.ts';
import {
  accessedBytes,
  laneOperations,
  loads,
  operations,
  relaxedOperations,
  stores,
  type Instruction,
} from '../../../src/targets/wasm/assembler/operations.ts';
import { anyLanes, anyOperation, functionOf, isValid, shared, valueOf } from './single.ts';

const instructions: Readonly<Record<string, Instruction>> = operations;
const anyRelaxed = operateRelaxed as unknown as typeof anyOperation;
const anyLoad = load as unknown as (name: string, operands: readonly Value[], place: object) => Load;
const anyStore = store as unknown as (name: string, operands: readonly Value[], place: object) => Store;

/** Constants whose lanes and numbers all differ. */
const samples: Readonly<Record<ValueType, Value>> = {
  i32: i32(40),
  i64: i64(-5n),
  f32: f32(1.5),
  f64: f64(-2.25),
  v128: i32x4Lanes(1, -2, 3, -4),
};
const operandsOf = (types: readonly ValueType[]): readonly Value[] => types.map((type) => samples[type]);

describe('every instruction has the types that the engine gives it', () => {
  const names = Object.keys(operations) as (keyof typeof operations)[];
  it.each(names)('%s', (name) => {
    expect(isValid([functionOf('f', anyOperation(name, ...operandsOf(operations[name].parameters)))])).toBe(
      true,
    );
  });
  it.each(Object.keys(laneOperations) as (keyof typeof laneOperations)[])('%s', (name) => {
    const lanes = name === 'i8x16.shuffle' ? Array.from({ length: 16 }, (_, lane) => 2 * lane) : [1];
    const value = anyLanes(name, lanes, ...operandsOf(laneOperations[name].parameters));
    expect(isValid([functionOf('f', value)])).toBe(true);
  });
  it.each(Object.keys(relaxedOperations) as (keyof typeof relaxedOperations)[])('%s', (name) => {
    const value = anyRelaxed(name, ...operandsOf(relaxedOperations[name].parameters));
    expect(isValid([functionOf('f', value)])).toBe(true);
  });
  const placeOf = (name: string) => ({ offset: 64, ...(name.endsWith('_lane') ? { lane: 1 } : {}) });
  const aligned = <Access extends Load | Store>(access: Access): Access => ({
    ...access,
    place: { ...access.place, alignment: 2 * accessedBytes(access.name) },
  });
  it.each(Object.keys(loads) as (keyof typeof loads)[])('%s, at its natural alignment at most', (name) => {
    const access = anyLoad(name, operandsOf(loads[name].parameters), placeOf(name));
    expect(isValid([functionOf('f', access)], shared)).toBe(true);
    expect(isValid([functionOf('f', aligned(access))], shared)).toBe(false);
  });
  it.each(Object.keys(stores) as (keyof typeof stores)[])('%s, at its natural alignment at most', (name) => {
    const access = anyStore(name, operandsOf(stores[name].parameters), placeOf(name));
    expect(isValid([functionOf('f', null, [access])], shared)).toBe(true);
    expect(isValid([functionOf('f', null, [aligned(access)])], shared)).toBe(false);
  });
});

describe('every instruction does what its name says', () => {
  const whole: Readonly<Record<string, (a: number, b: number) => number>> = {
    add: (a, b) => (a + b) | 0,
    sub: (a, b) => (a - b) | 0,
    mul: Math.imul,
    div_s: (a, b) => (a / b) | 0,
    div_u: (a, b) => ((a >>> 0) / (b >>> 0)) | 0,
    rem_s: (a, b) => (a % b) | 0,
    rem_u: (a, b) => ((a >>> 0) % (b >>> 0)) | 0,
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    shl: (a, b) => a << b,
    shr_s: (a, b) => a >> b,
    shr_u: (a, b) => (a >>> b) | 0,
    rotl: (a, b) => (a << b) | (a >>> -b),
    rotr: (a, b) => (a >>> b) | (a << -b),
    eq: (a, b) => Number(a === b),
    ne: (a, b) => Number(a !== b),
    lt_s: (a, b) => Number(a < b),
    lt_u: (a, b) => Number(a >>> 0 < b >>> 0),
    gt_s: (a, b) => Number(a > b),
    gt_u: (a, b) => Number(a >>> 0 > b >>> 0),
    le_s: (a, b) => Number(a <= b),
    le_u: (a, b) => Number(a >>> 0 <= b >>> 0),
    ge_s: (a, b) => Number(a >= b),
    ge_u: (a, b) => Number(a >>> 0 >= b >>> 0),
    eqz: (a) => Number(a === 0),
    clz: Math.clz32,
    ctz: (a) => 31 - Math.clz32(a & -a),
    popcnt: (a) => [...(a >>> 0).toString(2)].filter((digit) => digit === '1').length,
    abs: (a) => Math.abs(a) | 0,
    neg: (a) => -a | 0,
    min_s: Math.min,
    max_s: Math.max,
    min_u: (a, b) => Math.min(a >>> 0, b >>> 0) | 0,
    max_u: (a, b) => Math.max(a >>> 0, b >>> 0) | 0,
  };
  const real: Readonly<Record<string, (a: number, b: number) => number>> = {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, b) => a * b,
    div: (a, b) => a / b,
    min: Math.min,
    max: Math.max,
    pmin: (a, b) => (b < a ? b : a),
    pmax: (a, b) => (a < b ? b : a),
    copysign: (a, b) => (Object.is(Math.sign(b), -1) ? -Math.abs(a) : Math.abs(a)),
    abs: Math.abs,
    neg: (a) => -a,
    ceil: Math.ceil,
    floor: Math.floor,
    trunc: Math.trunc,
    nearest: (a) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)),
    sqrt: Math.sqrt,
    eq: (a, b) => Number(a === b),
    ne: (a, b) => Number(a !== b),
    lt: (a, b) => Number(a < b),
    gt: (a, b) => Number(a > b),
    le: (a, b) => Number(a <= b),
    ge: (a, b) => Number(a >= b),
  };
  const pairs = [[7, 3], [-7, 3], [3, -7], [5, 5], [-96, 4]] as const; // prettier-ignore
  const fractions = [[2.5, 0.75], [-3.5, 2], [0.5, -8], [4, 4], [6.25, 0.1]] as const; // prettier-ignore
  const unary = (name: string): boolean => instructions[name]!.parameters.length === 1;

  it.each(Object.keys(whole))('%s of whole numbers', (name) => {
    for (const [a, b] of pairs) {
      const expected = whole[name]!(a, b);
      if (`i32.${name}` in operations) {
        const operands = unary(`i32.${name}`) ? [i32(a)] : [i32(a), i32(b)];
        expect(valueOf(anyOperation(`i32.${name}`, ...operands))).toBe(expected);
      }
      if (!(`i32x4.${name}` in operations)) continue;
      const right = name.startsWith('sh') ? i32(b) : i32x4Lanes(0, b, 0, 0);
      const four = anyOperation(
        `i32x4.${name}`,
        i32x4Lanes(1, a, 1, 1),
        ...(unary(`i32x4.${name}`) ? [] : [right]),
      );
      const isComparison = /^(eq|ne|[lg][te]_[su])$/.test(name);
      expect(valueOf(operateLanes('i32x4.extract_lane', [1], four as Value<'v128'>))).toBe(
        isComparison ? 0 - expected : expected,
      );
    }
  });
  it.each(Object.keys(real))('%s of floats of 32 and 64 bits, alone and in lanes', (name) => {
    for (const [a, b] of fractions) {
      for (const [type, constant, round] of [
        ['f32', f32, Math.fround],
        ['f64', f64, (x: number) => x],
      ] as const) {
        const expected = round(real[name]!(round(a), round(b)));
        if (`${type}.${name}` in operations) {
          const operands = unary(`${type}.${name}`) ? [constant(a)] : [constant(a), constant(b)];
          expect(valueOf(anyOperation(`${type}.${name}`, ...operands))).toBe(expected);
        }
        const vector = type === 'f32' ? 'f32x4' : 'f64x2';
        if (!(`${vector}.${name}` in operations)) continue;
        const operands = (unary(`${vector}.${name}`) ? [a] : [a, b]).map((x) =>
          anyOperation(`${vector}.splat`, constant(x)),
        );
        const lanes = anyOperation(`${vector}.${name}`, ...operands) as Value<'v128'>;
        const isComparison = /^(eq|ne|[lg][te])$/.test(name);
        expect(
          isComparison
            ? -valueOf(operateLanes('i32x4.extract_lane', [1], lanes)) + 0
            : valueOf(operateLanes(`${vector}.extract_lane`, [1], lanes)),
        ).toBe(expected);
      }
    }
  });
  it('the first operand of select where the condition holds, and the first of bitselect where bits are set', () => {
    expect(valueOf(operate('f32.select', f32(1), f32(2), i32(1)))).toBe(1);
    const chosen = operate(
      'v128.bitselect',
      i32x4Lanes(0, 0xab, 0, 0),
      i32x4Lanes(0, 0xcd, 0, 0),
      i32x4Lanes(0, 0xf0, 0, 0),
    );
    expect(valueOf(operateLanes('i32x4.extract_lane', [1], chosen))).toBe(0xad);
  });
  it('conversions', () => {
    const bits = i32(0x40490fdb);
    expect(valueOf(operate('f32.reinterpret_i32', bits))).toBe(Math.fround(Math.PI));
    expect(valueOf(operate('i32.reinterpret_f32', f32(Math.PI)))).toBe(0x40490fdb);
    expect(valueOf(operate('f32.convert_i32_s', i32(-7)))).toBe(-7);
    expect(valueOf(operate('f32.convert_i32_u', i32(0xffff_ff00)))).toBe(0xffff_ff00);
    expect(valueOf(operate('i32.trunc_sat_f32_s', f32(-7.9)))).toBe(-7);
    expect(valueOf(operate('i32.trunc_sat_f64_s', f64(1e300)))).toBe(2 ** 31 - 1);
    expect(valueOf(operate('f64.promote_f32', f32(0.1)))).toBe(Math.fround(0.1));
    expect(valueOf(operate('f32.demote_f64', f64(0.1)))).toBe(Math.fround(0.1));
    expect(valueOf(operate('i32.wrap_i64', operate('i64.shr_u', i64(0x12_3456_7890n), i64(4n))))).toBe(
      0x2345_6789,
    );
    const low = operate('f64x2.promote_low_f32x4', operate('f32x4.splat', f32(0.3)));
    expect(valueOf(operateLanes('f64x2.extract_lane', [1], low))).toBe(Math.fround(0.3));
    expect(valueOf(operateLanes('f32x4.extract_lane', [1], operate('f32x4.demote_f64x2_zero', low)))).toBe(
      Math.fround(0.3),
    );
    const wholes = operate('f32x4.convert_i32x4_s', i32x4Lanes(1, 2, 3, -4));
    expect(valueOf(operateLanes('f32x4.extract_lane', [3], wholes))).toBe(-4);
    expect(valueOf(operateLanes('i32x4.extract_lane', [3], operate('i32x4.trunc_sat_f32x4_s', wholes)))).toBe(
      -4,
    );
  });
  it('products of 64 bits, of the lower or the higher lanes', () => {
    const [a, b] = [i32x4Lanes(-1, 7, 3, -1), i32x4Lanes(-1, 5, -3, 2)];
    const lane = (name: 'low' | 'high', sign: 's' | 'u', at: number): number => {
      const product = operate(`i64x2.extmul_${name}_i32x4_${sign}`, a, b);
      return valueOf(operate('f64.convert_i64_s', operateLanes('i64x2.extract_lane', [at], product)));
    };
    expect([lane('low', 's', 0), lane('low', 's', 1), lane('high', 's', 0)]).toEqual([1, 35, -9]);
    expect([lane('high', 'u', 0), lane('high', 'u', 1)]).toEqual([3 * (2 ** 32 - 3), 2 * (2 ** 32 - 1)]);
  });
  it('words are put in order', () => {
    const mixed = shuffleWords([0, 4, 1, 7], i32x4Lanes(10, 11, 12, 13), i32x4Lanes(20, 21, 22, 23));
    expect([0, 1, 2, 3].map((lane) => valueOf(operateLanes('i32x4.extract_lane', [lane], mixed)))).toEqual([
      10, 20, 11, 23,
    ]);
  });
});
