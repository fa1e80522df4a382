/** A definition as an ES module for other programs: its functions as readable JavaScript, and its types. */
import type { ArrayDefinition, Definition } from '../../schedule/definition.ts';
import { emitDeclarations } from './declarations.ts';
import { emitPrograms } from './emit.ts';
import { docComment, literal, verbatim, type Literal } from './literal.ts';
import { programsOf } from '../plan.ts';

export interface EmittedModule {
  /** Text of the module; imports `nsm/runtime` alone, which loads TensorFlow.js. */
  readonly javascript: string;
  /** Text of its `.d.ts`. */
  readonly declarations: string;
}

const imported = ['defineModel', 'loadBackend', 'tensorRuntime', 'tf', 'nsm'];
const exported = ['plan', 'create', 'infer', 'train', 'sample'];

/** The module of a definition: `create`, `infer`, `train` and `sample`, typed by the model's own names. */
export const emitModule = (definition: Definition): EmittedModule => {
  const entries = programsOf(definition);
  const programs = emitPrograms(
    entries.map(({ program }) => program),
    entries.map(({ name }) => name),
    [...imported, ...exported],
  );
  const functionOf = new Map(entries.map(({ program }, i) => [program, programs.functions[i]!]));
  const call = (program: (typeof entries)[number]['program']): Literal => verbatim(functionOf.get(program)!);
  const plan: Literal = {
    tf: verbatim('tf'),
    model: definition.model,
    doc: definition.doc,
    sizes: definition.sizes,
    settings: definition.settings,
    parameters: definition.parameters.map(({ effective: _, ...parameter }) => ({ ...parameter })),
    observed: definition.observed.map(({ name, doc, axes, values }) => ({
      name,
      doc,
      axes,
      values: values === null ? null : { ...values },
    })),
    latents: definition.latents.map(plainArray),
    inferences: definition.inferences.map(({ start, advance, measure, states, ...inference }) => ({
      ...inference,
      states: states.map(plainArray),
      metrics: inference.metrics.map(({ made, ...metric }) => ({ ...metric, made: { ...made } })),
      reconstruction: inference.reconstruction === null ? null : { ...inference.reconstruction },
      unmeasured: inference.unmeasured.map((entry) => ({ ...entry })),
      start: call(start),
      advance: call(advance),
      measure: call(measure),
    })),
    learnings: definition.learnings.map(({ update, memory, particles, limits, ...learning }) => ({
      ...learning,
      memory: memory.map((entry) => ({ ...entry })),
      particles: particles.map((entry) => ({ ...entry })),
      limits: limits.map((entry) => ({ ...entry })),
      update: call(update),
    })),
    sample: call(definition.sample),
    undrawn: definition.undrawn,
  };
  const javascript = [
    ...docComment([
      definition.doc,
      `${definition.model}, compiled by nsm. Each function below is one program of the model.`,
    ]),
    `import { defineModel, loadBackend, tensorRuntime } from 'nsm/runtime';`,
    '',
    'const { tf } = await loadBackend();',
    'const nsm = tensorRuntime(tf);',
    '',
    programs.text,
    '',
    `/** What the model is made of: sizes, settings, arrays and the programs above. */`,
    `export const { plan, create, infer, train, sample } = defineModel(${literal(plan)});`,
    '',
  ].join('\n');
  return { javascript, declarations: emitDeclarations(definition) };
};

const plainArray = ({ name, doc, axes }: ArrayDefinition): Literal => ({ name, doc, axes });
