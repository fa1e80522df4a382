/** The names of a program: all, so that passes can add their own, and those of numbers on the host. */
import type { Expression, Index } from '../calculus/expression.ts';
import { readNames } from '../calculus/substitute.ts';
import { makeNames, type Names } from '../schedule/names.ts';
import type { Program, Register, Repeat, Statement } from '../schedule/program.ts';
import { definedBy } from '../schedule/inputs.ts';

export const namesOf = (program: Program): Names => {
  const names = makeNames(0);
  for (const [name, origin] of Object.entries(program.origins ?? {})) names.origins.set(name, origin);
  const visit = (statement: Statement): void => {
    definedBy(statement).forEach(({ name }) => names.taken.add(name));
    if (statement.kind !== 'repeat') return;
    names.taken.add(statement.counter.name);
    statement.carried.forEach(({ register }) => names.taken.add(register.name));
    statement.body.forEach(visit);
  };
  program.inputs.forEach(({ name }) => names.taken.add(name));
  program.body.forEach(visit);
  return names;
};

/** Names of the registers that are plain numbers. */
export const hostsOf = (program: Program): ReadonlySet<string> => {
  const hosts = new Set(program.inputs.filter(({ place }) => place === 'host').map(({ name }) => name));
  const visit = (statement: Statement): void => {
    for (const { name, place } of definedBy(statement)) if (place === 'host') hosts.add(name);
    if (statement.kind !== 'repeat') return;
    hosts.add(statement.counter.name);
    statement.body.forEach(visit);
  };
  program.body.forEach(visit);
  return hosts;
};

/** Whether a value is made of numbers on the host alone. */
export const isNumber = (node: Expression, hosts: ReadonlySet<string>): boolean =>
  node.indices.length === 0 && node.kind !== 'sum' && [...readNames(node)].every((name) => hosts.has(name));

/** What changes with the turns of a loop and later statements of its body may read. */
export const turnRegisters = (loop: Repeat): readonly Register[] => [
  ...loop.carried.map(({ register: own }) => own),
  ...loop.body.flatMap(definedBy),
];

/** Examples first; then as the array lies that it is computed for, so that both are read in one order. */
export const storedOrder = (indices: readonly Index[], wanted: readonly Index[]): readonly Index[] => {
  const isPart = indices.every((index) => wanted.includes(index));
  const placeOf = (index: Index): number =>
    index === 'example' ? -1 : isPart ? wanted.indexOf(index) : indices.indexOf(index);
  return [...indices].sort((a, b) => placeOf(a) - placeOf(b));
};
