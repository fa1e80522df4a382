/** Blocks of emitted text: lines, the names defined in them, and lines that follow a definition made earlier. */
import { axisOf, lengthOf, type Index } from '../../calculus/expression.ts';
import { identifier } from '../../calculus/javascript.ts';
import type { Register } from '../../schedule/program.ts';
import type { Binding, Scope } from './value.ts';

export type Line = string | readonly Line[];

/** What a forward loop keeps for its replay: the name of the array, and how its entries are read back. */
export interface Stack {
  readonly text: string;
  readonly saved: readonly {
    readonly key: string;
    readonly register: Register;
    readonly kind: Binding['kind'];
  }[];
  readonly inner: readonly { readonly key: string; readonly label: string; readonly stack: Stack }[];
}

export interface Block {
  readonly lines: Line[];
  readonly bindings: Map<string, Binding>;
  readonly declared: Set<string>;
  readonly stacks: Map<string, Stack>;
  /** Registers that are tensors of this block's own, which no other name shares. */
  readonly fresh: Set<string>;
  readonly outer: Block | null;
  /** Loop counters around this block, outermost first. */
  readonly counters: string[];
  readonly scope: Scope;
}

/** Names of one function, and the block at its top. */
export interface FunctionText {
  readonly taken: Set<string>;
  /** The last name of each register. */
  readonly names: Map<string, string>;
  /** What is computed at the moment: parts of it are named after it. */
  current: string;
  /** What the text said last of where it comes from; null where that depends on how it is reached. */
  place: string | null;
  /** Arrays that axes alone determine, made once at the top, by their texts. */
  readonly top: { readonly lines: Line[]; readonly ofAxes: Map<string, string> };
}

export const functionText = (taken: Set<string>): FunctionText => ({
  taken,
  names: new Map(),
  current: 'value',
  place: null,
  top: { lines: [], ofAxes: new Map() },
});

export const openBlock = (text: FunctionText, outer: Block | null): Block => {
  const lines: Line[] = outer === null ? [text.top.lines] : [];
  const bindings = new Map<string, Binding>();
  const lookup = (name: string): Binding => {
    const found = bindings.get(name) ?? outer?.scope.lookup(name);
    if (found === undefined) throw new Error(`internal: the register "${name}" has no value here`);
    return found;
  };
  const bind = (value: string): string => {
    const name = identifier(`${text.current.replace(/(_part|_\d+)+$/, '')}_part`, text.taken);
    lines.push(`const ${name} = ${value};`);
    return name;
  };
  const ofAxis =
    (what: string, textOf: (size: string) => string) =>
    (index: Index): string => {
      const axis = axisOf(index);
      const value = textOf(sizeText(axis));
      const known = text.top.ofAxes.get(value);
      if (known !== undefined) return known;
      const name = identifier(`${what}_${axis}`, text.taken);
      text.top.lines.push(`const ${name} = ${value};`);
      text.top.ofAxes.set(value, name);
      return name;
    };
  const identity = ofAxis('identity', (size) => `tf.eye(${size})`);
  const positions = ofAxis('places', (size) => `tf.range(0, ${size})`);
  return {
    lines,
    bindings,
    declared: new Set(),
    stacks: new Map(),
    fresh: new Set(),
    outer,
    counters: [],
    scope: { lookup, bind, identity, positions, size: sizeText },
  };
};

const sizeText = (index: Index): string => {
  const own = lengthOf(index, {});
  if (own !== undefined) return String(own);
  const axis = axisOf(index);
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(axis)
    ? `sizes.${axis}`
    : `sizes[${JSON.stringify(axis)}]`;
};

/**
 * A name to declare for a register in a block: its own, unless a block around already has that. Blocks beside each
 * other may declare one name each.
 */
export const declare = (register: string, block: Block, text: FunctionText): string => {
  const own = text.names.get(register);
  const isFree = (name: string): boolean => {
    for (let at: Block | null = block; at !== null; at = at.outer) if (at.declared.has(name)) return false;
    return true;
  };
  const name = own !== undefined && isFree(own) ? own : identifier(register, text.taken);
  text.names.set(register, name);
  block.declared.add(name);
  return name;
};

/** Gives a register its name in the text. What is derived from it later stands at this place. */
export const define = (
  register: Register,
  name: string,
  kind: Binding['kind'],
  block: Block,
  text: FunctionText,
): void => {
  if (kind === 'number') {
    block.bindings.set(register.name, { kind, text: name });
    return;
  }
  const place: Line[] = [];
  block.lines.push(place);
  const derived = new Map<string, string>();
  const derive = (suffix: string, value: string): string => {
    const known = derived.get(suffix);
    if (known !== undefined) return known;
    const derivedName = identifier(`${name}_${suffix}`, text.taken);
    place.push(`const ${derivedName} = ${value};`);
    derived.set(suffix, derivedName);
    return derivedName;
  };
  block.bindings.set(register.name, { kind, text: name, axes: register.indices, derive });
};

export const findStack = (label: string, block: Block): Stack | null => {
  for (let at: Block | null = block; at !== null; at = at.outer) {
    const found = at.stacks.get(label);
    if (found !== undefined) return found;
  }
  return null;
};

/** `head { items }tail`, on one line where that is short. */
export const listed = (head: string, items: readonly string[], tail: string): readonly string[] => {
  const line = `${head}{ ${items.join(', ')} }${tail}`;
  if (items.length > 0 && line.length <= longestList) return [line];
  return items.length === 0
    ? [`${head}{}${tail}`]
    : [`${head}{`, ...items.map((item) => `${item},`), `}${tail}`];
};
const longestList = 90;

/** The lines as text, indented by their braces; long calls have one argument on each line. */
export const render = (lines: readonly Line[], depth = 0): string => {
  const flat = lines.flat(Infinity as 1) as readonly string[];
  let level = depth;
  return flat
    .flatMap((line) => broken(line, longestLine - 2 * level))
    .map((line) => {
      if (/^[})\]]/.test(line)) level--;
      const indented = line === '' ? '' : `${'  '.repeat(level)}${line}`;
      if (/[{[(]$/.test(line)) level++;
      return indented;
    })
    .join('\n');
};
const longestLine = 120;

/** A line, or the lines of the call at its end when it is too long. */
const broken = (line: string, length: number): readonly string[] => {
  const [, tail] = /\)([;,])$/.exec(line) ?? [];
  if (line.length <= length || tail === undefined || line.startsWith('//')) return [line];
  const body = line.slice(0, -2);
  let depth = 0;
  let end = body.length;
  const items: string[] = [];
  for (let at = body.length - 1; at >= 0; at--) {
    const sign = body[at]!;
    if (')]}'.includes(sign)) depth++;
    if (depth === 0 && (sign === ',' || sign === '(')) {
      items.unshift(`${body.slice(at + 1, end).trim()},`);
      end = at;
    }
    if (depth === 0 && sign === '(') {
      if (!/[\w$]/.test(body.charAt(at - 1))) return [line];
      return [body.slice(0, at + 1), ...items.flatMap((item) => broken(item, length - 2)), `)${tail}`];
    }
    if ('([{'.includes(sign)) depth--;
  }
  return [line];
};
