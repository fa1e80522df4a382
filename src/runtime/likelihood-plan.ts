/** What log-likelihoods are computed with: the definition of `src/schedule/likelihood.ts` with functions of a target for programs. */
import type { FiniteVariable, LikelihoodDefinition, LogSum } from '../schedule/likelihood.ts';
import type { Program } from '../schedule/program.ts';
import type { ArrayPlan, TensorFlow } from './plan.ts';
import type { Executable } from './executable.ts';

export type LogSumPlan =
  | { readonly kind: 'formula'; readonly summed: readonly string[]; readonly value: Executable }
  | {
      readonly kind: 'enumeration';
      readonly summed: readonly string[];
      readonly kept: readonly FiniteVariable[];
      readonly value: Executable;
      readonly states: number;
    }
  | {
      readonly kind: 'annealing';
      readonly summed: readonly string[];
      readonly kept: readonly ArrayPlan[];
      readonly begin: Executable;
      readonly anneal: Executable;
      readonly follow: Executable;
      readonly adapting: readonly string[];
      readonly exact: Extract<LogSumPlan, { kind: 'enumeration' }> | null;
    };

export interface LikelihoodPlan extends Omit<LikelihoodDefinition, 'given' | 'normaliser'> {
  readonly tf: TensorFlow;
  readonly given: LogSumPlan;
  readonly normaliser: LogSumPlan | null;
}

/** The same log-sum with every program replaced. */
export const mapLogSum = (sum: LogSum, run: (program: Program) => Executable): LogSumPlan => {
  switch (sum.kind) {
    case 'formula':
    case 'enumeration':
      return { ...sum, value: run(sum.value) };
    case 'annealing': {
      const { begin, anneal, follow, exact } = sum;
      return {
        ...sum,
        begin: run(begin),
        anneal: run(anneal),
        follow: run(follow),
        exact: exact === null ? null : { ...exact, value: run(exact.value) },
      };
    }
  }
};
