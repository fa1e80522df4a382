/** From a program of separate sums to kernels: elementwise statements of equal indices go into one nest. */
import { read } from '../../../calculus/build.ts';
import type { Expression, Index, Read } from '../../../calculus/expression.ts';
import { readNames, walk } from '../../../calculus/substitute.ts';
import { symmetricArrays, type Symmetric } from '../../../optimize/symmetry.ts';
import type { Assign, Draw, Program, Register, Repeat, Statement } from '../../../schedule/program.ts';
import { expressionsOf } from '../../../schedule/inputs.ts';
import type { Area, HostStep, Kernels, Nest, NestStatement, Step } from './kernels.ts';
import { productOf } from './product.ts';
import { readsOf, writesOf } from './uses.ts';

interface Context {
  readonly areas: Area[];
  readonly areaOf: Map<string, string>;
  readonly numbers: Set<string>;
  readonly program: Program;
  readonly symmetric: Symmetric;
  /** How often each register is read, counting what leaves its block. */
  readonly readers: ReadonlyMap<string, number>;
  readonly indicesOf: Map<string, readonly Index[]>;
}

export const group = (program: Program): Kernels => {
  const context: Context = {
    areas: [],
    areaOf: new Map(),
    numbers: new Set(),
    program,
    symmetric: symmetricArrays(program),
    readers: countReaders(program),
    indicesOf: new Map(),
  };
  for (const register of program.inputs) {
    if (register.place === 'host') context.numbers.add(register.name);
    else place(register, [], context);
  }
  const body = groupBlock(program.body, { counters: [], stacks: [], saved: new Set() }, context);
  return {
    name: program.name,
    inputs: program.inputs,
    areas: context.areas,
    areaOf: context.areaOf,
    numbers: [...context.numbers],
    body,
    outputs: program.outputs,
  };
};

/** Where a block stands: counters around it, the stacks that its saved registers have, and those registers. */
interface Surroundings {
  readonly counters: readonly string[];
  readonly stacks: readonly string[];
  readonly saved: ReadonlySet<string>;
}

const place = (register: Register, stacks: readonly string[], context: Context): void => {
  context.areas.push({ name: register.name, indices: register.indices, stacks });
  context.areaOf.set(register.name, register.name);
  context.indicesOf.set(register.name, register.indices);
};

const countReaders = (program: Program): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  const see = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const visit = (statement: Statement): void => {
    expressionsOf(statement).forEach((node) => readNames(node).forEach(see));
    if (statement.kind !== 'repeat') return;
    statement.body.forEach(visit);
    statement.carried.forEach(({ next }) => readNames(next).forEach(see));
    // What is saved is read by another loop.
    statement.saved.forEach(({ name }) => see(name));
    if (statement.whileAny !== null) see(statement.whileAny.name);
  };
  program.body.forEach(visit);
  program.outputs.forEach(({ register }) => see(register.name));
  return counts;
};

const groupBlock = (block: readonly Statement[], around: Surroundings, context: Context): readonly Step[] =>
  settleStores(
    block.reduce<readonly Step[]>(
      (steps, statement) => join(steps, stepsOf(statement, around, context), context),
      [],
    ),
    context,
  );

const stepsOf = (statement: Statement, around: Surroundings, context: Context): readonly Step[] => {
  switch (statement.kind) {
    case 'assign':
      return [stepOfAssign(statement, around, context)];
    case 'draw':
      return [stepOfDraw(statement, around, context)];
    case 'repeat':
      return stepsOfRepeat(statement, around, context);
    case 'gradient':
      throw new Error('internal: a gradient has not been lowered');
  }
};

const placeWithin = (register: Register, around: Surroundings, context: Context): void =>
  place(register, around.saved.has(register.name) ? around.stacks : [], context);

const stepOfAssign = ({ target, value }: Assign, around: Surroundings, context: Context): Step => {
  if (target.place === 'host') {
    context.numbers.add(target.name);
    const isReading = value.kind === 'read' && context.areaOf.has(value.name);
    if (isReading) return { kind: 'reading', target: target.name, source: value.name };
    if ([...readNames(value)].some((name) => context.areaOf.has(name)))
      throw new Error(`internal: the number ${target.name} is computed from arrays`);
    return { kind: 'number', target: target.name, value };
  }
  placeWithin(target, around, context);
  return stepOfValue(target, value, context);
};

const stepOfValue = (target: Register, value: Expression, context: Context): Step => {
  switch (value.kind) {
    case 'sum': {
      const indicesOf = (name: string): readonly Index[] => context.indicesOf.get(name)!;
      const product = productOf(target, value, indicesOf, context.symmetric.has(target.name));
      if (product !== null) return product;
      return nest(target, value.body, 'sum', orderOf(target, value.body, value.over));
    }
    case 'maximum':
      return nest(target, value.body, 'maximum', orderOf(target, value.body, value.over));
    case 'inverse':
    case 'log_determinant':
    case 'cholesky': {
      const body = value.body as Read;
      const batch = body.subscripts.slice(0, -2);
      const work = { kind: value.kind, target, matrices: body.name, batch, side: body.subscripts.at(-1)! };
      return { kind: 'host', work };
    }
    default:
      return nest(target, value, 'element', target.indices);
  }
};

const nest = (
  target: Register,
  value: Expression,
  how: NestStatement['how'],
  order: readonly Index[],
): Nest => ({
  kind: 'nest',
  order,
  statements: [{ target: target.name, indices: target.indices, value, how, isStored: true }],
});

/** Loops of a reduction run as the largest array that it reads lies in memory. */
const orderOf = (target: Register, body: Expression, over: readonly Index[]): readonly Index[] => {
  const all = [...target.indices, ...over];
  let widest: readonly Index[] = [];
  walk(body, (node) => {
    if (node.kind === 'read' && node.indices.length > widest.length) widest = node.indices;
  });
  const inside = widest.filter((index) => all.includes(index));
  return [...all.filter((index) => !inside.includes(index)), ...inside];
};

const stepOfDraw = (draw: Draw, around: Surroundings, context: Context): Step => {
  const { target, site, source } = draw;
  placeWithin(target, around, context);
  const { counters } = around;
  if (
    source.kind === 'noise' &&
    source.distribution !== 'arrival_times' &&
    source.distribution !== 'standard_logistic'
  )
    return { kind: 'noise', target, site, distribution: source.distribution, counters };
  const work: HostStep['work'] = { kind: 'draw', draw, counters };
  return { kind: 'host', work };
};

const stepsOfRepeat = (loop: Repeat, around: Surroundings, context: Context): readonly Step[] => {
  const before: Step[] = [];
  const label = loop.replays ?? loop.label;
  const counters = [...around.counters, loop.counter.name];
  const saved = new Set([...loop.saved.map(({ name }) => name)]);
  context.numbers.add(loop.counter.name);
  for (const { register, initial, result } of loop.carried) {
    if (register.place === 'host') {
      context.numbers.add(register.name).add(result.name);
      before.push({ kind: 'number', target: register.name, value: initial });
    } else {
      place({ ...register, name: carriedName(register, saved) }, [], context);
      context.areaOf.set(register.name, carriedName(register, saved));
      context.indicesOf.set(register.name, register.indices);
      before.push(stepOfValue({ ...register, name: carriedName(register, saved) }, initial, context));
    }
  }
  const inner: Surroundings = {
    counters,
    stacks: loop.direction === 'forward' && saved.size > 0 ? [...around.stacks, label] : around.stacks,
    saved: new Set([...saved]),
  };
  const kept = loop.carried
    .filter(({ register }) => register.place === 'tensor' && saved.has(register.name))
    .map(({ register }): Step => {
      place(register, inner.stacks, context);
      return nest(
        register,
        read(carriedName(register, saved), register.indices),
        'element',
        register.indices,
      );
    });
  const body = [...join([], kept, context), ...groupBlock(loop.body, inner, context)];
  const nexts = handOn(loop, body, saved, context);
  for (const { register, result } of loop.carried)
    if (register.place === 'tensor') {
      context.areaOf.set(result.name, context.areaOf.get(carriedName(register, saved))!);
      context.indicesOf.set(result.name, result.indices);
    }
  const after = loop.carried
    .filter(({ register, result }) => register.place === 'host' && context.readers.has(result.name))
    .map(({ register, result }): Step => ({
      kind: 'number',
      target: result.name,
      value: read(register.name),
    }));
  return [
    ...before,
    {
      kind: 'turns',
      label: loop.label,
      stack: label,
      isBackward: loop.direction === 'backward',
      counter: loop.counter.name,
      times: loop.times,
      first: loop.first,
      body: settleStores(nexts, context),
      whileAny: loop.whileAny === null ? null : carriedName(loop.whileAny, saved),
    },
    ...after,
  ];
};

/** A carried register that is saved has an area of its own for what is carried. */
const carriedName = (register: Register, saved: ReadonlySet<string>): string =>
  saved.has(register.name) ? `${register.name}°carried` : register.name;

/**
 * The end of a turn: the next values go where the carried ones are. A register of the body that is a next value is written there at
 * once, if nothing reads the carried value after it; so is one that only its own next value reads. Others are computed before any is
 * written.
 */
const handOn = (
  loop: Repeat,
  body: readonly Step[],
  saved: ReadonlySet<string>,
  context: Context,
): readonly Step[] => {
  const computed: Step[] = [];
  const written: Step[] = [];
  let steps = body;
  const others = loop.carried.filter(({ register }) => register.place === 'tensor');
  for (const { register, next } of loop.carried) {
    if (register.place === 'host') {
      const name = `${register.name}°next`;
      context.numbers.add(name);
      computed.push({ kind: 'number', target: name, value: next });
      written.push({ kind: 'number', target: register.name, value: read(name) });
      continue;
    }
    const home = carriedName(register, saved);
    if (next.kind === 'read' && next.name === register.name) continue;
    if (next.kind === 'read' && mayWriteAtOnce(next, register.name, home, steps, saved, others, context)) {
      context.areas.splice(
        context.areas.findIndex(({ name }) => name === next.name),
        1,
      );
      context.areaOf.set(next.name, home);
      continue;
    }
    const target: Register = { ...register, name: `${register.name}°next` };
    const step = stepOfValue(target, next, context);
    computed.push(step);
    if (mayComputeThere(step, register, home, others)) {
      context.areaOf.set(target.name, home);
      context.indicesOf.set(target.name, target.indices);
      continue;
    }
    place(target, [], context);
    written.push(
      nest({ ...register, name: home }, read(target.name, register.indices), 'element', register.indices),
    );
  }
  steps = computed.reduce<readonly Step[]>((all, step) => join(all, [step], context), steps);
  return [...steps, ...written.reduce<readonly Step[]>((all, step) => join(all, [step], context), [])];
};

/** Whether the end of a turn may compute a next value where the carried one is: nothing else reads that one any more. */
const mayComputeThere = (step: Step, register: Register, home: string, others: Repeat['carried']): boolean =>
  step.kind === 'nest' &&
  step.statements.every(
    ({ how, value }) =>
      how === 'element' &&
      readsAlike(value, (name) => name === register.name || name === home, register.indices),
  ) &&
  others.every((other) => other.register === register || !readNames(other.next).has(register.name));

const mayWriteAtOnce = (
  next: Read,
  carried: string,
  home: string,
  steps: readonly Step[],
  saved: ReadonlySet<string>,
  others: Repeat['carried'],
  context: Context,
): boolean => {
  const own = steps.findIndex(
    (step) =>
      step.kind === 'nest' &&
      step.statements.some(({ target, how }) => target === next.name && how === 'element'),
  );
  if (own < 0 || saved.has(next.name) || context.areaOf.get(next.name) !== next.name) return false;
  if (next.subscripts.join() !== context.indicesOf.get(next.name)!.join()) return false;
  if (others.filter((other) => readNames(other.next).has(next.name)).length > 1) return false;
  // A next value that is computed at the end of the turn still reads the carried one.
  if (others.some((other) => other.next.kind !== 'read' && readNames(other.next).has(carried))) return false;
  if (others.some((other) => other.next.kind === 'read' && other.next.name === carried)) return false;
  const names = new Set([carried, home]);
  if (steps.slice(own + 1).some((step) => readsOf(step).some((name) => names.has(name)))) return false;
  const nestHere = steps[own] as Nest;
  return nestHere.statements.every(({ value }) =>
    readsAlike(value, (name) => names.has(name), nestHere.order),
  );
};

/** Whether arrays are read at the very element that the nest computes. */
const readsAlike = (
  value: Expression,
  isMeant: (name: string) => boolean,
  order: readonly Index[],
): boolean => {
  let alike = true;
  walk(value, (node) => {
    if (node.kind === 'read' && isMeant(node.name) && node.subscripts.join() !== order.join()) alike = false;
  });
  return alike;
};

/**
 * Adds steps to a list; a nest joins the last nest of its order that it may follow at once. Numbers are computed as early as may be:
 * they would part nests that could be one.
 */
const join = (steps: readonly Step[], added: readonly Step[], context: Context): readonly Step[] =>
  added.reduce<readonly Step[]>((all, step) => {
    const dependsOn = dependence(step, context);
    if (step.kind === 'number') return all.toSpliced(all.findLastIndex(dependsOn) + 1, 0, step);
    if (step.kind !== 'nest') return [...all, step];
    for (let at = all.length - 1; at >= 0; at--) {
      const earlier = all[at]!;
      if (earlier.kind === 'nest' && mayFuse(earlier, step, context))
        return all.with(at, { ...earlier, statements: [...earlier.statements, ...step.statements] });
      if (dependsOn(earlier)) break;
    }
    return [...all, step];
  }, steps);

/** Whether a step must stay behind an earlier one: it reads what that one writes, or writes what that one reads. */
const dependence = (step: Step, { areaOf }: Context): ((earlier: Step) => boolean) => {
  const placeOf = (name: string): string => areaOf.get(name) ?? name;
  const read = new Set(readsOf(step).map(placeOf));
  const written = new Set(writesOf(step).map(placeOf));
  return (earlier) =>
    writesOf(earlier).some((name) => read.has(placeOf(name)) || written.has(placeOf(name))) ||
    readsOf(earlier).some((name) => written.has(placeOf(name)));
};

const mayFuse = (earlier: Nest, later: Nest, { areaOf }: Context): boolean => {
  if (earlier.order.join() !== later.order.join()) return false;
  const elements = new Set(
    earlier.statements.filter(({ how }) => how === 'element').map(({ target }) => target),
  );
  const reduced = new Set(
    earlier.statements.filter(({ how }) => how !== 'element').map(({ target }) => target),
  );
  const placeOf = (name: string): string => areaOf.get(name) ?? name;
  const reads = new Set(earlier.statements.flatMap(({ value }) => [...readNames(value)].map(placeOf)));
  const written = new Set(earlier.statements.map(({ target }) => placeOf(target)));
  /** Under another name the area holds what was there before, or what comes after. */
  const isStale = (name: string): boolean =>
    reduced.has(name) || (!elements.has(name) && written.has(placeOf(name)));
  /** Whether each element is read before it is written. */
  const isInTime = ({ target, how }: NestStatement): boolean =>
    !reads.has(placeOf(target)) ||
    (how === 'element' &&
      earlier.statements.every(({ value }) =>
        readsAlike(value, (name) => placeOf(name) === placeOf(target), earlier.order),
      ));
  return later.statements.every(
    (statement) =>
      isInTime(statement) &&
      !written.has(placeOf(statement.target)) &&
      ![...readNames(statement.value)].some(isStale) &&
      readsAlike(statement.value, (name) => elements.has(name), earlier.order),
  );
};

/** Elements that are read in their own nest alone are not stored. */
const settleStores = (steps: readonly Step[], context: Context): readonly Step[] =>
  steps.map((step) => {
    if (step.kind !== 'nest') return step;
    const statements = step.statements.map((statement): NestStatement => {
      if (statement.how !== 'element') return statement;
      const inside = step.statements.filter(({ value }) => readNames(value).has(statement.target)).length;
      const isStored = inside < (context.readers.get(statement.target) ?? Infinity);
      return { ...statement, isStored };
    });
    return { ...step, statements };
  });
