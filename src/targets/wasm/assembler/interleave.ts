/** An order of computing in which a processor finds more to do at once. */
import { assign, assignTogether, local, read } from './build.ts';
import type { Local, Statement, Value, ValueType } from './code.ts';
import { occurrences, operandsOf } from './occurrences.ts';

/** A local and the value that it gets. */
export type Assignment = readonly [Local, Value];

/**
 * Assigns values of equal form, which do not depend on each other, step by step in turn: a step is what is used more than
 * once. Where each is a long chain of operations, one alone would leave the processor waiting.
 *
 * @param groups the assignments that are made together; none reads a local of another
 * @param free locals for steps, by their types: those of what is done before
 */
export const interleave = (
  groups: readonly (readonly Assignment[])[],
  free = new Map<ValueType, Local[]>(),
): readonly Statement[] => {
  const plans = groups.map((group) => ({ steps: stepsOf(group), places: new Map<Value, Local>() }));
  const longest = Math.max(...plans.map(({ steps }) => steps.length));
  return Array.from({ length: longest }, (_, at) => plans.flatMap((plan) => inPlace(plan, at, free))).flat();
};

/** A part that is kept for later ones, or the assignments themselves. */
interface Step {
  readonly kept: Value | null;
  readonly assignments: readonly Assignment[];
  readonly reads: ReadonlySet<Value>;
}

const stepsOf = (assignments: readonly Assignment[]): readonly Step[] => {
  const counts = occurrences(assignments.map(([, value]) => value));
  const isKept = (value: Value): boolean =>
    counts.get(value)! > 1 && operandsOf(value).some(({ kind }) => kind !== 'constant');
  const done = new Set<Value>();
  const steps: Step[] = [];
  const visit = (value: Value, reads: Set<Value>): void => {
    if (!isKept(value)) return operandsOf(value).forEach((operand) => visit(operand, reads));
    reads.add(value);
    if (done.has(value)) return;
    done.add(value);
    const own = new Set<Value>();
    operandsOf(value).forEach((operand) => visit(operand, own));
    steps.push({ kept: value, assignments: [], reads: own });
  };
  const last = new Set<Value>();
  assignments.forEach(([, value]) => visit(value, last));
  return [...steps, { kept: null, assignments, reads: last }];
};

/** A step with locals for what it reads; those that nothing reads any more are `free` for others. */
const inPlace = (
  { steps, places }: { readonly steps: readonly Step[]; readonly places: Map<Value, Local> },
  at: number,
  free: Map<ValueType, Local[]>,
): readonly Statement[] => {
  const step = steps[at];
  if (step === undefined) return [];
  const placed = (value: Value): Value => {
    const place = places.get(value);
    if (place !== undefined) return read(place);
    const operands = operandsOf(value);
    return operands.length === 0 ? value : ({ ...value, arguments: operands.map(placed) } as Value);
  };
  const { kept, assignments } = step;
  const values = kept === null ? assignments.map(([, value]) => placed(value)) : [placed(kept)];
  for (const value of step.reads)
    if (!steps.slice(at + 1).some(({ reads }) => reads.has(value)))
      free.set(value.type, [...(free.get(value.type) ?? []), places.get(value)!]);
  if (kept === null)
    return [assignTogether(...assignments.map(([variable], place) => [variable, values[place]!] as const))];
  const place = free.get(kept.type)?.pop() ?? local('step', kept.type);
  places.set(kept, place);
  return [assign(place, values[0]!)];
};
