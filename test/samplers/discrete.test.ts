/**
 * Samplers of binary units and spins against enumeration. Seeds are fixed. The chi-square tests, on one draw of each independent chain,
 * reject a right sampler with probability 1e-4 each; the error of every probability is besides held under 2 % of the largest one, which
 * as many draws as these keep at four standard errors.
 */
import { describe, expect, it } from 'vitest';
import { longHelp } from '../../src/diagnostics/help.ts';
import { logGamma } from '../../src/runtime/special.ts';
import { chiSquareTest, discreteTest, falseAlarm } from '../support/goodness.ts';
import { boltzmann, boltzmannLaw, countStates, spins, spinsLaw, worstError } from './discrete.ts';
import { compile, inferenceOf, runChains } from './support.ts';

const spinSource = (statement: string): string => `
  import { Gibbs, Flips, TemperedFlips } from "std/dynamics"
  /// Flips by the slope of the energy: only the derived ratio of the chances there and back makes them right.
  dynamics Informed of s {
    propose s' = where(uniform < 0.4 * sigmoid(s * grad(objective, s)), flipped, s)
    accept by metropolis_hastings
  }
  /// More flips at some steps than at others, whatever the spins are.
  dynamics Restless of s {
    state turn = 0
    turn <- turn + 1
    propose s' = where(uniform < 0.3 + 0.2 * sin(turn), flipped, s)
    accept by metropolis_hastings
  }
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

describe('seven coupled spins', () => {
  const chains = 2500;
  it.each([
    { statement: 'descend energy over s by Gibbs', steps: 4, burn: 60, snapshots: 30 },
    { statement: 'sample s', steps: 4, burn: 60, snapshots: 30 },
    { statement: 'descend energy over s by Flips(rate = 1 / units)', steps: 20, burn: 300, snapshots: 30 },
    { statement: 'descend energy over s by Informed', steps: 20, burn: 200, snapshots: 30 },
    { statement: 'descend energy over s by Restless', steps: 30, burn: 400, snapshots: 30 },
    {
      statement: 'descend energy over s by TemperedFlips(rate = 1 / units, hottest = 4, rungs = 3)',
      steps: 10,
      burn: 100,
      snapshots: 20,
    },
  ])('$statement draws every state as often as it should', async ({ statement, steps, burn, snapshots }) => {
    const definition = compile(spinSource(statement));
    const ends = await runChains({
      definition,
      chains,
      steps,
      burn,
      snapshots,
      seed: 3,
      given: { J: spins.J, b: spins.b },
    });
    const law = spinsLaw();
    const last = countStates(ends.at(-1)!['s']!, 7, -1);
    expect(
      chiSquareTest(
        last,
        law.map((p) => chains * p),
      ),
    ).toBeGreaterThan(falseAlarm);
    const all = ends.map((end) => countStates(end['s']!, 7, -1));
    const frequencies = law.map(
      (_, state) => all.reduce((total, counts) => total + counts[state]!, 0) / (chains * snapshots),
    );
    expect(worstError(frequencies, law)).toBeLessThan(0.02);
  });
});

describe('a restricted Boltzmann machine of 7 visible and 5 hidden units', () => {
  const source = (body: string): string => `
    import { Gibbs, Flips } from "std/dynamics"
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
      repeat steps { ${body} }
    }`;
  it.each([
    { body: 'sample v; sample h', steps: 8, burn: 60, snapshots: 30 },
    { body: 'descend energy over h, v by Gibbs', steps: 8, burn: 60, snapshots: 30 },
    {
      body: 'descend energy over v by Flips(rate = 0.15); sample h',
      steps: 15,
      burn: 150,
      snapshots: 30,
    },
  ])('$body draws every state as often as it should', async ({ body, steps, burn, snapshots }) => {
    const definition = compile(source(body));
    expect(inferenceOf(definition).states.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['v', 'h']),
    );
    const ends = await runChains({
      definition,
      chains: 4000,
      steps,
      burn,
      snapshots,
      seed: 4,
      given: { W: boltzmann.W, a: boltzmann.a, b: boltzmann.b },
    });
    const law = boltzmannLaw();
    const counts = ends.map((end) => {
      const v = countIndices(end['v']!, 7);
      const h = countIndices(end['h']!, 5);
      const found = new Float64Array(2 ** 12);
      v.forEach((index, chain) => found[index * 32 + h[chain]!]!++);
      return found;
    });
    expect(
      chiSquareTest(
        counts.at(-1)!,
        law.map((p) => 4000 * p),
      ),
    ).toBeGreaterThan(falseAlarm);
    const frequencies = law.map(
      (_, state) => counts.reduce((total, one) => total + one[state]!, 0) / (4000 * snapshots),
    );
    expect(worstError(frequencies, law)).toBeLessThan(0.02);
  });
});

describe('counts', () => {
  it('walk by ones, which are as often refused at 0 as they should be', async () => {
    const definition = compile(`
      import { Poisson } from "std/families"
      dynamics ByOnes(up: positive = 0.7) of s {
        propose s' = where(uniform < up, s + 1, s - 1)
        accept by metropolis_hastings
      }
      model Counts(units: dim = 1) {
        param log_rate: real[units] = 0.5
        latent z ~ Poisson(log_rate = log_rate)
      }
      inference Sampling of Counts(steps: int = 60) {
        start z = 4
        repeat steps { descend energy over z by ByOnes }
      }`);
    const [end] = await runChains({
      definition,
      chains: 8000,
      steps: 80,
      seed: 6,
      given: { log_rate: [0.5] },
    });
    // exp(0.5) = 1.65 on average: 0 is met again and again.
    const logMass = (x: number): number => x * 0.5 - Math.exp(0.5) - logGamma(x + 1);
    expect(discreteTest(end!['z']!, logMass, 0)).toBeGreaterThan(falseAlarm);
  });
});

describe('counts of an energy', () => {
  it('go to neighbours in pairs, as the page of NSM5045 has it', async () => {
    const [, , page = ''] = [...longHelp('NSM5045')!.matchAll(/```nsm\n(.*?)```/gs)].map(([, text]) => text);
    const [end] = await runChains({
      definition: compile(page),
      chains: 4000,
      steps: 100,
      seed: 4,
      given: {},
    });
    const weight = (k: number): number => Math.exp(-((k - 3) ** 2) / 2);
    const total = Array.from({ length: 20 }, (_, k) => weight(k)).reduce((sum, one) => sum + one, 0);
    // Four units of each chain, each by itself.
    expect(discreteTest(end!['k']!, (k) => Math.log(weight(k) / total), 0)).toBeGreaterThan(falseAlarm);
  });
});

/** The number that the units of each chain spell in binary, the first one highest. */
const countIndices = (values: Float32Array, units: number): number[] =>
  Array.from({ length: values.length / units }, (_, chain) => {
    let index = 0;
    for (let i = 0; i < units; i++) index = index * 2 + values[chain * units + i]!;
    return index;
  });
