/** The optimiser: a list of passes, each from programs to programs, in the order in which they run. */
import { collectInputs } from '../schedule/inputs.ts';
import type { Program } from '../schedule/program.ts';
import { accumulate } from './accumulate.ts';
import { factor } from './factor.ts';
import { lower, type Hints } from './lower.ts';
import { programCost } from './program-cost.ts';
import { prune } from './prune.ts';
import { reverse } from './reverse.ts';
import { share } from './share.ts';
import { carryOver, releaseConstants } from './turns.ts';

export type { Hints } from './lower.ts';

export interface Pass {
  readonly name: string;
  /** What it does, in a line of `nsm explain --cost`. */
  readonly doc: string;
  /** A pass that weighs alternatives finishes each by `finish`, the passes after it, and compares what they cost. */
  readonly run: (program: Program, hints: Hints, finish: (program: Program) => Program) => Program;
}

const takeSumsApart: Pass['run'] = (program, hints, finish) =>
  accumulate(program, (candidate) => programCost(finish(candidate), hints).run.work);

export const passes: readonly Pass[] = [
  {
    name: 'constants',
    doc: 'what no turn changes is not carried',
    run: releaseConstants,
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
  },
  {
    name: 'sums',
    doc: 'what a loop does not change leaves sums over its turns',
    run: takeSumsApart,
  },
  { name: 'reverse', doc: 'derivatives, as statements', run: reverse },
  {
    name: 'constants of derivatives',
    doc: 'adjoints that no turn changes are not carried',
    run: releaseConstants,
  },
  {
    name: 'sums of derivatives',
    doc: 'gradients are sums over turns of products in latent space',
    run: takeSumsApart,
  },
  {
    name: 'share',
    doc: 'functions and products once, each before the loops that do not change it',
    run: (program, hints) => lower(program, hints, { pass: 'after derivatives', mayExpand: false }),
  },
  { name: 'prune', doc: 'without what no output needs', run: prune },
  { name: 'factor', doc: 'common factors out of sums', run: factor },
  {
    name: 'common parts',
    doc: 'parts of several values once',
    run: (program, { sizes }) => share(program, sizes),
  },
  {
    name: 'turns',
    doc: 'what the turn before knows already is carried',
    run: carryOver,
  },
  {
    name: 'inputs',
    doc: 'only inputs that are read',
    run: (program) => withInputs(program),
  },
];

/** A program after one of the passes. */
export interface Step {
  readonly pass: Pass;
  readonly program: Program;
}

export const optimizeInSteps = (program: Program, hints: Hints): readonly Step[] => {
  const steps: Step[] = [];
  for (const [i, pass] of passes.entries()) {
    const before = steps.at(-1)?.program ?? program;
    const after = passes.slice(i + 1).filter(({ run }) => run !== takeSumsApart);
    const finish = (candidate: Program): Program =>
      after.reduce((done, { run }) => run(done, hints, finish), candidate);
    steps.push({ pass, program: pass.run(before, hints, finish) });
  }
  return steps;
};

export const optimize = (program: Program, hints: Hints): Program =>
  optimizeInSteps(program, hints).at(-1)!.program;

const withInputs = (program: Program): Program => {
  const tensors = new Set(program.inputs.filter(({ place }) => place === 'tensor').map(({ name }) => name));
  const needed = new Set(collectInputs(program, tensors).inputs.map(({ name }) => name));
  return { ...program, inputs: program.inputs.filter(({ name }) => needed.has(name)) };
};
