/** The parts of `npm run feedforward` that its figures rest on. */
import { describe, expect, it } from 'vitest';
import { nets, shuffled, withParameters } from '../../bench/feedforward-nets.ts';
import { distance, exponentialFit, norm, wayOf } from '../../bench/fixed-point.ts';
import { openModel } from '../../bench/open.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { uniforms } from '../calculus/support.ts';

describe('an exponential fit', () => {
  it('finds the steps in which a distance falls to 1/e, also behind a fast beginning', () => {
    const pure = Array.from({ length: 40 }, (_, step) => 3 * Math.exp(-step / 7));
    expect(exponentialFit(pure).steps).toBeCloseTo(7, 10);
    expect(exponentialFit(pure).first).toBeCloseTo(3, 10);
    const mixed = pure.map((value, step) => value + 4 * Math.exp(-step / 0.3));
    expect(exponentialFit(mixed).steps).toBeCloseTo(7, 1);
  });

  it('takes the last steps of a way that is too slow to halve', () => {
    const slow = Array.from({ length: 30 }, (_, step) => Math.exp(-step / 900));
    expect(exponentialFit(slow).steps).toBeCloseTo(900, 6);
  });
});

it('shuffled weights have the same entries in another order, the same for the same seed', () => {
  const weights = { shape: [20, 30], values: Float32Array.from({ length: 600 }, (_, i) => i) };
  const mixed = shuffled(weights, 1, 0);
  expect([...mixed.values].sort((a, b) => a - b)).toEqual([...weights.values]);
  expect(mixed.values.filter((value, i) => value === i).length).toBeLessThan(10);
  expect(shuffled(weights, 1, 0)).toEqual(mixed);
  expect(shuffled(weights, 2, 0)).not.toEqual(mixed);
  expect(shuffled(weights, 1, 1)).not.toEqual(mixed);
});

it('both starts of a network relax to one fixed point, and the distances are those from it', async () => {
  const { tf } = await loadBackend('cpu');
  const net = nets.at(-1)!;
  const model = openModel(tf, net.file, { pixels: 12, hidden1: 8, hidden2: 6 });
  const next = uniforms(9);
  const weights = (shape: readonly number[]) => ({
    shape,
    values: Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.5 * (2 * next() - 1)),
  });
  const state = withParameters(model.create({ seed: 1 }), { W1: weights([12, 8]), W2: weights([8, 6]) });
  const data = Float32Array.from({ length: 5 * 12 }, () => next());
  const way = (inference: string) =>
    wayOf({ plan: model.plan, inference, state, data, names: net.states, shown: 30, tolerance: 1e-6, most: 600 }); // prettier-ignore
  const [swept, zero] = [way('Relaxation'), way('FromZero')];
  expect(norm(zero.start)).toBe(0);
  expect(zero.distances[0]).toBeCloseTo(norm(zero.end), 5);
  expect(swept.distances[0]).toBeCloseTo(distance(swept.start, swept.end), 5);
  // A change of less than 1e-6 in a step leaves a distance of some 1e-5.
  expect(distance(swept.end, zero.end) / norm(zero.end)).toBeLessThan(1e-4);
  expect(swept.distances[0]! / zero.distances[0]!).toBeLessThan(1);
  expect(swept.distances.at(-1)).toBeLessThan(0.01 * swept.distances[0]!);
});
