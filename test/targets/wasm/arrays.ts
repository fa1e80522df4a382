/** Modules that map arrays in memory, for tests and measurements. */
import {
  assign,
  call,
  countUp,
  i32,
  load,
  local,
  operate,
  read,
  store,
} from '../../../src/targets/wasm/assembler/build.ts';
import type { Value, WasmFunction } from '../../../src/targets/wasm/assembler/code.ts';
import { encodeModule } from '../../../src/targets/wasm/assembler/encode-module.ts';
import { inline, mathNames, ofFour, ofOne, type MathName } from '../../../src/targets/wasm/math/functions.ts';
import { fourLanes, oneLane } from '../../../src/targets/wasm/math/lanes.ts';

/** @param host what the module imports, by name */
export const instantiate = (
  exports: readonly WasmFunction[],
  pages: number,
  host: Readonly<Record<string, (...numbers: number[]) => number | void>> = {},
): Exports => {
  const memory = new WebAssembly.Memory({ initial: pages });
  const bytes = encodeModule({ memory: { minimum: pages, maximum: null, isShared: false }, exports });
  const module = new WebAssembly.Module(bytes);
  const { exports: functions } = new WebAssembly.Instance(module, { env: { memory }, host });
  return { memory, functions: functions as Record<string, (...numbers: number[]) => number>, bytes };
};
export interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly functions: Readonly<Record<string, (...numbers: number[]) => number>>;
  readonly bytes: Uint8Array;
}

/** Replaces the `count` bytes of floats from address 0 on by their values under a function. */
const mapping = (name: string, stride: 4 | 16, body: (address: Value<'i32'>) => Value): WasmFunction => {
  const end = local('end', 'i32');
  const at = local('at', 'i32');
  const value = body(read(at));
  const kept =
    stride === 16
      ? store('v128.store', [read(at), value as Value<'v128'>])
      : store('f32.store', [read(at), value as Value<'f32'>]);
  return {
    name,
    parameters: [end],
    body: [assign(at, i32(0)), countUp(at, read(end), i32(stride), [kept])],
    result: null,
  };
};

const fours = (address: Value<'i32'>): Value<'v128'> => load('v128.load', [address]);
const ones = (address: Value<'i32'>): Value<'f32'> => load('f32.load', [address]);

/** `exp` over vectors, `exp.one` over numbers, `exp.call` over vectors by calls. */
export const mappings = (names: readonly MathName[] = mathNames): readonly WasmFunction[] =>
  names.flatMap((name) => [
    mapping(name, 16, (address) => inline[name](fourLanes, fours(address))),
    mapping(`${name}.one`, 4, (address) => inline[name](oneLane, ones(address))),
    mapping(`${name}.call`, 16, (address) => call(ofFour[name], fours(address))),
    mapping(`${name}.callOne`, 4, (address) => call(ofOne[name], ones(address))),
  ]);

/** How memory is copied, to know what the loop itself costs. */
export const copying = mapping('copy', 16, (address) => operate('f32x4.add', fours(address), fours(address)));
