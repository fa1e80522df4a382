/**
 * What a program costs, counted statement by statement: operations, bytes, kernels, and the memory that is alive at once. Each statement
 * counts as one kernel that reads its arrays once and writes one.
 */
import type { Expression } from '../calculus/expression.ts';
import { scalarValue } from '../calculus/scalar-value.ts';
import { children, readNames } from '../calculus/substitute.ts';
import { definedBy, expressionsOf } from '../schedule/inputs.ts';
import type { Program, Register, Repeat, Statement } from '../schedule/program.ts';
import { guessedActivity, isSparse, sparseRegisters } from './activity.ts';
import { planContraction, type ContractionTree } from './contraction.ts';
import { costOf, elements, type Costs } from './cost.ts';
import type { Hints } from './scope.ts';
import { symmetryIn } from './symmetry.ts';

export interface Cost {
  /** Floating-point operations; a multiplication with its addition is two, any function one, a symmetric product half, one with an array
   * of zeros for the most part its expected share. Those inside of draws are not counted. */
  readonly operations: number;
  /** Read and written, four for each entry. */
  readonly bytes: number;
  /** Statements that make arrays. */
  readonly kernels: number;
  /** What the optimiser compares: operations weighted by how fast a backend does them. */
  readonly work: number;
}

export interface LoopCost {
  readonly label: string;
  readonly times: number;
  /** Of one turn, loops inside of it with all of their turns. */
  readonly turn: Cost;
}

export interface ProgramCost {
  /** Of one run, all turns of all loops. */
  readonly run: Cost;
  /** Bytes of all arrays that are alive at once, at most. */
  readonly arena: number;
  readonly loops: readonly LoopCost[];
}

/** A count of turns that is only known when a program runs. */
const guessedTurns = 16;

export const turnsOf = (
  { times }: Pick<Repeat, 'times'>,
  scalars: Readonly<Record<string, number>>,
): number => {
  try {
    return Math.max(1, scalarValue(times, scalars));
  } catch {
    return guessedTurns;
  }
};

export const guessedExamples = 64;

const bytesOfEntry = 4;
/** Work to start a kernel, in multiplications of a matrix product: some microseconds. */
const workOfKernel = 2e4;

export const programCost = (program: Program, hints: Hints): ProgramCost => {
  const registers = registersOf(program);
  const costs = costsOf(program, hints, guessedActivity);
  const lengthOf = ({ indices, place }: Register): number =>
    place === 'host' ? 0 : elements(indices, costs.sizes) * bytesOfEntry;
  const readBy = (nodes: readonly Expression[]): number => {
    const names = new Set(nodes.flatMap((node) => [...readNames(node)]));
    return total([...names], (name) => (registers.has(name) ? lengthOf(registers.get(name)!) : 0));
  };
  const counted = counting(program, hints, (target, values) => ({
    operations: total(values, (value) => operationsOf(value, costs)),
    bytes: readBy(values) + lengthOf(target),
    kernels: 1,
    work: workOf(values, costs),
  }));
  return { ...counted, arena: arenaOf(program, hints, lengthOf) };
};

/** The work of one run alone: what is asked again and again. `activity`: what is not zero of arrays that are zeros for the most part. */
export const programWork = (program: Program, hints: Hints, activity = guessedActivity): number => {
  const costs = costsOf(program, hints, activity);
  return counting(program, hints, (_, values) => ({ ...nothing, work: workOf(values, costs) })).run.work;
};

const workOf = (values: readonly Expression[], costs: Costs): number =>
  total(values, (value) => costOf(value, costs)) + workOfKernel;

/** Of a program as it stands, each value is computed as often as its statement runs. */
const costsOf = (program: Program, hints: Hints, activity: number): Costs => {
  const sparse = sparseRegisters(program);
  return {
    sizes: { example: guessedExamples, ...hints.sizes },
    executions: () => 1,
    isKnown: () => false,
    isSymmetric: symmetryIn(program),
    isSparse: (node) => isSparse(node, sparse),
    activity,
    isDifferentiated: () => false,
    hasAdjoint: () => false,
  };
};

/** Adds up the costs of kernels, of one run and of a turn of each loop. */
const counting = (
  program: Program,
  hints: Hints,
  costOfKernel: (target: Register, values: readonly Expression[]) => Cost,
): Pick<ProgramCost, 'run' | 'loops'> => {
  const loops: LoopCost[] = [];
  const kernel = (target: Register, values: readonly Expression[]): Cost => {
    const isNone = target.place === 'host' || (values.length === 1 && isPlainRead(values[0]!, target));
    return isNone ? nothing : costOfKernel(target, values);
  };
  const costOfStatement = (statement: Statement): Cost => {
    switch (statement.kind) {
      case 'assign':
        return kernel(statement.target, [statement.value]);
      case 'draw':
        return kernel(statement.target, expressionsOf({ ...statement, surrogate: null }));
      case 'gradient':
        return nothing;
      case 'repeat': {
        const times = turnsOf(statement, hints.scalars);
        const at = loops.length;
        const turn = plus(
          costOfBlock(statement.body),
          ...statement.carried.map(({ register, next }) => kernel(register, [next])),
        );
        loops.splice(at, 0, { label: statement.label, times, turn });
        return plus(
          ...statement.carried.map(({ register, initial }) => kernel(register, [initial])),
          scaled(turn, times),
        );
      }
    }
  };
  const costOfBlock = (block: readonly Statement[]): Cost => plus(...block.map(costOfStatement));
  const run = costOfBlock(program.body);
  return { run, loops };
};

const nothing: Cost = { operations: 0, bytes: 0, kernels: 0, work: 0 };
const plus = (...costs: readonly Cost[]): Cost => ({
  operations: total(costs, ({ operations }) => operations),
  bytes: total(costs, ({ bytes }) => bytes),
  kernels: total(costs, ({ kernels }) => kernels),
  work: total(costs, ({ work }) => work),
});
const scaled = ({ operations, bytes, kernels, work }: Cost, times: number): Cost => ({
  operations: operations * times,
  bytes: bytes * times,
  kernels: kernels * times,
  work: work * times,
});
const total = <Item>(items: readonly Item[], amount: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + amount(item), 0);

/** A value that is another register as it stands needs no kernel. */
const isPlainRead = (value: Expression, target: Register): boolean =>
  value.kind === 'read' && value.subscripts.length === target.indices.length;

const registersOf = (program: Program): ReadonlyMap<string, Register> => {
  const found = new Map(program.inputs.map((register) => [register.name, register]));
  const visit = (statement: Statement): void => {
    for (const register of definedBy(statement)) found.set(register.name, register);
    if (statement.kind !== 'repeat') return;
    for (const { register } of statement.carried) found.set(register.name, register);
    statement.body.forEach(visit);
  };
  program.body.forEach(visit);
  return found;
};

/** Operations of a value, shared parts counted once. */
const operationsOf = (node: Expression, costs: Costs): number => {
  const seen = new Set<Expression>();
  const inside = (nodes: readonly Expression[]): number => total(nodes, visit);
  const visit = (current: Expression): number => {
    if (seen.has(current)) return 0;
    seen.add(current);
    const each = elements(current.indices, costs.sizes);
    switch (current.kind) {
      case 'constant':
      case 'size':
      case 'position':
      case 'read':
      case 'delta':
      case 'triangle':
        return 0;
      case 'add':
      case 'multiply':
        return each * (children(current).length - 1) + inside(children(current));
      case 'power':
      case 'apply':
        return each + inside(children(current));
      case 'maximum':
        return elements(current.body.indices, costs.sizes) + visit(current.body);
      case 'inverse':
      case 'log_determinant':
      case 'cholesky':
        return (
          elements(current.body.indices, costs.sizes) * elements([current.over[0]], costs.sizes) +
          visit(current.body)
        );
      case 'sum': {
        const plan = planContraction(current, costs);
        return operationsOfTree(plan.tree, costs) + inside(plan.operands);
      }
    }
  };
  return visit(node);
};

const operationsOfTree = (tree: ContractionTree, costs: Costs): number => {
  if (tree.kind === 'operand') return tree.over.length === 0 ? 0 : elements(tree.node.indices, costs.sizes);
  const union = [...new Set([...tree.left.indices, ...tree.right.indices])];
  return (
    operationsOfTree(tree.left, costs) +
    operationsOfTree(tree.right, costs) +
    elements(union, costs.sizes) * tree.share * (tree.over.length === 0 ? 1 : 2)
  );
};

/**
 * The most bytes alive at once: an array from the statement that makes it to the last that reads it, carried values twice (what a turn
 * reads and what it makes), and what a loop saves once for every turn until the loop that replays it.
 */
const arenaOf = (program: Program, hints: Hints, lengthOf: (register: Register) => number): number => {
  const readIn = (statement: Statement): readonly string[] => [
    ...expressionsOf(statement).flatMap((node) => [...readNames(node)]),
    ...(statement.kind === 'repeat'
      ? [
          ...statement.body.flatMap(readIn),
          ...statement.carried.flatMap(({ next }) => [...readNames(next)]),
          ...(statement.replays === null ? [] : [`stack of ${statement.replays}`]),
        ]
      : []),
  ];
  const peakOf = (block: readonly Statement[], kept: readonly string[]): number => {
    const lastUse = new Map<string, number>(kept.map((name) => [name, block.length]));
    block.forEach((statement, at) => {
      for (const name of readIn(statement)) lastUse.set(name, Math.max(at, lastUse.get(name) ?? 0));
    });
    const alive = new Map<string, number>();
    let peak = 0;
    block.forEach((statement, at) => {
      for (const register of definedBy(statement)) alive.set(register.name, lengthOf(register));
      let inside = 0;
      if (statement.kind === 'repeat') {
        const { body, carried, saved } = statement;
        const ends = [
          ...carried.flatMap(({ next }) => [...readNames(next)]),
          ...saved.map(({ name }) => name),
        ];
        inside = peakOf(body, ends) + total(carried, ({ register }) => lengthOf(register));
        const stack = total(saved, lengthOf) * turnsOf(statement, hints.scalars);
        if (stack > 0) alive.set(`stack of ${statement.label}`, stack);
      }
      peak = Math.max(peak, total([...alive.values()], (bytes) => bytes) + inside);
      for (const name of alive.keys()) if ((lastUse.get(name) ?? -1) <= at) alive.delete(name);
    });
    return peak;
  };
  const outputs = program.outputs.map(({ register }) => register.name);
  return total(program.inputs, lengthOf) + peakOf(program.body, outputs);
};
