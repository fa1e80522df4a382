/**
 * Learning of the iterative Poisson VAE through its inference, at the sizes that are timed (`bench/workloads/ipvae-train.ts`): what a turn
 * costs before and after the optimiser, and how many digits the free energy has left in float32 where its square is multiplied out.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { axisOf } from '../../src/calculus/expression.ts';
import { walk } from '../../src/calculus/substitute.ts';
import { check } from '../../src/check/check.ts';
import { fileSources } from '../../src/check/sources.ts';
import { withBeliefArguments } from '../../src/derive/belief.ts';
import { guessedActivity } from '../../src/optimize/activity.ts';
import { explainCost } from '../../src/optimize/explain-cost.ts';
import { optimize, optimizeInSteps, type Hints } from '../../src/optimize/optimize.ts';
import type { DrawTape } from '../../src/runtime/executable.ts';
import type { TensorFlow } from '../../src/runtime/plan.ts';
import { expressionsOf } from '../../src/schedule/inputs.ts';
import { updateProgram } from '../../src/schedule/learning.ts';
import type { Program, Repeat } from '../../src/schedule/program.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { contextOf, random, runTensors } from '../targets/support.ts';

const { checked } = check('stdlib/models/ipvae.nsm', fileSources());
const learning = withBeliefArguments(checked).learnings.find(({ name }) => name === 'ThroughTime')!;
const derived = updateProgram(learning);
const hintsOf = (example: number, pixels: number, neurons: number, steps: number): Hints => ({
  sizes: { example, pixels, neurons },
  scalars: { steps },
});
const loopsOf = ({ body }: Program): readonly Repeat[] =>
  body.filter((statement) => statement.kind === 'repeat');
/** Whether anything that a loop computes runs over the axis. */
const runsOver = ({ body, carried }: Repeat, axis: string): boolean => {
  let found = false;
  for (const value of [...body.flatMap(expressionsOf), ...carried.map(({ next }) => next)])
    walk(value, ({ indices }) => {
      if (indices.some((index) => axisOf(index) === axis)) found = true;
    });
  return found;
};

describe('learning through time', () => {
  for (const [example, pixels, neurons, steps] of [
    [64, 784, 256, 16],
    [100, 784, 512, 128],
  ] as const) {
    const hints = hintsOf(example, pixels, neurons, steps);
    it(`meets ${pixels} pixels before and after its ${steps} turns alone, and has one dense product of ${neurons} neurons in each`, () => {
      expect(loopsOf(optimize(derived, hints)).map((loop) => runsOver(loop, 'pixels'))).toEqual([
        false,
        false,
      ]);
      const { passes } = explainCost(derived, hints, optimizeInSteps(derived, hints));
      const [before, after] = [passes[0]!.cost, passes.at(-1)!.cost];
      const product = 2 * example * neurons ** 2;
      const turn = after.loops.reduce((sum, loop) => sum + loop.turn.operations, 0);
      // The adjoint of Gram z is dense. Spikes have a part in the others: Gram z for the step and for the energy, z zᵀ, and the adjoint of Gram.
      const expected = 1 + 4 * guessedActivity;
      expect(turn / product).toBeGreaterThan(expected);
      // Looking at spikes, and what is not a product.
      expect(turn / product).toBeLessThan(expected + 50 / neurons);
      // Each formula on its own: products of pixels in every turn, more of them on the way back.
      expect(before.run.operations / after.run.operations).toBeGreaterThan(8);
      // Before and after the loops: Φᵀ w Φ, half of it, Φᵀ w x, and the adjoints of both.
      const outside = after.run.operations - steps * turn;
      const products = 2 * pixels * neurons * (1.5 * neurons + 2 * example);
      expect(outside / products).toBeGreaterThan(1);
      expect(outside / products).toBeLessThan(1.1);
    });
  }

  it('keeps the residual where there are far more neurons than pixels', () => {
    const [there] = loopsOf(optimize(derived, hintsOf(64, 32, 512, 16)));
    expect(runsOver(there!, 'pixels')).toBe(true);
  });
});

describe('the free energy in float32', () => {
  let tf: TensorFlow;
  beforeAll(async () => {
    ({ tf } = await loadBackend('cpu'));
  });
  const sizes = { example: 8, pixels: 96, neurons: 12, steps: 4 };
  const context = contextOf(sizes);
  const made = (hints: Hints): Program => {
    const program = optimize(derived, hints);
    return optimize(
      { ...program, outputs: program.outputs.filter(({ name }) => name === 'objective') },
      hints,
    );
  };
  const latent = made(hintsOf(64, 784, 256, 16));
  const residual = made(hintsOf(64, 16, 1024, 16));
  const Phi = random(['pixels', 'neurons'], sizes, 1, (value) => value / 10);
  /** Pictures that counts of `mean` in every neuron explain but for the spread of those counts. */
  const seen = (mean: number): NamedArray => {
    const picture = Float32Array.from({ length: sizes.pixels }, (_, pixel) => {
      const row = Phi.values.slice(pixel * sizes.neurons, (pixel + 1) * sizes.neurons);
      return mean * row.reduce((sum, value) => sum + value, 0);
    });
    const values = Float64Array.from(
      { length: sizes.example * sizes.pixels },
      (_, at) => picture[at % sizes.pixels]!,
    );
    return { indices: ['example', 'pixels'], shape: [sizes.example, sizes.pixels], values };
  };
  const inputsAt = (mean: number) => ({
    x: seen(mean),
    Phi,
    log_sd: random(['pixels'], sizes, 2, () => -7),
    prior: random(['neurons'], sizes, 3, () => Math.log(mean)),
    rate: random([], sizes, 4, () => -20),
    steps: sizes.steps,
    iteration: 1,
    progress: 1,
    beta: 0,
    warmup: 0.1,
    learning_rate: 1e-3,
  });
  /** Relative to the value in float64, on the same draws. */
  const errorOf = (program: Program, mean: number): number => {
    const given = inputsAt(mean);
    const inputs = Object.fromEntries(
      program.inputs.map(({ name }) => [name, given[name as keyof typeof given]]),
    );
    const values: DrawTape['values'] = new Map();
    const record = { ...context, draws: { mode: 'record', values } } as const;
    const wanted = interpret(program, inputs, record)['objective']!.values[0]!;
    const outputs = runTensors(tf, program, inputs, { ...context, draws: { mode: 'replay', values } });
    return Math.abs(outputs['objective']!.values[0]! / wanted - 1);
  };

  it.each([4, 30, 300])(
    'loses what the pictures are larger than what is left of them, and no more: counts of %i',
    (mean) => {
      // |x|² is mean² |Φ|² and the residual mean |Φ|², so their ratio is about the mean; with |Φ z|² twice that.
      const bound = 2 * mean * 2 ** -23;
      expect(errorOf(latent, mean)).toBeLessThan(bound);
      expect(errorOf(residual, mean)).toBeLessThan(2 ** -22);
    },
  );
});
