/**
 * Proposals written in the many ways that the language allows, each against a law of one unit found by quadrature. Seeds are fixed; each
 * check rejects a right sampler with probability 1e-4 (`falseAlarm`), and there are 22; two more reject wrong ones.
 */
import { describe, expect, it } from 'vitest';
import { verdictText } from '../../src/derive/judgement.ts';
import { judge } from '../../src/derive/verdict.ts';
import { checked } from '../derive/support.ts';
import { falseAlarm, kolmogorovSmirnovTest } from '../support/goodness.ts';
import { compile, runChains } from './support.ts';
import type { Definition } from '../../src/schedule/definition.ts';

const chains = 6000;
const modelOf = (support: string, energy: string, dynamics: string): string => `
  ${dynamics}
  model One {
    state x: ${support}
    energy well = ${energy}
  }
  inference Sampling of One(steps: int = 100) {
    start x = ${support === 'positive' ? 'uniform(0.5, 2)' : 'normal(0, 0.6)'}
    repeat steps { descend energy over x by D }
  }`;

/** The distribution function of a density on an interval that holds it, by the trapezoidal rule. */
const lawOf = (density: (x: number) => number, low: number, high: number): ((x: number) => number) => {
  const cells = 20000;
  const width = (high - low) / cells;
  const sums = [0];
  for (let n = 1; n <= cells; n++)
    sums.push(sums[n - 1]! + density(low + (n - 1) * width) + density(low + n * width));
  return (x) => sums[Math.min(cells, Math.max(0, Math.round((x - low) / width)))]! / sums[cells]!;
};

/** A lopsided quartic, which no rule that is right for normal laws alone gets right. */
const quartic = (dynamics: string): string => modelOf('real', 'x^2 / 2 + x^4 / 2 + x / 2', dynamics);
const quarticAt = (temperature: number): ((x: number) => number) =>
  lawOf((x) => Math.exp(-(x ** 2 / 2 + x ** 4 / 2 + x / 2) / temperature), -6, 6);
/** A gamma law, 0 at 0. */
const gamma = (dynamics: string): string => modelOf('positive', '2 * x - 1.5 * log(x)', dynamics);
const gammaLaw = lawOf((x) => x ** 1.5 * Math.exp(-2 * x), 1e-12, 25);

const fit = async (definition: Definition, law: (x: number) => number, steps: number): Promise<number> => {
  const [end] = await runChains({ definition, chains, steps, seed: 31 });
  return kolmogorovSmirnovTest(end!['x']!, law);
};
const said = (text: string): string => verdictText(judge(checked(text).dynamics[0]!));
const rest = '\n accept by metropolis_hastings }';
const leapfrog = `of s {
  state p = 0
  A: d s = p dt
  B: d p = -grad(objective, s) dt`;

describe('what is judged exact on the line has its law', () => {
  const cases: Readonly<Record<string, string>> = {
    'a slope found above the proposal is found anew on the way back': `dynamics D(dt: positive = 0.4) of s {
      let g = grad(objective, s)
      propose s' = s - dt * g + sqrt(2 * dt) * noise${rest}`,
    'a step that depends on the place': `dynamics D(step: positive = 0.6) of s {
      let dt = step / (1 + s^2)
      propose s' = s - dt * grad(objective, s) + sqrt(2 * dt) * noise${rest}`,
    'a centre drawn apart is the same on the way back': `dynamics D of s {
      let a = noise
      propose s' = a + 0.6 * noise${rest}`,
    'noise drawn above, read once': `dynamics D of s {
      let n = noise
      propose s' = 0.5 * s + (0.5 + abs(s)) * n${rest}`,
    'a chance drawn above': `dynamics D of s {
      let jumps = uniform < 0.3
      propose s' = s + where(jumps, 2, 0.2) * noise${rest}`,
    'a scale that takes turns': `dynamics D of s {
      state k = 0
      propose s' = s + where(k > 0.5, 2, 0.3) * noise
      accept by metropolis_hastings
      k <- 1 - k }`,
    'acceptance above any decision is 1': `dynamics D of s {
      propose s' = s + (0.05 + acceptance) * noise${rest}`,
    'a symmetric walk of uniform steps': `dynamics D(scale: positive = 2) of s {
      propose s' = s + scale * (uniform - 0.5)${rest}`,
    'a uniform walk whose width depends on the place': `dynamics D of s {
      propose s' = s + (1 + abs(s)) * (uniform - 0.5)${rest}`,
    'a lopsided uniform step': `dynamics D of s {
      propose s' = -0.4 * s + 3 * uniform - 1.5${rest}`,
    'a momentum of another spread': `dynamics D(dt: positive = 0.5, mass: positive = 4) ${leapfrog.replace('p dt', 'p / mass dt')}
      p <- sqrt(mass) * noise
      propose integrate B A B for 3${rest}`,
    'a momentum whose spread its motion does not know': `dynamics D(dt: positive = 0.4) ${leapfrog}
      p <- 0.8 * noise
      propose integrate A B A for 3${rest}`,
    'momentum kept in part, and turned round when refused': `dynamics D(dt: positive = 0.6, keep: unit = 0.8) ${leapfrog}
      p <- keep * p + sqrt(1 - keep^2) * noise
      propose integrate B A B for 2
      p <- -p
      accept by metropolis_hastings
      p <- -p }`,
    'momentum kept in part, and turned round when accepted': `dynamics D(dt: positive = 0.6, keep: unit = 0.8) ${leapfrog}
      p <- keep * p + 2 * sqrt(1 - keep^2) * noise
      propose integrate B A B
      p <- -p${rest}`,
    'trajectories of random steps': `dynamics D ${leapfrog}
      let dt = 0.2 + 0.6 * uniform
      p <- noise
      propose integrate B A B for 3${rest}`,
  };
  it.each(Object.entries(cases))('%s', async (_, dynamics) => {
    expect(said(dynamics)).toBe('exact');
    expect(await fit(compile(quartic(dynamics)), quarticAt(1), 150)).toBeGreaterThan(falseAlarm);
  });

  it('at another temperature, momenta keep their own spread', async () => {
    const dynamics = `dynamics D(dt: positive = 0.5, temperature: positive = 3) ${leapfrog}
      p <- 1.5 * noise
      propose integrate B A B for 3
      accept by metropolis_hastings at temperature }`;
    expect(said(dynamics)).toBe('exact');
    expect(await fit(compile(quartic(dynamics)), quarticAt(3), 150)).toBeGreaterThan(falseAlarm);
  });
});

describe('what is judged exact on the half-line has its law', () => {
  const cases: Readonly<Record<string, string>> = {
    'a factor of log-normal noise': `dynamics D(scale: positive = 0.6) of s {
      propose s' = s * exp(scale * noise)${rest}`,
    'a step in the logarithm': `dynamics D(scale: positive = 0.6) of s {
      propose s' = exp(0.7 * log(s) + scale * noise)${rest}`,
    'a factor whose spread depends on the place': `dynamics D of s {
      propose s' = s * exp((0.3 + 1 / (1 + s)) * noise)${rest}`,
    'a uniform walk, refused beyond the end': `dynamics D of s {
      propose s' = s + 2 * (uniform - 0.5)${rest}`,
    'a uniform share of twice the value': `dynamics D of s {
      propose s' = 0.4 * s + 1.8 * s * uniform${rest}`,
  };
  it.each(Object.entries(cases))('%s', async (_, dynamics) => {
    expect(said(dynamics)).toBe('exact');
    expect(await fit(compile(gamma(dynamics)), gammaLaw, 150)).toBeGreaterThan(falseAlarm);
  });
});

describe('the same tests reject', () => {
  it('a factor of log-normal noise taken for a symmetric step', async () => {
    const dynamics = `dynamics D of s { propose s' = s * exp(0.6 * noise)${rest}`;
    // What the ratio lacks then is s' / s.
    const wrong = compile(modelOf('positive', '2 * x - 0.5 * log(x)', dynamics));
    expect(await fit(wrong, gammaLaw, 150)).toBeLessThan(falseAlarm);
  });
});

describe('a thermostat that is driven by noise', () => {
  const thermostat = (noise: string): string => `
    dynamics D(dt: positive = 0.01, Q: positive = 0.5, g: positive = 1) of s {
      state p = 0
      state xi = 0
      d s = p dt
      d p = (-grad(objective, s) - xi * p) dt
      d xi = ((p^2 - 1) / Q - g * xi) dt + ${noise} dW
    }`;
  it('keeps the law whose temperature its balance says', async () => {
    const right = thermostat('sqrt(2 * g / Q)');
    expect(judge(checked(right).dynamics[0]!)).toMatchObject({ kind: 'sampler', order: 1 });
    expect(said(right)).toBe('biased O(dt)');
    // The bias of this step is below what so many draws show.
    expect(await fit(compile(quartic(right)), quarticAt(1), 6000)).toBeGreaterThan(falseAlarm);
  });

  it('keeps none with noise of another strength', async () => {
    const wrong = thermostat('3 * sqrt(g / Q)');
    expect(said(wrong)).toBe('not a sampler of this objective');
    expect(await fit(compile(quartic(wrong)), quarticAt(1), 6000)).toBeLessThan(falseAlarm);
  });
});
