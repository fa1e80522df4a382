/** Definitions made ready to run: which programs a definition holds, and a plan of functions for them. */
import type { Executable } from '../runtime/executable.ts';
import type { ModelPlan, TensorFlow } from '../runtime/plan.ts';
import type { Definition } from '../schedule/definition.ts';
import type { Program } from '../schedule/program.ts';
import { emitPrograms } from './tfjs/emit.ts';
import { loadPrograms } from './tfjs/load.ts';
import { hasVectors, loadProgram } from './wasm/load.ts';

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

/** Makes functions of programs; the names are for readers. */
export type Load = (
  programs: readonly { readonly name: string; readonly program: Program }[],
  tf: TensorFlow,
) => readonly Executable[];

/** Operations of TensorFlow.js, whatever backend it uses. */
export const asTensors: Load = (programs, tf) =>
  loadPrograms(
    emitPrograms(
      programs.map(({ program }) => program),
      programs.map(({ name }) => name),
    ),
    tf,
  );

/** Kernels in WebAssembly. */
export const asKernels: Load = (programs, tf) => programs.map(({ program }) => loadProgram(program, tf));

/** Kernels beside the backend of processors that have vectors; else operations of the backend there is. */
export const fastest: Load = (programs, tf) =>
  (tf.getBackend() === 'wasm' && hasVectors() ? asKernels : asTensors)(programs, tf);

/** The plan of a definition, with every program loaded into this process. */
export const planInProcess = (
  definition: Definition,
  { tf }: { readonly tf: TensorFlow },
  load: Load = fastest,
): ModelPlan => {
  const entries = programsOf(definition);
  const functions = load(entries, tf);
  const executable = (program: Program): Executable =>
    functions[entries.findIndex((entry) => entry.program === program)]!;
  return {
    ...definition,
    tf,
    inferences: definition.inferences.map((inference) => ({
      ...inference,
      start: executable(inference.start),
      advance: executable(inference.advance),
      measure: executable(inference.measure),
    })),
    learnings: definition.learnings.map((learning) => ({ ...learning, update: executable(learning.update) })),
    sample: executable(definition.sample),
  };
};
