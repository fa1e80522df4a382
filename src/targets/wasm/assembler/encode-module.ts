/** Functions as the bytes of a module: what is exported, and what that calls. */
import { joined, list, sized, text, unsigned, type Bytes } from './bytes.ts';
import type { Callee, HostFunction, WasmFunction, WasmModule } from './code.ts';
import { encodeFunction, typeCodes } from './encode-function.ts';

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
  const callees = reachable(exports);
  const imported = callees.filter((callee) => callee.body === null);
  requireOneEach(imported);
  const homes = equalFunctions(callees);
  const functions = callees
    .filter((callee) => callee.body !== null)
    .filter((code) => homes.get(code) === code);
  const places = new Map([...imported, ...functions].map((callee, index) => [callee, index]));
  const numbers = new Map(callees.map((callee) => [callee, places.get(homes.get(callee)!)!]));
  const signatures = callees.map((callee) => String(signature(callee)));
  const types = new Map([...new Set(signatures)].map((type, index) => [type, index]));
  const typeOf = new Map(callees.map((callee, at) => [callee, unsigned(types.get(signatures[at]!)!)]));
  const bodies = functions.map((code) => linked(code, numbers));
  return joined([
    header,
    section(1, list([...types.keys()].map((type) => type.split(',').map(Number)))),
    section(
      2,
      list([
        [...text('env'), ...text('memory'), memoryKind, ...limits(memory)],
        ...imported.map((callee) => [
          ...text('host'),
          ...text(callee.name),
          functionKind,
          ...typeOf.get(callee)!,
        ]),
      ]),
    ),
    section(3, list(functions.map((code) => typeOf.get(code)!))),
    section(
      7,
      list(exports.map((code) => [...text(code.name), functionKind, ...unsigned(numbers.get(code)!)])),
    ),
    ...largeSection(10, [unsigned(functions.length), ...bodies.flat()]),
    section(0, [...text('name'), ...functionNames(functions, numbers)]),
  ]);
};

/** For each function one that does the same, to stand for all of them. */
const equalFunctions = (callees: readonly Callee[]): ReadonlyMap<Callee, Callee> => {
  const homes = new Map<Callee, Callee>();
  const alike = new Map<string, WasmFunction[]>();
  // What a function calls mostly comes after it.
  for (const callee of callees.toReversed()) {
    homes.set(callee, callee);
    if (callee.body === null) continue;
    const key = `${String(signature(callee))} ${encodeFunction(callee).bytes.length}`;
    const others = alike.get(key) ?? [];
    const home = others.find((other) => areEqual(callee, other, homes));
    if (home !== undefined) homes.set(callee, home);
    else alike.set(key, [...others, callee]);
  }
  return homes;
};

const areEqual = (one: WasmFunction, other: WasmFunction, homes: ReadonlyMap<Callee, Callee>): boolean => {
  const [left, right] = [encodeFunction(one), encodeFunction(other)];
  return (
    left.calls.length === right.calls.length &&
    left.calls.every(({ at, callee }, call) => {
      const match = right.calls[call]!;
      return at === match.at && (homes.get(callee) ?? callee) === (homes.get(match.callee) ?? match.callee);
    }) &&
    left.bytes.every((byte, at) => byte === right.bytes[at])
  );
};

/** The code of a function with its length before it, and with the numbers of what it calls. */
const linked = (code: WasmFunction, numbers: ReadonlyMap<Callee, number>): readonly Bytes[] => {
  const { bytes, calls } = encodeFunction(code);
  const parts = calls.flatMap(({ at, callee }, call) => [
    bytes.slice(calls[call - 1]?.at ?? 0, at),
    unsigned(numbers.get(callee)!),
  ]);
  const all = [...parts, bytes.slice(calls.at(-1)?.at ?? 0)];
  return [unsigned(lengthOf(all)), ...all];
};

const lengthOf = (parts: readonly Bytes[]): number => parts.reduce((total, { length }) => total + length, 0);

/** In parts. */
const largeSection = (id: number, parts: readonly Bytes[]): readonly Bytes[] => [
  [id, ...unsigned(lengthOf(parts))],
  ...parts,
];

const section = (id: number, content: Bytes): Bytes => [id, ...sized(content)];

/** For profilers and debuggers. */
const functionNames = (functions: readonly WasmFunction[], numbers: ReadonlyMap<Callee, number>): Bytes => [
  1,
  ...sized(list(functions.map((code) => [...unsigned(numbers.get(code)!), ...text(code.name)]))),
];

/** What comes from outside is found by its name. */
const requireOneEach = (imported: readonly HostFunction[]): void => {
  const names = imported.map(({ name }) => name);
  if (new Set(names).size < names.length)
    throw new Error(`two functions of the host have one name: ${names.join(', ')}`);
};

const signature = (callee: Callee): Bytes => {
  const result = callee.body === null ? callee.result : (callee.result?.type ?? null);
  return [
    0x60,
    ...list(callee.parameters.map(({ type }) => [typeCodes[type]])),
    ...list(result === null ? [] : [[typeCodes[result]]]),
  ];
};

const limits = ({ minimum, maximum, isShared }: WasmModule['memory']): Bytes =>
  maximum === null
    ? [0, ...unsigned(minimum)]
    : [isShared ? 3 : 1, ...unsigned(minimum), ...unsigned(maximum)];

const reachable = (exports: readonly WasmFunction[]): readonly Callee[] => {
  const found = new Set<Callee>();
  const visit = (callee: Callee): void => {
    if (found.has(callee)) return;
    found.add(callee);
    if (callee.body !== null) encodeFunction(callee).calls.forEach((call) => visit(call.callee));
  };
  exports.forEach(visit);
  return [...found];
};
