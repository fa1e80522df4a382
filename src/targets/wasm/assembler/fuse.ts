/**
 * Multiplications and additions in one instruction each. It rounds once where the processor has such an instruction, and twice
 * elsewhere: faster, with bits that depend on the processor.
 */
import { operateRelaxed } from './build.ts';
import type { Callee, Operation, Statement, Value, WasmFunction } from './code.ts';
import { occurrences, rootsOf } from './occurrences.ts';

const known = new WeakMap<WasmFunction, WasmFunction>();

/**
 * A function, and all that it calls, with a b + c and c - a b of float32 vectors in one instruction each, where nothing else reads
 * the product. Differences of two products are left as they are: those of equal products are to be 0. Functions that many
 * modules have are fused once.
 */
export const fuse = (code: WasmFunction): WasmFunction => {
  const before = known.get(code);
  if (before !== undefined) return before;
  const { body, result } = code;
  const fused = { ...code, body: body.map(inStatement), result: result && within([result])(result) };
  known.set(code, fused);
  return fused;
};

const inCallee = (callee: Callee): Callee => (callee.body === null ? callee : fuse(callee));

const inStatement = (statement: Statement): Statement => {
  const inValue = within(rootsOf(statement));
  switch (statement.kind) {
    case 'assign':
      return {
        ...statement,
        pairs: statement.pairs.map(({ local, value }) => ({ local, value: inValue(value) })),
      };
    case 'store':
    case 'bulk':
      return { ...statement, arguments: statement.arguments.map(inValue) };
    case 'invoke':
      return {
        ...statement,
        callee: inCallee(statement.callee),
        arguments: statement.arguments.map(inValue),
      };
    case 'block':
    case 'loop':
      return { ...statement, body: statement.body.map(inStatement) };
    case 'when':
      return {
        ...statement,
        condition: inValue(statement.condition),
        body: statement.body.map(inStatement),
        otherwise: statement.otherwise.map(inStatement),
      };
    case 'branch':
      return { ...statement, condition: statement.condition && inValue(statement.condition) };
    default:
      return statement satisfies never;
  }
};

/** For the values of one statement: what they share is computed once, and stays shared. */
const within = (roots: readonly Value[]): (<V extends Value>(value: V) => V) => {
  const counts = occurrences(roots);
  const made = new Map<Value, Value>();
  const inValue = <V extends Value>(value: V): V => {
    const fused = made.get(value) ?? anew(value);
    made.set(value, fused);
    return fused as V;
  };
  const anew = (value: Value): Value => {
    switch (value.kind) {
      case 'constant':
      case 'read':
        return value;
      case 'load':
        return { ...value, arguments: value.arguments.map(inValue) };
      case 'call':
        return { ...value, callee: inCallee(value.callee), arguments: value.arguments.map(inValue) };
      case 'operation':
        return fusedSum(value) ?? { ...value, arguments: value.arguments.map(inValue) };
      default:
        return value satisfies never;
    }
  };
  const fusedSum = ({ name, arguments: operands }: Operation): Value | null => {
    if (name !== 'f32x4.add' && name !== 'f32x4.sub') return null;
    const [left, right] = operands as readonly [Value<'v128'>, Value<'v128'>];
    const isOwn = (value: Value): boolean => isProduct(value) && counts.get(value) === 1;
    if (name === 'f32x4.sub')
      return isOwn(right) && !isProduct(left) ? multiplied('f32x4.relaxed_nmadd', right, left) : null;
    if (isOwn(right)) return multiplied('f32x4.relaxed_madd', right, left);
    return isOwn(left) ? multiplied('f32x4.relaxed_madd', left, right) : null;
  };
  const multiplied = (
    name: 'f32x4.relaxed_madd' | 'f32x4.relaxed_nmadd',
    product: Value,
    to: Value<'v128'>,
  ): Value => {
    const [one, other] = (product as Operation).arguments as readonly [Value<'v128'>, Value<'v128'>];
    return operateRelaxed(name, inValue(one), inValue(other), inValue(to));
  };
  return inValue;
};

const isProduct = (value: Value): boolean => value.kind === 'operation' && value.name === 'f32x4.mul';
