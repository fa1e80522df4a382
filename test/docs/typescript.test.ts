/**
 * TypeScript in the documentation has the types it claims: blocks are checked as modules of a project that uses nsm and
 * has compiled the library's model into `model/`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { define } from '../../src/schedule/define.ts';
import { emitModule } from '../../src/targets/module.ts';
import { allBlocks, documents, root } from './blocks.ts';

const folder = fileURLToPath(root);
const blocks = allBlocks.filter(({ language }) => language === 'ts');

describe('TypeScript in the documentation', () => {
  it('has no type errors', () => {
    const texts = new Map(blocks.map(({ code }, number) => [join(folder, `documented-${number}.ts`), code]));
    const { checked } = check(join(folder, 'stdlib/models/ipvae.nsm'), fileSources());
    const { declarations } = emitModule(define(checked).definition!);
    const modules = new Map([[join(folder, 'model/IterativePoissonVAE.d.ts'), declarations]]);
    const written = new Map([...texts, ...modules]);
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      types: ['node'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      paths: { nsm: [join(folder, 'src/index.ts')], 'nsm/runtime': [join(folder, 'src/runtime/index.ts')] },
    };
    const disk = ts.createCompilerHost(options);
    const host: ts.CompilerHost = {
      ...disk,
      fileExists: (file) => written.has(file) || disk.fileExists(file),
      directoryExists: (path) => path === join(folder, 'model') || (disk.directoryExists?.(path) ?? true),
      readFile: (file) => written.get(file) ?? disk.readFile(file),
      getSourceFile: (file, version) => {
        const text = written.get(file);
        return text === undefined
          ? disk.getSourceFile(file, version)
          : ts.createSourceFile(file, text, version);
      },
    };
    const program = ts.createProgram([...texts.keys()], options, host);
    const problems = [...texts.keys()].flatMap((file, number) => {
      const source = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return found.map(
        ({ messageText }) =>
          `${blocks[number]!.place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    });
    expect(problems).toEqual([]);
  });
});

describe('the documentation', () => {
  it('has blocks of known languages only', () => {
    const known = ['nsm', 'sh', 'ts', 'js', 'text', 'json'];
    expect(allBlocks.filter(({ language }) => !known.includes(language)).map(({ place }) => place)).toEqual(
      [],
    );
  });

  it.each(documents)('%s links to files that exist, and to headings that they have', (document) => {
    const text = readFileSync(new URL(document, root), 'utf8').replace(/^```[^]*?^```/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const broken = links.filter((link) => !/^https?:/.test(link) && !reaches(document, link));
    expect(broken).toEqual([]);
  });
});

const reaches = (document: string, link: string): boolean => {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? new URL(document, root) : new URL(path, new URL(document, root));
  if (!existsSync(target)) return false;
  return heading === undefined || headingsOf(readFileSync(target, 'utf8')).has(heading);
};

const headingsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
