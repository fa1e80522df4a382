/**
 * Reverse mode on effect programs: replaces each `gradient` statement by the adjoints of the statements before it. A loop becomes
 * a loop that runs backward over the saved values of the same turns; the adjoint of a value from outside the loop is
 * summed over the turns and passed on once. Derivatives of single statements are symbolic.
 */
import { add, constant, multiply, one, read, sum, zero } from '../calculus/build.ts';
import { derivative } from '../calculus/differentiate.ts';
import type { Expression, Index } from '../calculus/expression.ts';
import { freshIndex, readNames, renameIndices, replaceNames } from '../calculus/substitute.ts';
import { definedBy, expressionsOf } from '../schedule/inputs.ts';
import { originsIn, register, readRegister, type Names } from '../schedule/names.ts';
import type { Carried, Gradient, Program, Register, Repeat, Statement } from '../schedule/program.ts';
import { sparseFirst, sparseRegisters, type Sparse } from './activity.ts';
import { activeNames } from './differentiated.ts';
import { namesOf } from './registers.ts';
import { symmetricRegisters, transposed, type Symmetric } from './symmetry.ts';

/** Contributions to the adjoint of each register. */
type Adjoints = Map<string, Expression[]>;

interface Context {
  readonly names: Names;
  readonly active: ReadonlySet<string>;
  readonly shapes: ReadonlyMap<string, readonly Index[]>;
  readonly symmetric: Symmetric;
  readonly sparse: Sparse;
}

export const reverse = (program: Program): Program => {
  const symmetric = symmetricRegisters(program);
  const sparse = sparseRegisters(program);
  const names = namesOf(program);
  const shapes = shapesOf(program);
  let body: readonly Statement[] = [];
  for (const statement of program.body)
    body =
      statement.kind === 'gradient'
        ? expandGradient(statement, body, names, shapes, symmetric, sparse)
        : [...body, statement];
  return { ...program, body, origins: originsIn(names) };
};

const expandGradient = (
  gradient: Gradient,
  before: readonly Statement[],
  names: Names,
  shapes: ReadonlyMap<string, readonly Index[]>,
  symmetric: Symmetric,
  sparse: Sparse,
): readonly Statement[] => {
  const active = activeNames(before, new Set(gradient.wrt.map(({ of }) => of.name)));
  const context: Context = { names, active, shapes, symmetric, sparse };
  const adjoints: Adjoints = new Map([[gradient.objective.name, [read('@seed')]]]);
  const replaced = new Map<Statement, Statement>();
  const back = reverseBlock(before, adjoints, context, replaced);
  const results = gradient.wrt.map(({ of, result }): Statement => ({
    kind: 'assign',
    target: result,
    value: add(zero, ...(adjoints.get(of.name) ?? [])),
    note: `gradient of ${gradient.objective.name} in ${of.name}`,
  }));
  return [
    ...before.map((statement) => replaced.get(statement) ?? statement),
    ...[...back, ...results].map(withoutSeed),
  ];
};

/** The adjoint of the objective itself is 1. */
const withoutSeed = (statement: Statement): Statement => {
  const clean = (node: Expression): Expression => replaceNames(node, { '@seed': one });
  switch (statement.kind) {
    case 'assign':
      return { ...statement, value: clean(statement.value) };
    case 'repeat':
      return {
        ...statement,
        carried: statement.carried.map((entry) => ({ ...entry, initial: clean(entry.initial) })),
      };
    default:
      return statement;
  }
};

/** Adjoint statements of a block, in the order they run. Contributions to names from outside stay in `adjoints`. */
const reverseBlock = (
  block: readonly Statement[],
  adjoints: Adjoints,
  context: Context,
  replaced: Map<Statement, Statement>,
): readonly Statement[] => {
  const out: Statement[] = [];
  for (const statement of [...block].reverse()) {
    switch (statement.kind) {
      case 'assign': {
        const bar = takeAdjoint(statement.target, adjoints, context, out);
        if (bar !== null) contribute(statement.value, statement.target.indices, bar, adjoints, context);
        break;
      }
      case 'draw': {
        const bar = takeAdjoint(statement.target, adjoints, context, out);
        if (bar !== null && statement.surrogate !== null)
          contribute(statement.surrogate, statement.target.indices, bar, adjoints, context);
        break;
      }
      case 'repeat':
        reverseRepeat(statement, adjoints, context, out, replaced);
        break;
      case 'gradient':
        break;
    }
  }
  return out;
};

/** The adjoint of a register as one read, or null when nothing depends on it. */
const takeAdjoint = (
  target: Register,
  adjoints: Adjoints,
  context: Context,
  out: Statement[],
): Expression | null => {
  const contributions = adjoints.get(target.name);
  adjoints.delete(target.name);
  if (contributions === undefined || !context.active.has(target.name)) return null;
  const total = add(...contributions);
  if (total === zero) return null;
  const isSymmetric = context.symmetric.has(target.name);
  if (total.kind === 'read' && !isSymmetric) return total;
  // What only moves along symmetric arrays has a symmetric gradient: half of it belongs to the transpose.
  const value = isSymmetric ? multiply(constant(0.5), add(total, transposed(total, target.indices))) : total;
  const bar = register(context.names, `${target.name}_bar`, target.indices);
  const origin = context.names.origins.get(target.name);
  if (origin !== undefined) context.names.origins.set(bar.name, origin);
  if (isSymmetric) context.symmetric.add(bar.name);
  out.push({ kind: 'assign', target: bar, value, note: null });
  return readRegister(bar);
};

/** Adds bar · ∂value/∂q to the adjoint of every active q that the value reads. */
const contribute = (
  value: Expression,
  indices: readonly Index[],
  bar: Expression,
  adjoints: Adjoints,
  context: Context,
): void => {
  for (const name of readNames(value)) {
    if (!context.active.has(name)) continue;
    const shape = context.shapes.get(name)!;
    const { places, paths } = slopeOf(value, name, shape);
    // Path by path: the deltas of a path vanish in its own sum.
    const contribution = add(...paths.map((path) => sum(indices, multiply(bar, path))));
    if (contribution === zero) continue;
    const named = renameIndices(contribution, new Map(places.map((place, i) => [place, shape[i]!])));
    adjoints.set(name, [...(adjoints.get(name) ?? []), named]);
  }
};

interface Slope {
  readonly places: readonly Index[];
  /** Its terms. */
  readonly paths: readonly Expression[];
}

/** The derivative of a value in the entry of an array at some places. Loops are tried several times, and programs in several forms. */
const slopeOf = (value: Expression, name: string, shape: readonly Index[]): Slope => {
  const known = slopes.get(value) ?? new Map<string, Slope>();
  slopes.set(value, known);
  const key = `${name}[${shape.join()}]`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const places = shape.map(freshIndex);
  const slope = derivative(value, name, places);
  const made = { places, paths: slope.kind === 'add' ? slope.terms : [slope] };
  known.set(key, made);
  return made;
};
const slopes = new WeakMap<Expression, Map<string, Slope>>();

const reverseRepeat = (
  loop: Repeat,
  adjoints: Adjoints,
  context: Context,
  out: Statement[],
  replaced: Map<Statement, Statement>,
): void => {
  const ending = new Map(loop.carried.map((carried) => [carried, adjoints.get(carried.result.name) ?? []]));
  for (const { result } of loop.carried) adjoints.delete(result.name);
  let reached = new Set(
    loop.carried.filter(
      (carried) => ending.get(carried)!.length > 0 && context.active.has(carried.register.name),
    ),
  );
  if (reached.size === 0) return;

  // A carried value may get its adjoint only through another one: repeat until none is new.
  const taken = new Set(context.names.taken);
  for (;;) {
    // Names of an attempt that found too little are free again.
    for (const name of context.names.taken) if (!taken.has(name)) context.names.taken.delete(name);
    const bars = new Map(
      [...reached].map((carried) => [
        carried,
        register(context.names, `${carried.register.name}_bar`, carried.register.indices),
      ]),
    );
    const local: Adjoints = new Map();
    for (const [carried, bar] of bars)
      contribute(carried.next, carried.register.indices, readRegister(bar), local, context);
    const body = reverseBlock(loop.body, local, context, replaced);
    const more = loop.carried.filter(
      (carried) =>
        !reached.has(carried) &&
        context.active.has(carried.register.name) &&
        local.has(carried.register.name),
    );
    if (more.length > 0) {
      reached = new Set([...reached, ...more]);
      continue;
    }
    emitBackward(loop, bars, ending, body, local, adjoints, context, out, replaced);
    return;
  }
};

const emitBackward = (
  loop: Repeat,
  bars: ReadonlyMap<Carried, Register>,
  ending: ReadonlyMap<Carried, readonly Expression[]>,
  body: readonly Statement[],
  local: Adjoints,
  adjoints: Adjoints,
  context: Context,
  out: Statement[],
  replaced: Map<Statement, Statement>,
): void => {
  const carried: Carried[] = [];
  for (const [entry, bar] of bars) {
    const result = register(context.names, `${entry.register.name}_bar`, entry.register.indices);
    const next = add(zero, ...(local.get(entry.register.name) ?? []));
    local.delete(entry.register.name);
    carried.push({ register: bar, initial: add(zero, ...ending.get(entry)!), next, result });
  }
  // Whatever is left was read from outside the loop: its adjoint is a sum over the turns.
  for (const [name, contributions] of local) {
    const shape = sparseFirst(add(...contributions), context.shapes.get(name)!, context.sparse);
    const total = register(context.names, `${name}_bar_sum`, shape);
    const result = register(context.names, `${name}_bar_sum`, shape);
    carried.push({
      register: total,
      initial: zero,
      next: add(readRegister(total), ...contributions),
      result,
    });
    adjoints.set(name, [...(adjoints.get(name) ?? []), readRegister(result)]);
  }
  const inside = new Set(
    [...loop.body.flatMap(definedBy), ...loop.carried.map(({ register: own }) => own)].map(
      ({ name }) => name,
    ),
  );
  const needed = new Set<string>();
  const see = (node: Expression): void =>
    readNames(node).forEach((name) => inside.has(name) && needed.add(name));
  body.forEach((statement) => expressionsOf(statement).forEach(see));
  carried.forEach(({ next }) => see(next));
  const saved = [...loop.body.flatMap(definedBy), ...loop.carried.map(({ register: own }) => own)].filter(
    ({ name }) => needed.has(name),
  );
  const forward = replaced.get(loop) ?? loop;
  replaced.set(loop, {
    ...(forward as Repeat),
    saved: [...new Set([...(forward as Repeat).saved, ...saved])],
  });
  out.push({
    kind: 'repeat',
    label: `${loop.label}_back`,
    times: loop.times,
    first: loop.first,
    counter: loop.counter,
    direction: 'backward',
    carried,
    body,
    saved: [],
    replays: loop.label,
    whileAny: null,
  });
  for (const [i, entry] of [...bars.keys()].entries())
    contribute(entry.initial, entry.register.indices, readRegister(carried[i]!.result), adjoints, context);
};

const shapesOf = (program: Program): ReadonlyMap<string, readonly Index[]> => {
  const shapes = new Map<string, readonly Index[]>(
    program.inputs.map(({ name, indices }) => [name, indices]),
  );
  const visit = (statement: Statement): void => {
    definedBy(statement).forEach(({ name, indices }) => shapes.set(name, indices));
    if (statement.kind !== 'repeat') return;
    statement.carried.forEach(({ register: own }) => shapes.set(own.name, own.indices));
    statement.body.forEach(visit);
  };
  program.body.forEach(visit);
  return shapes;
};
