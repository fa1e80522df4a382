/** Names that a program uses, so that passes can add their own. */
import { makeNames, type Names } from '../schedule/names.ts';
import type { Program, Statement } from '../schedule/program.ts';
import { definedBy } from '../schedule/inputs.ts';

export const namesOf = (program: Program): Names => {
  const names = makeNames(0);
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
