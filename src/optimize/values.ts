/** Statements with other values. */
import type { Expression } from '../calculus/expression.ts';
import { expressionsOf } from '../schedule/inputs.ts';
import type { Statement } from '../schedule/program.ts';
import { mapValues } from '../schedule/sources.ts';

/** The statement with other values; the same object where none changes. What is inside of a loop stays. */
export const withValues = (statement: Statement, change: (value: Expression) => Expression): Statement => {
  switch (statement.kind) {
    case 'assign': {
      const value = change(statement.value);
      return value === statement.value ? statement : { ...statement, value };
    }
    case 'draw': {
      const isSame = expressionsOf(statement).every((value) => change(value) === value);
      return isSame ? statement : { ...statement, source: mapValues(statement.source, change) };
    }
    case 'repeat': {
      const carried = statement.carried.map((entry) => ({ ...entry, initial: change(entry.initial) }));
      const isSame = carried.every(({ initial }, i) => initial === statement.carried[i]!.initial);
      return isSame ? statement : { ...statement, carried };
    }
    case 'gradient':
      return statement;
  }
};

/** The statements with other values everywhere, in loops as well. */
export const withAllValues = (
  block: readonly Statement[],
  change: (value: Expression) => Expression,
): readonly Statement[] =>
  block.map((statement) => {
    const changed = withValues(statement, change);
    if (changed.kind !== 'repeat') return changed;
    const carried = changed.carried.map((entry) => ({ ...entry, next: change(entry.next) }));
    return { ...changed, carried, body: withAllValues(changed.body, change) };
  });
