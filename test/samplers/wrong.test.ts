/**
 * Wrong samplers that the tests of right ones must reject, each with one slip. Those that the language can write are written in it; the
 * others are compiled programs with one assignment changed. `linear.test.ts` has nine more, rejected by their stationary law.
 */
import { describe, expect, it } from 'vitest';
import { apply, constant, multiply, negate, one, read } from '../../src/calculus/build.ts';
import type { Expression } from '../../src/calculus/expression.ts';
import { replaceReads } from '../../src/calculus/substitute.ts';
import { judge } from '../../src/derive/verdict.ts';
import { checked } from '../derive/support.ts';
import { chiSquareTest, falseAlarm, kolmogorovSmirnovTest, normalCumulative } from '../support/goodness.ts';
import { boltzmann, boltzmannLaw, countStates, spins, spinsLaw, worstError } from './discrete.ts';
import { wrongDynamics } from './dynamics.ts';
import { calibrationTest, gewekeTest } from './joint.ts';
import { compile, covariance, edited, gaussian, gaussianModel, normalTest, runChains } from './support.ts';
import type { Definition } from '../../src/schedule/definition.ts';

const given = { root: gaussian.root, mean: gaussian.mean };
const gaussianTest = async (definition: Definition, steps = 200, chains = 4000): Promise<number> => {
  const [end] = await runChains({ definition, chains, steps, seed: 7, given });
  return normalTest(end!['s']!, gaussian.mean, covariance);
};
const by = (call: string, dynamics = ''): Definition => compile(gaussianModel(dynamics, { Sampling: call }));
const timesRead = (node: Expression, name: string, factor: number): Expression =>
  replaceReads(node, (found) => (found.name === name ? multiply(constant(factor), found) : null));

describe('on a Gaussian', () => {
  it('the same test passes the right sampler', async () => {
    expect(await gaussianTest(by('MALA(dt = 0.5)'))).toBeGreaterThan(falseAlarm);
    expect(await gaussianTest(by('Metropolis(scale = 0.8)'), 300)).toBeGreaterThan(falseAlarm);
  });

  it('no accept step: every proposal stays', async () => {
    const wrong = edited(by('MALA(dt = 0.5)'), 'acceptance', () => one);
    expect(await gaussianTest(wrong)).toBeLessThan(falseAlarm);
  });

  it('the sign of the change of energy turned round', async () => {
    const wrong = edited(by('Metropolis(scale = 0.8)'), 'log_ratio', negate);
    expect(await gaussianTest(wrong)).toBeLessThan(falseAlarm);
  });

  it('an asymmetric proposal accepted as if it were symmetric', async () => {
    const wrong = edited(by('Metropolis(scale = 0.8)'), 's_3', (value) => timesRead(value, 's_2', 0.8));
    expect(await gaussianTest(wrong, 300)).toBeLessThan(falseAlarm);
  });

  it('a change of energy at another temperature', async () => {
    const slip = `
      dynamics Cold(scale: positive = 0.8) of s {
        propose s' = s + scale * noise
        accept by metropolis_hastings at 0.7
      }`;
    expect(judge(checked(slip).dynamics[0]!).kind).toBe('not_a_sampler');
    expect(await gaussianTest(by('Cold', slip), 300)).toBeLessThan(falseAlarm);
  });

  it('no accept step after a trajectory of long steps', async () => {
    const slip = `
      /// Friction between trajectories. Biased by the square of its step, which is no small one.
      dynamics Bare(dt: positive = 0.9) of s {
        state p = 0
        A: d s = p dt
        B: d p = -grad(objective, s) dt
        p <- 0.5 * p + sqrt(0.75) * noise
        integrate B A B
      }`;
    expect(judge(checked(slip).dynamics[0]!)).toMatchObject({ kind: 'sampler', order: 2 });
    expect(await gaussianTest(by('Bare', slip))).toBeLessThan(falseAlarm);
  });

  it('replicas that change places by the wrong sign of the difference of temperatures', async () => {
    const right = by('ParallelTempering(scale = 0.8, hottest = 5, rungs = 3)');
    const wrong = edited(right, 'replica_energy', negate);
    expect(await gaussianTest(wrong, 150, 1500)).toBeLessThan(falseAlarm);
  });

  it('replicas whose exchange belongs to other temperatures than their walks', async () => {
    const slip = `
      dynamics Mismatched(scale: positive = 0.8, rungs: int = 3) of s {
        replicas rungs
        let temperature = 3 ^ replica
        propose s' = s + scale * noise
        accept by metropolis_hastings at temperature
        swap by metropolis_hastings at sqrt(temperature)
      }`;
    expect(judge(checked(slip).dynamics[0]!).kind).toBe('not_a_sampler');
    expect(await gaussianTest(by('Mismatched', slip), 150, 1500)).toBeLessThan(falseAlarm);
  });
});

describe('on a half-line', () => {
  it('projection where reflection is due leaves atoms at the end', async () => {
    const source = (support: string, guard: string): string => `
      import { Langevin } from "std/dynamics"
      model Half { state r: ${support}  energy tilt = r^2 / 2 }
      inference Sampling of Half(steps: int = 300) {
        start r = uniform(0, 2)
        ${guard}
        repeat steps { descend energy over r by Langevin(dt = 0.005) }
      }`;
    const test = async (text: string): Promise<number> => {
      const [end] = await runChains({ definition: compile(text), chains: 4000, steps: 400, seed: 8 });
      return kolmogorovSmirnovTest(end!['r']!, (r) => 2 * normalCumulative(r) - 1);
    };
    expect(await test(source('positive', ''))).toBeGreaterThan(falseAlarm);
    expect(await test(source('real', 'guard r within (0, 100)'))).toBeLessThan(falseAlarm);
  });
});

describe('on spins and binary units', () => {
  const together = `
    /// Every unit given what the others were, at the same time.
    dynamics AllAtOnce(low: real = 0, high: real = 1) of s {
      let p = (conditional_mean(objective, s) - low) / (high - low)
      s <- where(uniform < p, high, low)
    }`;
  const spinsTest = async (definition: Definition, burn: number): Promise<readonly [number, number]> => {
    const chains = 2500;
    const ends = await runChains({
      definition,
      chains,
      steps: 10,
      burn,
      snapshots: 8,
      seed: 9,
      given: { J: spins.J, b: spins.b },
    });
    const law = spinsLaw();
    const counts = ends.map((end) => countStates(end['s']!, 7, -1));
    const frequencies = law.map(
      (_, state) => counts.reduce((total, one) => total + one[state]!, 0) / (chains * ends.length),
    );
    return [
      chiSquareTest(
        counts.at(-1)!,
        law.map((p) => chains * p),
      ),
      worstError(frequencies, law),
    ];
  };
  const spinSource = (statement: string): string => `
    import { Gibbs, Flips } from "std/dynamics"
    ${together}
    model Spins(units: dim = 7) {
      param J: real[units, units'] = 0
      param b: real[units] = 0
      state s: spin[units]
      energy coupling = -(s @ J @ s) / 2 - sum(b * s)
    }
    inference Sampling of Spins(steps: int = 100) {
      start s = 1
      repeat steps { ${statement} }
    }`;
  const isRejected = ([p, error]: readonly [number, number]): boolean => p < falseAlarm && error > 0.02;

  it('all coupled units drawn at once', async () => {
    const wrong = compile(spinSource('descend energy over s by AllAtOnce(low = -1, high = 1)'));
    expect(isRejected(await spinsTest(wrong, 50))).toBe(true);
  });

  it('flips of a chance that depends on the unit, accepted as if it did not', async () => {
    const right = compile(spinSource('descend energy over s by Flips(rate = 1 / units)'));
    // Those that are up flip three times as often as those that are down.
    const up = apply('less', constant(0), read('s_2', ['example', 'units']));
    const chance = apply('where', up, constant(0.3), constant(0.1));
    const wrong = edited(right, 'inside_s_noise', (value) => {
      if (value.kind !== 'apply' || value.operator !== 'less')
        throw new Error('not the choice of what flips');
      return apply('less', value.arguments[0]!, chance);
    });
    expect(isRejected(await spinsTest(right, 300))).toBe(false);
    expect(isRejected(await spinsTest(wrong, 300))).toBe(true);
  });

  it('a stale conditional: both layers of a Boltzmann machine given what the other was', async () => {
    const source = `
      ${together}
      model Boltzmann(visible: dim = 7, hidden: dim = 5) {
        param W: real[visible, hidden] = 0
        param a: real[visible] = 0
        param b: real[hidden] = 0
        state v: binary[visible]
        state h: binary[hidden]
        energy coupling = -(v @ W @ h) - sum(a * v) - sum(b * h)
      }
      inference Sampling of Boltzmann(steps: int = 100) {
        start v, h = 0
        repeat steps { descend energy over v, h by AllAtOnce }
      }`;
    const [end] = await runChains({
      definition: compile(source),
      chains: 4000,
      steps: 80,
      seed: 10,
      given: { W: boltzmann.W, a: boltzmann.a, b: boltzmann.b },
    });
    const found = new Float64Array(2 ** 12);
    const index = (values: Float32Array, units: number, chain: number): number =>
      values.slice(chain * units, (chain + 1) * units).reduce((total, value) => 2 * total + value, 0);
    for (let chain = 0; chain < 4000; chain++)
      found[32 * index(end!['v']!, 7, chain) + index(end!['h']!, 5, chain)]!++;
    const law = boltzmannLaw();
    expect(
      chiSquareTest(
        found,
        law.map((p) => 4000 * p),
      ),
    ).toBeLessThan(falseAlarm);
  });
});

describe('on the joint law of causes and counts', () => {
  const slip = wrongDynamics['MissingRootTwo']!;
  it("Geweke's test rejects a missing root of 2", async () => {
    const values = await gewekeTest(slip, 'MissingRootTwo(dt = 0.02)', 12);
    expect(Math.min(...values)).toBeLessThan(falseAlarm);
  });

  it('calibration rejects a missing root of 2', async () => {
    const values = await calibrationTest(slip, 'MissingRootTwo(dt = 0.02)', {
      thin: 60,
      burn: 200,
      seed: 22,
    });
    expect(Math.min(...values)).toBeLessThan(falseAlarm);
  });
});
