/** Emitted text made into functions of this process. */
import type { Executable } from '../../runtime/executable.ts';
import type { TensorFlow } from '../../runtime/plan.ts';
import { tensorRuntime } from '../../runtime/tfjs.ts';
import type { Program } from '../../schedule/program.ts';
import { emitPrograms, type EmittedPrograms } from './emit.ts';

/** The functions that an emitted text defines, in order. */
export const loadPrograms = (emitted: EmittedPrograms, tf: TensorFlow): readonly Executable[] => {
  const body = `'use strict';\n${emitted.text}\n\nreturn [${emitted.functions.join(', ')}];`;
  const make = new Function('tf', 'nsm', body) as (tf: TensorFlow, nsm: unknown) => readonly Executable[];
  return make(tf, tensorRuntime(tf));
};

/** A program as one function. */
export const loadProgram = (program: Program, tf: TensorFlow): Executable =>
  loadPrograms(emitPrograms([program]), tf)[0]!;
