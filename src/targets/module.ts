/** A definition as an ES module for other programs: its functions as readable JavaScript and as kernels, and its types. */
import { writeKernels } from '../runtime/kernels/text.ts';
import type { ArrayDefinition, Definition } from '../schedule/definition.ts';
import { placesIn, programsOf } from './plan.ts';
import { emitDeclarations } from './tfjs/declarations.ts';
import { emitPrograms } from './tfjs/emit.ts';
import { docComment, literal, quote, verbatim, type Literal } from './tfjs/literal.ts';
import { compileKernels } from './wasm/compile.ts';
import type { Arithmetic } from './wasm/emit/emit.ts';

export interface EmittedModule {
  /** Text of `MODEL.js`; imports the kernels and `nsm/runtime`, which loads TensorFlow.js. */
  readonly javascript: string;
  /** Text of `MODEL.kernels.js`: data that the runtime makes kernels of when a program is first called. */
  readonly kernels: string;
  /** Text of its `.d.ts`. */
  readonly declarations: string;
}

const imported = [
  'defineModel',
  'fastest',
  'kernels',
  'loadBackend',
  'readKernels',
  'tensorRuntime',
  'tf',
  'nsm',
];
const exported = ['plan', 'create', 'infer', 'train', 'sample'];

/**
 * The module of a definition: `create`, `infer`, `train` and `sample`, typed by the model's own names. With `fused` arithmetic it runs
 * fused multiply-adds where the engine has them.
 */
export const emitModule = (
  definition: Definition,
  arithmetic: Arithmetic = 'reproducible',
): EmittedModule => ({
  javascript: emitJavaScript(definition, `./${definition.model}.kernels.js`),
  kernels: emitKernels(definition, arithmetic),
  declarations: emitDeclarations(definition),
});

const functionsOf = (definition: Definition) => {
  const entries = programsOf(definition);
  const programs = emitPrograms(
    entries.map(({ program }) => program),
    entries.map(({ name }) => name),
    [...imported, ...exported],
  );
  return { entries, programs };
};

/** Text of the module itself. `kernels` is what it imports its kernels from. */
export const emitJavaScript = (definition: Definition, kernels: string): string => {
  const { entries, programs } = functionsOf(definition);
  const functionOf = new Map(entries.map(({ program }, i) => [program, programs.functions[i]!]));
  const call = (program: (typeof entries)[number]['program']): Literal => {
    const name = functionOf.get(program)!;
    return verbatim(`fastest(tf, kernels.${name}, ${name})`);
  };
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
    origins: placesIn(definition),
  };
  return [
    ...docComment([
      definition.doc,
      [
        `${definition.model}, compiled by nsm. Each function below is one program of the model, in operations of`,
        'TensorFlow.js. Where TensorFlow.js and the engine run WebAssembly, kernels of it run instead.',
      ].join('\n'),
    ]),
    `import { defineModel, fastest, loadBackend, tensorRuntime } from 'nsm/runtime';`,
    `import * as kernels from ${quote(kernels)};`,
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
};

/** Text of the kernels' module. */
export const emitKernels = (definition: Definition, arithmetic: Arithmetic = 'reproducible'): string => {
  const { entries, programs } = functionsOf(definition);
  return [
    ...docComment([`Kernels of the programs of ${definition.model}, compiled by nsm: data for its runtime.`]),
    `import { readKernels } from 'nsm/runtime';`,
    '',
    ...entries.map(({ program }, i) => {
      const text = quote(writeKernels(compileKernels(program, arithmetic)));
      return `export const ${programs.functions[i]} = () => readKernels(${text});`;
    }),
    '',
  ].join('\n');
};

const plainArray = ({ name, doc, axes }: ArrayDefinition): Literal => ({ name, doc, axes });
