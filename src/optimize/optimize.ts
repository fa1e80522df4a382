/** The optimiser: a list of passes, each from programs to programs, in the order in which they run. */
import { collectInputs } from '../schedule/inputs.ts';
import type { Program } from '../schedule/program.ts';
import { accumulate } from './accumulate.ts';
import { factor } from './factor.ts';
import { lower, type Hints } from './lower.ts';
import { programWork } from './program-cost.ts';
import { prune } from './prune.ts';
import { recompute } from './recompute.ts';
import { reverse } from './reverse.ts';
import { share } from './share.ts';
import { carryOver, releaseConstants } from './turns.ts';

export type { Hints } from './lower.ts';

export interface Pass {
  readonly name: string;
  /** What it does, in a line of `nsm explain --cost`. */
  readonly doc: string;
  readonly run: (program: Program, hints: Hints) => Program;
  /**
   * For a pass that does not always pay: the share of the work that it has to save, with both programs finished by the passes after
   * it. What multiplies differences out loses digits, and has to be clearly cheaper.
   */
  readonly leastGain: number | null;
}

export const passes: readonly Pass[] = [
  {
    name: 'constants',
    doc: 'what no turn changes is not carried',
    run: releaseConstants,
    leastGain: null,
  },
  {
    name: 'reassociate',
    doc: 'products in the cheapest order, what a loop does not change before it',
    run: (program, hints) =>
      lower(program, hints, {
        pass: 'before derivatives',
        // Expanded forms pay off by leaving a loop; elsewhere they only lose digits.
        mayExpand: program.body.some(({ kind }) => kind === 'repeat'),
      }),
    leastGain: null,
  },
  {
    name: 'sums',
    doc: 'what a loop does not change leaves sums over its turns',
    run: (program) => accumulate(program, 3),
    leastGain: 0.01,
  },
  { name: 'reverse', doc: 'derivatives, as statements', run: reverse, leastGain: null },
  {
    name: 'constants of derivatives',
    doc: 'adjoints that no turn changes are not carried',
    run: releaseConstants,
    leastGain: null,
  },
  {
    name: 'sums of derivatives',
    doc: 'gradients are sums over turns of products in latent space',
    run: (program) => accumulate(program, 1),
    leastGain: 0.002,
  },
  {
    name: 'share',
    doc: 'functions and products once, each before the loops that do not change it',
    run: (program, hints) => lower(program, hints, { pass: 'after derivatives', mayExpand: false }),
    leastGain: null,
  },
  { name: 'prune', doc: 'without what no output needs', run: prune, leastGain: null },
  { name: 'factor', doc: 'common factors out of sums', run: factor, leastGain: null },
  {
    name: 'common parts',
    doc: 'parts of several values once',
    run: (program, { sizes }) => share(program, sizes),
    leastGain: null,
  },
  {
    name: 'turns',
    doc: 'what the turn before knows already is carried',
    run: carryOver,
    leastGain: null,
  },
  {
    name: 'saved',
    doc: 'what few operations make again is not saved for the way back',
    run: recompute,
    leastGain: null,
  },
  {
    name: 'inputs',
    doc: 'only inputs that are read',
    run: (program) => withInputs(program),
    leastGain: null,
  },
];

/** A program after one of the passes. */
export interface Step {
  readonly pass: Pass;
  readonly program: Program;
}

/** Not worth finishing: what is shared afterwards does not make up for as much. */
const hopeless = 1.5;

/** All passes in turn; one that does not pay leaves the program as it was. */
export const optimizeInSteps = (program: Program, hints: Hints): readonly Step[] => {
  const known = new Map<Program, number>();
  const workOf = (candidate: Program): number => {
    const work = known.get(candidate) ?? programWork(candidate, hints);
    known.set(candidate, work);
    return work;
  };
  let best = finished(program, [], hints);
  for (const [i, pass] of passes.entries()) {
    if (pass.leastGain === null) continue;
    const steps = best.slice(0, i);
    const before = steps.at(-1)!.program;
    const changed = pass.run(before, hints);
    if (changed === before || workOf(changed) > hopeless * workOf(before)) continue;
    const candidate = finished(program, [...steps, { pass, program: changed }], hints);
    if (workOf(resultOf(candidate)) <= (1 - pass.leastGain) * workOf(resultOf(best))) best = candidate;
  }
  return best;
};

/** The passes after some steps that always run. */
const finished = (program: Program, steps: readonly Step[], hints: Hints): readonly Step[] => {
  const all = [...steps];
  for (const pass of passes.slice(steps.length)) {
    const before = all.at(-1)?.program ?? program;
    all.push({ pass, program: pass.leastGain === null ? pass.run(before, hints) : before });
  }
  return all;
};

export const optimize = (program: Program, hints: Hints): Program =>
  resultOf(optimizeInSteps(program, hints));

const resultOf = (steps: readonly Step[]): Program => steps.at(-1)!.program;

const withInputs = (program: Program): Program => {
  const tensors = new Set(program.inputs.filter(({ place }) => place === 'tensor').map(({ name }) => name));
  const needed = new Set(collectInputs(program, tensors).inputs.map(({ name }) => name));
  return { ...program, inputs: program.inputs.filter(({ name }) => needed.has(name)) };
};
