/** Removes what no output needs: statements, carried values and saved stacks. */
import type { Expression } from '../calculus/expression.ts';
import { readNames } from '../calculus/substitute.ts';
import { definedBy, expressionsOf } from '../schedule/inputs.ts';
import type { Program, Repeat, Statement } from '../schedule/program.ts';

export const prune = (program: Program): Program => {
  const live = new Set(program.outputs.map(({ register }) => register.name));
  return { ...program, body: pruneBlock(program.body, live) };
};

/** Keeps the statements that define live names; adds what they read to `live`. */
const pruneBlock = (block: readonly Statement[], live: Set<string>): readonly Statement[] => {
  const kept: Statement[] = [];
  const see = (node: Expression): void => readNames(node).forEach((name) => live.add(name));
  for (const statement of [...block].reverse()) {
    if (!definedBy(statement).some(({ name }) => live.has(name)) && !isReplayed(statement, live)) continue;
    if (statement.kind === 'repeat') kept.push(pruneRepeat(statement, live));
    else if (statement.kind === 'draw') {
      // The surrogate was for reverse mode; the draw itself needs its parameters only.
      const plain: Statement = { ...statement, surrogate: null };
      expressionsOf(plain).forEach(see);
      kept.push(plain);
    } else {
      expressionsOf(statement).forEach(see);
      kept.push(statement);
    }
  }
  return kept.reverse();
};

const isReplayed = (statement: Statement, live: ReadonlySet<string>): boolean =>
  statement.kind === 'repeat' && statement.saved.some(({ name }) => live.has(name));

const pruneRepeat = (loop: Repeat, live: Set<string>): Repeat => {
  const see = (node: Expression): void => readNames(node).forEach((name) => live.add(name));
  const saved = loop.saved.filter(({ name }) => live.has(name));
  const kept = new Set(
    loop.carried.filter(
      ({ result, register }) =>
        live.has(result.name) ||
        loop.whileAny?.name === register.name ||
        saved.some(({ name }) => name === register.name),
    ),
  );
  for (;;) {
    const inside = new Set(live);
    saved.forEach(({ name }) => inside.add(name));
    kept.forEach(({ next }) => readNames(next).forEach((name) => inside.add(name)));
    const body = pruneBlock(loop.body, inside);
    const more = loop.carried.filter((carried) => !kept.has(carried) && inside.has(carried.register.name));
    if (more.length > 0) {
      more.forEach((carried) => kept.add(carried));
      continue;
    }
    inside.forEach((name) => live.add(name));
    [loop.times, loop.first, ...[...kept].map(({ initial }) => initial)].forEach(see);
    return { ...loop, saved, body, carried: loop.carried.filter((carried) => kept.has(carried)) };
  }
};
