/**
 * Loops. Each turn runs in a `tf.tidy` that hands on only what is carried or saved; both own their tensors alone,
 * so that a turn's carried tensors go as soon as the next ones are there, and a frame once its replay is over.
 */
import { identifier } from '../../calculus/javascript.ts';
import type { Carried, Register, Repeat, Statement } from '../../schedule/program.ts';
import {
  declare,
  define,
  findStack,
  listed,
  openBlock,
  type Block,
  type FunctionText,
  type Stack,
} from './block.ts';
import { expressionEmitter, hostText } from './emit-expression.ts';
import { fill, type Binding } from './value.ts';

export interface RepeatContext {
  readonly text: FunctionText;
  /** How many loops replay each label. */
  readonly replays: ReadonlyMap<string, number>;
  readonly emitBody: (statements: readonly Statement[], block: Block) => void;
}

/** Whether a text names a tensor that something else may own, too. */
export const isName = (text: string): boolean => /^[\p{ID_Continue}$]+$/u.test(text);
const owned = (text: string): string => (isName(text) ? `nsm.share(${text})` : text);
const kindOf = (register: Register): Binding['kind'] => (register.place === 'host' ? 'number' : 'tensor');

export const emitRepeat = (loop: Repeat, block: Block, context: RepeatContext): void => {
  const { text } = context;
  block.lines.push(`// ${loop.label}${loop.replays === null ? '' : `, backward through ${loop.replays}`}`);
  const names = declareCarried(loop, block, text);
  const stack =
    loop.direction === 'forward' && context.replays.has(loop.label)
      ? identifier(`${loop.label}_saved`, text.taken)
      : null;
  if (stack !== null) block.lines.push(`const ${stack} = [];`);
  const body = openBlock(text, block);
  const counter = declare(loop.counter.name, body, text);
  const first = hostText(loop.first, block.scope, 'operand');
  const times = hostText(loop.times, block.scope, 'operand');
  block.lines.push(forLine(loop.direction, counter, first, times));

  body.counters.push(...block.counters, counter);
  const after = names.length === 0 && stack === null ? null : declare('after', body, text);
  body.bindings.set(loop.counter.name, { kind: 'number', text: counter });
  loop.carried.forEach(({ register }, i) => define(register, names[i]!, kindOf(register), body, text));
  const frame =
    loop.replays === null ? null : openFrame(loop.replays, `${counter} - ${first}`, block, body, context);
  context.emitBody(loop.body, body);
  const handed = handOn(loop, names, stack !== null, body, context);
  if (frame !== null) block.lines.push(`const ${frame.name} = ${frame.value};`);
  block.lines.push(after === null ? 'tf.tidy(() => {' : `const ${after} = tf.tidy(() => {`, ...body.lines);
  if (after !== null) block.lines.push('return {', ...handed.lines, '};');
  block.lines.push('});');

  const tensors = names.filter((_, i) => loop.carried[i]!.register.place === 'tensor');
  const spent = [...tensors, ...(frame?.isLast ? [frame.name] : [])];
  if (spent.length === 1) block.lines.push(`tf.dispose(${spent[0]});`);
  if (spent.length > 1) block.lines.push(...listed('tf.dispose(', spent, ');'));
  if (names.length > 0) block.lines.push(...listed('(', names, ` = ${after});`));
  if (stack !== null) {
    block.lines.push(`${stack}.push(${after}.frame);`);
    block.stacks.set(loop.label, { text: stack, ...handed.stack });
  }
  if (loop.whileAny !== null) {
    const place = loop.carried.findIndex(({ register }) => register.name === loop.whileAny!.name);
    block.lines.push(`if (!nsm.any(${names[place]!})) break;`);
  }
  block.lines.push('}');
  loop.carried.forEach(({ result }, i) => {
    define(result, names[i]!, kindOf(result), block, text);
    if (result.place === 'tensor') block.fresh.add(result.name);
  });
};

/** `let u = ...;` for each carried register, before the loop. */
const declareCarried = (loop: Repeat, block: Block, text: FunctionText): readonly string[] => {
  const emitter = expressionEmitter(
    loop.carried.map(({ initial }) => initial),
    block.scope,
  );
  return loop.carried.map(({ register, initial }) => {
    const value =
      register.place === 'host'
        ? hostText(initial, block.scope)
        : owned(fill(emitter.emit(initial, register.indices), register.indices, block.scope));
    const name = declare(register.name, block, text);
    block.lines.push(`let ${name} = ${value};`);
    return name;
  });
};

const forLine = (direction: Repeat['direction'], counter: string, first: string, times: string): string => {
  const end = first === '0' ? times : `${first} + ${times}`;
  return direction === 'forward'
    ? `for (let ${counter} = ${first}; ${counter} < ${end}; ${counter}++) {`
    : `for (let ${counter} = ${end} - 1; ${counter} >= ${first}; ${counter}--) {`;
};

/** Reads one turn's saved values under their own names; `isLast` when nothing reads the frame after this loop. */
const openFrame = (
  label: string,
  turn: string,
  block: Block,
  body: Block,
  context: RepeatContext,
): { readonly name: string; readonly value: string; readonly isLast: boolean } => {
  const { text } = context;
  const stack = findStack(label, block);
  if (stack === null) throw new Error(`internal: no loop "${label}" stands before its replay`);
  const name = declare('frame', body, text);
  const parts: string[] = [];
  const entry = (key: string, local: string): string => (key === local ? key : `${key}: ${local}`);
  const registers = stack.saved.map(({ key, register, kind }) => {
    const local = declare(register.name, body, text);
    parts.push(entry(key, local));
    return { register, local, kind };
  });
  for (const { key, label: innerLabel, stack: inner } of stack.inner) {
    const local = declare(key, body, text);
    parts.push(entry(key, local));
    body.stacks.set(innerLabel, { ...inner, text: local });
  }
  if (parts.length > 0) body.lines.push(...listed('const ', parts, ` = ${name};`));
  for (const { register, local, kind } of registers) define(register, local, kind, body, text);
  const isLast = context.replays.get(label) === 1 && block.stacks.has(label);
  const place = turn.replace(/ - 0$/, '');
  return { name, value: isLast ? `${stack.text}.pop()` : `${stack.text}[${place}]`, isLast };
};

/** What a turn returns: the next carried values and, for loops that are replayed, the frame. */
const handOn = (
  loop: Repeat,
  names: readonly string[],
  isSaved: boolean,
  body: Block,
  context: RepeatContext,
): { readonly lines: readonly string[]; readonly stack: Omit<Stack, 'text'> } => {
  const free = new Map<string, boolean>([...body.fresh].map((name) => [body.scope.lookup(name).text, true]));
  /** A tensor of this body goes to the first who asks; others get a copy of the handle. */
  const take = (text: string): string => {
    if (free.get(text) !== true) return owned(text);
    free.set(text, false);
    return text;
  };
  const emitter = expressionEmitter(
    loop.carried.map(({ next }) => next),
    body.scope,
  );
  const next = ({ register, next: value }: Carried): string => {
    context.text.current = register.name;
    return register.place === 'host'
      ? hostText(value, body.scope)
      : take(fill(emitter.emit(value, register.indices), register.indices, body.scope));
  };
  const lines = loop.carried.map((entry, i) => `${names[i]!}: ${next(entry)},`);
  if (!isSaved) return { lines, stack: { saved: [], inner: [] } };
  const saved = loop.saved.map((register) => {
    const binding = body.scope.lookup(register.name);
    return {
      key: binding.text,
      register,
      kind: binding.kind,
      value: binding.kind === 'number' ? binding.text : take(binding.text),
    };
  });
  const inner = [...body.stacks]
    .filter(([label]) => context.replays.has(label))
    .map(([label, stack]) => ({ key: stack.text, label, stack }));
  const parts = [
    ...saved.map(({ key, value }) => (key === value ? key : `${key}: ${value}`)),
    ...inner.map(({ key }) => key),
  ];
  return { lines: [...lines, ...listed('frame: ', parts, ',')], stack: { saved, inner } };
};
