import { describe, expect, it } from 'vitest';
import { interpret } from '../../src/targets/interpreter.ts';
import { compile } from '../samplers/support.ts';

/** Values of w over updates on E = 3 (w − 2)² / 2, from w = 0: the gradient is 3 (w − 2). */
const path = (by: string, updates: number): number[] => {
  const definition = compile(`
    import { SGD, Momentum, RMSProp, Adam } from "std/dynamics"
    model Bowl {
      param w: real = 0
      observed x: real
      energy bowl = 3 * (w - 2)^2 / 2 + 0 * x
    }
    inference Still of Bowl { clamp x }
    learning Falling of Bowl by Still { descend energy over w by ${by} }`);
  const [learning] = definition.learnings;
  const scalar = (value: number) => ({ indices: [], shape: [], values: Float64Array.of(value) });
  const x = { indices: ['example'], shape: [1], values: Float64Array.of(1) };
  const context = { seed: 1, firstExample: 0, sizes: { ...definition.sizes, example: 1 } };
  let state = Object.fromEntries([
    ['w', scalar(0)],
    ...learning!.memory.map(({ name, initial }) => [name, scalar(initial)]),
  ]);
  return Array.from({ length: updates }, (_, n) => {
    const result = interpret(learning!.update, { ...state, x, iteration: n + 1, progress: 0 }, context);
    state = Object.fromEntries(Object.keys(state).map((name) => [name, result[name]!]));
    return state['w']!.values[0]!;
  });
};

const near = (found: readonly number[], wanted: readonly number[]): void =>
  found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 12));

describe('optimisers', () => {
  it('Momentum adds up gradients in its velocity (Polyak 1964)', () => {
    let [w, velocity] = [0, 0];
    const wanted = [1, 2, 3, 4].map(() => {
      velocity = 0.8 * velocity + 3 * (w - 2);
      return (w -= 0.05 * velocity);
    });
    near(path('Momentum(rate = 0.05, memory = 0.8)', 4), wanted);
  });

  it('RMSProp divides by the root of the mean square (Tieleman and Hinton 2012)', () => {
    let [w, square] = [0, 0];
    const wanted = [1, 2, 3, 4].map(() => {
      const g = 3 * (w - 2);
      square = 0.7 * square + 0.3 * g * g;
      return (w -= (0.1 * g) / (Math.sqrt(square) + 1e-8));
    });
    near(path('RMSProp(rate = 0.1, memory = 0.7)', 4), wanted);
  });

  it('a rate annealed over the turns of an inference is at its end where parameters move', () => {
    near(path('SGD(rate = ramp(1, 0.1))', 1), [0.6]);
  });
});
