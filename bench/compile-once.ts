/**
 * Compiles models in turn, a line of JSON for each: milliseconds of this thread that each part took. `bench/compile-time.ts` asks it:
 *
 *     node bench/compile-once.ts all|update MODEL.nsm ...
 *
 * `update`: only what the first update of the first learning needs.
 */
import { fileSources } from '../src/check/sources.ts';
import { analyse } from '../src/derive/analyse.ts';
import { define } from '../src/schedule/define.ts';
import { programsOf } from '../src/targets/plan.ts';
import { compileKernels } from '../src/targets/wasm/compile.ts';

export type Part = 'analyse' | 'define' | 'kernels';
export type Compiled = { readonly file: string } & Readonly<Record<Part, number>>;

/** What others run meanwhile does not count, nor do the engine's own threads. */
const milliseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const compile = (which: string, file: string): Compiled => {
  const start = milliseconds();
  const { checked } = analyse(file, fileSources());
  const analysed = milliseconds();
  const definition = define(checked).definition!;
  const programs =
    which === 'all'
      ? programsOf(definition).map(({ program }) => program)
      : [definition.learnings[0]!.update];
  const defined = milliseconds();
  for (const program of programs) new WebAssembly.Module(compileKernels(program).bytes);
  const ended = milliseconds();
  return { file, analyse: analysed - start, define: defined - analysed, kernels: ended - defined };
};

const [which, ...files] = process.argv.slice(2) as [string, ...string[]];
for (const file of files) process.stdout.write(`${JSON.stringify(compile(which, file))}\n`);
