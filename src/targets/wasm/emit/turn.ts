/** One turn of the last loop of a nest: values, and what is done with them; alone, or several by turns. */
import { assign, read } from '../assembler/build.ts';
import type { Local, Statement, Value, ValueType } from '../assembler/code.ts';
import { interleave, type Assignment } from '../assembler/interleave.ts';

/** What is computed, in order, with what is done with it, and what ends the turn. */
export interface Turn {
  readonly parts: readonly Part[];
  readonly advance: readonly Statement[];
}
export interface Part {
  readonly assignment: Assignment;
  /** Whether later parts read it, or its effects do more than once. */
  readonly isReadOn: boolean;
  readonly effects: (value: Value) => readonly Statement[];
}

export const inOrder = ({ parts, advance }: Turn): readonly Statement[] => [
  ...parts.flatMap(({ assignment: [variable, value], isReadOn, effects }) =>
    isReadOn ? [assign(variable, value), ...effects(read(variable))] : effects(value),
  ),
  ...advance,
];

export const byTurns = (turns: readonly Turn[]): readonly Statement[] => {
  const free = new Map<ValueType, Local[]>();
  const effectsOf = ({ parts, advance }: Turn): readonly Statement[] => [
    ...parts.flatMap(({ assignment: [variable], effects }) => effects(read(variable))),
    ...advance,
  ];
  return [
    ...turns[0]!.parts.flatMap((_, at) =>
      interleave(
        turns.map(({ parts }) => [parts[at]!.assignment]),
        free,
      ),
    ),
    ...turns.flatMap(effectsOf),
  ];
};
