/** Feed-forward starts: the order of the states, what counts as known, and the force that is left (papers.md 2.3). */
import { describe, expect, it } from 'vitest';
import { print } from '../../src/calculus/print.ts';
import type { Model } from '../../src/check/typed.ts';
import { feedforward, knownBefore } from '../../src/derive/feedforward.ts';
import { numberOf } from '../calculus/support.ts';
import { checked, inferenceNamed, vector } from './support.ts';

const layers = (couplings: string, states = 's1, s2, s3'): Model =>
  checked(`
    model Net(units: dim = 3) {
      param A: real[units] = 1
      param B: real[units] = 1
      param C: real[units] = 1
      param D: real[units] = 1
      observed x: real[units]
      observed y: real[units]
      ${states
        .split(', ')
        .map((name) => `state ${name}: real[units] energy leak_${name} = sum(${name}^2) / 2`)
        .join('\n')}
      energy ends = sum(x^2) / 2 + sum(y^2) / 2
      ${couplings}
    }`).models[0]!;

/** Each state with its value and the branches that told it. */
const steps = (model: Model, targets: readonly string[], known: readonly string[]): readonly string[] => {
  const plan = feedforward(model, targets, new Set(known));
  if (plan.kind === 'steps')
    return plan.steps.map(
      ({ variable, value, known: heard, branches }) =>
        `${variable.name} = ${print(value, { hide: ['example'] })} by ${heard.length} of ${branches.length}`,
    );
  return [
    plan.kind === 'unsolvable'
      ? `unsolvable ${plan.variable.name}: ${plan.why}`
      : `unreachable ${plan.variables.map(({ name }) => name).join(', ')}`,
  ];
};

const chain = layers(`
  energy e1 = -sum(A * x * s1)
  energy e2 = -sum(B * s1 * s2)
  energy e3 = -sum(C * s2 * s3)`);

describe('a feed-forward start', () => {
  it('goes up from what is clamped, whatever the order of the names', () => {
    const upwards = ['s1 = 2 · A · x by 1 of 2', 's2 = 2 · B · s1 by 1 of 2', 's3 = C · s2 by 1 of 1'];
    expect(steps(chain, ['s1', 's2', 's3'], ['x', 'y'])).toEqual(upwards);
    expect(steps(chain, ['s3', 's1', 's2'], ['x', 'y'])).toEqual(upwards);
  });

  it('meets in the middle where both ends are clamped, and solves a unit whose branches are all known', () => {
    const both = layers(`
      energy e1 = -sum(A * x * s1)
      energy e2 = -sum(B * s1 * s2)
      energy e3 = -sum(C * s2 * s3)
      energy e4 = -sum(D * s3 * y)`);
    expect(steps(both, ['s1', 's2', 's3'], ['x', 'y'])).toEqual([
      's1 = 2 · A · x by 1 of 2',
      's3 = 2 · D · y by 1 of 2',
      's2 = B · s1 + C · s3 by 2 of 2',
    ]);
  });

  it('waits for all states of a layer before the layer above', () => {
    const diamond = layers(`
      energy left = -sum(A * x * s1)
      energy right = -sum(B * x * s2)
      energy both = -sum(C * s1 * s2 * s3)`);
    expect(steps(diamond, ['s3', 's2', 's1'], ['x', 'y'])).toEqual([
      's2 = 2 · B · x by 1 of 2',
      's1 = 2 · A · x by 1 of 2',
      's3 = C · s1 · s2 by 1 of 1',
    ]);
  });

  it('does not hear the old value of a state that it sets', () => {
    expect(steps(chain, ['s1'], ['x', 's1', 's2'])).toEqual(['s1 = A · x + B · s2 by 2 of 2']);
    expect(steps(chain, ['s1', 's2'], ['x', 's1', 's2', 's3'])).toEqual([
      's1 = 2 · A · x by 1 of 2',
      's2 = B · s1 + C · s3 by 2 of 2',
    ]);
  });

  it('of a directed unit with Gaussian factors is its posterior mean', () => {
    const model = checked(`
      import { Normal } from "std/families"
      model Scales(units: dim = 3) {
        param A: real[units] = 1
        latent z ~ Normal(mean = 0, sd = 1)
        observed x ~ Normal(mean = A * z, sd = 2)
      }`).models[0]!;
    const plan = feedforward(model, ['z'], new Set(['x']));
    if (plan.kind !== 'steps') expect.fail(plan.kind);
    const [a, x] = [1.7, -0.6];
    const values = {
      A: vector('units', [a]),
      x: { ...vector('units', [x]), indices: ['example', 'units'], shape: [1, 1] },
    };
    // p(z | x) has precision 1 + a²/4 and mean (a x / 4) over it.
    expect(numberOf(plan.steps[0]!.value, values, { example: 1, units: 1 })).toBeCloseTo(
      (a * x) / 4 / (1 + a ** 2 / 4),
      12,
    );
  });

  it('has no way in where every branch reads what is not set', () => {
    expect(steps(chain, ['s1', 's2', 's3'], ['y'])).toEqual(['unreachable s1, s2, s3']);
    const circle = layers('energy e1 = -sum(A * s1 * s2) energy e2 = -sum(B * x * s3)');
    expect(steps(circle, ['s1', 's2', 's3'], ['x'])).toEqual(['unreachable s1, s2']);
  });

  it('is refused where a force cannot be solved', () => {
    const model = layers('energy e1 = -sum(A * x * s1) energy e2 = sum((s2 - s1)^4)', 's1, s2');
    expect(steps(model, ['s1', 's2'], ['x'])).toEqual([
      'unsolvable s1: its force is not linear in its own state in `e2`',
    ]);
  });
});

it('what has a value before a statement is clamped or was started, unless it was freed', () => {
  const file = checked(`
    import { GradientFlow } from "std/dynamics"
    model Net(units: dim = 3) {
      param A: real[units] = 1
      observed x: real[units]
      observed y: real[units]
      state s: real[units]
      state t: real[units]
      energy leak = sum(s^2) + sum(t^2)
      energy e1 = -sum(A * x * s) - sum(A * y * t)
    }
    inference Run of Net(steps: int = 3) {
      free y
      start t = 0
      start s by feedforward
      start y = 0
      repeat steps { descend energy over s, t, y by GradientFlow(rate = 0.1) }
    }`);
  const run = inferenceNamed(file, 'Run');
  const at = (i: number): readonly string[] => [...knownBefore(run, run.body[i]!)].sort();
  expect(at(0)).toEqual(['x', 'y']);
  expect(at(2)).toEqual(['t', 'x']);
  expect(at(4)).toEqual(['s', 't', 'x', 'y']);
});
