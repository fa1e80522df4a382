/** Definitions made ready to run: which programs a definition holds, and a plan of functions for them. */
import type { Executable } from '../../runtime/executable.ts';
import type { ModelPlan, TensorFlow } from '../../runtime/plan.ts';
import type { Definition } from '../../schedule/definition.ts';
import type { Program } from '../../schedule/program.ts';
import { emitPrograms } from './emit.ts';
import { loadPrograms } from './load.ts';

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

/** The plan of a definition, with every program emitted and loaded into this process. */
export const planInProcess = (definition: Definition, { tf }: { readonly tf: TensorFlow }): ModelPlan => {
  const entries = programsOf(definition);
  const programs = entries.map(({ program }) => program);
  const functions = loadPrograms(
    emitPrograms(
      programs,
      entries.map(({ name }) => name),
    ),
    tf,
  );
  const executable = (program: Program): Executable => functions[programs.indexOf(program)]!;
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
