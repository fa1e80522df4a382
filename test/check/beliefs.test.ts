import { describe, expect, it } from 'vitest';
import { showInference } from './print.ts';
import { problems, sound } from './support.ts';

const file = (belief: string, latent: string, coordinates: string): string =>
  `import { Binomial, Normal } from "std/families"
import { NaturalGradient } from "std/dynamics"
model M(units: dim = 4, most: int = 3) {
  param m: real[units] = 0
  latent z ~ ${latent}
  observed x ~ Normal(mean = z, sd = 1)
}
inference I of M {
  belief ${belief}
  start ${coordinates} = 0
  repeat 3 { descend free_energy over ${coordinates} by NaturalGradient(rate = 0.1) }
}`;

describe('a belief in natural coordinates', () => {
  const normal = 'Normal(mean = m, sd = 1)';
  const shown = (names: string): string =>
    showInference(sound(file(`z natural ${names}`, normal, names)).inferences[0]!).split('\n')[0]!;
  it('has one coordinate for each natural parameter', () => {
    expect(shown('a, b')).toBe('belief z natural a[units], b[units]');
  });
  it('may leave the last ones as they are in the prior', () => {
    expect(shown('a')).toBe('belief z natural a[units]');
  });
  it('has no more than there are', () => {
    expect(problems(file('z natural a, b, c', normal, 'a, b, c'))).toEqual(['NSM5003 c']);
  });
});

describe('a belief of the family of its prior', () => {
  const trials = (prior: string, belief: string): readonly string[] =>
    problems(
      file(`z ~ Binomial(logit = u, trials = ${belief})`, `Binomial(logit = m, trials = ${prior})`, 'u'),
    ).filter((problem) => !problem.startsWith('NSM9'));
  it('has the same fixed arguments', () => {
    expect(trials('4', '4')).toEqual([]);
    expect(trials('most', 'most')).toEqual([]);
    expect(trials('2 * (most + 1)', '2 * most + 2')).toEqual([]);
  });
  it('has no others', () => {
    expect(trials('4', '5')).toEqual(['NSM5021 trials = 5']);
    expect(trials('most', 'most + 1')).toEqual(['NSM5021 trials = most + 1']);
    expect(trials('most', '3')).toEqual(['NSM5021 trials = 3']);
  });
  it('keeps them in natural coordinates', () => {
    const { inferences } = sound(file('z natural u', 'Binomial(logit = m, trials = most)', 'u'));
    expect(Object.keys(inferences[0]!.beliefs[0]!.distribution.arguments)).toContain('trials');
  });
});
