/** Programs as kernels in this process. */
import type { Executable } from '../../runtime/executable.ts';
import { loadKernels } from '../../runtime/kernels/load.ts';
import type { TensorFlow } from '../../runtime/plan.ts';
import type { Program } from '../../schedule/program.ts';
import { f32x4, operateLanes } from './assembler/build.ts';
import { encodeModule } from './assembler/encode-module.ts';
import { compileKernels } from './compile.ts';

export const loadProgram = (program: Program, tf: TensorFlow): Executable =>
  loadKernels(compileKernels(program), tf);

const lane = operateLanes('f32x4.extract_lane', [0], f32x4(0));
const probe = { name: 'probe', parameters: [], body: [], result: lane };

/** Whether WebAssembly has its 128-bit vectors here, and memory that threads may share. */
export const hasVectors = (): boolean =>
  WebAssembly.validate(
    encodeModule({ memory: { minimum: 1, maximum: 1, isShared: true }, exports: [probe] }),
  );
