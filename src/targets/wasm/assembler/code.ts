/**
 * Code of WebAssembly as a tree. Values are pure expressions and may share parts: a node that occurs more than once in a
 * statement is computed once, so functions from values to values are inlined by calling them. Statements do the rest.
 * Nodes are made by `build.ts`, which checks types.
 */
import type { BulkName, LoadName, OperationName, RelaxedName, StoreName } from './operations.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** A local variable of a function. Two are the same when they are the same object; the name is for messages. */
export interface Local<Type extends ValueType = ValueType> {
  readonly name: string;
  readonly type: Type;
}

export type Value<Type extends ValueType = ValueType> =
  Constant<Type> | Read<Type> | Operation<Type> | Load<Type> | Call<Type>;

export interface Constant<Type extends ValueType = ValueType> {
  readonly kind: 'constant';
  readonly type: Type;
  /** A bigint for `i64`, sixteen bytes for `v128`. */
  readonly value: number | bigint | readonly number[];
}
export interface Read<Type extends ValueType = ValueType> {
  readonly kind: 'read';
  readonly type: Type;
  readonly local: Local<Type>;
}
export interface Operation<Type extends ValueType = ValueType> {
  readonly kind: 'operation';
  readonly type: Type;
  readonly name: OperationName | RelaxedName;
  /** Numbers of lanes, for operations on some of them. */
  readonly lanes: readonly number[];
  readonly arguments: readonly Value[];
}
export interface Load<Type extends ValueType = ValueType> {
  readonly kind: 'load';
  readonly type: Type;
  readonly name: LoadName;
  /** The address first. */
  readonly arguments: readonly Value[];
  readonly place: Place;
}
export interface Call<Type extends ValueType = ValueType> {
  readonly kind: 'call';
  readonly type: Type;
  readonly callee: Callee;
  readonly arguments: readonly Value[];
}

/** What an instruction of memory adds to its address, what the address is a multiple of (a hint), and its lane. */
export interface Place {
  readonly offset: number;
  readonly alignment: number;
  readonly lane: number | null;
}

export type Statement = Assign | Store | Bulk | Invoke | Block | When | Branch;

/** All values are computed before the first is assigned. */
export interface Assign {
  readonly kind: 'assign';
  readonly pairs: readonly { readonly local: Local; readonly value: Value }[];
}
export interface Store {
  readonly kind: 'store';
  readonly name: StoreName;
  /** The address first, then what is stored. */
  readonly arguments: readonly Value[];
  readonly place: Place;
}
/** Many bytes of memory at once. */
export interface Bulk {
  readonly kind: 'bulk';
  readonly name: BulkName;
  /** The address that is written first, the number of bytes last. */
  readonly arguments: readonly Value[];
}
/** A call for what it does: a result, if any, is dropped. */
export interface Invoke {
  readonly kind: 'invoke';
  readonly callee: Callee;
  readonly arguments: readonly Value[];
}
/** A branch to a `block` leaves it; a branch to a `loop` begins it anew. */
export interface Block {
  readonly kind: 'block' | 'loop';
  readonly label: string;
  readonly body: readonly Statement[];
}
export interface When {
  readonly kind: 'when';
  readonly condition: Value<'i32'>;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}
/** To the innermost block or loop of that label around it; always, when there is no condition. */
export interface Branch {
  readonly kind: 'branch';
  readonly label: string;
  readonly condition: Value<'i32'> | null;
}

/** What can be called: a function of the module, or one that comes from outside. */
export type Callee = WasmFunction | HostFunction;

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly body: readonly Statement[];
  readonly result: Value | null;
}

/** Comes from outside, as `host.NAME`, with what calls it. */
export interface HostFunction<Result extends ValueType | null = ValueType | null> {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly body: null;
  readonly result: Result;
}

/** The one memory comes from outside, as `env.memory`. A shared one has a maximum. Sizes in pages of 64 KiB. */
export interface WasmModule {
  readonly memory: {
    readonly minimum: number;
    readonly maximum: number | null;
    readonly isShared: boolean;
  };
  /** Under their own names. What they call comes with them. */
  readonly exports: readonly WasmFunction[];
}
