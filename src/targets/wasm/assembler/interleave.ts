/** An order of computing in which a processor finds more to do at once. */
import { assign, assignTogether, local, read } from './build.ts';
import type { Local, Statement, Value } from './code.ts';
import { occurrences, operandsOf } from './occurrences.ts';

/** A local and the value that it gets. */
export type Assignment = readonly [Local, Value];

/**
 * Assigns values of equal form, which do not depend on each other, step by step in turn: a step is what is used more than
 * once. Where each is a long chain of operations, one alone would leave the processor waiting.
 *
 * @param groups the assignments that are made together; none reads a local of another
 */
export const interleave = (groups: readonly (readonly Assignment[])[]): readonly Statement[] => {
  const steps = groups.map(stepsOf);
  const longest = Math.max(...steps.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    steps.flatMap((ofGroup) => ofGroup.slice(at, at + 1)),
  ).flat();
};

const stepsOf = (assignments: readonly Assignment[]): readonly Statement[] => {
  const counts = occurrences(assignments.map(([, value]) => value));
  const done = new Map<Value, Value>();
  const steps: Statement[] = [];
  const split = (value: Value): Value => {
    const before = done.get(value);
    if (before !== undefined) return before;
    const operands = operandsOf(value);
    if (operands.length === 0) return value;
    const now = { ...value, arguments: operands.map(split) } as Value;
    if (counts.get(value) === 1 || operandsOf(value).every(isConstant)) return now;
    const kept = local('step', value.type);
    steps.push(assign(kept, now));
    done.set(value, read(kept));
    return read(kept);
  };
  const last = assignments.map(([variable, value]) => [variable, split(value)] as const);
  return [...steps, assignTogether(...last)];
};

const isConstant = ({ kind }: Value): boolean => kind === 'constant';
