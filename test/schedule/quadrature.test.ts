/**
 * The slope of an energy whose layer has a log-partition by quadrature, against the mean slope with interneurons in its place: draws of
 * the layer's own law, independent from chain to chain, so that 4.5 standard errors have a false-alarm rate of 7e-6 a unit.
 */
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/calculus/evaluate.ts';
import { define } from '../../src/schedule/define.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { loadProgram } from '../../src/targets/tfjs/load.ts';
import { checked } from '../derive/support.ts';
import { contextOf } from '../targets/support.ts';

const chains = 20_000;
const units = 3;
const rate = 1;

const text = (interneurons: string): string => `
  import { QuarticByQuadrature } from "std/families"
  import { GradientFlow, Gibbs } from "std/dynamics"
  model M(units: dim = ${units}) {
    param c: real[units] = 0
    latent   y ~ QuarticByQuadrature(drive = c)
    observed x ~ QuarticByQuadrature(drive = 2 * y)
  }
  inference I of M(steps: int = 1) {
    start y = 0.7 * position(units) - 0.4
    repeat steps {
      ${interneurons}
      descend energy over y by GradientFlow(rate = ${rate})
    }
  }`;

const row = (values: readonly number[], count: number): NamedArray => ({
  indices: ['example', 'units'],
  shape: [count, units],
  values: Float64Array.from({ length: count * units }, (_, n) => values[n % units]!),
});
const x = [1.2, -0.3, 0.1];
const c: NamedArray = { indices: ['units'], shape: [units], values: Float64Array.from([0.5, -1, 0]) };

const inferenceOf = (interneurons: string) => {
  const { definition, diagnostics } = define(checked(text(interneurons)));
  if (definition === null) expect.fail(diagnostics.map(({ message }) => message).join('\n'));
  return { definition, inference: definition.inferences[0]! };
};

const moved = (interneurons: string, count: number): Float64Array => {
  const { definition, inference } = inferenceOf(interneurons);
  const context = contextOf({ ...definition.sizes, example: count }, 3);
  const given = { steps: 1, iteration: 1, progress: 1, c, x: row(x, count) };
  const started = interpret(inference.start, given, context);
  const after = interpret(inference.advance, { ...given, ...started, first_step: 0, step_count: 1 }, context);
  return after['y']!.values;
};

describe('a layer by quadrature', () => {
  it('has the slope that interneurons have on average', () => {
    const exact = moved('', 1);
    const sampled = moved('interneurons over x by Gibbs()', chains);
    for (let unit = 0; unit < units; unit++) {
      const values = Array.from({ length: chains }, (_, chain) => sampled[chain * units + unit]!);
      const mean = values.reduce((total, value) => total + value / chains, 0);
      const variance = values.reduce((total, value) => total + (value - mean) ** 2 / chains, 0);
      expect(variance).toBeGreaterThan(0.1);
      expect(Math.abs(mean - exact[unit]!)).toBeLessThan(4.5 * Math.sqrt(variance / chains));
    }
  });

  it('is computed by TensorFlow.js as by the interpreter', async () => {
    const { definition, inference } = inferenceOf('');
    const { tf } = await loadBackend('wasm');
    const exact = moved('', 1);
    const context = contextOf({ ...definition.sizes, example: 1 }, 3);
    const given = {
      steps: 1,
      iteration: 1,
      progress: 1,
      c: tf.tensor(Array.from(c.values)),
      x: tf.tensor([x]),
    };
    const started = loadProgram(inference.start, tf)(given, context);
    const numbers = { first_step: 0, step_count: 1 };
    const after = loadProgram(inference.advance, tf)({ ...given, ...started, ...numbers }, context);
    const found = await after['y']!.data();
    // Float32 numbers of size 1, of a few operations each.
    exact.forEach((value, unit) => expect(found[unit]).toBeCloseTo(value, 5));
  });
});
