/** What moves what in a learning and its inference, as it is written. */
import type { BoundDynamics, Checked, InferenceStatement, Learning } from '../../check/typed.ts';

interface Move {
  readonly over: string;
  readonly by: BoundDynamics;
}

/** `Adam(rate = cosine(speed))` by `Learn over Phi, prior`; where two move the same, the later ones are numbered. */
export function schedulesOf({ texts }: Checked, learning: Learning): Readonly<Record<string, string>> {
  const { inference } = learning;
  const moves: readonly (readonly [string, Move])[] = [
    ...movesIn(inference.body).map((move) => [inference.name, move] as const),
    ...learning.phases.flatMap(({ body }) => movesIn(body).map((move) => [learning.name, move] as const)),
    ...learning.steps.map(({ over, by }) => [learning.name, { over: over.join(', '), by }] as const),
  ];
  const schedules: Record<string, string> = {};
  for (const [owner, { over, by }] of moves) {
    const name = `${owner} over ${over}`;
    let free = name;
    for (let number = 2; Object.hasOwn(schedules, free); number += 1) free = `${name} (${number})`;
    const { file, start, end } = by.span;
    schedules[free] = (texts.get(file) ?? '').slice(start, end).replace(/\s+/g, ' ');
  }
  return schedules;
}

const movesIn = (statements: readonly InferenceStatement[]): readonly Move[] =>
  statements.flatMap((statement): readonly Move[] => {
    switch (statement.kind) {
      case 'repeat':
        return movesIn(statement.body);
      case 'descend':
        return [{ over: statement.over.join(', '), by: statement.by }];
      case 'interneurons':
        return [{ over: statement.over?.join(', ') ?? 'interneurons', by: statement.by }];
      case 'draw':
        return statement.by === null ? [] : [{ over: statement.names.join(', '), by: statement.by }];
      case 'start':
      case 'rolling':
      case 'set':
      case 'free':
      case 'clamp':
      case 'sample':
        return [];
    }
  });
