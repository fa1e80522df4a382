/** Programs as kernels in this process. */
import type { Executable } from '../../runtime/executable.ts';
import { loadKernels } from '../../runtime/kernels/load.ts';
import type { TensorFlow } from '../../runtime/plan.ts';
import type { Program } from '../../schedule/program.ts';
import { compileKernels } from './compile.ts';

export const loadProgram = (program: Program, tf: TensorFlow): Executable =>
  loadKernels(compileKernels(program), tf);
