/** `nsm compile`: a model as a JavaScript module with its types. Does not load TensorFlow.js. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { emitModule } from '../targets/tfjs/module.ts';
import { defineProgram } from './definition.ts';
import { ended, type Output } from './execute.ts';
import { loadProgram, requireGood } from './program.ts';
import { cannotWrite, writeAtomic } from './files.ts';
import { checkSettings, requireSettings, select } from './select.ts';

export interface CompileRequest {
  readonly file: string;
  readonly out: string;
  readonly model?: string | undefined;
  readonly set?: Readonly<Record<string, number>> | undefined;
}

/** Writes `MODEL.js` and `MODEL.d.ts`; files of those names are replaced, as with any compiler. */
export async function compile(request: CompileRequest, output: Output): Promise<number> {
  const program = loadProgram(request.file);
  requireGood(program);
  const selection = select(program.checked, request);
  const set = request.set ?? {};
  checkSettings(program.checked, selection, set);
  requireSettings(selection, set);
  const { javascript, declarations } = emitModule(defineProgram(program, selection.model.name, set));
  try {
    mkdirSync(request.out, { recursive: true });
  } catch (error) {
    throw cannotWrite(request.out, error);
  }
  const module = join(request.out, `${selection.model.name}.js`);
  const types = join(request.out, `${selection.model.name}.d.ts`);
  writeAtomic(module, javascript);
  writeAtomic(types, declarations);
  output.event({ model: selection.model.name, module, types });
  output.say(`${module}\n${types}`);
  return ended.well;
}
