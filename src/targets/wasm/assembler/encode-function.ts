/**
 * The body of a function as bytes. A node that occurs more than once in a statement is computed where it first occurs and
 * kept in a slot, which is free again after the last occurrence. Vectors of constants are made once, at the start of the
 * function: an engine would make them anew in every turn of a loop, and naming a slot is shorter than naming the number.
 */
import { float32, float64, list, signed, unsigned, writeSigned, writeUnsigned, type Bytes } from './bytes.ts';
import type { Callee, Constant, Local, Place, Statement, Value, ValueType, WasmFunction } from './code.ts';
import { inventoryOf, operandsOf, rootsOf, type Inventory } from './occurrences.ts';
import {
  bulk,
  laneOperations,
  loads,
  operations,
  relaxedOperations,
  stores,
  type Instruction,
} from './operations.ts';

export const typeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

const codes = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  call: 0x10,
  drop: 0x1a,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
} as const;
const noResult = 0x40;
/** The numbers of the memories that are written and read: there is one. */
const memories = { 'memory.copy': [0, 0], 'memory.fill': [0] } as const;

const allOperations: Readonly<Record<string, Instruction>> = {
  ...operations,
  ...laneOperations,
  ...relaxedOperations,
};

/** A function's code, which is the same in every module but for the numbers of what it calls. */
export interface EncodedFunction {
  readonly bytes: Bytes;
  /** Where numbers of functions come in, in order. */
  readonly calls: readonly Gap[];
}
interface Gap {
  readonly at: number;
  readonly callee: Callee;
}

/** What is being written. Slots are the locals of WebAssembly: numbers, the parameters' first. */
interface Writing {
  readonly bytes: number[];
  readonly calls: Gap[];
  readonly types: ValueType[];
  readonly free: Record<ValueType, number[]>;
  readonly ofLocals: Map<Local, number>;
  readonly ofConstants: Map<Value, number>;
  readonly shared: Inventory['shared'];
  /** Of the blocks around, the innermost last; the first is the function's own name, which is no target. */
  readonly labels: string[];
  /** The last assignment of a local: where it is, where it ends, and its slot. */
  assigned: { readonly at: number; readonly end: number; readonly slot: number } | null;
}

const known = new WeakMap<WasmFunction, EncodedFunction>();

/** Functions that many modules have are encoded once. */
export const encodeFunction = (code: WasmFunction): EncodedFunction => {
  const before = known.get(code);
  if (before !== undefined) return before;
  const encoded = encode(code);
  known.set(code, encoded);
  return encoded;
};

const encode = (code: WasmFunction): EncodedFunction => {
  const { locals, constants, shared } = inventoryOf(code);
  const writing: Writing = {
    bytes: [],
    calls: [],
    types: [],
    free: { i32: [], i64: [], f32: [], f64: [], v128: [] },
    ofLocals: new Map(),
    ofConstants: new Map(),
    shared,
    labels: [code.name],
    assigned: null,
  };
  for (const variable of [...code.parameters, ...locals])
    writing.ofLocals.set(variable, newSlot(writing, variable.type));
  for (const nodes of constants) {
    writeValue(nodes[0]!, writing, new Map(), new Map());
    const slot = newSlot(writing, 'v128');
    writeIndexed(codes.set, slot, writing);
    for (const node of nodes) writing.ofConstants.set(node, slot);
  }
  writeStatements(code.body, writing);
  if (code.result !== null) writeRoots('result', [code.result], writing);
  writing.bytes.push(codes.end);
  const declared = list(runsOf(writing.types.slice(code.parameters.length)));
  return {
    bytes: declared.concat(writing.bytes),
    calls: writing.calls.map(({ at, callee }) => ({ at: at + declared.length, callee })),
  };
};

const newSlot = ({ types }: Writing, type: ValueType): number => types.push(type) - 1;

/** Equal neighbours are declared together. */
const runsOf = (types: readonly ValueType[]): readonly Bytes[] => {
  const starts = types.flatMap((type, at) => (type === types[at - 1] ? [] : [at]));
  return starts.map((start, run) => [
    ...unsigned((starts[run + 1] ?? types.length) - start),
    typeCodes[types[start]!],
  ]);
};

const writeIndexed = (code: number, index: number, { bytes }: Writing): void => {
  bytes.push(code);
  writeUnsigned(bytes, index);
};

const writeCall = (callee: Callee, { bytes, calls }: Writing): void => {
  bytes.push(codes.call);
  calls.push({ at: bytes.length, callee });
};

const writeStatements = (statements: readonly Statement[], writing: Writing): void => {
  for (const statement of statements) writeStatement(statement, writing);
};

const writeStatement = (statement: Statement, writing: Writing): void => {
  const { bytes, labels, ofLocals } = writing;
  writeRoots(statement, rootsOf(statement), writing);
  switch (statement.kind) {
    case 'assign':
      for (const { local } of statement.pairs.toReversed()) {
        const [at, slot] = [bytes.length, ofLocals.get(local)!];
        writeIndexed(codes.set, slot, writing);
        writing.assigned = { at, end: bytes.length, slot };
      }
      return;
    case 'store':
      writeInstruction(stores[statement.name], bytes);
      writePlace(statement.place, bytes);
      return;
    case 'bulk':
      writeInstruction(bulk[statement.name], bytes);
      bytes.push(...memories[statement.name]);
      return;
    case 'invoke':
      writeCall(statement.callee, writing);
      if (statement.callee.result !== null) bytes.push(codes.drop);
      return;
    case 'block':
    case 'loop':
      bytes.push(codes[statement.kind], noResult);
      labels.push(statement.label);
      writeStatements(statement.body, writing);
      labels.pop();
      bytes.push(codes.end);
      return;
    case 'when':
      bytes.push(codes.if, noResult);
      // Counted among the blocks, but nothing branches to it.
      labels.push('');
      writeStatements(statement.body, writing);
      if (statement.otherwise.length > 0) bytes.push(codes.else);
      writeStatements(statement.otherwise, writing);
      labels.pop();
      bytes.push(codes.end);
      return;
    case 'branch': {
      const at = labels.lastIndexOf(statement.label);
      if (at < 1)
        throw new Error(
          `no block around the branch to "${statement.label}" in "${labels[0]}" has that label`,
        );
      const code = statement.condition === null ? codes.branch : codes.branchIf;
      writeIndexed(code, labels.length - 1 - at, writing);
      return;
    }
    default:
      return statement satisfies never;
  }
};

const unshared: ReadonlyMap<Value, number> = new Map();

const writeRoots = (owner: Statement | 'result', roots: readonly Value[], writing: Writing): void => {
  const shared = writing.shared.get(owner) ?? unshared;
  const remaining = new Map(shared);
  const kept = new Map<Value, number>();
  for (const root of roots) writeValue(root, writing, remaining, kept);
};

/**
 * @param remaining how often each node that occurs more than once is still to come
 * @param kept slots of nodes that will be read again
 */
const writeValue = (
  value: Value,
  writing: Writing,
  remaining: Map<Value, number>,
  kept: Map<Value, number>,
): void => {
  const { free, ofConstants } = writing;
  const constant = value.type === 'v128' ? ofConstants.get(value) : undefined;
  if (constant !== undefined) {
    writeIndexed(codes.get, constant, writing);
    return;
  }
  const occurring = remaining.get(value);
  if (occurring === undefined) {
    const [first, ...others] = operandsOf(value);
    if (first !== undefined) writeValue(first, writing, remaining, kept);
    if (addsNothing(value)) return;
    for (const operand of others) writeValue(operand, writing, remaining, kept);
    writeNode(value, writing);
    return;
  }
  remaining.set(value, occurring - 1);
  const slot = kept.get(value);
  if (slot !== undefined) {
    if (occurring === 1) free[value.type].push(slot);
    writeIndexed(codes.get, slot, writing);
    return;
  }
  for (const operand of operandsOf(value)) writeValue(operand, writing, remaining, kept);
  writeNode(value, writing);
  const own = free[value.type].pop() ?? newSlot(writing, value.type);
  kept.set(value, own);
  writeIndexed(codes.tee, own, writing);
};

/** Generators count from 0 like from any other number. */
const addsNothing = (value: Value): boolean => {
  if (value.kind !== 'operation' || (value.name !== 'i32.add' && value.name !== 'i32.sub')) return false;
  const [, added] = value.arguments;
  return added?.kind === 'constant' && added.value === 0;
};

/** The instruction alone, its operands being on the stack. */
const writeNode = (value: Value, writing: Writing): void => {
  const { bytes } = writing;
  switch (value.kind) {
    case 'constant':
      writeConstant(value, bytes);
      return;
    case 'read':
      writeRead(writing.ofLocals.get(value.local)!, writing);
      return;
    case 'operation':
      writeInstruction(allOperations[value.name]!, bytes);
      bytes.push(...value.lanes);
      return;
    case 'load':
      writeInstruction(loads[value.name], bytes);
      writePlace(value.place, bytes);
      return;
    case 'call':
      writeCall(value.callee, writing);
      return;
    default:
      return value satisfies never;
  }
};

/** What was assigned just before stays on the stack. */
const writeRead = (slot: number, writing: Writing): void => {
  const { bytes, assigned } = writing;
  if (assigned?.end !== bytes.length || assigned.slot !== slot) {
    writeIndexed(codes.get, slot, writing);
    return;
  }
  bytes[assigned.at] = codes.tee;
  writing.assigned = null;
};

const writeConstant = ({ type, value }: Constant, bytes: number[]): void => {
  switch (type) {
    case 'i32':
      bytes.push(0x41);
      writeSigned(bytes, value as number);
      return;
    case 'i64':
      bytes.push(0x42, ...signed(value as bigint));
      return;
    case 'f32':
      bytes.push(0x43, ...float32(value as number));
      return;
    case 'f64':
      bytes.push(0x44, ...float64(value as number));
      return;
    case 'v128':
      bytes.push(0xfd, 12, ...(value as readonly number[]));
      return;
    default:
      return type satisfies never;
  }
};

const writeInstruction = ({ prefix, code }: Instruction, bytes: number[]): void => {
  if (prefix === null) bytes.push(code);
  else {
    bytes.push(prefix);
    writeUnsigned(bytes, code);
  }
};

const writePlace = ({ offset, alignment, lane }: Place, bytes: number[]): void => {
  bytes.push(Math.log2(alignment));
  writeUnsigned(bytes, offset);
  if (lane !== null) bytes.push(lane);
};
