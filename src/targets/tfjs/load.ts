/** Emitted text made into functions of this process. */
import type { Executable } from '../../runtime/executable.ts';
import type { TensorFlow } from '../../runtime/plan.ts';
import { tensorRuntime } from '../../runtime/tfjs.ts';
import type { Program } from '../../schedule/program.ts';
import { emitPrograms } from './emit.ts';

export const loadProgram = (program: Program, tf: TensorFlow): Executable => {
  const { text, functions } = emitPrograms([program]);
  const body = `'use strict';\n${text}\n\nreturn ${functions[0]};`;
  const make = new Function('tf', 'nsm', body) as (tf: TensorFlow, nsm: unknown) => Executable;
  return make(tf, tensorRuntime(tf));
};
