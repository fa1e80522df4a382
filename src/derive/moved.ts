/** Which variables the statements of inferences and phases move. */
import type { InferenceStatement } from '../check/typed.ts';

/** All statements, those inside repetitions too. */
export const allStatements = (body: readonly InferenceStatement[]): readonly InferenceStatement[] =>
  body.flatMap((statement) =>
    statement.kind === 'repeat' ? [statement, ...allStatements(statement.body)] : [statement],
  );

/** Names that one statement gives other values. */
export const movedBy = (statement: InferenceStatement): readonly string[] => {
  switch (statement.kind) {
    case 'start':
      return statement.targets;
    case 'descend':
      return statement.over;
    case 'sample':
    case 'draw':
      return statement.names;
    case 'repeat':
    case 'rolling':
    case 'interneurons':
    case 'set':
    case 'free':
    case 'clamp':
      return [];
  }
};

export const movedNames = (body: readonly InferenceStatement[]): ReadonlySet<string> =>
  new Set(allStatements(body).flatMap(movedBy));
