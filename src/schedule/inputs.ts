/** Finds what a program reads but does not define: its inputs. */
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames, walk } from '../calculus/substitute.ts';
import type { Program, Register, Statement } from './program.ts';
import { valuesOf } from './sources.ts';

/**
 * Fills `inputs`: every read that no statement defines. A read without subscripts is a host number unless it is named in
 * `tensors` (a scalar parameter).
 */
export const collectInputs = (program: Program, tensors: ReadonlySet<string> = new Set()): Program => {
  const defined = new Set<string>();
  const found = new Map<string, Register>();
  const see = (node: Expression): void =>
    walk(node, (current) => {
      if (current.kind !== 'read' || defined.has(current.name) || found.has(current.name)) return;
      const place = current.subscripts.length === 0 && !tensors.has(current.name) ? 'host' : 'tensor';
      const indices: readonly Index[] = current.subscripts.map((index) => index.replace(/['°].*$/, ''));
      found.set(current.name, { name: current.name, indices, place });
    });
  const visit = (statement: Statement): void => {
    expressionsOf(statement).forEach(see);
    // The iteration keys every draw (`src/runtime/random.ts`), whether or not an expression reads it.
    if (statement.kind === 'draw') found.set('iteration', { name: 'iteration', indices: [], place: 'host' });
    definedBy(statement).forEach(({ name }) => defined.add(name));
    if (statement.kind === 'repeat') {
      defined.add(statement.counter.name);
      for (const carried of statement.carried) defined.add(carried.register.name);
      statement.body.forEach(visit);
      statement.carried.forEach(({ next }) => see(next));
    }
  };
  program.body.forEach(visit);
  return { ...program, inputs: [...found.values()] };
};

/** The inputs that each output follows from. */
export const inputsByOutput = (program: Program): ReadonlyMap<string, ReadonlySet<string>> => {
  const sources = new Map<string, ReadonlySet<string>>(
    program.inputs.map(({ name }) => [name, new Set([name])]),
  );
  const behind = (nodes: readonly Expression[]): ReadonlySet<string> =>
    new Set(nodes.flatMap((node) => [...readNames(node)].flatMap((name) => [...(sources.get(name) ?? [])])));
  const visit = (statement: Statement): void => {
    const found = new Set(behind(expressionsOf(statement)));
    if (statement.kind === 'repeat') {
      // Twice: what a turn carries may reach the other carried values in the next one.
      for (let turn = 0; turn < 2; turn += 1) {
        for (const { register } of statement.carried) sources.set(register.name, new Set(found));
        statement.body.forEach(visit);
        for (const name of behind(statement.carried.map(({ next }) => next))) found.add(name);
      }
    }
    for (const { name } of definedBy(statement)) sources.set(name, found);
  };
  program.body.forEach(visit);
  return new Map(
    program.outputs.map(({ name, register }) => [name, sources.get(register.name) ?? new Set()]),
  );
};

/** Expressions that a statement evaluates before its body. */
export const expressionsOf = (statement: Statement): readonly Expression[] => {
  switch (statement.kind) {
    case 'assign':
      return [statement.value];
    case 'draw': {
      const own = valuesOf(statement.source);
      return statement.surrogate === null ? own : [...own, statement.surrogate];
    }
    case 'repeat':
      return [statement.times, statement.first, ...statement.carried.map(({ initial }) => initial)];
    case 'gradient':
      return [];
  }
};

/** Registers that later statements may read. */
export const definedBy = (statement: Statement): readonly Register[] => {
  switch (statement.kind) {
    case 'assign':
    case 'draw':
      return [statement.target];
    case 'repeat':
      return statement.carried.map(({ result }) => result);
    case 'gradient':
      return statement.wrt.map(({ result }) => result);
  }
};
