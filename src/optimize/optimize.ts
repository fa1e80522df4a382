/** The optimiser: reassociate and hoist, then reverse mode, then hoist again, drop what nothing needs and factor sums. */
import { collectInputs } from '../schedule/inputs.ts';
import type { Program } from '../schedule/program.ts';
import { factor } from './factor.ts';
import { lower, type Hints } from './lower.ts';
import { prune } from './prune.ts';
import { reverse } from './reverse.ts';
import type { Symmetric } from './symmetry.ts';

export type { Hints } from './lower.ts';

export const optimize = (program: Program, hints: Hints): Program => {
  // Expanded forms pay off by leaving a loop; elsewhere they only lose digits.
  const mayExpand = program.body.some(({ kind }) => kind === 'repeat');
  const symmetric: Symmetric = new Set();
  const first = lower(program, hints, { pass: 'before derivatives', mayExpand, symmetric });
  const second = { pass: 'after derivatives', mayExpand: false, symmetric } as const;
  const pure = factor(prune(lower(reverse(first, symmetric), hints, second)));
  const tensors = new Set(program.inputs.filter(({ place }) => place === 'tensor').map(({ name }) => name));
  const needed = new Set(collectInputs(pure, tensors).inputs.map(({ name }) => name));
  return { ...pure, inputs: program.inputs.filter(({ name }) => needed.has(name)) };
};
