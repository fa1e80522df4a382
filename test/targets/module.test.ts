/** A library model compiled whole: its programs on both targets, the module, and the module's types. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import type { Model, ModelState } from '../../src/runtime/index.ts';
import { defineModel } from '../../src/runtime/model.ts';
import type { Definition } from '../../src/schedule/definition.ts';
import { define } from '../../src/schedule/define.ts';
import type { Program } from '../../src/schedule/program.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { emitModule } from '../../src/targets/module.ts';
import {
  asFastest,
  asFused,
  asKernels,
  asTensors,
  planInProcess,
  type Load,
} from '../../src/targets/plan.ts';
import { unsigned } from '../../src/targets/wasm/assembler/bytes.ts';
import { relaxedOperations } from '../../src/targets/wasm/assembler/operations.ts';
import { contextOf, expectAgreement, expectNear, random } from './support.ts';

const sizes = { pixels: 9, neurons: 6 };
const definition: Definition = (() => {
  const { checked } = check(resolve('stdlib/models/ipvae.nsm'), fileSources());
  return define(checked, { set: { ...sizes, steps: 4 } }).definition!;
})();
const rows = Float32Array.from(random(['example', 'pixels'], { ...sizes, example: 40 }, 5).values);

describe('the programs of a model', () => {
  const context = contextOf({ ...definition.sizes, example: 5 }, 3);
  const settings: Readonly<Record<string, number>> = {
    ...definition.settings,
    ...definition.inferences[0]!.settings,
    ...Object.assign({}, ...definition.learnings.map((learning) => learning.settings)),
    kl_weight: 0.2,
    progress: 0.5,
    iteration: 3,
    first_step: 2,
    step_count: 3,
  };
  /** Numbers near where training goes: small weights, positive optimiser state. */
  const inputsOf = ({ inputs }: Program) =>
    Object.fromEntries(
      inputs.map(({ name, indices, place }, i) => [
        name,
        place === 'host'
          ? settings[name]!
          : random(indices, context.sizes, i + 1, name.includes('.') ? (x) => 1 + x * x : (x) => x / 3),
      ]),
    );
  const programs = [
    ...definition.inferences.flatMap(({ start, advance, measure }) => [start, advance, measure]),
    ...definition.learnings.map(({ update }) => update),
    definition.sample,
  ];
  it.each(programs.map((program) => [program.name, program] as const))(
    '%s is the same in float32 as in float64',
    async (_, program) => {
      const { tf } = await loadBackend('wasm');
      expectAgreement(tf, program, inputsOf(program), context, 1e-4);
    },
  );
});

describe('the module of a model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-module-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const emitted = emitModule(definition);
  const runtime = resolve('src/runtime/index.ts');
  beforeAll(() => {
    const write = (name: string, text: string): void =>
      writeFileSync(join(folder, name), text.replace("'nsm/runtime'", `'${pathToFileURL(runtime).href}'`));
    write('package.json', '{ "type": "module" }');
    for (const [place, { javascript, kernels }] of [
      ['.', emitted],
      ['fast', emitModule(definition, 'fused')],
    ] as const) {
      mkdirSync(join(folder, place), { recursive: true });
      write(`${place}/IterativePoissonVAE.js`, javascript);
      write(`${place}/IterativePoissonVAE.kernels.js`, kernels);
    }
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await loadBackend('wasm');
  });

  /** The module, of which nothing has been called. */
  const load = async (place = '.'): Promise<Model> => {
    const file = pathToFileURL(join(folder, place, 'IterativePoissonVAE.js')).href;
    return (await import(/* @vite-ignore */ `${file}?${crypto.randomUUID()}`)) as Model;
  };
  const planned = async (how: Load): Promise<Model> =>
    defineModel(planInProcess(definition, await loadBackend('wasm'), how));
  const numbersOf = async ({
    create,
    train,
    infer,
    sample,
  }: Model): Promise<readonly [ModelState, ...unknown[]]> => {
    const start: ModelState = create({ seed: 4 });
    const state = await train(start, rows, { iterations: 3, batch: 8 });
    const inferred = await infer(state, rows, { steps: 2 });
    return [state, inferred, await sample(state, { count: 2 })];
  };

  it('trains, infers and samples by kernels, with the bits of those in process', async () => {
    const found = await numbersOf(await load());
    expect(found).toEqual(await numbersOf(await planned(asFastest)));
    expect(found).toEqual(await numbersOf(await planned(asKernels)));
    expect(found, 'kernels round otherwise').not.toEqual(await numbersOf(await planned(asTensors)));
  });
  it('has the bits of fused multiply-adds where they are asked for, which are near the others', async () => {
    const found = await numbersOf(await load('fast'));
    expect(found).toEqual(await numbersOf(await planned(asFused)));
    const [{ parameters }] = await numbersOf(await planned(asFastest));
    expect(found[0].parameters).not.toEqual(parameters);
    // Adam divides by sizes of gradients, also of small ones.
    expectNear(found[0].parameters, parameters, 1e-3);
  });
  it.each([
    ['compiled', () => load('fast')],
    ['in process', () => planned(asFused)],
  ] as const)(
    'has the bits of all where fused multiply-adds are asked for, and the engine has none, %s',
    async (_, open) => {
      const validate = WebAssembly.validate.bind(WebAssembly);
      const fused = [0xfd, ...unsigned(relaxedOperations['f32x4.relaxed_madd'].code)];
      vi.spyOn(WebAssembly, 'validate').mockImplementation(
        (bytes) =>
          !(bytes as Uint8Array).some((_, at, all) =>
            fused.every((byte, after) => all[at + after] === byte),
          ) && validate(bytes),
      );
      expect(await numbersOf(await open())).toEqual(await numbersOf(await planned(asFastest)));
    },
  );
  it.each([
    ['compiled', () => load()],
    ['in process', () => planned(asFastest)],
  ] as const)('makes kernels of no program that is not called, %s', async (_, open) => {
    const { create, sample } = await open();
    const made = vi.spyOn(WebAssembly, 'Module');
    const state = create({ seed: 4 });
    expect(made).toHaveBeenCalledTimes(0);
    await sample(state, { count: 2 });
    await sample(state, { count: 2 });
    expect(made).toHaveBeenCalledTimes(1);
  });
  it('runs its operations of TensorFlow.js where the engine refuses the kernels', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(await numbersOf(await load())).toEqual(await numbersOf(await planned(asTensors)));
  });
  it('runs its operations of TensorFlow.js where the backend is not WebAssembly', async () => {
    const module = await load();
    const here = await planned(asTensors);
    await loadBackend('cpu');
    const made = vi.spyOn(WebAssembly, 'Module');
    expect(await numbersOf(module)).toEqual(await numbersOf(here));
    expect(made).toHaveBeenCalledTimes(0);
  });
  it('has no setting for the axis whose length a family states', () => {
    expect(Object.keys(definition.sizes)).toEqual(['pixels', 'neurons']);
    expect(emitted.declarations).not.toContain('arrivals');
  });
  it('imports its kernels and the runtime alone', () => {
    expect(emitted.javascript.match(/^import .*$/gm)).toEqual([
      "import { defineModel, fastest, loadBackend, tensorRuntime } from 'nsm/runtime';",
      "import * as kernels from './IterativePoissonVAE.kernels.js';",
    ]);
    expect(emitted.kernels.match(/^import .*$/gm)).toEqual(["import { readKernels } from 'nsm/runtime';"]);
  });
  it('has types that name its settings, parameters and states, and hold strictly', () => {
    const use = `
import { create, infer, sample, train, type Parameters, type Settings } from './ipvae.mjs';
const settings: Settings = { pixels: 16 };
const state = create({ seed: 1, settings });
const weights: Parameters['Phi'] = state.parameters.Phi;
const trained = await train(state, new Float32Array(16), { learning: 'ThroughTime', settings: { beta: 2 } });
const result = await infer(trained, new Float32Array(16), { inference: 'Settling', settings: { kl_weight: 0.5 } });
export const values: Float32Array[] = [weights.values, result.states.u.values, (await sample(trained)).x.values];
// @ts-expect-error no such setting
create({ settings: { pixel: 16 } });
// @ts-expect-error no such inference
await infer(trained, new Float32Array(16), { inference: 'Sleeping' });
// @ts-expect-error a setting of another learning
await train(trained, new Float32Array(16), { learning: 'Local', settings: { beta: 2 } });
// @ts-expect-error no such parameter
export const missing = state.parameters.phi;
export const figures: readonly number[] = result.steps.map(({ step, r2, free_energy }) => step + r2 + free_energy);
export const told: Float32Array = result.reconstruction.values;
// @ts-expect-error nothing of that name is measured
export const unmeasured = result.steps[0].energy;
// @ts-expect-error no inference of the model frees what is observed
await sample(trained, { inference: 'Spiking' });
`;
    expect(problemsOf('ipvae', emitted.declarations, use)).toEqual([]);
  });
  it('has types that name the observed variables that each inference and learning needs', () => {
    const { checked } = check(resolve('stdlib/models/equilibrium_propagation.nsm'), fileSources());
    const { declarations } = emitModule(define(checked).definition!);
    const use = `
import { create, infer, train } from './equilibrium.mjs';
const [x, label] = [new Float32Array(784), new Float32Array(10)];
const state = await train(create(), { x, label }, { learning: 'Nudging' });
export const { states } = await infer(state, { x }, { inference: 'Settling' });
export const measured = await infer(state, { x, label }, { inference: 'Settling' });
export const energy: number = measured.steps[0]!.energy;
// @ts-expect-error nothing is learned without labels
await train(state, { x }, { learning: 'Nudging' });
// @ts-expect-error several variables are given by their names
await infer(state, x, { inference: 'Settling' });
`;
    expect(problemsOf('equilibrium', declarations, use)).toEqual([]);
  });

  it('has types of the draws by each inference that frees what is observed, and none of others', () => {
    const { checked } = check(
      'dream.nsm',
      fileSources(
        new Map([
          [
            'dream.nsm',
            `import { GradientFlow } from "std/dynamics"
             model Dream(pixels: dim = 3) {
               observed x: real[pixels]
               state s: real[pixels]
               energy tie = sum((x - s)^2) / 2
             }
             inference Wake of Dream(steps: int = 5) {
               start s = 0
               repeat steps { descend energy over s by GradientFlow(rate = 0.1) }
             }
             inference Sleep of Dream(steps: int = 5) {
               free x
               start x, s = 0
               repeat steps { descend energy over x, s by GradientFlow(rate = 0.1) }
             }`,
          ],
        ]),
      ),
    );
    const { declarations } = emitModule(define(checked).definition!);
    const use = `
import { create, sample } from './dream.mjs';
export const { x, s } = await sample(create(), { inference: 'Sleep', count: 3, steps: 10, settings: { steps: 2 } });
// @ts-expect-error its energy ties the variables together
await sample(create());
// @ts-expect-error it keeps x at its data
await sample(create(), { inference: 'Wake' });
`;
    expect(problemsOf('dream', declarations, use)).toEqual([]);
  });

  /** What TypeScript says about a module's types and a file that uses them. */
  const problemsOf = (name: string, declarations: string, use: string): readonly string[] => {
    writeFileSync(join(folder, `${name}.d.mts`), declarations);
    writeFileSync(join(folder, `use-${name}.mts`), use);
    const program = ts.createProgram([join(folder, `use-${name}.mts`)], {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      types: [],
      allowImportingTsExtensions: true,
      noUncheckedIndexedAccess: true,
      paths: { 'nsm/runtime': [runtime] },
    });
    const own = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(folder))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
    return own.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  };
});
