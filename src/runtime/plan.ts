/**
 * A model ready to run: its `Definition` with the programs as functions of one target. Emitted modules hold one as
 * a literal; `src/targets` makes one in process. What only the compiler needs is left out.
 */
import type * as tensorflow from '@tensorflow/tfjs';
import type {
  ArrayDefinition,
  Definition,
  InferenceDefinition,
  LearningDefinition,
  ParameterDefinition,
} from '../schedule/definition.ts';
import type { Executable } from './executable.ts';

export type TensorFlow = typeof tensorflow;

export interface ModelPlan extends Omit<
  Definition,
  'parameters' | 'inferences' | 'learnings' | 'sample' | 'origins'
> {
  readonly tf: TensorFlow;
  readonly parameters: readonly ParameterPlan[];
  readonly inferences: readonly InferencePlan[];
  readonly learnings: readonly LearningPlan[];
  readonly sample: Executable;
  /** Where parameters, variables, inferences and learnings are declared, by their names: `ipvae.nsm:12:3`. */
  readonly origins?: Readonly<Record<string, string>>;
}

export type ArrayPlan = ArrayDefinition;

export type ParameterPlan = Omit<ParameterDefinition, 'effective'>;

export interface InferencePlan extends Omit<InferenceDefinition, 'start' | 'advance' | 'measure'> {
  readonly start: Executable;
  readonly advance: Executable;
  readonly measure: Executable;
}

export interface LearningPlan extends Omit<LearningDefinition, 'update'> {
  readonly update: Executable;
}
