/** `nsm compile`: a model as a JavaScript module with its types. Does not load TensorFlow.js. */
import { mkdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { bundle } from '../bundle/bundle.ts';
import { declarationPath } from '../bundle/files.ts';
import { pathOf, recording } from '../check/named-sources.ts';
import { fileSources } from '../check/sources.ts';
import { emitModule } from '../targets/module.ts';
import { sourceMap } from '../targets/source-map.ts';
import { defineProgram } from './definition.ts';
import { ended, type Output } from './execute.ts';
import { diagnosedIn, loadProgram, requireGood } from './program.ts';
import { cannotWrite, writeAtomic } from './files.ts';
import { checkSettings, requireSettings, select } from './select.ts';

/** Writes `ipvae.d.nsm.ts` beside `ipvae.nsm`: what `import { Model } from './ipvae.nsm'` gives. */
export async function compileTypes(file: string, output: Output): Promise<number> {
  const program = loadProgram(file);
  requireGood(program);
  const { declarations, diagnostics } = bundle(program.entry, recording(fileSources()).sources);
  if (declarations === null) throw diagnosedIn(program, diagnostics);
  const types = declarationPath(pathOf(program.entry));
  writeAtomic(types, declarations);
  output.event({ types });
  output.say(types);
  return ended.well;
}

export interface CompileRequest {
  readonly file: string;
  readonly out: string;
  readonly model?: string | undefined;
  readonly set?: Readonly<Record<string, number>> | undefined;
  readonly fast?: true | undefined;
}

/**
 * Writes `MODEL.js` with its source map, `MODEL.kernels.js` and `MODEL.d.ts`; files of those names are replaced, as with any
 * compiler.
 */
export async function compile(request: CompileRequest, output: Output): Promise<number> {
  const program = loadProgram(request.file);
  requireGood(program);
  const selection = select(program.checked, request);
  const set = request.set ?? {};
  checkSettings(program.checked, selection, set);
  requireSettings(selection, set);
  const emitted = emitModule(
    defineProgram(program, selection.model.name, set),
    request.fast ? 'fused' : 'reproducible',
  );
  try {
    mkdirSync(request.out, { recursive: true });
  } catch (error) {
    throw cannotWrite(request.out, error);
  }
  const { name } = selection.model;
  const [module, map, kernels, types] = ['js', 'js.map', 'kernels.js', 'd.ts'].map((ending) =>
    join(request.out, `${name}.${ending}`),
  ) as [string, string, string, string];
  const spell = (file: string): string => relative(request.out, pathOf(file)).replaceAll(sep, '/');
  const mapped = sourceMap(emitted.javascript, `${name}.js`, (file) => program.texts.get(file), spell);
  writeAtomic(module, `${emitted.javascript}//# sourceMappingURL=${name}.js.map\n`);
  writeAtomic(map, `${JSON.stringify(mapped)}\n`);
  writeAtomic(kernels, emitted.kernels);
  writeAtomic(types, emitted.declarations);
  output.event({ model: name, module, map, kernels, types });
  output.say([module, map, kernels, types].join('\n'));
  return ended.well;
}
