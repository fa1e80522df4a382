/** Definitions made ready to run: which programs a definition holds, and a plan of functions for them. */
import { lazily, type Executable } from '../runtime/executable.ts';
import { fastest } from '../runtime/kernels/fastest.ts';
import { mapLogSum, type LikelihoodPlan, type LogSumPlan } from '../runtime/likelihood-plan.ts';
import type { ModelPlan, TensorFlow } from '../runtime/plan.ts';
import type { Definition } from '../schedule/definition.ts';
import { withProperties } from '../schedule/lazy.ts';
import type { LikelihoodDefinition, LogSum } from '../schedule/likelihood.ts';
import type { Program } from '../schedule/program.ts';
import { placeText } from '../schedule/locate.ts';
import { loadProgram as loadTensors } from './tfjs/load.ts';
import { compileKernels } from './wasm/compile.ts';
import type { Arithmetic } from './wasm/emit/emit.ts';
import { loadProgram } from './wasm/load.ts';

/** All programs of a definition, each with the name that its function gets. */
export const programsOf = (
  definition: Definition,
): readonly { readonly name: string; readonly program: Program }[] => [
  ...definition.inferences.flatMap(({ name, start, advance, measure }) => [
    { name: `${name}_start`, program: start },
    { name: `${name}_advance`, program: advance },
    { name: `${name}_measure`, program: measure },
  ]),
  ...definition.learnings.map(({ name, update }) => ({ name: `${name}_update`, program: update })),
  { name: `${definition.model}_sample`, program: definition.sample },
];

/** Makes a function of a program. */
export type Load = (program: Program, tf: TensorFlow) => Executable;

/** Operations of TensorFlow.js, whatever backend it uses. */
export const asTensors: Load = loadTensors;

/** Kernels in WebAssembly. */
export const asKernels: Load = loadProgram;

/** Kernels where they can run, else operations of the backend there is; made when the program is first called. */
export const asFastest: Load = (program, tf) => fastestBy('reproducible', program, tf);

/**
 * The same with fused multiply-adds where the engine has them: faster, and results depend on the processor in their last bits.
 */
export const asFused: Load = (program, tf) => fastestBy('fused', program, tf);

const fastestBy = (arithmetic: Arithmetic, program: Program, tf: TensorFlow): Executable =>
  fastest(
    tf,
    () => compileKernels(program, arithmetic),
    lazily(() => asTensors(program, tf)),
  );

/** Where parameters, variables, inferences and learnings are declared, as errors say it: `ipvae.nsm:12:3`. */
export const placesIn = ({ origins = {} }: Definition): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(origins).flatMap(([name, origin]) => {
      const place = placeText(origin);
      return place === null ? [] : [[name, place]];
    }),
  );

/** The plan of a definition, with its programs as functions of this process, made when they are first called. */
export const planInProcess = (
  definition: Definition,
  { tf }: { readonly tf: TensorFlow },
  load: Load = asFastest,
): ModelPlan =>
  withProperties(definition, {
    tf,
    origins: placesIn(definition),
    inferences: definition.inferences.map((inference) =>
      withProperties(inference, {
        start: lazily(() => load(inference.start, tf)),
        advance: lazily(() => load(inference.advance, tf)),
        measure: lazily(() => load(inference.measure, tf)),
      }),
    ),
    learnings: definition.learnings.map((learning) =>
      withProperties(learning, { update: lazily(() => load(learning.update, tf)) }),
    ),
    sample: lazily(() => load(definition.sample, tf)),
  });

/** What log-likelihoods are computed with, its programs as functions of this process. */
export const likelihoodInProcess = (
  { clamped, settings, given, normaliser }: LikelihoodDefinition,
  { tf }: { readonly tf: TensorFlow },
  load: Load = asFastest,
): LikelihoodPlan => {
  const loaded = (sum: LogSum): LogSumPlan => mapLogSum(sum, (program) => load(program, tf));
  return {
    clamped,
    settings,
    tf,
    given: loaded(given),
    normaliser: normaliser === null ? null : loaded(normaliser),
  };
};
