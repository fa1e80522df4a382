/**
 * Values between the turns of a loop. What no turn changes is a value from before the loop, and what a turn computes at its end is not
 * computed again at the start of the next one: the loop carries it.
 */
import type { Expression } from '../calculus/expression.ts';
import { readNames, renameIndices, replaceReads } from '../calculus/substitute.ts';
import { definedBy } from '../schedule/inputs.ts';
import { readRegister, register, type Names } from '../schedule/names.ts';
import type { Assign, Carried, Program, Repeat, Statement } from '../schedule/program.ts';
import { namesOf, turnRegisters } from './registers.ts';

/** Carried values that stay what they were leave their loops. */
export const releaseConstants = (program: Program): Program => ({
  ...program,
  body: mapLoops(program.body, (loop) => {
    const isConstant = ({ register: own, next }: Carried): boolean =>
      next === readRegister(own) && !loop.saved.some(({ name }) => name === own.name);
    const constants = loop.carried.filter(isConstant);
    if (constants.length === 0) return [loop];
    return [
      ...constants.map(({ register: target, initial }) => assign(target, initial)),
      { ...loop, carried: loop.carried.filter((entry) => !isConstant(entry)) },
      ...constants.map(({ register: own, result }) => assign(result, readRegister(own))),
    ];
  }),
});

/** Values that are those of the turn before, one step on, are carried. */
export const carryOver = (program: Program): Program => {
  const names = namesOf(program);
  const loops = new Map<string, Repeat>();
  const carry = (loop: Repeat): readonly Statement[] => {
    loops.set(loop.label, loop);
    const replayed = loop.replays === null ? [] : turnRegisters(loops.get(loop.replays)!);
    return [carryInLoop(loop, new Set(replayed.map(({ name }) => name)), names)];
  };
  return { ...program, body: mapLoops(program.body, carry) };
};

const carryInLoop = (loop: Repeat, replayed: ReadonlySet<string>, names: Names): Repeat => {
  const known = new Map(
    loop.body.flatMap((statement) =>
      statement.kind === 'assign' && statement.target.place === 'tensor'
        ? [[statement.value, statement] as const]
        : [],
    ),
  );
  const entries = new Map(loop.carried.map((entry) => [entry.register.name, entry]));
  const changing = new Set([
    ...replayed,
    ...[loop.counter, ...loop.body.flatMap(definedBy)].map(({ name }) => name),
  ]);
  for (const statement of known.values()) {
    const { target, value } = statement;
    const read = [...readNames(value)];
    if (!read.some((name) => entries.has(name)) || read.some((name) => changing.has(name))) continue;
    const next = known.get(withEntries(value, entries, 'next'));
    if (next === undefined || next === statement) continue;
    const entry: Carried = {
      register: target,
      initial: withEntries(value, entries, 'initial'),
      next: readRegister(next.target),
      result: register(names, target.name, target.indices),
    };
    // Another value may follow from this one in turn.
    return carryInLoop(
      {
        ...loop,
        carried: [...loop.carried, entry],
        body: loop.body.filter((other) => other !== statement),
      },
      replayed,
      names,
    );
  }
  return loop;
};

/** A value of one turn with what its carried values begin as, or become. */
const withEntries = (
  value: Expression,
  entries: ReadonlyMap<string, Carried>,
  which: 'initial' | 'next',
): Expression =>
  replaceReads(value, (found) => {
    const entry = entries.get(found.name);
    if (entry === undefined) return null;
    const { indices } = entry.register;
    return renameIndices(entry[which], new Map(indices.map((index, i) => [index, found.subscripts[i]!])));
  });

const assign = (target: Assign['target'], value: Expression): Assign => ({
  kind: 'assign',
  target,
  value,
  note: null,
});

/** Every loop exchanged for statements, inner ones first. */
const mapLoops = (
  block: readonly Statement[],
  change: (loop: Repeat) => readonly Statement[],
): readonly Statement[] =>
  block.flatMap((statement) =>
    statement.kind === 'repeat'
      ? change({ ...statement, body: mapLoops(statement.body, change) })
      : [statement],
  );
