/** Models may use the names that families, derivation and programs use inside: `x`, `eta`, `u_prior`, `turn`, `objective_sum`. */
import { describe, expect, it } from 'vitest';
import { readNames } from '../../src/calculus/substitute.ts';
import { surprise } from '../../src/derive/free-energy.ts';
import { print } from '../../src/calculus/print.ts';
import { caseOf, expectGradients } from '../optimize/support.ts';
import { checked } from './support.ts';

interface Words {
  readonly latent?: string;
  readonly observed?: string;
  readonly setting?: string;
  readonly parameter?: string;
  readonly prior?: string;
}

/** Two layers with a scale and a shift by the given names. */
const source = ({
  latent = 'z',
  observed = 'x',
  setting = 'shift',
  parameter = 'scale',
  prior = 'prior',
}: Words): string => `
  import { Poisson, Normal } from "std/families"
  import { NaturalGradient, SGD } from "std/dynamics"
  model Named(pixels: dim = 4, neurons: dim = 3, ${setting}: real = 0.3) {
    param Phi: real[pixels, neurons] = normal(0, 1)
    param ${prior}: real[neurons] = 0
    param ${parameter}: real = 1
    latent   ${latent} ~ Poisson(log_rate = ${prior})
    observed ${observed} ~ Normal(mean = ${parameter} * Phi @ ${latent} + ${setting}, sd = 1)
  }
  inference Settle of Named(steps: int = 3) {
    belief ${latent} natural u
    start u = ${prior}
    repeat steps {
      rolling prior
      descend free_energy over u by NaturalGradient(rate = 0.1)
    }
  }
  learning Slow of Named by Settle {
    descend free_energy at each step over Phi, ${prior}, ${parameter} by SGD(rate = 0.1) through inference by straight_through
  }`;

const cases: readonly [string, Words][] = [
  ['a latent x', { latent: 'x', observed: 'y' }],
  ['an observed eta and a latent x', { latent: 'x', observed: 'eta' }],
  ['parameters eta and x', { observed: 'y', parameter: 'x', prior: 'eta' }],
  ['parameters a and b, like those of Normal', { parameter: 'a', prior: 'b' }],
  ['a parameter u_prior', { parameter: 'u_prior' }],
  ['a parameter z_change and a setting z_noise', { parameter: 'z_change', setting: 'z_noise' }],
  ['an observed objective_sum', { observed: 'objective_sum' }],
  ['an observed z_2', { observed: 'z_2' }],
  ['a setting turn', { setting: 'turn' }],
  [
    'a setting objective_now and a parameter gradient_norm',
    { setting: 'objective_now', parameter: 'gradient_norm' },
  ],
];

describe('gradients stay right', () => {
  for (const [words, names] of cases)
    it(`with ${words}`, () => {
      const one = caseOf(checked(source(names)), 'Slow', { pixels: 4, neurons: 3, steps: 3 });
      expectGradients(one, { sizes: one.sizes, scalars: one.scalars }, { seed: 3 });
    });
});

it('the density of a layer over a latent named x reads that latent', () => {
  const { models } = checked(source({ latent: 'x', observed: 'y' }));
  const node = surprise(models.at(-1)!, null);
  expect([...readNames(node)].sort()).toEqual(['Phi', 'scale', 'shift', 'x', 'y']);
  expect(print(node, { hide: ['example'] })).toMatchInlineSnapshot(
    `"½ · sum((y − scale · (Phi @ x) − shift)² over pixels) + 0.918939 · size(pixels)"`,
  );
});
