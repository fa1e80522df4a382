/**
 * `npm run optimiser [-- RUNS]`: one update of the iterative Poisson VAE by ThroughTime (784 pixels, 256 neurons, 16 steps, batch 64),
 * as the optimiser makes it and with every formula kept as it was derived. The two run in turn in one process; medians
 * with their spread, and the ratio of each pair.
 */
import { check } from '../src/check/check.ts';
import { fileSources } from '../src/check/sources.ts';
import { withBeliefArguments } from '../src/derive/belief.ts';
import { factor } from '../src/optimize/factor.ts';
import { lower, type Hints } from '../src/optimize/lower.ts';
import { optimize } from '../src/optimize/optimize.ts';
import { prune } from '../src/optimize/prune.ts';
import { reverse } from '../src/optimize/reverse.ts';
import type { Value } from '../src/runtime/executable.ts';
import { updateProgram } from '../src/schedule/learning.ts';
import type { Program } from '../src/schedule/program.ts';
import { loadBackend } from '../src/targets/tfjs/backend.ts';
import { loadProgram } from '../src/targets/tfjs/load.ts';

const sizes = { pixels: 784, neurons: 256, example: 64 };
const scalars = { steps: 16, beta: 16, warmup: 0.1, learning_rate: 2e-3, iteration: 1, progress: 0.5 };
const hints: Hints = { sizes, scalars };

/** The optimiser without the choice of forms: what leaves a loop is only what stands outside of it already. */
const asDerived = (program: Program): Program => {
  const first = lower(program, hints, { pass: 'before derivatives', mayExpand: false });
  return factor(prune(lower(reverse(first), hints, { pass: 'after derivatives', mayExpand: false })));
};

const checked = withBeliefArguments(check('stdlib/models/ipvae.nsm', fileSources()).checked);
const learning = checked.learnings.find(({ name }) => name === 'ThroughTime')!;
const derived = updateProgram(learning);
const { tf, name: backend } = await loadBackend();
const programs = [optimize(derived, hints), asDerived(derived)].map((program) => ({
  program,
  run: loadProgram(program, tf),
}));

const inputsOf = (program: Program): Record<string, Value> =>
  Object.fromEntries(
    program.inputs.map(({ name, indices, place }): [string, Value] => {
      if (place === 'host') return [name, scalars[name as keyof typeof scalars]];
      const shape = indices.map((index) => sizes[index as keyof typeof sizes]);
      if (name === 'prior') return [name, tf.fill(shape, -4)];
      return [
        name,
        name === 'x'
          ? tf.randomUniform(shape, 0, 1, 'float32', 1)
          : tf.randomNormal(shape, 0.02, 0.01, 'float32', 2),
      ];
    }),
  );
const inputs = programs.map(({ program }) => inputsOf(program));

const timeOf = (i: number): number => {
  const start = performance.now();
  tf.dispose(programs[i]!.run(inputs[i]!, { seed: 1, firstExample: 0, sizes }));
  return performance.now() - start;
};
const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.round(q * (values.length - 1))]!;
const shown = (values: readonly number[], unit: string): string =>
  `${quantile(values, 0.5).toFixed(2)}${unit} (quartiles ${quantile(values, 0.25).toFixed(2)} to ${quantile(values, 0.75).toFixed(2)})`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const runs = Math.max(3, Number(process.argv[2] ?? 30));
for (let i = 0; i < 6; i++) timeOf(i % 2);
const pairs = Array.from({ length: runs }, () => [timeOf(0), timeOf(1)] as const);
print(`one update of ThroughTime, ${backend} backend, ${runs} pairs`);
print(
  `optimised   ${shown(
    pairs.map(([first]) => first),
    ' ms',
  )}`,
);
print(
  `as derived  ${shown(
    pairs.map(([, second]) => second),
    ' ms',
  )}`,
);
print(
  `as derived / optimised  ${shown(
    pairs.map(([first, second]) => second / first),
    '',
  )}`,
);
