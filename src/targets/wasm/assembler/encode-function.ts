/**
 * The body of a function as bytes. A node that occurs more than once in a statement is computed where it first occurs and
 * kept in a slot, which is free again after the last occurrence. Vectors of constants are made once, at the start of the
 * function: an engine would make them anew in every turn of a loop, and naming a slot is shorter than naming the number.
 */
import { float32, float64, list, signed, sized, unsigned, type Bytes } from './bytes.ts';
import type { Callee, Constant, Local, Place, Statement, Value, ValueType, WasmFunction } from './code.ts';
import { constantText, inventoryOf, occurrences, operandsOf, rootsOf } from './occurrences.ts';
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

/** Slots are the locals of WebAssembly: numbers, the parameters' first. */
interface Slots {
  readonly types: ValueType[];
  readonly free: Record<ValueType, number[]>;
  readonly ofLocals: Map<Local, number>;
  readonly ofConstants: Map<string, number>;
  readonly indexOf: (callee: Callee) => number;
}

/** @param indexOf the number of a function in its module */
export const encodeFunction = (code: WasmFunction, indexOf: (callee: Callee) => number): Bytes => {
  const slots: Slots = {
    types: [],
    free: { i32: [], i64: [], f32: [], f64: [], v128: [] },
    ofLocals: new Map(),
    ofConstants: new Map(),
    indexOf,
  };
  const { locals, constants } = inventoryOf(code);
  for (const variable of [...code.parameters, ...locals])
    slots.ofLocals.set(variable, newSlot(slots, variable.type));
  const preamble = [...constants].flatMap(([text, value]) => {
    const bytes = encodeValue(value, slots, new Map(), new Map());
    slots.ofConstants.set(text, newSlot(slots, 'v128'));
    return [...bytes, codes.set, ...unsigned(slots.ofConstants.get(text)!)];
  });
  const body = encodeStatements(code.body, slots, [code.name]);
  const result = code.result === null ? [] : encodeRoots([code.result], slots);
  const declared = list(runsOf(slots.types.slice(code.parameters.length)));
  return sized([...declared, ...preamble, ...body, ...result, codes.end]);
};

const newSlot = (slots: Slots, type: ValueType): number => slots.types.push(type) - 1;

/** Equal neighbours are declared together. */
const runsOf = (types: readonly ValueType[]): readonly Bytes[] => {
  const starts = types.flatMap((type, at) => (type === types[at - 1] ? [] : [at]));
  return starts.map((start, run) => [
    ...unsigned((starts[run + 1] ?? types.length) - start),
    typeCodes[types[start]!],
  ]);
};

/** @param labels of the blocks around, the innermost last; the first is the function's own name, which is no target */
const encodeStatements = (statements: readonly Statement[], slots: Slots, labels: readonly string[]): Bytes =>
  statements.flatMap((statement) => encodeStatement(statement, slots, labels));

const encodeStatement = (statement: Statement, slots: Slots, labels: readonly string[]): Bytes => {
  const roots = encodeRoots(rootsOf(statement), slots);
  switch (statement.kind) {
    case 'assign': {
      const targets = statement.pairs.map((pair) => slots.ofLocals.get(pair.local)!);
      return [...roots, ...targets.reverse().flatMap((slot) => [codes.set, ...unsigned(slot)])];
    }
    case 'store':
      return [...roots, ...encodeInstruction(stores[statement.name]), ...encodePlace(statement.place)];
    case 'bulk':
      return [...roots, ...encodeInstruction(bulk[statement.name]), ...memories[statement.name]];
    case 'invoke': {
      const isDropped = statement.callee.result !== null;
      const number = unsigned(slots.indexOf(statement.callee));
      return [...roots, codes.call, ...number, ...(isDropped ? [codes.drop] : [])];
    }
    case 'block':
    case 'loop': {
      const body = encodeStatements(statement.body, slots, [...labels, statement.label]);
      return [codes[statement.kind], noResult, ...body, codes.end];
    }
    case 'when': {
      // Counted among the blocks, but nothing branches to it.
      const inside = [...labels, ''];
      const otherwise = encodeStatements(statement.otherwise, slots, inside);
      return [
        ...roots,
        codes.if,
        noResult,
        ...encodeStatements(statement.body, slots, inside),
        ...(otherwise.length === 0 ? [] : [codes.else, ...otherwise]),
        codes.end,
      ];
    }
    case 'branch': {
      const at = labels.lastIndexOf(statement.label);
      if (at < 1)
        throw new Error(
          `no block around the branch to "${statement.label}" in "${labels[0]}" has that label`,
        );
      const code = statement.condition === null ? codes.branch : codes.branchIf;
      return [...roots, code, ...unsigned(labels.length - 1 - at)];
    }
    default:
      return statement satisfies never;
  }
};

const encodeRoots = (roots: readonly Value[], slots: Slots): Bytes => {
  const remaining = new Map(occurrences(roots));
  const kept = new Map<Value, number>();
  return roots.flatMap((root) => encodeValue(root, slots, remaining, kept));
};

/**
 * @param remaining how often each node is still to come
 * @param kept slots of nodes that will be read again
 */
const encodeValue = (
  value: Value,
  slots: Slots,
  remaining: Map<Value, number>,
  kept: Map<Value, number>,
): Bytes => {
  const constant = slots.ofConstants.get(constantText(value) ?? '');
  if (constant !== undefined) return [codes.get, ...unsigned(constant)];
  const left = (remaining.get(value) ?? 1) - 1;
  remaining.set(value, left);
  const slot = kept.get(value);
  if (slot !== undefined) {
    if (left === 0) slots.free[value.type].push(slot);
    return [codes.get, ...unsigned(slot)];
  }
  const bytes = operandsOf(value).flatMap((operand) => encodeValue(operand, slots, remaining, kept));
  const computed = [...bytes, ...encodeNode(value, slots)];
  if (left === 0 || value.kind === 'constant' || value.kind === 'read') return computed;
  const own = slots.free[value.type].pop() ?? newSlot(slots, value.type);
  kept.set(value, own);
  return [...computed, codes.tee, ...unsigned(own)];
};

/** The instruction alone, its operands being on the stack. */
const encodeNode = (value: Value, slots: Slots): Bytes => {
  switch (value.kind) {
    case 'constant':
      return encodeConstant(value);
    case 'read':
      return [codes.get, ...unsigned(slots.ofLocals.get(value.local)!)];
    case 'operation':
      return [...encodeInstruction(allOperations[value.name]!), ...value.lanes];
    case 'load':
      return [...encodeInstruction(loads[value.name]), ...encodePlace(value.place)];
    case 'call':
      return [codes.call, ...unsigned(slots.indexOf(value.callee))];
    default:
      return value satisfies never;
  }
};

const encodeConstant = ({ type, value }: Constant): Bytes => {
  switch (type) {
    case 'i32':
      return [0x41, ...signed(BigInt(value as number))];
    case 'i64':
      return [0x42, ...signed(value as bigint)];
    case 'f32':
      return [0x43, ...float32(value as number)];
    case 'f64':
      return [0x44, ...float64(value as number)];
    case 'v128':
      return [0xfd, ...unsigned(12), ...(value as readonly number[])];
    default:
      return type satisfies never;
  }
};

const encodeInstruction = ({ prefix, code }: Instruction): Bytes =>
  prefix === null ? [code] : [prefix, ...unsigned(code)];

const encodePlace = ({ offset, alignment, lane }: Place): Bytes => [
  ...unsigned(Math.log2(alignment)),
  ...unsigned(offset),
  ...(lane === null ? [] : [lane]),
];
