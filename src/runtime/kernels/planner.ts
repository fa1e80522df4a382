/** Plans of memory are made once for the sizes of a run, and moved where the workspace is. */
import type { RunContext } from '../executable.ts';
import { planMemory, startingAt, turnsOf, type MemoryPlan, type Numbers } from './memory.ts';
import type { KernelModule } from './module.ts';
import { workers, workspaceOf } from './pool.ts';

/** The plan of each run; the same object while nothing has changed. */
export const planner = (kernels: KernelModule): ((context: RunContext, host: Numbers) => MemoryPlan) => {
  let last: { readonly key: string; readonly atZero: MemoryPlan; readonly plan: MemoryPlan } | null = null;
  return (context, host) => {
    const turns = turnsOf(kernels, context.sizes, host);
    const isWhole = context.draws !== undefined;
    const key = JSON.stringify([context.sizes, turns, workers(), isWhole]);
    if (last?.key !== key) {
      const plan = planMemory(kernels, context.sizes, turns, workers(), isWhole);
      last = { key, atZero: plan, plan };
    }
    const start = workspaceOf(last.atZero.end);
    if (last.plan.frame !== start) last = { ...last, plan: startingAt(last.atZero, start) };
    return last.plan;
  };
};
