/** Modules of one function, and makers that take names and operands as a generator does: unchecked until they run. */
import { operate, operateLanes } from '../../../src/targets/wasm/assembler/build.ts';
import type { Statement, Value, WasmFunction, WasmModule } from '../../../src/targets/wasm/assembler/code.ts';
import { encodeModule } from '../../../src/targets/wasm/assembler/encode-module.ts';
import { instantiate } from './arrays.ts';

type Memory = WasmModule['memory'];
export const onePage: Memory = { minimum: 1, maximum: null, isShared: false };
export const shared: Memory = { minimum: 1, maximum: 2, isShared: true };

export const functionOf = (
  name: string,
  result: Value | null,
  body: readonly Statement[] = [],
): WasmFunction => ({ name, parameters: [], body, result });

/** The value of an expression without parameters. */
export const valueOf = (result: Value): number =>
  instantiate([functionOf('value', result)], 1).functions['value']!();

/** Whether the engine takes the module. */
export const isValid = (exports: readonly WasmFunction[], memory = onePage): boolean =>
  WebAssembly.validate(encodeModule({ memory, exports }));

export const anyOperation = operate as unknown as (name: string, ...operands: readonly Value[]) => Value;
export const anyLanes = operateLanes as unknown as (
  name: string,
  lanes: readonly number[],
  ...operands: readonly Value[]
) => Value;
