/** Which target runs a program and what it comes to there, for `nsm explain --cost`. */
import type { Expression } from '../calculus/expression.ts';
import { planMemory } from '../runtime/kernels/memory.ts';
import type { Program } from '../schedule/program.ts';
import { kernelsOf, moduleOf } from './wasm/compile.ts';
import type { Step } from './wasm/kernels/kernels.ts';

export type TargetExplanation =
  | { readonly kind: 'operations'; readonly because: string }
  | (KernelCounts & {
      readonly kind: 'kernels';
      readonly moduleBytes: number;
      /** All kernels of one run, those in loops once for every turn. */
      readonly runs: number;
      /** Bytes of memory when one worker runs it. */
      readonly arena: number;
    });

interface KernelCounts {
  /** Fused loops over elements. */
  readonly nests: number;
  readonly products: number;
  readonly draws: number;
  /** Matrices that are turned around, so that products read them row by row. */
  readonly turned: number;
  /** Inverses, determinants and factors of matrices. */
  readonly functions: number;
}

/**
 * @param turnsOf how often a loop turns
 * @param canRun whether this engine takes a WebAssembly module
 */
export const explainTarget = (
  program: Program,
  sizes: Readonly<Record<string, number>>,
  turnsOf: (loop: { readonly times: Expression }) => number,
  canRun: (module: Uint8Array<ArrayBuffer>) => boolean,
): TargetExplanation => {
  const kernels = kernelsOf(program);
  const module = moduleOf(kernels);
  if (!canRun(module.bytes)) return { kind: 'operations', because: 'this engine has no WebAssembly vectors' };
  const turns = Object.fromEntries(
    Object.entries(module.turns).map(([label, times]) => [label, turnsOf({ times })]),
  );
  const steps = kernels.phases.flatMap(({ once, chunks }) => [...once, ...chunks]);
  const { nests, products, draws, turned, functions } = countKernels(steps, turnsOf);
  return {
    kind: 'kernels',
    ...countKernels(steps, () => 1),
    moduleBytes: module.bytes.length,
    runs: nests + products + draws + turned + functions,
    arena: planMemory(module, sizes, turns, 1, false).end,
  };
};

const countKernels = (
  steps: readonly Step[],
  turnsOf: (loop: { readonly times: Expression }) => number,
): KernelCounts => {
  const counts = { nests: 0, products: 0, draws: 0, turned: 0, functions: 0 };
  const visit = (step: Step, times: number): void => {
    switch (step.kind) {
      case 'turns':
        return step.body.forEach((each) => visit(each, times * turnsOf(step)));
      case 'nest':
        counts.nests += times;
        return;
      case 'product':
        counts.products += times;
        return;
      case 'noise':
        counts.draws += times;
        return;
      case 'host':
        counts[step.work.kind === 'draw' ? 'draws' : 'functions'] += times;
        return;
      case 'turned':
        counts.turned += times;
        return;
      case 'forget':
      case 'number':
      case 'reading':
    }
  };
  steps.forEach((step) => visit(step, 1));
  return counts;
};
