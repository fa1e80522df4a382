/** Programs of log-likelihoods, emitted and loaded into this process. */
import { mapLogSum, type LikelihoodPlan } from '../../runtime/likelihood-plan.ts';
import type { TensorFlow } from '../../runtime/plan.ts';
import type { LikelihoodDefinition } from '../../schedule/likelihood.ts';
import { loadProgram } from './load.ts';

export const likelihoodInProcess = (
  definition: LikelihoodDefinition,
  { tf }: { readonly tf: TensorFlow },
): LikelihoodPlan => ({
  clamped: definition.clamped,
  settings: definition.settings,
  tf,
  given: mapLogSum(definition.given, (program) => loadProgram(program, tf)),
  normaliser:
    definition.normaliser === null
      ? null
      : mapLogSum(definition.normaliser, (program) => loadProgram(program, tf)),
});
