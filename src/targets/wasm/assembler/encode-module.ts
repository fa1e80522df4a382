/** Functions as the bytes of a module: what is exported, and what that calls. */
import { list, sized, text, unsigned, type Bytes } from './bytes.ts';
import type { WasmFunction, WasmModule } from './code.ts';
import { encodeFunction, typeCodes } from './encode-function.ts';
import { inventoryOf } from './occurrences.ts';

const header: Bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const functionKind = 0;
const memoryKind = 2;

/**
 * @throws Error when two exports have one name, a shared memory has no maximum, or a function is wrong in itself: it
 * reads what is never assigned, or branches to no block around it
 */
export const encodeModule = ({ memory, exports }: WasmModule): Uint8Array<ArrayBuffer> => {
  const names = new Set(exports.map(({ name }) => name));
  if (names.size < exports.length)
    throw new Error(`two exports have one name: ${exports.map(({ name }) => name).join(', ')}`);
  if (memory.isShared && memory.maximum === null) throw new Error('a shared memory has a maximum');
  const functions = reachable(exports);
  const numbers = new Map(functions.map((code, index) => [code, index]));
  const types = [...new Set(functions.map((code) => String(signature(code))))];
  return Uint8Array.from([
    ...header,
    ...section(1, list(types.map((type) => type.split(',').map(Number)))),
    ...section(2, list([[...text('env'), ...text('memory'), memoryKind, ...limits(memory)]])),
    ...section(3, list(functions.map((code) => unsigned(types.indexOf(String(signature(code))))))),
    ...section(
      7,
      list(exports.map((code) => [...text(code.name), functionKind, ...unsigned(numbers.get(code)!)])),
    ),
    ...section(10, list(functions.map((code) => encodeFunction(code, (callee) => numbers.get(callee)!)))),
  ]);
};

const section = (id: number, content: Bytes): Bytes => [id, ...sized(content)];

const signature = ({ parameters, result }: WasmFunction): Bytes => [
  0x60,
  ...list(parameters.map(({ type }) => [typeCodes[type]])),
  ...list(result === null ? [] : [[typeCodes[result.type]]]),
];

const limits = ({ minimum, maximum, isShared }: WasmModule['memory']): Bytes =>
  maximum === null
    ? [0, ...unsigned(minimum)]
    : [isShared ? 3 : 1, ...unsigned(minimum), ...unsigned(maximum)];

const reachable = (exports: readonly WasmFunction[]): readonly WasmFunction[] => {
  const found = new Set<WasmFunction>();
  const visit = (code: WasmFunction): void => {
    if (found.has(code)) return;
    found.add(code);
    inventoryOf(code).callees.forEach(visit);
  };
  exports.forEach(visit);
  return [...found];
};
