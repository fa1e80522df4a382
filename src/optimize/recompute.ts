/**
 * A way back reads what each turn of the way there has saved. What a few operations make of other saved values, or of values from outside of
 * the loop, is made again instead: writing it to memory and reading it once costs more.
 */
import { read } from '../calculus/build.ts';
import type { Expression } from '../calculus/expression.ts';
import { children, readNames, replaceReads } from '../calculus/substitute.ts';
import { register, type Names } from '../schedule/names.ts';
import type { Assign, Program, Repeat, Statement } from '../schedule/program.ts';
import { transcendental } from './cost.ts';
import { namesOf, turnRegisters } from './registers.ts';
import { withAllValues } from './values.ts';

/** As many operations as memory takes the time of. */
const fewOperations = 8;

export const recompute = (program: Program): Program => {
  const names = namesOf(program);
  const cheap = new Map<string, readonly Assign[]>();
  const visit = (block: readonly Statement[]): readonly Statement[] =>
    block.map((statement) => {
      if (statement.kind !== 'repeat') return statement;
      const loop = { ...statement, body: visit(statement.body) };
      if (loop.replays !== null) return madeAgain(loop, cheap.get(loop.replays) ?? [], names);
      const made = cheapOf(loop);
      cheap.set(loop.label, made);
      const isMade = new Set(made.map(({ target }) => target.name));
      return { ...loop, saved: loop.saved.filter(({ name }) => !isMade.has(name)) };
    });
  return { ...program, body: visit(program.body) };
};

/** Statements of saved values that need not be saved, in order. */
const cheapOf = (loop: Repeat): readonly Assign[] => {
  const missing = new Set([loop.counter, ...turnRegisters(loop)].map(({ name }) => name));
  const saved = new Set(loop.saved.map(({ name }) => name));
  saved.forEach((name) => missing.delete(name));
  return loop.body.filter(
    (statement): statement is Assign =>
      statement.kind === 'assign' &&
      saved.has(statement.target.name) &&
      statement.target.place === 'tensor' &&
      operationsIn(statement.value) <= fewOperations &&
      [...readNames(statement.value)].every((name) => !missing.has(name)),
  );
};

/** Of each entry; infinite where it is no matter of a few operations. */
const operationsIn = (node: Expression): number => {
  const inside = (): number => children(node).reduce((total, child) => total + operationsIn(child), 0);
  switch (node.kind) {
    case 'constant':
    case 'size':
    case 'read':
      return 0;
    case 'add':
      return inside() + node.terms.length - 1;
    case 'multiply':
      return inside() + node.factors.length - 1;
    case 'apply':
      return transcendental.has(node.operator) ? Infinity : inside() + 1;
    default:
      return Infinity;
  }
};

/** A way back that begins each turn with what was not saved. */
const madeAgain = (loop: Repeat, made: readonly Assign[], names: Names): Repeat => {
  const renamed = new Map(
    made.map(({ target }) => [target.name, register(names, target.name, target.indices)] as const),
  );
  const change = (value: Expression): Expression =>
    replaceReads(value, ({ name, subscripts }) => {
      const own = renamed.get(name);
      return own === undefined ? null : read(own.name, subscripts);
    });
  const [changed] = withAllValues([loop], change) as readonly [Repeat];
  const again = made.map((statement) => ({
    ...statement,
    target: renamed.get(statement.target.name)!,
    value: change(statement.value),
  }));
  return { ...changed, body: [...again, ...changed.body] };
};
