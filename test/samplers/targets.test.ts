/** Both targets make the same moves from the same draws. */
import { describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { interpret } from '../../src/targets/interpreter.ts';
import { contextOf, expectAgreement } from '../targets/support.ts';
import { compile, gaussian, gaussianModel, inferenceOf } from './support.ts';

const { tf } = await loadBackend('cpu');
const own = `
  dynamics Tilted(scale: positive = 0.5) of s {
    propose s' = 0.9 * s + scale * (1 + s^2 / 10) * noise
    accept by metropolis_hastings
  }`;

describe('a few steps of each sampler', () => {
  it.each([
    'Langevin(dt = 0.1)',
    'HeunLangevin(dt = 0.1)',
    'MALA(dt = 0.3)',
    'Adaptation(dt = 0.3)',
    'HMC(leaps = 4, adapting = 3)',
    'Metropolis',
    'ParallelTempering(rungs = 4)',
    'Tilted',
  ])('%s is the same in float64 and in tensors', (by) => {
    const definition = compile(gaussianModel(own, { Sampling: by }));
    const inference = inferenceOf(definition);
    const sizes = { ...definition.sizes, example: 6 };
    const host = { ...inference.settings, progress: 1, iteration: 0 };
    const given = {
      root: { indices: ['units', "units'"], shape: [3, 3], values: Float64Array.from(gaussian.root) },
      mean: { indices: ['units'], shape: [3], values: Float64Array.from(gaussian.mean) },
    };
    const start = interpret(inference.start, { ...host, ...given }, contextOf(sizes, 3));
    const states = Object.fromEntries(
      Object.entries(start).map(([name, array]) => [
        name,
        { ...array, values: array.values.map(Math.fround) },
      ]),
    );
    // Five steps: rounding may flip no decision, and with these seeds it does not.
    const end = expectAgreement(
      tf,
      inference.advance,
      { ...host, ...given, ...states, first_step: 0, step_count: 5 },
      contextOf(sizes, 3),
      1e-4,
    );
    expect(Array.from(end['s']!.values)).not.toEqual(Array.from(states['s']!.values));
  });
});
