/** What a program costs before and after each pass, for `nsm explain --cost`. */
import type { Program } from '../schedule/program.ts';
import { guessedActivity, sparseRegisters } from './activity.ts';
import type { Hints, Step } from './optimize.ts';
import { guessedExamples, programCost, type ProgramCost } from './program-cost.ts';
import { prune } from './prune.ts';
import { reverse } from './reverse.ts';

export interface CostExplanation {
  readonly program: string;
  /** What the counts assume: the sizes of axes, and numbers that say how often loops turn. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** Arrays that are drawn or rectified so that they are zeros for the most part, and the share of them that is taken not to be. */
  readonly sparse: { readonly names: readonly string[]; readonly activity: number };
  /** The program as derived comes first. */
  readonly passes: readonly PassCost[];
}

export interface PassCost {
  readonly name: string;
  readonly doc: string;
  /** Whether the pass changed what the program costs. */
  readonly changed: boolean;
  readonly cost: ProgramCost;
}

/** @param steps the program after each pass */
export const explainCost = (program: Program, hints: Hints, steps: readonly Step[]): CostExplanation => {
  const hosts = new Set(program.inputs.filter(({ place }) => place === 'host').map(({ name }) => name));
  // Before derivatives are statements they are counted as they would be: else the passes before `reverse` had less to do.
  const costOf = (after: Program): ProgramCost => programCost(prune(reverse(after)), hints);
  let before = program;
  let cost = costOf(program);
  const passes: PassCost[] = [{ name: 'derived', doc: 'as the model says it', changed: true, cost }];
  for (const { pass, program: after } of steps) {
    const found = after === before ? cost : costOf(after);
    const changed = JSON.stringify(found) !== JSON.stringify(cost);
    passes.push({ name: pass.name, doc: pass.doc, changed, cost: found });
    [before, cost] = [after, found];
  }
  return {
    program: program.name,
    sizes: { example: guessedExamples, ...hints.sizes },
    numbers: Object.fromEntries(Object.entries(hints.scalars).filter(([name]) => hosts.has(name))),
    sparse: { names: [...sparseRegisters(program)], activity: guessedActivity },
    passes,
  };
};
