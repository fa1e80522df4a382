/** `nsm compile`: a program as a JavaScript module with its types. Does not load TensorFlow.js. */
import { existsSync } from 'node:fs';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emitModule } from '../targets/tfjs/module.ts';
import { ended, type Output } from './execute.ts';
import { fault } from './problem.ts';
import { defineProgram, loadProgram, requireGood } from './program.ts';
import { cannotWrite, writeAtomic } from './run-directory.ts';
import { checkSettings, requireSettings, select } from './select.ts';

export interface CompileRequest {
  readonly file: string;
  readonly out: string;
  readonly model?: string | undefined;
  readonly set?: Readonly<Record<string, number>> | undefined;
}
