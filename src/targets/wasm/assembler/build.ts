/**
 * Makers of code. TypeScript checks the types of what is written out; here they are checked again, for a generator that
 * chooses names and operands as it goes.
 */
import {
  accessedBytes,
  bulk,
  laneOperations,
  loads,
  operations,
  relaxedOperations,
  stores,
  type BulkName,
  type Instruction,
  type LaneName,
  type LoadName,
  type RelaxedName,
  type SimpleName,
  type StoreName,
} from './operations.ts';
import type {
  Callee,
  HostFunction,
  Local,
  Place,
  Statement,
  Value,
  ValueType,
  WasmFunction,
} from './code.ts';

type Operands<Types extends readonly ValueType[]> = { readonly [At in keyof Types]: Value<Types[At]> };
type ParametersOf<I> = I extends Instruction<infer P> ? Operands<P> : never;
type ResultOf<I> = I extends Instruction<readonly ValueType[], infer R extends ValueType> ? R : never;

export const local = <Type extends ValueType>(name: string, type: Type): Local<Type> => ({ name, type });

/** Several of one type, by their names. */
export const locals = <Type extends ValueType, Name extends string>(
  type: Type,
  names: readonly Name[],
): Readonly<Record<Name, Local<Type>>> =>
  Object.fromEntries(names.map((name) => [name, local(name, type)])) as Record<Name, Local<Type>>;

export const read = <Type extends ValueType>(variable: Local<Type>): Value<Type> => ({
  kind: 'read',
  type: variable.type,
  local: variable,
});

/** A whole number of 32 bits, signed or unsigned. */
export const i32 = (value: number): Value<'i32'> => {
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32)
    throw new Error(`an i32 is a whole number of 32 bits, not ${value}`);
  return { kind: 'constant', type: 'i32', value: value | 0 };
};
export const i64 = (value: bigint): Value<'i64'> => ({
  kind: 'constant',
  type: 'i64',
  value: BigInt.asIntN(64, value),
});
/** Rounded to float32. */
export const f32 = (value: number): Value<'f32'> => ({
  kind: 'constant',
  type: 'f32',
  value: Math.fround(value),
});
export const f64 = (value: number): Value<'f64'> => ({ kind: 'constant', type: 'f64', value });
export const f32x4 = (value: number): Value<'v128'> => operate('f32x4.splat', f32(value));
export const f64x2 = (value: number): Value<'v128'> => operate('f64x2.splat', f64(value));
export const i32x4 = (value: number): Value<'v128'> => operate('i32x4.splat', i32(value));
/** Sixteen bytes, the lowest first. */
export const v128 = (bytes: readonly number[]): Value<'v128'> => {
  if (bytes.length !== 16 || !bytes.every((byte) => isLane(byte, 256)))
    throw new Error(`a v128 has sixteen bytes, but was given ${bytes.join(', ')}`);
  return { kind: 'constant', type: 'v128', value: bytes };
};
/** Four different whole numbers. */
export const i32x4Lanes = (...lanes: readonly [number, number, number, number]): Value<'v128'> =>
  v128([...new Uint8Array(Int32Array.from(lanes).buffer)]);

/** `operate('f32x4.add', a, b)`. */
export const operate = <Name extends SimpleName>(
  name: Name,
  ...operands: ParametersOf<(typeof operations)[Name]>
): Value<ResultOf<(typeof operations)[Name]>> => operation(name, operations[name], [], operands);

/** `operateLanes('f32x4.extract_lane', [2], a)`; a shuffle has sixteen lanes, 16 and more being those of the second. */
export const operateLanes = <Name extends LaneName>(
  name: Name,
  lanes: readonly number[],
  ...operands: ParametersOf<(typeof laneOperations)[Name]>
): Value<ResultOf<(typeof laneOperations)[Name]>> => {
  const isShuffle = name === 'i8x16.shuffle';
  const count = isShuffle ? 32 : Number(/x(\d+)/.exec(name)![1]);
  if (lanes.length !== (isShuffle ? 16 : 1) || !lanes.every((lane) => isLane(lane, count)))
    throw new Error(`${name} has no lanes ${lanes.join(', ')}`);
  return operation(name, laneOperations[name], lanes, operands);
};

/** Words of four bytes put in a new order: 0 to 3 are those of `first`, 4 to 7 those of `second`. */
export const shuffleWords = (
  words: readonly [number, number, number, number],
  first: Value<'v128'>,
  second: Value<'v128'>,
): Value<'v128'> => {
  const bytes = words.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]);
  return operateLanes('i8x16.shuffle', bytes, first, second);
};

/** The bits of the result depend on the processor. */
export const operateRelaxed = <Name extends RelaxedName>(
  name: Name,
  ...operands: ParametersOf<(typeof relaxedOperations)[Name]>
): Value<ResultOf<(typeof relaxedOperations)[Name]>> =>
  operation(name, relaxedOperations[name], [], operands);

/** Of operands that are chosen as one goes: `instruction` is that of `name`. */
const operation = <Type extends ValueType>(
  name: SimpleName | LaneName | RelaxedName,
  instruction: Instruction,
  lanes: readonly number[],
  operands: readonly Value[],
): Value<Type> => {
  requireTypes(name, instruction.parameters, operands);
  return { kind: 'operation', type: instruction.result as Type, name, lanes, arguments: operands };
};

/** What an address is followed by: bytes added to it, its alignment in bytes where that is not natural, a lane. */
export type PlaceOptions = Partial<Place>;

export const load = <Name extends LoadName>(
  name: Name,
  operands: ParametersOf<(typeof loads)[Name]>,
  place: PlaceOptions = {},
): Value<ResultOf<(typeof loads)[Name]>> => {
  requireTypes(name, loads[name].parameters, operands);
  const type = loads[name].result as ResultOf<(typeof loads)[Name]>;
  return { kind: 'load', type, name, arguments: operands, place: placeOf(name, place) };
};

export const store = <Name extends StoreName>(
  name: Name,
  operands: ParametersOf<(typeof stores)[Name]>,
  place: PlaceOptions = {},
): Statement => {
  requireTypes(name, stores[name].parameters, operands);
  return { kind: 'store', name, arguments: operands, place: placeOf(name, place) };
};

/** Stores four numbers, or the first of them where only `left` are left. */
export const storeSome = (address: Value<'i32'>, left: Value<'i32'>, four: Value<'v128'>): Statement =>
  when(
    operate('i32.ge_s', left, i32(4)),
    [store('v128.store', [address, four], { alignment: 4 })],
    [0, 1, 2].map((lane) =>
      when(operate('i32.gt_s', left, i32(lane)), [
        store('v128.store32_lane', [address, four], { lane, offset: 4 * lane }),
      ]),
    ),
  );

const placeOf = (name: LoadName | StoreName, place: PlaceOptions): Place => {
  const bytes = accessedBytes(name);
  const { offset = 0, alignment = bytes, lane = null } = place;
  if (!Number.isInteger(offset) || offset < 0 || offset >= 2 ** 32)
    throw new Error(`the offset of ${name} is a whole number of bytes, not ${offset}`);
  if (![1, 2, 4, 8, 16].includes(alignment) || alignment > bytes)
    throw new Error(`the alignment of ${name} is a power of 2 up to ${bytes}, not ${alignment}`);
  if (name.endsWith('_lane') ? !isLane(lane, 16 / bytes) : lane !== null)
    throw new Error(`${name} has no lane ${lane}`);
  return { offset, alignment, lane };
};

const isLane = (lane: number | null, count: number): boolean =>
  Number.isInteger(lane) && lane! >= 0 && lane! < count;

/** `copyMemory(to, from, bytes)`: as if through a copy, where the two overlap. */
export const copyMemory = (...operands: Operands<readonly ['i32', 'i32', 'i32']>): Statement =>
  bulkStatement('memory.copy', operands);

/** `fillMemory(at, byte, bytes)`: of the byte, the lowest eight bits. */
export const fillMemory = (...operands: Operands<readonly ['i32', 'i32', 'i32']>): Statement =>
  bulkStatement('memory.fill', operands);

const bulkStatement = (name: BulkName, operands: readonly Value[]): Statement => {
  requireTypes(name, bulk[name].parameters, operands);
  return { kind: 'bulk', name, arguments: operands };
};

/** A function that JavaScript gives the module as `host.NAME`. */
export const host = <Result extends ValueType | null>(
  name: string,
  parameters: readonly Local[],
  result: Result,
): HostFunction<Result> => ({ name, parameters, body: null, result });

/** The result of a function, which is called once however often the node occurs. */
export const call = <Type extends ValueType>(
  callee: (WasmFunction & { readonly result: Value<Type> }) | HostFunction<Type>,
  ...operands: readonly Value[]
): Value<Type> => {
  requireTypes(callee.name, parameterTypes(callee), operands);
  const type = callee.body === null ? callee.result : callee.result.type;
  return { kind: 'call', type, callee, arguments: operands };
};

/** A call for what the function does. */
export const invoke = (callee: Callee, ...operands: readonly Value[]): Statement => {
  requireTypes(callee.name, parameterTypes(callee), operands);
  return { kind: 'invoke', callee, arguments: operands };
};

const parameterTypes = ({ parameters }: Callee): readonly ValueType[] => parameters.map(({ type }) => type);

const requireTypes = (name: string, types: readonly ValueType[], operands: readonly Value[]): void => {
  if (operands.length === types.length && operands.every(({ type }, at) => type === types[at])) return;
  const given = operands.map(({ type }) => type);
  throw new Error(`${name} takes (${types.join(', ')}), but was given (${given.join(', ')})`);
};

export const assign = <Type extends ValueType>(variable: Local<Type>, value: Value<Type>): Statement =>
  assignTogether([variable, value]);

/** All values are computed before the first is assigned, and parts that they share once. */
export const assignTogether = (...pairs: readonly (readonly [Local, Value])[]): Statement => {
  for (const [{ name, type }, value] of pairs)
    if (type !== value.type) throw new Error(`the local "${name}" is of ${type}, not of ${value.type}`);
  return { kind: 'assign', pairs: pairs.map(([variable, value]) => ({ local: variable, value })) };
};

export const block = (label: string, body: readonly Statement[]): Statement => ({
  kind: 'block',
  label,
  body,
});
export const loop = (label: string, body: readonly Statement[]): Statement => ({ kind: 'loop', label, body });

export const when = (
  condition: Value<'i32'>,
  body: readonly Statement[],
  otherwise: readonly Statement[] = [],
): Statement => {
  requireTypes('a condition', ['i32'], [condition]);
  return { kind: 'when', condition, body, otherwise };
};

export const branch = (label: string, condition: Value<'i32'> | null = null): Statement => {
  if (condition !== null) requireTypes('a condition', ['i32'], [condition]);
  return { kind: 'branch', label, condition };
};

/** For `counter` from what it is, in steps, while it is below `end` (signed). `end` is computed again in each turn. */
export const countUp = (
  counter: Local<'i32'>,
  end: Value<'i32'>,
  step: Value<'i32'>,
  body: readonly Statement[],
): Statement => {
  const isBelow = operate('i32.lt_s', read(counter), end);
  const next = assign(counter, operate('i32.add', read(counter), step));
  return when(isBelow, [loop(counter.name, [...body, next, branch(counter.name, isBelow)])]);
};
