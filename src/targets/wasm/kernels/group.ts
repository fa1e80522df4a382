/** From a program of separate sums to kernels: elementwise statements of equal indices go into one nest. */
import { read } from '../../../calculus/build.ts';
import { readNames } from '../../../calculus/substitute.ts';
import { symmetricArrays } from '../../../optimize/symmetry.ts';
import type { Assign, Draw, Program, Register, Repeat, Statement } from '../../../schedule/program.ts';
import { expressionsOf } from '../../../schedule/inputs.ts';
import { carriedName, handOn } from './hand-on.ts';
import { join, settleStores } from './join.ts';
import type { HostStep, Kernels, Step } from './kernels.ts';
import { nest, place, stepOfValue, type Context } from './step-of-value.ts';

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
