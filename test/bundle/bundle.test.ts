/** What bundlers are given for a `.nsm` file: modules, types, files to watch, diagnostics. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle, moduleText, partOf, type Part } from '../../src/bundle/bundle.ts';
import { fileSources } from '../../src/check/sources.ts';
import { source } from './project.ts';

const bundled = (text: string) => bundle('counts.nsm', fileSources(new Map([['counts.nsm', text]])));
const counts = bundled(source);
const textOf = (part: Part, isHot = false) =>
  moduleText(counts, part, { self: './counts.nsm', spell: (file) => `/here/${file}`, isHot });

describe('the modules of a file', () => {
  it('are one that exports every model by its name, and others that hold them', () => {
    expect(textOf({ kind: 'models' })).toEqual({
      code:
        "export * as Counts from './counts.nsm?model=Counts';\n" +
        "export * as Unused from './counts.nsm?model=Unused';\n",
      map: null,
    });
    const model = textOf({ kind: 'model', name: 'Counts' })!;
    expect(model.code).toContain("import * as kernels from './counts.nsm?kernels=Counts';");
    expect(model.code).toContain('export const { plan, create, infer, train, sample } = defineModel(');
    expect(model.map).toMatchObject({ sources: ['/here/counts.nsm'], sourcesContent: [source] });
    expect(textOf({ kind: 'kernels', name: 'Counts' })!.code).toMatch(/^export const Settling_advance = /m);
    expect(textOf({ kind: 'model', name: 'Others' })).toBe(null);
  });
  it('are told by what stands behind the path', () => {
    expect(partOf('/a/x.nsm')).toEqual({ path: '/a/x.nsm', part: { kind: 'models' } });
    expect(partOf('/a/x.nsm?t=17')).toEqual({ path: '/a/x.nsm', part: { kind: 'models' } });
    expect(partOf('/a/x.nsm?model=A&t=17')).toEqual({ path: '/a/x.nsm', part: { kind: 'model', name: 'A' } });
    expect(partOf('/a/x.nsm?kernels=A')?.part).toEqual({ kind: 'kernels', name: 'A' });
    expect(partOf('/a/x.ts')).toBe(null);
  });
  it('can be replaced in a page, where they are asked to be', () => {
    expect(textOf({ kind: 'models' }, true)!.code).toContain('import.meta.hot.accept();');
  });
  it('depend on every file that was read', () => {
    const names = [...counts.texts.keys()].map((file) => file.replace(/^.*stdlib\//, ''));
    expect(names).toContain('counts.nsm');
    expect(names).toContain('families/Poisson.nsm');
    expect(names).toContain('dynamics/Adam.nsm');
  });
});

describe('a file that cannot be bundled', () => {
  it('has the diagnostics of checking, and no models', () => {
    const { definitions, declarations, diagnostics } = bundled(source.replace('Phi @ z', 'Phy @ z'));
    expect([...definitions, declarations]).toEqual([null]);
    expect(diagnostics).toMatchObject([{ code: 'NSM2001' }]);
  });
  it('is one whose setting has no value: an import has no place for one', () => {
    const { declarations, diagnostics } = bundled(source.replace('neurons: dim = 4', 'neurons: dim'));
    expect(declarations).toBe(null);
    expect(diagnostics).toMatchObject([{ code: 'NSM6004', span: { file: 'counts.nsm' } }]);
  });
});

describe('the types of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-types-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are found by TypeScript beside the file, and hold strictly', () => {
    writeFileSync(join(folder, 'counts.nsm'), source);
    writeFileSync(join(folder, 'counts.d.nsm.ts'), counts.declarations!);
    const use = join(folder, 'use.ts');
    writeFileSync(
      use,
      `import { Counts, Unused } from './counts.nsm';
const state: Counts.State = Counts.create({ seed: 1, settings: { neurons: 8 } });
const trained = await Counts.train(state, new Float32Array(12), { learning: 'Slowly' });
export const { u } = (await Counts.infer(trained, new Float32Array(6))).states;
export const mean: Float32Array = Unused.create().parameters.mean.values;
// @ts-expect-error no such setting
Counts.create({ settings: { neuron: 8 } });
// @ts-expect-error a state of another model
await Counts.infer(Unused.create(), new Float32Array(6));
`,
    );
    const program = ts.createProgram([use], {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      types: [],
      allowArbitraryExtensions: true,
      allowImportingTsExtensions: true,
      paths: { 'nsm/runtime': [resolve('src/runtime/index.ts')] },
    });
    const own = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(folder))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
    expect(own.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });
});
