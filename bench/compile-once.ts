/**
 * Compiles models in turn, a line of JSON for each: milliseconds of processor that each part took. `bench/compile-time.ts` asks it:
 *
 *     node bench/compile-once.ts MODEL.nsm ...
 */
import { fileSources } from '../src/check/sources.ts';
import { analyse } from '../src/derive/analyse.ts';
import { define } from '../src/schedule/define.ts';
import { programsOf } from '../src/targets/plan.ts';
import { compileKernels } from '../src/targets/wasm/compile.ts';

export type Part = 'analyse' | 'define' | 'kernels';

/** Of this thread: what others run meanwhile does not count, nor do the engine's own threads. */
const milliseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

for (const file of process.argv.slice(2)) {
  const start = milliseconds();
  const { checked } = analyse(file, fileSources());
  const analysed = milliseconds();
  const definition = define(checked).definition!;
  const defined = milliseconds();
  for (const { program } of programsOf(definition)) new WebAssembly.Module(compileKernels(program).bytes);
  const ended = milliseconds();
  const parts: Record<Part, number> = {
    analyse: analysed - start,
    define: defined - analysed,
    kernels: ended - defined,
  };
  process.stdout.write(`${JSON.stringify({ file, ...parts })}\n`);
}
