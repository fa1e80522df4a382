/** The optimiser: reassociate and hoist, then reverse mode, then hoist again and drop what nothing needs. */
import { collectInputs } from '../schedule/inputs.ts';
import type { Program } from '../schedule/program.ts';
import { lower, type Hints } from './lower.ts';
import { prune } from './prune.ts';
import { reverse } from './reverse.ts';

export type { Hints } from './lower.ts';

export const optimize = (program: Program, hints: Hints): Program => {
  // Expanded forms pay off by leaving a loop; elsewhere they only lose digits.
  const mayExpand = program.body.some(({ kind }) => kind === 'repeat');
  const pure = prune(lower(reverse(lower(program, hints, mayExpand)), hints, false));
  const tensors = new Set(program.inputs.filter(({ place }) => place === 'tensor').map(({ name }) => name));
  const needed = new Set(collectInputs(pure, tensors).inputs.map(({ name }) => name));
  return { ...pure, inputs: program.inputs.filter(({ name }) => needed.has(name)) };
};
