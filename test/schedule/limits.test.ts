/** Relaxed draws that count a list of a stated length: what reaches its end is told, and lengths belong to families. */
import { describe, expect, it } from 'vitest';
import { defineModel } from '../../src/runtime/model.ts';
import type { Limited } from '../../src/runtime/train.ts';
import { define } from '../../src/schedule/define.ts';
import { loadBackend } from '../../src/targets/tfjs/backend.ts';
import { planInProcess } from '../../src/targets/plan.ts';
import { checked } from '../derive/support.ts';

const counts = (name: string, length: number): string => `
  family ${name}(log_rate: real) {
    support       count
    statistic     x
    natural       eta = log_rate
    log_partition exp(eta)
    log_base      -log_factorial(x)
    axis          arrivals = ${length}
    pathwise      sum(step(1 - arrival_times / exp(log_rate)) over arrivals)
    also rate: positive where log_rate = log(rate)
  }`;

/** Beliefs that stay at the prior: draws have the rates that are written. The axis of the data is called like that of the noise. */
const model = (estimator: string): string => `
  import { Normal } from "std/families"
  import { NaturalGradient, SGD } from "std/dynamics"
  ${counts('Few', 4)}
  ${counts('Many', 9)}
  model Two(arrivals: dim = 3, units: dim = 4) {
    param A: real[arrivals, units] = normal(0, 0.1)
    param B: real[arrivals, units] = normal(0, 0.1)
    param a: real[units] = 0
    latent y ~ Few(rate = 3 * exp(a))
    latent z ~ Many(rate = 3 * exp(a))
    observed x ~ Normal(mean = A @ y + B @ z, sd = 1)
  }
  inference Still of Two(steps: int = 2) {
    belief y natural u
    belief z natural v
    start u = log(3)
    start v = log(3)
    repeat steps { descend free_energy over u, v by NaturalGradient(rate = 1e-12) }
  }
  learning EachStep of Two by Still {
    descend free_energy at each step over A, B by SGD(rate = 1e-12) through inference by ${estimator}
  }
  learning AtEnd of Two by Still {
    descend free_energy over A by SGD(rate = 1e-12)
    descend free_energy over B by SGD(rate = 1e-12) through inference by ${estimator}
  }`;

const rows = 2000;
const limitedIn = async (learning: string, estimator: string): Promise<readonly Limited[]> => {
  const { definition } = define(checked(model(estimator)), {});
  const { tf } = await loadBackend('cpu');
  const { create, train } = defineModel(planInProcess(definition!, { tf }));
  const found: Limited[] = [];
  await train(create(), new Float32Array(3 * rows), {
    learning,
    iterations: 1,
    batch: rows,
    onIteration: ({ limited }) => void found.push(...limited),
  });
  return found;
};

/** P(count >= least) for a Poisson count. */
const tail = (rate: number, least: number): number => {
  let [term, below] = [Math.exp(-rate), 0];
  for (let n = 0; n < least; n++) {
    below += term;
    term *= rate / (n + 1);
  }
  return 1 - below;
};

describe('relaxed draws that end where the list of their family ends', () => {
  it.each([
    ['EachStep', 2 * 4 * rows],
    ['AtEnd', 4 * rows],
  ])('are told with their share, which is the chance of so large a count: %s', async (learning, draws) => {
    const found = await limitedIn(learning, 'relaxed(0.3)');
    expect(found.map(({ latent, family, low, high }) => [latent, family, low, high])).toEqual([
      ['y', 'Few', null, 4],
      ['z', 'Many', null, 9],
    ]);
    // Hoeffding: a share of independent draws is further from its chance once in a million times.
    const deviation = Math.sqrt(Math.log(2e6) / (2 * draws));
    expect(Math.abs(found[0]!.part - tail(3, 4))).toBeLessThan(deviation);
    expect(Math.abs(found[1]!.part - tail(3, 9))).toBeLessThan(deviation);
    // One in 260 counts is that large: the bound above would not see a share of none.
    expect(found[1]!.part).toBeGreaterThan(0);
  });
  it('are none where draws are exact', async () => {
    expect(await limitedIn('EachStep', 'straight_through')).toEqual([]);
  });
});
